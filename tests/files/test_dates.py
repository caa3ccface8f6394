"""Fields of type `date` in files: read and written in every format, inferred, and filtered on every engine."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from criteria import Field, FieldType, Schema
from criteria.backends.registry import load
from criteria.files.formats import Format
from criteria.files.inputs import found
from criteria.files.partitions import PartitionType, partition_types
from tests.cli.running import run
from tests.files.conftest import ENGINES, FORMATS, PAIRS

RECORDS: list[dict[str, Any]] = [
    {"n": 1, "day": "2024-01-31", "days": ["2024-02-29", None]},
    {"n": 2, "day": "0001-01-01", "days": []},
    {"n": 3, "day": None, "days": None},
    {"n": 4, "day": "9999-12-31", "days": ["2024-01-31", "2024-02-29"]},
]
SCHEMA = {
    "name": "t",
    "systemProperties": False,
    "fields": [
        {"name": "n", "fieldType": "integer", "isUnique": True, "nullable": False},
        {"name": "day", "fieldType": "date"},
        {"name": "days", "fieldType": "date", "isList": True},
    ],
}

filters_dates = pytest.mark.skipif(
    not all(FieldType.DATE in load(name).types for name in ("python", "frame")),
    reason="the backends python and frame refuse dates. To run this: add date to their types",
)


@pytest.fixture
def schema(tmp_path: Path) -> str:
    """A schema file."""
    path = tmp_path / "t.schema.json"
    path.write_text(json.dumps(SCHEMA))
    return str(path)


def as_date(text: str | None) -> date | None:
    """The day that a text spells."""
    return None if text is None else date.fromisoformat(text)


def data(folder: Path, kind: str) -> Path:
    """The records as a file that this library did not write."""
    path = folder / f"t.{kind}"
    if kind == "ndjson":
        path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    elif kind == "json":
        path.write_text(json.dumps(RECORDS))
    elif kind == "csv":
        with path.open("w", newline="") as file:
            rows = ([one["n"], one["day"] or "", "" if one["days"] is None else json.dumps(one["days"])]
                    for one in RECORDS)  # fmt: skip
            csv.writer(file).writerows([["n", "day", "days"], *rows])
    else:
        lists = [None if one["days"] is None else [*map(as_date, one["days"])] for one in RECORDS]
        table = pa.table({
            "n": pa.array([one["n"] for one in RECORDS]),
            "day": pa.array([as_date(one["day"]) for one in RECORDS], pa.date32()),
            "days": pa.array(lists, pa.list_(pa.date32())),
        })  # fmt: skip
        pq.write_table(table, path) if kind == "parquet" else feather.write_feather(table, path)
    return path


def read(path: Path, kind: str) -> list[Any]:
    """The records of a file, read without this library."""
    if kind == "ndjson":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if kind == "json":
        return list(json.loads(path.read_text()))
    if kind == "csv":
        with path.open(newline="") as file:
            return [{"n": int(row["n"]), "day": row["day"] or None, "days": json.loads(row["days"] or "null")}
                    for row in csv.DictReader(file)]  # fmt: skip
    frame = (pl.read_parquet if kind == "parquet" else pl.read_ipc)(path)
    assert frame.schema == {"n": pl.Int64, "day": pl.Date, "days": pl.List(pl.Date)}
    return [json.loads(line) for line in frame.write_ndjson().splitlines()]


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_every_format_becomes_every_other(tmp_path: Path, schema: str, source: str, target: str) -> None:
    """Dates from each format are written to each format: text where the format has no dates."""
    out = tmp_path / f"out.{target}"
    outcome = run("filter", "{}", str(data(tmp_path, source)), "--schema", schema, "--engine",
                  "python" if source in ("ndjson", "json", "csv") else "polars", "-o", str(out))  # fmt: skip
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
    assert read(out, target) == RECORDS


@pytest.mark.parametrize("source", FORMATS)
def test_the_inferred_schema_reads_its_data(tmp_path: Path, source: str) -> None:
    """Columns of dates are inferred as dates, and the schema filters the file that it was inferred from."""
    path, inferred = data(tmp_path, source), tmp_path / "inferred.json"
    assert run("schema", "--from", str(path), "-o", str(inferred)).code == 0
    fields = {one.name: (one.field_type, one.is_list) for one in Schema.from_json(inferred.read_bytes()).fields}
    assert fields == {
        "n": (FieldType.INTEGER, False), "day": (FieldType.DATE, False), "days": (FieldType.DATE, True),
    }  # fmt: skip
    assert run("filter", "{}", str(path), "--schema", str(inferred), "--count").text == "4\n"


QUERIES = {
    '{"day": "2024-01-31"}': [1],
    '{"day": {"$gt": "0001-01-01"}}': [1, 4],
    '{"day": {"$ne": "9999-12-31"}}': [1, 2, 3],
    '{"day": {"$nin": ["2024-01-31", "0001-01-01"]}}': [3, 4],
    '{"day": null}': [3],
    '{"days": "2024-01-31"}': [4],
    '{"NOT": {"days": {"$gte": "2024-02-29"}}}': [2, 3],
    '{"days": null}': [2, 3],
}


@filters_dates
@pytest.mark.parametrize(("source", "engine"), PAIRS)
def test_every_engine_filters_dates(tmp_path: Path, schema: str, source: str, engine: str) -> None:
    """Each engine selects the same records from each format."""
    path = data(tmp_path, source)
    for query, numbers in QUERIES.items():
        outcome = run("filter", query, str(path), "--schema", schema, "--engine", engine, "--to", "ndjson")
        assert (outcome.code, outcome.err) == (0, "")
        assert [json.loads(line)["n"] for line in outcome.text.splitlines()] == numbers, query


@filters_dates
@pytest.mark.parametrize(("source", "engine"), PAIRS)
def test_every_engine_sorts_dates(tmp_path: Path, schema: str, source: str, engine: str) -> None:
    """Dates are sort keys: null first when ascending."""
    path = data(tmp_path, source)
    outcome = run("filter", "{}", str(path), "--schema", schema, "--engine", engine, "--to", "ndjson", "--order-by",
                  "day")  # fmt: skip
    assert [json.loads(line)["n"] for line in outcome.text.splitlines()] == [3, 2, 1, 4]


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_date64_is_a_date(tmp_path: Path, kind: str) -> None:
    """Arrow's dates in milliseconds are dates, too; timestamps without a zone are not."""
    path, out = tmp_path / f"t.{kind}", tmp_path / "out.parquet"
    days = [date(2024, 1, 31), None]
    table = pa.table({
        "day": pa.array(days, pa.date64()),
        "time": pa.array([datetime(2024, 1, 31, 10), None], pa.timestamp("ms")),
    })  # fmt: skip
    pq.write_table(table, path) if kind == "parquet" else feather.write_feather(table, path)
    assert run("filter", "{}", str(path), "-o", str(out)).code == 0
    assert pl.read_parquet(out).schema == {"day": pl.Date, "time": pl.Datetime("ms")}
    assert pl.read_parquet(out)["day"].to_list() == days


