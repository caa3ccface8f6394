"""Elements that are decoded together are what each of them is by itself, with msgspec and without it."""

from __future__ import annotations

import copy
import io
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import criteria
from criteria.files.faults import DataFault
from criteria.files.json_array import JsonArray
from criteria.files.records import Data

_VALUES = st.sampled_from(
    ["0", "5", "5.00000000000000000000000001", "1e400", "-1E-400", "18446744073709551617", "null", '"}, {"', '"é"',
     '"\\ud800"', '"}\\n,{"', "[{}, {}]", '[{"n": 1}, {"n": 2}]', '{"n": 5}', "NaN", "007", '"\0"']
)  # fmt: skip
_OBJECTS = st.builds(
    lambda members: "{" + ", ".join(f'"{name}": {value}' for name, value in members) + "}",
    st.lists(st.tuples(st.sampled_from(["n", "m", "\\u006e"]), _VALUES), max_size=3),
)
_ELEMENTS = st.one_of(_OBJECTS, _OBJECTS, _OBJECTS, _OBJECTS, st.sampled_from(["5", "[]", '"}, {"', "{", "}", ""]))
_SEPARATORS = st.sampled_from([", ", ", ", ", ", ",", "\n,\n  ", " ,", ",\n"])


@st.composite
def arrays(draw: st.DrawFn) -> str:
    """The text of an array, or of something near to one. Most separators are alike."""
    separator = draw(_SEPARATORS)
    text = draw(st.sampled_from(["[", "[\n  ", " ["]))
    for number, element in enumerate(draw(st.lists(_ELEMENTS, max_size=8))):
        text += (draw(st.one_of(st.just(separator), st.just(separator), _SEPARATORS)) if number else "") + element
    return text + draw(st.sampled_from(["]", "]", "]", "\n]\n", "", "] 5"]))


QUERIES = [
    criteria.compile(criteria.parse(text), "python", records="json")
    for text in ('{"n": 5}', '{"n": {"$gt": 5}}', '{"n": null}', '{"n": "}, {"}', '{"n": {"$lt": 0}}')
]


def read(text: str, members: Sequence[tuple[str, ...]] | None, *, together: bool) -> list[Any]:
    """The rows with their lines and which queries select them, and the faults in between."""
    bad: list[DataFault] = []
    stream = io.BufferedReader(io.BytesIO(text.encode()))
    table = JsonArray(Data("data", stream, None, before_waiting=lambda: None, bad=bad.append, members=members))
    if not together:
        table._tries = 0
    found: list[Any] = []
    try:
        for batch in table.batches():
            assert len(batch.records) == len(batch.texts) == len(batch.lines)
            for record, row, line in zip(batch.records, batch.texts, batch.lines, strict=True):
                found.append((row, line, [query(record) for query in QUERIES]))
    except DataFault as fault:
        bad.append(fault)
    return [found, [(fault.problems, fault.text, fault.first_line) for fault in bad], table.head]


@pytest.mark.parametrize("has_msgspec", [True, False], ids=["with msgspec", "without msgspec"])
@given(arrays())
@example('[{"n": [{}, {}]}, {"n": "}, {"}, {"n": 5}, {"m": [{}, {"n": 5}]}]')
@example('[{"n": 1}, {"n": "}, {"},{"n": 5}, {"n": 5}]')
@example('[{"n": 1}, {"n": [{}, {"n": 5}]}, {"n": 5}, 5, {}, {"n": 6}]')
@example('[{"n": 1},\n {"n": 5.00000000000000000000000001},\n {"n":\n 5},\n {"n": 5},\n {]')
def test_elements_together_are_the_elements_one_by_one(has_msgspec: bool, text: str) -> None:
    """The same elements are records, with the same text and line, and the same problems are told."""
    expected = read(text, None, together=False)
    with pytest.MonkeyPatch.context() as patch:
        if not has_msgspec:
            patch.setitem(sys.modules, "msgspec", None)
        assert read(text, None, together=True) == expected
        assert read(text, [("n",)], together=True) == expected


@pytest.mark.parametrize("separator", [",", ", ", ",\n  ", " ,\n\n"])
def test_elements_of_a_long_array(separator: str) -> None:
    """Whole chunks are decoded together, whatever is between the elements."""
    inside = f'[{{}}{separator}{{}}, "}}{separator}{{"]' if "\n" not in separator else "[{}, {}]"
    texts = [f'{{"n": {number}, "m": {inside}}}' for number in range(3000)]
    texts += [f'{{"n": {number}}}' for number in range(9000)]
    text = "[" + separator.join(texts) + "]"
    found, bad, _ = read(text, [("n",)], together=True)
    assert (found, bad) == tuple(read(text, None, together=False)[:2])
    assert [row.strip() for row, _, _ in found] == texts


def test_the_text_of_a_bad_element_is_made_when_it_is_shown() -> None:
    """All elements may be bad and in one line: what is shown of each begins with that line, and is not made before."""
    bad: list[DataFault] = []
    stream = io.BufferedReader(io.BytesIO(b"[" + b"1, " * 60_000 + b"2]"))
    table = JsonArray(Data("data", stream, None, before_waiting=lambda: None, bad=bad.append, members=None))
    assert list(table.batches()) == []
    assert len(bad) == 60_001
    assert not any(isinstance(vars(fault)["_text"], bytes) for fault in bad)
    last = bad[-1]
    column = last.problems[0].column
    assert column is not None
    assert (last.problems[0].line, column) == (1, 180_002)
    assert last.text[column - 1 :] == b"2]"
    assert copy.copy(last).text == last.text
