"""Counter-examples that generated criteria found, kept by name."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import Field, Schema, Search
from criteria.backends import frame as backend
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, QUICK

UTC = dt.timezone.utc
_MICROSECOND = "1970-01-01T00:00:00.000001Z"


def schema_of(*fields: Field) -> Schema:
    """A schema with a key."""
    return Schema("t", [Field("id", "integer", is_unique=True, nullable=False), *fields], system_properties=False)


@pytest.mark.needs_spark
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1582-10-04T00:00:00Z", "1883-11-18T12:00:00Z"])
def test_spark_knows_instants_before_its_other_calendar_ends(moment: str, frames: Frames) -> None:
    """An instant before 1582 is no other day on Spark, alone, in $in or in a list."""
    import pyarrow as pa

    spark = frames.spark()
    value = dt.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    kind = pa.timestamp("us", "UTC")
    lists = pa.array([[value], []], pa.list_(kind))
    table = pa.table({"id": [1, 2], "at": pa.array([value, None], kind), "ats": lists})
    frame = spark.createDataFrame(table)
    schema = schema_of(Field("at", "dateTime"), Field("ats", "dateTime", is_list=True))
    for asked in ({"at": moment}, {"at": {"$in": [moment, "2024-01-01T00:00:00Z"]}}, {"ats": moment},
                  {"ats": {"$in": [moment, "2024-01-01T00:00:00Z"]}}, {"at": {"$lte": moment}}):  # fmt: skip
        found = backend.filter(frame, criteria.parse(asked, schema)).select("id").collect()
        assert [row["id"] for row in found] == [1], asked


def test_pandas_takes_columns_of_all_its_families_together(frames: Frames) -> None:
    """Nulls of pandas' own types and Arrow's booleans meet in one condition."""
    import pandas as pd

    frames.need(QUICK[3])
    frame = pd.DataFrame({
        "id": [1, 2, 3],
        "own": pd.array([1, None, 3], dtype="Int64"),
        "text": pd.array(["a", None, "b"], dtype="string"),
        "flag": pd.array([None, True, False], dtype="bool[pyarrow]"),
        "score": [0.5, None, 1.5],
    })  # fmt: skip
    types = {"own": "integer", "text": "string", "flag": "boolean", "score": "double"}
    schema = schema_of(*(Field(name, kind) for name, kind in types.items()))
    for asked, expected in (
        ({"OR": [{"own": 1}, {"flag": True}]}, [1, 2]),
        ({"NOT": {"own": 1, "text": "a", "flag": False}}, [1, 2, 3]),
        ({"NOT": {"OR": [{"own": {"$gt": 1}}, {"text": "a"}, {"score": {"$gt": 1}}]}}, [2]),
        ({"own": {"$ne": 3}, "flag": {"$ne": True}}, [1]),
    ):
        assert backend.filter(frame, criteria.parse(asked, schema))["id"].tolist() == expected, asked


def test_dask_counts_rows_with_decimals_below_one(frames: Frames) -> None:
    """Dask makes up a row for a type and cannot for a decimal without digits before the point."""
    import dask.dataframe as dd
    import pandas as pd
    import pyarrow as pa

    frames.need(DASK)
    table = pa.table({"id": [1, 2, 3], "f": pa.array([None, None, None], pa.decimal128(20, 20))})
    frame: Any = dd.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), npartitions=2)  # type: ignore[no-untyped-call]
    schema = schema_of(Field("f", "decimal", precision=20, scale=20))
    page = backend.search(frame, Search(criteria.parse({"id": {"$lt": 3}}, schema), (), 1, 0, get_total_count=True))
    assert (page.data.compute()["id"].tolist(), page.has_more_records, page.total_count) == ([1], True, 2)


def test_an_unsigned_column_of_arrow_stays_unsigned(frames: Frames) -> None:
    """2^64-1 is compared with 2^63-1, in a column and in a list."""
    import pyarrow as pa

    frames.need(QUICK[5])
    big = 2**64 - 1
    lists = pa.array([[0], [big]], pa.list_(pa.uint64()))
    table = pa.table({"id": [1, 2], "f": pa.array([0, big], pa.uint64()), "l": lists})
    schema = schema_of(Field("f", "integer"), Field("l", "integer", is_list=True))
    for name in ("f", "l"):
        found = backend.filter(table, criteria.parse({name: {"$gt": 2**63 - 1}}, schema))
        assert found["id"].to_pylist() == [2]
        found = backend.filter(table, criteria.parse({name: {"$in": [0, 2**63 - 1]}}, schema))
        assert found["id"].to_pylist() == [1]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_of_arrow_in_lists_have_any_unit_and_zone(unit: str, frames: Frames) -> None:
    """Elements in another unit and another zone than the operand's compare with it."""
    import pyarrow as pa

    frames.need(QUICK[5])
    moment = dt.datetime(2024, 10, 27, 0, 30, tzinfo=UTC)  # the first half past two of that night in Paris
    lists = pa.array(
        [[moment], [moment + dt.timedelta(hours=1), None], []], pa.list_(pa.timestamp(unit, "Europe/Paris"))
    )
    table = pa.table({"id": [1, 2, 3], "l": lists})
    schema = schema_of(Field("l", "dateTime", is_list=True))
    for asked, expected in (
        ({"l": "2024-10-27T00:30:00Z"}, [1]),
        ({"l": {"$in": ["2024-10-27T00:30:00Z", "2024-01-01T00:00:00Z"]}}, [1]),
        ({"l": {"$gt": "2024-10-27T00:30:00Z"}}, [2]),
        ({"NOT": {"l": {"$gt": "2024-10-27T00:30:00Z"}}}, [1, 3]),
    ):
        assert backend.filter(table, criteria.parse(asked, schema))["id"].to_pylist() == expected, asked