@filters_dates
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("is_in_lists", [False, True])
def test_milliseconds_that_are_not_days_are_refused(
    tmp_path: Path, schema: str, engine: str, is_in_lists: bool
) -> None:
    """Every engine refuses an Arrow file whose date64 has a value that is not a whole day, asked for or not."""
    path = tmp_path / "t.arrow"
    milliseconds = pa.array([1709164800000, 1709164800001], pa.int64())
    days = pa.Array.from_buffers(pa.date64(), 2, milliseconds.buffers())
    name, column = ("days", pa.ListArray.from_arrays([0, 1, 2], days)) if is_in_lists else ("day", days)
    feather.write_feather(pa.table({"n": [1, 2], name: column}), path)
    for query in ({}, {"n": 1}, {name: "2024-02-29"}, {name: {"$ne": "2024-02-29"}}, {name: None}):
        outcome = run("filter", json.dumps(query), str(path), "--schema", schema, "--engine", engine)
        assert (outcome.code, outcome.text) == (1, ""), query
        assert "unreadable_file" in outcome.err
        assert "does not represent a whole number of days" in outcome.err


@filters_dates
@pytest.mark.parametrize("engine", ENGINES)
def test_date64_of_whole_days_is_filtered(tmp_path: Path, schema: str, engine: str) -> None:
    """Whole days in milliseconds are filtered as days, also in compressed files and before 1970."""
    path = tmp_path / "t.arrow"
    days = pa.array([date(1, 1, 1), date(1969, 12, 31), date(2024, 2, 29), None], pa.date64())
    feather.write_feather(pa.table({"n": [1, 2, 3, 4], "day": days}), path, compression="zstd")
    for query, numbers in (("1969-12-31", [2]), ({"$lt": "2024-02-29"}, [1, 2]), ({"$ne": "0001-01-01"}, [2, 3, 4])):
        asked = json.dumps({"day": query})
        outcome = run("filter", asked, str(path), "--schema", schema, "--engine", engine, "--to", "ndjson")
        assert (outcome.code, outcome.err) == (0, "")
        assert [json.loads(line)["n"] for line in outcome.text.splitlines()] == numbers, query


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_dates_that_python_cannot_represent(tmp_path: Path, kind: str) -> None:
    """Nothing is inferred from dates after the year 9999, and they are not shown as a table."""
    path = tmp_path / f"t.{kind}"
    table = pa.table({"day": pa.array([10_000_000], pa.date32())})
    pq.write_table(table, path) if kind == "parquet" else feather.write_feather(table, path)
    inferred = run("schema", "--from", str(path))
    assert (inferred.code, "outside the years 1 to 9999" in inferred.err) == (1, True)
    table_of = run("filter", "{}", str(path), "--to", "table")
    assert (table_of.code, "outside the years 1 to 9999" in table_of.err) == (1, True)


