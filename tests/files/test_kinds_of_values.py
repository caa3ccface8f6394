"""Comparisons that no value of rows can meet, strings that look like numbers or times, and values that a schema does
not declare are told on standard error. The answer and the exit code stay as the language says. Columns have types, and
such a comparison is refused there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

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
@pytest.mark.parametrize("engine", ["polars", "duckdb", "python"])
def test_columns(tmp_path: Path, ending: str, engine: str) -> None:
    """The types of columns are known: what can never be true is refused, with what to write, as of frames."""
    path = tmp_path / f"in.{ending}"
    frame = pl.DataFrame({"n": [1], "s": ["x"], "in": [{"b": True}], "list": [[1.5]]})
    frame.write_parquet(path) if ending == "parquet" else frame.write_ipc(path)
    for query, said in [
        ('{"n": "1"}', 'Column "n" is Int64, which does not compare with a string.\n  Write a number: 1.'),
        ('{"s": {"$gt": 1}}', 'Column "s" is String, which does not compare with a number.\n  Write a string: "1".'),
        ('{"in.b": "true"}', 'Column "in.b" is Boolean, which does not compare with a string.'),
        ('{"NOT": {"list": "x"}}', 'Column "list" is List(Float64), which does not compare with a string.'),
    ]:
        outcome = run("filter", query, str(path), "--count", "--engine", engine)
        assert (outcome.code, outcome.out) == (1, b""), query
        assert f"unfit_column: {said}" in outcome.err
    query = '{"n": 1, "s": "x", "in.b": true, "list": {"$lt": 2}}'
    outcome = run("filter", query, str(path), "--count", "--engine", engine)
    assert (outcome.code, outcome.text, outcome.err) == (0, "1\n", "")


UNFIT = [
    {"state": "paid", "n": 1, "at": "2024-01-02T10:00:00Z", "tags": ["a"], "in": {"d": "1.50"}},
    {"state": "piad", "n": "2", "at": "2024-01-02 10:00:00", "tags": "a", "in": {"d": True}},
    {"state": None, "n": 3, "at": None, "tags": ["piad", None], "in": None},
]
UNFIT_FIELDS = [
    {"name": "state", "fieldType": "string", "values": ["paid", "open"]}, {"name": "n", "fieldType": "integer"},
    {"name": "at", "fieldType": "dateTime"}, {"name": "tags", "fieldType": "string", "isList": True},
    {"name": "in.d", "fieldType": "decimal"},
]  # fmt: skip
TOLD = {
    '{"state": "paid"}': (
        'In all records "state" has values that the schema does not list: 1 of 2, such as "piad" in record 2.'
    ),
    '{"state": {"$startsWith": "pi"}}': (
        'In all records "state" has values that the schema does not list: 1 of 2, such as "piad" in record 2.'
    ),
    '{"NOT": {"n": 2}}': 'In all records "n" has values that are not of type integer: 1 of 3, such as "2" in record 2.',
    '{"at": {"$gt": "2024-01-01T00:00:00Z"}}': (
        'In all records "at" has values that are not of type dateTime: 1 of 2, such as "2024-01-02 10:00:00" '
        "in record 2."
    ),
    '{"tags": "a"}': (
        'In all records "tags" has values that are not of type a list of string: 1 of 3, such as "a" in record 2.'
    ),
    '{"in.d": 1.5}': 'In all records "in.d" has values that are not of type decimal: 1 of 2, such as true in record 2.',
    '{"state": null, "n": null}': None,
}


@pytest.mark.parametrize("query", TOLD)
@pytest.mark.parametrize("ending", ["ndjson", "json"])
def test_values_that_a_schema_does_not_declare(tmp_path: Path, ending: str, query: str) -> None:
    """A value outside the listed ones, or of another type, is selected by nothing but negations: it is told."""
    path = tmp_path / f"in.{ending}"
    lines = [json.dumps(one) for one in UNFIT]
    path.write_text("\n".join(lines) if ending == "ndjson" else "[" + ",\n".join(lines) + "]")
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"name": "x", "systemProperties": False, "fields": UNFIT_FIELDS}))
    outcome = run("filter", query, str(path), "--schema", str(schema), "--count")
    told = TOLD[query]
    expected = "" if told is None else f"criteria: note: {told} Only negated comparisons are true of them.\n"
    assert (outcome.code, outcome.err) == (0, expected)


OBJECTS: list[dict[str, Any]] = [
    {"lines": [{"sku": "a", "n": 1}, {"sku": "z", "n": "2"}], "state": "paid"},
    {"lines": [{"sku": "z", "n": 3}, None], "state": None},
    {"lines": [], "state": "piad"},
]
OF_OBJECTS: list[dict[str, Any]] = [
    {"name": "lines", "fieldType": "object", "isList": True, "fields": [
        {"name": "sku", "fieldType": "string", "values": ["a", "b"]}, {"name": "n", "fieldType": "integer"}]},
    {"name": "state", "fieldType": "string", "values": ["paid", "open"]},
]  # fmt: skip


@pytest.mark.parametrize("query", ['{"lines": {"$elemMatch": {"n": 2}}}', '{"lines.n": {"$gt": 1}}'])
def test_values_in_lists_of_objects(tmp_path: Path, query: str) -> None:
    """Of the objects in a list, too, a value of another type is told."""
    path, schema = tmp_path / "in.ndjson", tmp_path / "schema.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in OBJECTS))
    schema.write_text(json.dumps({"name": "x", "systemProperties": False, "fields": OF_OBJECTS}))
    outcome = run("filter", query, str(path), "--schema", str(schema), "--count")
    said = 'In all records "lines.n" has values that are not of type integer: 1 of 3, such as "2" in record 1.'
    assert outcome.err == f"criteria: note: {said} Only negated comparisons are true of them.\n"


@pytest.mark.parametrize("engine", ["polars", "duckdb", "python"])
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_values_of_columns_that_a_schema_does_not_list(tmp_path: Path, ending: str, engine: str) -> None:
    """Columns have types, and their values may still be others than the listed ones, also in lists of objects."""
    records = [{**one, "lines": [line and {"sku": line["sku"]} for line in one["lines"]]} for one in OBJECTS]
    frame = pl.DataFrame(records).rename({"state": "State"})
    path, schema = tmp_path / f"in.{ending}", tmp_path / "schema.json"
    frame.write_parquet(path) if ending == "parquet" else frame.write_ipc(path)
    fields = [{**OF_OBJECTS[0], "fields": OF_OBJECTS[0]["fields"][:1]}, {**OF_OBJECTS[1], "column": "State"}]
    schema.write_text(json.dumps({"name": "x", "systemProperties": False, "fields": fields}))
    for query, count, said in (
        ('{"lines.sku": "a"}', 1, 'In all records "lines.sku" has values that the schema does not list: 2 of 3, such '
         'as "z" in record 1.'),
        ('{"state": "paid"}', 1, 'In all records "state" has values that the schema does not list: 1 of 2, such as '
         '"piad" in record 3.'),
        ('{"state": null}', 1, None),
    ):  # fmt: skip
        outcome = run("filter", query, str(path), "--schema", str(schema), "--count", "--engine", engine)
        note = "" if said is None else f"criteria: note: {said} Only negated comparisons are true of them.\n"
        assert (outcome.code, outcome.text, outcome.err) == (0, f"{count}\n", note)


def test_values_of_csv_that_a_schema_does_not_list(tmp_path: Path) -> None:
    """Cells have their types, and a text that is not listed is told."""
    path, schema = tmp_path / "in.csv", tmp_path / "schema.json"
    path.write_text("n,state\n1,paid\n2,piad\n3,\n")
    schema.write_text(json.dumps({"name": "x", "systemProperties": False, "fields": [OF_OBJECTS[1]]}))
    outcome = run("filter", '{"state": "paid"}', str(path), "--schema", str(schema))
    assert (outcome.code, outcome.text) == (0, "n,state\n1,paid\n")
    assert '"state" has values that the schema does not list: 1 of 2, such as "piad" in record 2.' in outcome.err


@pytest.mark.parametrize("options", [(), ("--count",)])
def test_values_after_the_first_records(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Of the records after the first thousand some are looked at: a kind of value that begins later is told, with the
    record that has it."""
    path, schema = tmp_path / "in.ndjson", tmp_path / "schema.json"
    filler = "x" * 500
    lines = [{"n": n if n <= 3000 else str(n), "filler": filler} for n in range(1, 3201)]
    path.write_text("".join(json.dumps(one) + "\n" for one in lines))
    fields = [{"name": "n", "fieldType": "integer"}]
    schema.write_text(json.dumps({"name": "x", "systemProperties": False, "fields": fields}))
    outcome = run("filter", '{"n": {"$gte": 3000}}', str(path), "--schema", str(schema), *options)
    assert outcome.code == 0
    told = re.search(r"In the ([0-9,]+) records that were looked at .*, such as \"(\d+)\" in record (\d+)", outcome.err)
    assert told is not None
    assert 1000 < int(told[1].replace(",", "")) < 1200
    assert told[2] == told[3]


@pytest.mark.parametrize("ending", ["ndjson", "json"])
def test_inference_tells_of_numbers_and_times_in_strings(tmp_path: Path, ending: str) -> None:
    """A schema that declares strings would keep quiet about an order by code point: its inference tells."""
    rows = [{"amount": "12.50", "zip": "01234", "in": {"at": "2024-01-02 10:00"}},
            {"amount": "9.5", "zip": "99999", "in": {"at": "2024-01-02 10:00:00"}}]  # fmt: skip
    path = tmp_path / f"in.{ending}"
    path.write_text("\n".join(map(json.dumps, rows)) if ending == "ndjson" else json.dumps(rows))
    outcome = run("schema", "--from", str(path))
    assert outcome.code == 0
    assert outcome.err.splitlines() == [
        f'{path}: note: "amount" has numbers in strings, which compare by code point: "9" is greater than "10". '
        "If they are numbers, declare a decimal.",
        f'{path}: note: "in.at" has times in strings, which compare by code point, whatever their offsets and digits. '
        "If they are instants, write each with its offset, as in 2024-01-31T09:30:00Z.",
    ]
