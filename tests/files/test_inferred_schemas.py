"""`criteria schema --from` and `criteria filter --schema` fit each other: with the schema that one gives for a file,
the other filters the file, and selects the right records."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import criteria
from tests.cli.running import run
from tests.conftest import capped

UTC = dt.timezone.utc

_INSTANTS = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda one: one.replace(microsecond=5000)
)
_TEXTS = st.sampled_from(["", "a", "B", "é", "2024-01-02", "0", "x y"])
_ROWS = 4

TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "i8": (pa.int8(), st.integers(-128, 127)),
    "i64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "u32": (pa.uint32(), st.integers(0, 2**32 - 1)),
    "u64": (pa.uint64(), st.integers(0, 2**63 - 1)),
    "huge": (pa.uint64(), st.integers(2**63, 2**64 - 1)),
    "f32": (pa.float32(), st.floats(width=32, allow_nan=False, allow_infinity=False)),
    "f64": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "b": (pa.bool_(), st.booleans()),
    "s": (pa.string(), _TEXTS),
    "ls": (pa.large_string(), _TEXTS),
    "dict": (pa.dictionary(pa.int32(), pa.string()), _TEXTS),
    "dec": (pa.decimal128(9, 2), st.integers(-(10**9) + 1, 10**9 - 1).map(lambda one: Decimal(one).scaleb(-2))),
    "d32": (pa.date32(), st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))),
    "d64": (pa.date64(), st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))),
    "ms": (pa.timestamp("ms", "UTC"), _INSTANTS),
    "us": (pa.timestamp("us", "Europe/Paris"), _INSTANTS),
    "ns": (pa.timestamp("ns", "UTC"), _INSTANTS),
    "naive": (pa.timestamp("us"), _INSTANTS),
    "u": (pa.uuid(), st.uuids()),
    "raw": (pa.binary(), st.sampled_from([b"", b"\xff"])),
    "took": (pa.duration("us"), st.integers(0, 9)),
    "time": (pa.time64("us"), st.just(dt.time(1, 2))),
    "none": (pa.null(), st.none()),
    "list": (pa.list_(pa.int64()), st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=2)),
    "dicts": (pa.list_(pa.dictionary(pa.int32(), pa.string())), st.lists(_TEXTS, max_size=2)),
    "in": (pa.struct([("n", pa.int32()), ("f", pa.float32()), ("raw", pa.binary())]),
           st.fixed_dictionaries({"n": st.integers(0, 9), "f": st.just(0.5), "raw": st.just(b"x")})),
}  # fmt: skip
"""Columns of every kind that writers make, by their names, and what they hold."""


@st.composite
def tables(draw: st.DrawFn) -> Any:
    """A table with some of the columns; the values may be null."""
    names = draw(st.lists(st.sampled_from(list(TYPES)), unique=True, min_size=1, max_size=5))
    columns = {}
    for name in names:
        kind, values = TYPES[name]
        drawn = [draw(st.one_of(st.none(), values, values)) for _ in range(_ROWS)]
        columns[name] = pa.array(drawn, kind) if not pa.types.is_date64(kind) else pa.array(drawn, pa.date64())
    return pa.table(columns)


def value_in_query(value: Any) -> Any:
    """The literal of a value of a record, which is exact for a 32-bit float, too."""
    if isinstance(value, dt.datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (dt.date, Decimal, UUID)):
        return str(value)
    return value


def rows_of(table: Any) -> list[dict[str, Any]]:
    """The records of a table, with instants in UTC that Python has."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            column = column.cast(pa.timestamp("us", kind.tz))
        columns[name] = column.to_pylist()
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@pytest.mark.heavy("generated files")
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=capped(10), deadline=None)
@given(tables(), st.sampled_from(["none", "zstd", "lz4"]))
def test_columns(ending: str, table: Any, compression: str) -> None:
    """Every field of the inferred schema can be asked for, by every engine, and selects the right rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"data.{ending}")
        if ending == "parquet":
            pq.write_table(table, path, compression=compression, row_group_size=2)
        else:
            feather.write_feather(table, str(path), compression={"none": "uncompressed"}.get(compression, compression))
        check(path, rows_of(table), ("polars", "duckdb", "python"))


@pytest.mark.heavy("generated files")
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=capped(10), deadline=None)
@given(tables(), tables())
def test_united_columns(ending: str, first: Any, second: Any) -> None:
    """Files with any columns are united alike by all engines, or refused by all."""
    with TemporaryDirectory() as folder:
        for number, table in enumerate((first, second)):
            path = Path(folder, f"{number}.{ending}")
            pq.write_table(table, path) if ending == "parquet" else feather.write_feather(table, str(path))
        for name in {*first.column_names, *second.column_names} - {"in", "raw", "took", "time"}:
            for asked in ({name: None}, {"NOT": {name: None}}):
                outcomes = [
                    run("filter", json.dumps(asked), folder, "--union", "--count", "--engine", engine)
                    for engine in ("polars", "duckdb", "python")
                ]
                if name == "ns" and outcomes[1].code:
                    outcomes[1] = outcomes[0]  # DuckDB's instants are in microseconds, and others are refused
                assert len({(outcome.code, outcome.text) for outcome in outcomes}) == 1, [asked, *outcomes]


def test_dictionaries_inside_lists_in_several_row_groups(tmp_path: Path) -> None:
    """Arrow reads no batch that two row groups and their dictionaries are in."""
    columns = {
        "i8": pa.array([None] * 4, pa.int8()),
        "dicts": pa.array([None, [""], None, [""]], pa.list_(pa.dictionary(pa.int32(), pa.string()))),
    }
    table = pa.table(columns)
    path = tmp_path / "data.parquet"
    pq.write_table(table, path, compression="none", row_group_size=2)
    check(path, rows_of(table), ("polars", "duckdb", "python"))


_JSON = st.fixed_dictionaries(
    {},
    optional={
        "n": st.one_of(st.none(), st.integers(-5, 2**60)),
        "x": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 3)),
        "s": st.one_of(st.none(), _TEXTS),
        "b": st.booleans(),
        "day": st.dates().map(str),
        "tags": st.lists(st.sampled_from(["a", "b", None]), max_size=2),
        "mixed": st.one_of(st.integers(0, 3), _TEXTS, st.lists(st.integers(0, 3), max_size=1)),
        "in": st.fixed_dictionaries(
            {}, optional={"a": st.integers(0, 3), "b": st.none(), "deep": st.fixed_dictionaries({"c": _TEXTS})}
        ),
        "": st.just(1),
        "a.b": st.just(1),
    },
)


@pytest.mark.parametrize("ending", ["ndjson", "jsonl.zst", "json", "json.gz", "wrapped.json", "keyed.json"])
@settings(max_examples=capped(25), deadline=None)
@given(st.lists(_JSON, min_size=1, max_size=4), st.sampled_from(["", "\ufeff"]), st.sampled_from(["\n", "\r\n"]))
def test_rows(ending: str, records: list[dict[str, Any]], mark: str, end: str) -> None:
    """The same of rows of JSON, compressed or not, in an array, inside an object, or as its values, with a byte order
    mark and the line ends of Windows. What a schema leaves out does not get in the way."""
    options: tuple[str, ...] = ()
    with TemporaryDirectory() as folder:
        path = Path(folder, f"data.{ending}")
        if ending.split(".")[0] == "json":
            text = json.dumps(records, indent=1).replace("\n", end)
        elif ending == "wrapped.json":
            text, options = json.dumps({"meta": {"n": [1]}, "data": {"it/ems": records}}), ("--at", "/data/it~1ems")
        elif ending == "keyed.json":
            text, options = json.dumps({f"k{at}": one for at, one in enumerate(records)}), ("--at", "")
        else:
            text = "".join(json.dumps(one) + end for one in records)
        data = (mark + text).encode()
        if ending.endswith(".zst"):
            data = pa.compress(data, codec="zstd", asbytes=True)
        path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
        check(path, records, ("python",), options)


def check(path: Path, records: list[dict[str, Any]], engines: tuple[str, ...], given: tuple[str, ...] = ()) -> None:
    """Infers a schema, and asks for the first value of each field, for null, and for what is not so."""
    schema_path = path.with_name("inferred.schema.json")
    inferred = run("schema", "--from", str(path), *given, "-o", str(schema_path))
    assert inferred.code in (0, 1), inferred.err
    schema = criteria.Schema.from_json(schema_path.read_bytes())
    kind = "typed" if path.suffix in (".parquet", ".arrow") else "json"
    for field in schema.fields:
        values = [one for one in (_value(record, field.path) for record in records) if one not in (None, [])]
        value = value_in_query(first(values))
        for asked in ({field.name: value}, {"NOT": {field.name: value}}, {field.name: None}):
            query = criteria.parse(asked, schema)
            matches = criteria.compile(query, "python", records=kind)
            expected = sum(bool(matches(record)) for record in records)
            for engine in engines:
                options = ("--schema", str(schema_path), "--engine", engine, "--count")
                if engine == "duckdb" and field.name == "ns":
                    continue  # DuckDB's instants are in microseconds, and others are refused
                outcome = run("filter", json.dumps(asked), str(path), *given, *options)
                assert (outcome.code, outcome.text, outcome.err) == (0, f"{expected}\n", ""), (asked, engine, records)


def first(values: list[Any]) -> Any:
    """The first value, or the first element of a list."""
    value = values[0] if values else None
    return value[0] if isinstance(value, list) else value


def _value(record: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_time_zone_that_nobody_knows(tmp_path: Path, suffix: str) -> None:
    """It does not change the instants: a schema is found, or the file refused, and there is no traceback."""
    kind = pa.timestamp("ms", tz="Foo/Bar")
    table = pa.table({"at": pa.array([1, 2], kind), "many": pa.array([[1], None], pa.list_(kind))})
    path = tmp_path / f"in.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path)
    else:
        feather.write_feather(table, str(path), compression="uncompressed")
    found = run("schema", "--from", str(path))
    assert (found.code, found.text.count('"dateTime"')) == (0, 2)
    assert "unreadable_file" in run("filter", "{}", str(path), "--count").err