@pytest.mark.parametrize("bad", ["2023-02-29", "2024-1-31", "2024-01-31T00:00:00Z", "31.01.2024"])
def test_bad_dates_are_refused(tmp_path: Path, schema: str, bad: str) -> None:
    """A cell that is not the text of a day is a bad record, with its line."""
    path = tmp_path / "t.csv"
    path.write_text(f"n,day\n1,2024-01-31\n2,{bad}\n")
    outcome = run("filter", '{"day": {"$ne": null}}', str(path), "--schema", schema)
    assert outcome.code == 1
    assert "t.csv:3" in outcome.err


def partitioned(folder: Path, *days: str) -> Path:
    """A folder of Parquet files in folders that are named after days."""
    for number, day in enumerate(days, 1):
        inside = folder / "data" / f"day={day}"
        inside.mkdir(parents=True)
        pl.DataFrame({"n": [number]}).write_parquet(inside / "part.parquet")
    return folder / "data"


def test_types_of_partitions(tmp_path: Path) -> None:
    """Folders that are named after days are a column of dates where the schema says so, and of text otherwise."""
    schema = Schema("t", [Field("day", FieldType.DATE)], system_properties=False)
    days = found([str(partitioned(tmp_path / "a", "2024-01-31", "__HIVE_DEFAULT_PARTITION__"))], Format.PARQUET)
    assert partition_types(days, schema) == {"day": PartitionType.DAY}
    assert partition_types(days, None) == {"day": PartitionType.TEXT}
    other = found([str(partitioned(tmp_path / "b", "2024-01-31", "2024-02-30"))], Format.PARQUET)
    assert partition_types(other, schema) == {"day": PartitionType.TEXT}


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_partitions_of_days(tmp_path: Path, schema: str, engine: str) -> None:
    """The names of folders are read as dates."""
    folder = partitioned(tmp_path, "2024-01-31", "2024-02-29", "__HIVE_DEFAULT_PARTITION__")
    out = tmp_path / "out.parquet"
    outcome = run("filter", "{}", str(folder), "--schema", schema, "--engine", engine, "-o", str(out))
    assert (outcome.code, outcome.err) == (0, "")
    assert sorted(pl.read_parquet(out).rows(), key=lambda row: row[0]) == [
        (1, date(2024, 1, 31)), (2, date(2024, 2, 29)), (3, None),
    ]  # fmt: skip


@filters_dates
@pytest.mark.parametrize("engine", ENGINES)
def test_filter_on_partitions_of_days(tmp_path: Path, schema: str, engine: str) -> None:
    """A query selects folders by their day."""
    folder = partitioned(tmp_path, "2024-01-31", "2024-02-29", "__HIVE_DEFAULT_PARTITION__")
    for query, count in (('{"day": {"$gt": "2024-01-31"}}', 1), ('{"day": null}', 1), ('{"day": "2024-01-31"}', 1)):
        outcome = run("filter", query, str(folder), "--schema", schema, "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == (f"{count}\n", "")
