"""Column files as pyarrow, pandas, Polars, DuckDB and Spark write them by default."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

import criteria
from tests.cli.running import run

ENGINES = ("python", "polars", "duckdb")


def schema_file(folder: Path, *fields: dict[str, Any]) -> str:
    """A schema file with these fields."""
    path = folder / "data.schema.json"
    path.write_text(json.dumps({"name": "data", "systemProperties": False, "fields": fields}), encoding="utf-8")
    return str(path)


def write(table: Any, path: Path) -> str:
    """Writes an Arrow table in the format of the path's ending."""
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        feather.write_feather(table, str(path), compression="uncompressed")
    return str(path)


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_in_a_parquet_file(tmp_path: Path, engine: str) -> None:
    """Engines must not leave out or keep rows by statistics that do not count NaN."""
    schema = schema_file(tmp_path, {"name": "b", "fieldType": "double"})
    read = criteria.Schema.from_json(Path(schema).read_bytes())
    path = tmp_path / "nan.parquet"
    pq.write_table(pa.table({"b": [2.0, math.nan]}), path)
    outcome = run("filter", '{"b": {"$gt": 1}}', str(path), "--schema", schema, "--engine", engine, "--count")
    assert outcome.text == "1\n"
    draw = random.Random(7)  # noqa: S311
    values = [-1.0, 0.0, 1.0, 2.0, math.nan, math.nan, math.inf, None]
    for number in range(25):
        path = tmp_path / f"nan{number}.parquet"
        pool = draw.sample(values, draw.randint(1, 3))
        rows = [{"b": draw.choice(pool)} for _ in range(6)]
        pq.write_table(pa.table({"b": pa.array([row["b"] for row in rows], pa.float64())}), path, row_group_size=3)
        comparison = {draw.choice(["$gt", "$gte", "$lt", "$lte", "$ne"]): draw.choice([-1, 0, 1, 1.5, 2, 5])}
        asked: dict[str, Any] = draw.choice([{"b": comparison}, {"NOT": {"b": comparison}}])
        expected = len(list(criteria.compile(criteria.parse(asked, read), "python").filter(rows)))
        outcome = run("filter", json.dumps(asked), str(path), "--schema", schema, "--engine", engine, "--count")
        assert outcome.text == f"{expected}\n", (rows, asked)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_infinities_and_nan_and_their_negations(tmp_path: Path, ending: str, engine: str) -> None:
    """NaN meets no comparison, and each negation; infinities are beyond all numbers. JSON has none of them: null."""
    path = write(pa.table({"a": [math.nan, 1.5, math.inf, -math.inf, None]}), tmp_path / f"data.{ending}")
    for condition, count in [({"$gt": 1}, 2), ({"$gte": 1.5}, 2), ({"$lt": 1}, 1), ({"$lte": 1.5}, 2), (1.5, 1),
                             ({"$in": [1.5, 2]}, 1)]:  # fmt: skip
        for query, expected in (({"a": condition}, count), ({"NOT": {"a": condition}}, 5 - count)):
            outcome = run("filter", json.dumps(query), path, "--engine", engine, "--count")
            assert (outcome.text, outcome.err) == (f"{expected}\n", ""), query
    outcome = run("filter", '{"a": {"$gt": 1}}', path, "--engine", engine, "--to", "ndjson")
    assert outcome.text == '{"a":1.5}\n{"a":null}\n'


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_an_order_keeps_all_columns(tmp_path: Path, engine: str, ending: str) -> None:
    """A page of ordered rows has every column of the file, also those that the schema does not name. So a file that is
    written back to itself loses nothing."""
    schema = schema_file(tmp_path, {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False})
    path = write(pa.table({"id": [2, 1, 3], "other": ["b", "a", "c"], "nested": [{"x": 1}, {"x": 2}, None]}),
                 tmp_path / f"data.{ending}")  # fmt: skip
    outcome = run("filter", "{}", path, "--schema", schema, "--order-by", "id", "--engine", engine, "-o", path)
    assert (outcome.code, outcome.err) == (0, "")
    found = pl.read_parquet(path) if ending == "parquet" else pl.read_ipc(path)
    assert found.to_dict(as_series=False) == {
        "id": [1, 2, 3], "other": ["a", "b", "c"], "nested": [{"x": 2}, {"x": 1}, None]}  # fmt: skip