@pytest.mark.parametrize("name", ["polars", "polars-lazy", "pandas-arrow", "pyarrow"])
def test_nanoseconds_are_not_rounded_away(name: str, frames: Frames) -> None:
    """A value half a microsecond behind the operand is greater than it, in a column and in a list."""
    import pyarrow as pa

    kind = frames.need(next(one for one in QUICK if one.name == name))
    nanoseconds = pa.timestamp("ns", "UTC")
    table = pa.table({"id": [1, 2, 3], "at": pa.array([1000, 1500, 2000], nanoseconds)})
    table = table.append_column("ats", pa.array([[1000], [1500], [2000]], pa.list_(nanoseconds)))
    schema = schema_of(Field("at", "dateTime", precision=6), Field("ats", "dateTime", precision=6, is_list=True))
    for field in ("at", "ats"):
        for asked, expected in (({"$gt": _MICROSECOND}, [2, 3]), ({"$lte": _MICROSECOND}, [1]), (_MICROSECOND, [1]),
                                ({"$nin": [_MICROSECOND, "2024-01-01T00:00:00Z"]}, [2, 3])):  # fmt: skip
            found = backend.filter(kind.make(table), criteria.parse({field: asked}, schema))
            assert list(kind.read(found)["id"]) == expected, (field, asked)


def test_uuids_of_duckdb_compare_in_any_spelling(frames: Frames) -> None:
    """A UUID column, a list of them and one in a struct are guids."""
    import duckdb

    frames.need(QUICK[6])
    one = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    frame: Any = duckdb.sql(
        f"SELECT 1 AS id, UUID '{one}' AS g, [UUID '{one}', NULL] AS gs, {{'g': UUID '{one}'}} AS p"
    )
    schema = schema_of(Field("g", "guid"), Field("gs", "guid", is_list=True), Field("p.g", "guid"))
    for name in ("g", "gs", "p.g"):
        found = backend.filter(frame, criteria.parse({name: f"urn:uuid:{str(one).upper()}"}, schema))
        assert len(found.fetchall()) == 1, name
        assert backend.filter(frame, criteria.parse({name: {"$ne": str(one)}}, schema)).fetchall() == [], name
