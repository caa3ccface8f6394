"""Lines that are decoded at once are what each of them is by itself."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import criteria
from criteria.files.faults import DataFault
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data
from tests.cli.running import run

_NUMBERS = st.sampled_from(
    ["0", "-0.0", "5", "5.0", "5.00000000000000000000000001", "0.1", "0.10000000000000001", "1e400", "-1E-400", "5e0",
     "9007199254740993", "9007199254740993.0", "9007199254740992.5", "123456.123456789", "1234567.5",
     "NaN", "007", "1."]
)  # fmt: skip
_VALUES = st.one_of(_NUMBERS, st.sampled_from(["null", "true", '"5"', '"é\\n"', "[1, 2]", "{}", '"', "[", "]", "}"]))
_RECORDS = st.builds(lambda value, blank: f'{blank}{{"n": {value}}}', _VALUES, st.sampled_from(["", " ", "\t"]))
_PIECES = st.sampled_from(["", "\r", '{"n": [1', "2]}", '{"n": 1', '"m": 2}', "[", "]", "{}", "{}, {}", "null", "\xa0"])
_LINES = st.lists(st.one_of(_RECORDS, _RECORDS, _PIECES), max_size=8)

QUERIES = [
    criteria.compile(criteria.parse(text), "python", records="json")
    for text in ('{"n": 5}', '{"n": 0}', '{"n": 0.1}', '{"n": {"$gt": 5}}', '{"n": {"$lt": 0.0}}',
                 '{"n": 123456.123456789}', '{"n": 9007199254740993}', '{"n": {"$gt": 9007199254740992}}',
                 '{"n": {"$gte": 1234567.5}}')
]  # fmt: skip

NESTED = [
    criteria.compile(criteria.parse(text), "python", records="json") for text in ('{"n.x": 5}', '{"NOT": {"n.x": 0}}')
]


def table(block: bytes, bad: list[DataFault], members: Sequence[tuple[str, ...]] | None = None) -> Ndjson:
    stream = io.BufferedReader(io.BytesIO(block))
    return Ndjson(Data("data", stream, None, before_waiting=lambda: None, bad=bad.append, members=members))


def answers(rows: list[tuple[Any, str]]) -> list[tuple[str, list[bool]]]:
    """The text of each row, and which queries select it."""
    return [(text, [query(record) for query in QUERIES]) for record, text in rows]


@given(_LINES)
@example(['{"n": [1', "2]}", "{}, {}"])
@example(["{}, {}"])
@example(["{}, {}", '{"n": 0}', ""])
@example(['{"n": 5.00000000000000000000000001}'])
def test_lines_at_once_are_the_lines_one_by_one(lines: list[str]) -> None:
    """Of any lines, whatever stands in them, the same ones are records, with the same text and number, and every query
    selects the same of them, as when each line is decoded by itself."""
    block = "\n".join(lines).encode()
    bad: list[DataFault] = []
    batches = list(table(block, bad).batches())
    rows = [row for batch in batches for row in zip(batch.records, batch.texts, strict=True)]
    one_by_one: list[tuple[Any, str]] = []
    faults: list[DataFault] = []
    numbers: list[int] = []
    for number, line in enumerate(lines, 1):
        alone = table(line.encode() + b"\n{\n", [])  # the unfinished line sends the block the careful way
        found = [row for batch in alone.batches() for row in zip(batch.records, batch.texts, strict=True)]
        one_by_one += found
        numbers += [number] * len(found)
        if not found and line.strip(" \t\r\n"):
            faults.append(DataFault("data"))
    assert answers(rows) == answers(one_by_one)
    assert [number for batch in batches for number in batch.lines] == numbers
    assert len(bad) == len(faults)


_LONG, _DEEP = "9" * 5000, "[" * 5000 + "]" * 5000
_HOSTILE = st.sampled_from(
    ['{"m": "\\ud800", "n": 5}', '{"m": 1e999, "n": 5}', '{"m": NaN, "n": 5}', '{"m": "\x01", "n": 5}',
     '{"n": {"x": 5}}', '{"n": 5, "n": 0}', '{"\\u006e": 5}', '{"n": 5,}', '{"m": 01}', '{"n": 5}\x0b',
     '{"m": "\\x"}', '{"n": {"x": 5, "x": 0}}', f'{{"m": {_LONG}, "n": 5}}', f'{{"n": {_LONG}}}',
     f'{{"m": {_DEEP}}}', '{"n": "\\ud800"}']
)  # fmt: skip


@given(st.lists(st.one_of(_RECORDS, _RECORDS, _HOSTILE, _PIECES), max_size=6))
def test_members_that_are_asked_for_are_those_of_whole_records(lines: list[str]) -> None:
    """Decoded partly, lines are the same records with the same texts, the same ones are bad, and queries select the
    same of them."""
    pytest.importorskip("msgspec", reason='pip install "criteria-engine[files]" (msgspec)')
    block = "\n".join(lines).encode()
    for queries, members in ((QUERIES, [("n",)]), (NESTED, [("n", "x")]), ([*QUERIES, *NESTED], [("n", "x"), ("n",)])):
        found = []
        for asked in (None, members):
            bad: list[DataFault] = []
            batches = list(table(block, bad, asked).batches())
            rows = [(text, [query(record) for query in queries]) for batch in batches
                    for record, text in zip(batch.records, batch.texts, strict=True)]  # fmt: skip
            numbers = [number for batch in batches for number in batch.lines]
            found.append((rows, numbers, [(fault.problems, fault.first_line) for fault in bad]))
        assert found[0] == found[1]


def test_only_members_that_are_asked_for_are_decoded() -> None:
    """Where every line is a plain object, nothing else is kept of it."""
    pytest.importorskip("msgspec", reason='pip install "criteria-engine[files]" (msgspec)')
    [batch] = table(b'{"a": 1, "b": {"c": 2, "d": 3}}\n{"b": null, "e": 1}\n', [], [("b", "c")]).batches()
    assert batch.records == [{"b": {"c": 2}}, {"b": None}]


def test_keys_in_common_are_kept_once() -> None:
    """The records of a block share their keys, as those of one JSON text do."""
    block = b"".join(json.dumps({"a rather long key": at}).encode() + b"\n" for at in range(9))
    [batch] = table(block, []).batches()
    assert len({id(key) for record in batch.records for key in record}) == 1


def test_exponents_of_any_length_keep_their_side_of_zero() -> None:
    """A number nearer to zero than any double is not zero, and an integer beside it is still an integer."""
    data = b'{"a": 1e-9999999999999999999, "b": 5}\n{"a": 0, "b": 5}\n'
    matches = criteria.compile(criteria.parse({"a": {"$gt": 0}}), "python", records="json").matches
    records = [record for batch in table(data, []).batches() for record in batch.records]
    assert [matches(record) for record in records] == [True, False]
    assert [type(record["b"]) for record in records] == [int, int]


@pytest.mark.parametrize("text", ['{\n "a": 1\n}\n', '[{"a": 1}]', "[\n]"])
def test_json_of_several_lines_is_told(text: str) -> None:
    """An array, and an object that is printed over several lines, are JSON and no lines of it."""
    outcome = run("filter", "{}", data=text.encode())
    assert (outcome.code, "--format json" in outcome.err) == (1, True)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b'{"a": 1}{"a": 2}\n', "jq -c . FILE"),
        (b'{"a": 1}\n{"a": 2} {"a": 3}\n', "jq -c . FILE"),
        (b"a,b\n1,2\n", "If the data are not JSON, name their format with --format."),
        (b'{"name": "M\xfcller"}\n', "iconv -f cp1252 -t utf-8 FILE"),
    ],
)
def test_what_is_not_ndjson_is_told(data: bytes, hint: str) -> None:
    """Data of another format, or in another encoding, come with what to do."""
    outcome = run("filter", "{}", data=data)
    assert (outcome.code, hint in outcome.err) == (1, True)


@pytest.mark.parametrize("before", ["1", "0.5", '"x"'])
def test_long_numbers_after_others(before: str) -> None:
    """However few or many numbers with a fraction came before, one with more digits than a double keeps is exact."""
    lines = [f'{{"v": {before}, "w": "{"-" * 100}"}}'] * 20_000
    long = '{"v": 0.1000000000000000000001}'
    data = "\n".join([*lines, long, '{"v": 1e-1}', *lines, long]).encode()
    assert run("filter", '{"AND": [{"v": {"$gt": 0.1}}, {"v": {"$lt": 0.11}}]}', data=data).text == f"{long}\n{long}\n"
    assert run("filter", '{"v": 0.1}', "--count", data=data).text == "1\n"