STORED = {
    "f": pa.array([0.1, 0.5, None, math.nan], pa.float32()),
    "s": pa.array(["b", "a", None, "b"]).dictionary_encode(),
    "us": pa.array([dt.datetime(2024, 1, day) for day in (1, 2, 3)] + [None], pa.timestamp("us")),
    "ns": pa.array([dt.datetime(2024, 1, day) for day in (1, 2, 3)] + [None], pa.timestamp("ns")),
    "nsz": pa.array([dt.datetime(2024, 1, day) for day in (1, 2, 3)] + [None], pa.timestamp("ns", "UTC")),
    "d32": pa.array([dt.date(2024, 1, day) for day in (1, 2, 3)] + [None], pa.date32()),
    "d64": pa.array([dt.date(2024, 1, day) for day in (1, 2, 3)] + [None], pa.date64()),
}

FIELDS = (
    {"name": "f", "fieldType": "double"},
    {"name": "s", "fieldType": "string"},
    {"name": "us", "fieldType": "dateTime", "precision": 6, "timeZone": "UTC"},
    {"name": "ns", "fieldType": "dateTime", "precision": 6, "timeZone": "UTC"},
    {"name": "nsz", "fieldType": "dateTime", "precision": 6},
    {"name": "d32", "fieldType": "date"},
    {"name": "d64", "fieldType": "date"},
)

