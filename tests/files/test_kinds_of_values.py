"""Without a schema: comparisons that no value of the data can meet, and strings that look like numbers or times, are
told on standard error. The answer and the exit code stay as the language says."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from criteria.files.kinds_seen import MAX_RECORDS
from tests.cli.running import run

RECORDS = [
    {"n": 1, "amount": "9.50", "at": "2024-01-02T10:00:00Z", "day": "2024-01-02", "tags": [{"id": 1}, {"id": None}]},
    {"n": "2", "amount": "10.50", "at": "2024-01-03T10:00:00+02:00", "day": "2024-03-02", "tags": []},
]
NEVER = "Such comparisons are never true."

SAID = {
    '{"amount": 1}': f'In all records "amount" is a string, and the query compares it with a number. {NEVER}',
    '{"tags.id": "1"}': f'In all records "tags.id" is a number, and the query compares it with a string. {NEVER}',
    '{"n": {"$in": [true]}}': (
        f'In all records "n" is a number or a string, and the query compares it with a boolean. {NEVER}'
    ),
    '{"amount": {"$gt": "8"}}': (
        '"amount" has numbers in strings, which compare by code point: "9" is greater than "10". '
        "Declare its type in a schema."
    ),
    '{"at": {"$lt": "2024-01-03T09:00:00Z"}}': '"at" has times in strings, which compare by code point, whatever their '
    "offsets and digits. Declare its type in a schema.",
    '{"amount": {"$startsWith": "9"}}': None,
    '{"n": "2"}': None,
    '{"OR": [{"amount": 1}, {"amount": "9.50"}]}': None,
    '{"day": {"$gt": "2024-01-05"}}': None,
    '{"amount": null}': None,
    '{"NOT": {"amount": {"$ne": "10.50"}}}': None,
}


@pytest.mark.parametrize("query", SAID)
@pytest.mark.parametrize("ending", ["ndjson", "json"])
def test_rows(tmp_path: Path, ending: str, query: str) -> None:
    """What is said names the values that were read."""
    path = tmp_path / f"in.{ending}"
    lines = "".join(json.dumps(one) + "\n" for one in RECORDS)
    path.write_text(lines if ending == "ndjson" else json.dumps(RECORDS))
    outcome = run("filter", query, str(path), "--count")
    said = SAID[query]
    assert (outcome.code, outcome.err) == (0, "" if said is None else f"criteria: note: {said}\n")


def test_a_sample_is_told_as_such(tmp_path: Path) -> None:
    """Later records may have other values, and are selected."""
    path = tmp_path / "in.ndjson"
    path.write_text('{"a": "x"}\n' * 3 * MAX_RECORDS + '{"a": 7}\n')
    outcome = run("filter", '{"a": {"$gt": 5}}', str(path))
    assert (outcome.code, outcome.text) == (0, '{"a": 7}\n')
    assert outcome.err == (
        'criteria: note: In the first 1,000 records "a" is a string, and the query compares it with a number. '
        f"{NEVER}\n"
    )


def test_a_schema_says_it_better(tmp_path: Path) -> None:
    """With a schema such a query is refused."""
    path = tmp_path / "in.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in RECORDS))
    schema = tmp_path / "schema.json"
    fields = [{"name": "at", "fieldType": "dateTime"}]
    schema.write_text(json.dumps({"name": "x", "systemProperties": False, "fields": fields}))
    outcome = run("filter", '{"at": {"$gt": "2024-01-03T09:00:00Z"}}', str(path), "--schema", str(schema), "--count")
    assert (outcome.text, outcome.err) == ("0\n", "")
    outcome = run("filter", '{"at": 1}', str(path), "--schema", str(schema), "--count")
    assert (outcome.code, "type_mismatch" in outcome.err) == (1, True)


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_columns(tmp_path: Path, ending: str) -> None:
    """The types of columns are known without reading values."""
    path = tmp_path / f"in.{ending}"
    frame = pl.DataFrame({"n": [1], "s": ["x"], "in": [{"b": True}], "list": [[1.5]]})
    frame.write_parquet(path) if ending == "parquet" else frame.write_ipc(path)
    for query, kinds in [
        ('{"n": "1"}', ("n", "a number", "a string")),
        ('{"s": {"$gt": 1}}', ("s", "a string", "a number")),
        ('{"in.b": "true"}', ("in.b", "a boolean", "a string")),
        ('{"list": "1.5"}', ("list", "a number", "a string")),
        ('{"n": 1, "s": "x", "in.b": true, "list": {"$lt": 2}}', None),
    ]:
        outcome = run("filter", query, str(path), "--count")
        expected = ""
        if kinds is not None:
            name, found, asked = kinds
            expected = (
                f'criteria: note: In the files "{name}" is {found}, and the query compares it with {asked}. {NEVER}\n'
            )
        assert (outcome.code, outcome.err) == (0, expected), query
