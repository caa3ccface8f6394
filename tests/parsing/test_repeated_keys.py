"""A repeated key in an object is refused, whatever colons and escapes the text has."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError
from criteria.text.json_layout import lay_out_json
from criteria.web import json_object

_STRINGS = st.text(st.sampled_from(':a\\"{},\u00e9\u003a'), max_size=4)
_NAMES = st.sampled_from(["a", "b", "c"])


@st.composite
def _written(draw: st.DrawFn, text: str) -> str:
    """A string in JSON, with some of its characters as escapes."""
    spelled = [f"\\u{ord(one):04x}" if draw(st.booleans()) else json.dumps(one)[1:-1] for one in text]
    return '"' + "".join(spelled) + '"'


@st.composite
def _texts(draw: st.DrawFn) -> tuple[str, bool]:
    """Criteria of several members, and whether a name is repeated in them."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=4))
    values = [draw(_STRINGS) for _ in names]
    members = [f"{draw(_written(name))}: {draw(_written(value))}" for name, value in zip(names, values, strict=True)]
    return "{" + ", ".join(members) + "}", len(set(names)) < len(names)


@given(_texts())
def test_a_text_is_accepted_just_when_no_key_is_repeated(drawn: tuple[str, bool]) -> None:
    """Colons in strings, and strings and names that are spelled with escapes, change nothing."""
    text, is_repeated = drawn
    try:
        query = criteria.parse(text)
    except CriteriaError as error:
        assert {problem.code for problem in error.problems} == {"duplicate_key"}
        assert is_repeated
    else:
        assert not is_repeated
        assert query == criteria.parse(json.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": "\\u003a"}',
        '{"a": ":", "a": "b"}',
        '{"a": "b", "a": ":"}',
        '{"a": "\\u003a\\u003a", "b": 1, "b": ""}',
        '{"AND": [{"a": {"$in": [":"]}, "a": {"$in": ["\\u003a"]}}]}',
    ],
)
def test_a_colon_that_is_spelled_as_an_escape_hides_no_repeated_key(text: str) -> None:
    """The colon behind a lost key is not taken for one that a string shows in another spelling."""
    with pytest.raises(CriteriaError) as refused:
        criteria.parse(text)
    assert "duplicate_key" in {problem.code for problem in refused.value.problems}


@pytest.mark.parametrize(
    "read",
    [
        criteria.parse,
        criteria.Schema.from_json,
        lambda text: json_object(text.encode()),
        lambda text: lay_out_json(text, 80),
    ],
    ids=["parse", "Schema.from_json", "json_object", "fmt"],
)
@pytest.mark.parametrize(
    ("behind", "code"),
    [("]", "invalid_json"), (', "c": [}', "invalid_json"), (", NaN", "invalid_json"), (', "c": NaN}', "invalid_json"),
     ("", "invalid_json"), (', "c": ' + "[" * 20_000, "too_deep")],
)  # fmt: skip
def test_what_is_behind_a_repeated_key_is_checked(read: Callable[[str], object], behind: str, code: str) -> None:
    """A text that is not JSON is refused as such, also if a key is repeated before the fault."""
    with pytest.raises(CriteriaError) as refused:
        read('{"a": {"b": 1, "b": 2}' + behind)
    assert [problem.code for problem in refused.value.problems] == [code]