COUNTS = [
    ('{"f": 0.1}', 0),
    ('{"f": 0.10000000149011612}', 1),
    ('{"f": {"$gt": 0.1}}', 2),
    ('{"s": "b"}', 2),
    ('{"s": {"$gt": "a"}}', 2),
    ('{"s": null}', 1),
    ('{"us": "2024-01-02T00:00:00Z"}', 1),
    ('{"us": {"$gt": "2024-01-02T01:00:00+01:00"}}', 1),
    ('{"ns": {"$lte": "2024-01-02T00:00:00Z"}}', 2),
    ('{"nsz": {"$lte": "2024-01-02T00:00:00Z"}}', 2),
    ('{"NOT": {"ns": "2024-01-02T00:00:00Z"}}', 3),
    ('{"d32": "2024-01-02"}', 1),
    ('{"d64": {"$gt": "2024-01-01"}}', 2),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_what_others_write_by_default(tmp_path: Path, engine: str, ending: str) -> None:
    """32-bit floats, dictionaries, times without a zone, nanoseconds and days of two kinds are filtered as they are."""
    schema = schema_file(tmp_path, *FIELDS)
    path = write(pa.table(STORED), tmp_path / f"data.{ending}")
    for query, count in COUNTS:
        if engine == "duckdb" and "nsz" in query:
            continue  # DuckDB's instants are in microseconds, and others are refused
        outcome = run("filter", query, path, "--schema", schema, "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == (f"{count}\n", ""), query


def test_times_without_a_zone_that_are_not_declared(tmp_path: Path) -> None:
    """They are refused, with what to declare."""
    schema = schema_file(tmp_path, {"name": "us", "fieldType": "dateTime", "precision": 6})
    path = write(pa.table(STORED), tmp_path / "data.parquet")
    outcome = run("filter", '{"us": {"$gt": "2024-01-02T00:00:00Z"}}', path, "--schema", schema)
    assert outcome.code == 1
    assert 'If it is in UTC, add "timeZone": "UTC" to the field.' in outcome.err


SAID_OF_NANOSECONDS = (
    'unfit_column: Column "ns" is TIMESTAMPTZ_NS, which does not hold values of type dateTime.',
    'unfit_column: DuckDB before version 2 cuts instants in nanoseconds to microseconds: "ns".',
)


def test_nanoseconds_with_a_time_zone_on_duckdb(tmp_path: Path) -> None:
    """DuckDB before version 2 cuts them to microseconds, and later versions do not compare them: they are refused, with
    what to do. Rows that neither name nor show them are filtered."""
    columns = {"id": [0, 1], "ns": pa.array([0, 1], pa.timestamp("ns", "UTC"))}
    path = write(pa.table(columns), tmp_path / "data.parquet")
    query = '{"ns": "1970-01-01T00:00:00Z"}'
    assert run("filter", query, path, "--select", "id", "--to", "csv").text == "id\n0\n"
    outcome = run("filter", query, path, "--select", "id", "--engine", "duckdb")
    assert (outcome.code, outcome.text) == (1, "")
    assert any(said in outcome.err for said in SAID_OF_NANOSECONDS)
    assert "engine polars" in outcome.err
    assert run("filter", '{"id": 1}', path, "--select", "id", "--to", "csv", "--engine", "duckdb").text == "id\n1\n"
    shown = run("filter", '{"id": 1}', path, "--to", "csv", "--engine", "duckdb")
    assert shown.text == ("id,ns\n1,1970-01-01T00:00:00.000000001Z\n" if shown.code == 0 else "")


def test_nanoseconds_that_python_would_cut(tmp_path: Path) -> None:
    """The engine python filters nanoseconds as long as they are whole microseconds, and refuses others."""
    schema = schema_file(tmp_path, {"name": "ns", "fieldType": "dateTime", "precision": 6, "timeZone": "UTC"})
    path = write(pa.table({"ns": pa.array([1], pa.timestamp("ns"))}), tmp_path / "data.parquet")
    query = '{"ns": {"$gt": "1970-01-01T00:00:00Z"}}'
    outcome = run("filter", query, path, "--schema", schema, "--engine", "python", "--count")
    assert (outcome.code, "unfit_column" in outcome.err, "--engine polars" in outcome.err) == (1, True, True)
    for engine in ("polars", "duckdb"):
        outcome = run("filter", query, path, "--schema", schema, "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == ("1\n", "")


@pytest.mark.parametrize("engine", ENGINES)
def test_instants_declared_in_utc_say_so_in_rows(tmp_path: Path, engine: str) -> None:
    """Written as rows, a time without a zone that the schema declares in UTC has its offset."""
    schema = schema_file(tmp_path, {"name": "us", "fieldType": "dateTime", "precision": 6, "timeZone": "UTC"})
    path = write(pa.table(STORED).select(["us", "ns"]).slice(0, 1), tmp_path / "data.parquet")
    outcome = run("filter", "{}", path, "--schema", schema, "--engine", engine, "--to", "csv")
    assert outcome.text == "us,ns\n2024-01-01T00:00:00Z,2024-01-01T00:00:00\n"
    outcome = run("filter", "{}", path, "--time-zone", "UTC", "--engine", engine, "--to", "csv")
    assert outcome.text == "us,ns\n2024-01-01T00:00:00Z,2024-01-01T00:00:00Z\n"
    outcome = run("filter", "{}", path, "--time-zone", "UTC", "--engine", engine, "--to", "ndjson")
    assert json.loads(outcome.text) == dict.fromkeys(["us", "ns"], "2024-01-01T00:00:00+00:00")


@pytest.mark.parametrize("target", ["csv", "ndjson", "json"])
def test_floats_of_32_bits_are_written_as_their_doubles(tmp_path: Path, target: str) -> None:
    """The rows are read again as the same values, so every query has the same answer. Their short text, 0.1, is that of
    another double."""
    columns = {
        "f": pa.array([0.1, 0.5], pa.float32()),
        "in": pa.array([{"f": 0.1}, None], pa.struct([("f", pa.float32())])),
    }
    path, rows = write(pa.table(columns), tmp_path / "data.parquet"), str(tmp_path / f"rows.{target}")
    assert run("filter", "{}", path, "-o", rows).code == 0
    for source in (path, rows):
        for query, count in (('{"f": 0.1}', 0), ('{"f": {"$gt": 0.1}}', 2), ('{"in.f": 0.10000000149011612}', 1)):
            assert run("filter", query, source, "--count").text == f"{count}\n", (source, query)


def test_columns_that_csv_cannot_represent(tmp_path: Path) -> None:
    """They are named, and leaving them out helps."""
    columns = {"id": [1], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "raw": [b"x"]}
    path = write(pa.table(columns), tmp_path / "data.parquet")
    outcome = run("filter", "{}", path, "--to", "csv")
    assert (outcome.code, outcome.out) == (1, b"")
    assert 'unsupported: Column "m" is Map(String, Int64), which CSV cannot represent.' in outcome.err
    assert outcome.err.endswith("\n  Choose other columns with --select, or write parquet or arrow.\n")
    assert run("filter", "{}", path, "--to", "csv", "--select", "id").text == "id\n1\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_uuids_of_parquet_are_guids(tmp_path: Path, engine: str) -> None:
    """The schema that is inferred fits them, and without a schema they compare as their texts, also in lists."""
    path, schema = tmp_path / "data.parquet", tmp_path / "data.schema.json"
    one, other = "adb7d995-d623-41b8-8405-290b91a39066", "0e37df36-f698-11e6-8dd4-cb9ced3df976"
    values = f"(1, '{one}'::UUID, ['{other}'::UUID, NULL]), (2, NULL, NULL)"
    duckdb.sql(f"COPY (FROM (VALUES {values}) t(id, u, us)) TO '{path}' (FORMAT parquet)")
    inferred = run("schema", "--from", str(path), "-o", str(schema))
    assert (inferred.code, inferred.err) == (0, "")
    for options in ((), ("--schema", str(schema))):
        for query, count in ((f'{{"u": "{one}"}}', 1), (f'{{"us": "{other}"}}', 1), ('{"u": null}', 1),
                             (f'{{"NOT": {{"u": "{one}"}}}}', 1)):  # fmt: skip
            outcome = run("filter", query, str(path), "--engine", engine, "--count", *options)
            assert (outcome.text, outcome.err) == (f"{count}\n", ""), (query, options)
    outcome = run("filter", '{"id": 1}', str(path), "--engine", engine, "--to", "ndjson")
    assert outcome.text == f'{{"id":1,"u":"{one}","us":["{other}",null]}}\n'


def _misread() -> dict[str, Any]:
    """Columns that Parquet stores as other types than the Arrow schema beside them says, or that DuckDB rounds."""
    return {
        "duration": pa.array([1, 2], pa.duration("us")),
        "seconds": pa.array([1, 2], pa.duration("s")),
        "durations in lists": pa.array([[1], [2]], pa.list_(pa.duration("us"))),
        "half floats": pa.array([1, 2], pa.float16()),
        "boolean bytes": pa.array([1, 0], pa.bool8()),
        "wide decimals": pa.array([1, 2]).cast(pa.decimal256(50, 2)),
        "times": pa.array([1, 2], pa.time64("us")),
        "binary": pa.array([b"1", b"2"]),
        "dates": pa.array([1, 2], pa.date32()),
    }


@pytest.mark.parametrize("kind", _misread())
@pytest.mark.parametrize("literal", [1, "a"])
def test_no_engine_compares_what_parquet_stores_in_place_of_a_type(tmp_path: Path, kind: str, literal: Any) -> None:
    """A column whose type no query compares is refused by all engines with one message, whatever integers or bytes the
    file has in its place. A schema that declares such integers is no way around it."""
    path = write(pa.table({"id": [1, 2], "c": _misread()[kind]}), tmp_path / "data.parquet")
    declared = schema_file(tmp_path, {"name": "c", "fieldType": "integer"})
    for options in ((), ("--schema", declared)) if literal == 1 else ((),):
        asked = ("filter", json.dumps({"c": literal}), path, *options, "--count", "--engine")
        outcomes = {(outcome.code, outcome.text, outcome.err) for outcome in (run(*asked, one) for one in ENGINES)}
        assert len(outcomes) == 1, outcomes
        assert {code for code, _, _ in outcomes} == {1}


@pytest.mark.parametrize("kind", ["uint8", "uint16", "uint32", "uint64", "dictionary", "zone", "decimal", "large"])
def test_types_of_the_arrow_schema_that_every_engine_reads(tmp_path: Path, kind: str) -> None:
    """Unsigned integers, dictionaries, time zones and decimals beside which Parquet has a type of its own select the
    same rows on every engine."""
    columns: dict[str, tuple[Any, Any]] = {
        "uint8": (pa.array([1, 255], pa.uint8()), 255),
        "uint16": (pa.array([1, 2**16 - 1], pa.uint16()), 2**16 - 1),
        "uint32": (pa.array([1, 2**32 - 1], pa.uint32()), 2**32 - 1),
        "uint64": (pa.array([1, 2**64 - 1], pa.uint64()), 2**64 - 1),
        "dictionary": (pa.array(["a", "b"]).dictionary_encode(), "b"),
        "zone": (pa.array([0, 3_600_000_000], pa.timestamp("us", "Europe/Paris")), "1970-01-01T01:00:00Z"),
        "decimal": (pa.array([1, 2]).cast(pa.decimal256(30, 2)), 2),
        "large": (pa.array(["a", "b"], pa.large_string()), "b"),
    }
    values, last = columns[kind]
    path = write(pa.table({"id": [1, 2], "c": values}), tmp_path / "data.parquet")
    for engine in ENGINES:
        asked = ("filter", json.dumps({"c": last}), path, "--engine", engine, "--select", "id", "--to", "csv")
        assert (run(*asked).text, run(*asked).err) == ("id\n2\n", ""), engine


def test_durations_of_pandas_in_the_output_of_duckdb(tmp_path: Path) -> None:
    """DuckDB would write the integers that Parquet has for durations: it refuses them, and filters other columns."""
    path = write(pa.table({"id": [1, 2], "took": pa.array([1, 2], pa.duration("us"))}), tmp_path / "data.parquet")
    asked = ("filter", '{"id": 1}', path, "--to", "ndjson", "--engine")
    assert run(*asked, "polars").text == run(*asked, "python").text == '{"id":1,"took":"PT0.000001S"}\n'
    outcome = run(*asked, "duckdb")
    assert (outcome.code, outcome.text) == (1, "")
    assert 'unsupported: DuckDB reads durations in Parquet as integers: "took".\n  Select other' in outcome.err
    assert run(*asked, "duckdb", "--select", "id").text == '{"id":1}\n'
    assert run("filter", '{"id": 1}', path, "--engine", "duckdb", "--count").text == "1\n"
