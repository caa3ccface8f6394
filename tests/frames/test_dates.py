"""Dates in frames: days of the years 1 to 9999, which no instant is, in Date columns and lists and structs of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from criteria.backends import frame as backend
from criteria.tree.nodes import Comparison, Operator
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, FrameKind, in_words_of

UTC = timezone.utc
SCHEMA = Schema(
    "day",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("d", "date"),
        Field("l", "date", is_list=True),
        Field("p.d", "date"),
    ],
    system_properties=False,
)

DAYS: list[date | None] = [
    date.min,
    date(1582, 10, 10),
    date(1969, 12, 31),
    date(2023, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date.max,
    None,
]
"""The first and the last day, one that the change of calendars left out, leap days, and null."""

QUERIES: list[tuple[Any, list[int]]] = [
    ("2024-02-29", [5]),
    ("0001-01-01", [1]),
    ("1582-10-10", [2]),
    ("9999-12-31", [7]),
    ("2023-03-01", []),
    ({"$in": ["0001-01-01", "1582-10-10", "2000-01-01", "9999-12-31"]}, [1, 2, 7]),
    ({"$in": ["2024-02-29"]}, [5]),
    ({"$gt": "0001-01-01"}, [2, 3, 4, 5, 6, 7]),
    ({"$gte": "1582-10-10"}, [2, 3, 4, 5, 6, 7]),
    ({"$gt": "1582-10-09", "$lt": "1582-10-11"}, [2]),
    ({"$lt": "1970-01-01"}, [1, 2, 3]),
    ({"$lte": "2024-02-29"}, [1, 2, 3, 4, 5]),
    ({"$lt": "9999-12-31"}, [1, 2, 3, 4, 5, 6]),
    ({"$gt": "9999-12-31"}, []),
    (None, [8]),
]
"""Comparisons, with the keys of the rows that they select."""


def table(days: Sequence[date | None], dtype: str = "date32") -> Any:
    """An Arrow table with the days as a column, in lists and in structs."""
    import pyarrow as pa

    kind = getattr(pa, dtype)()
    keys = pa.array(range(1, len(days) + 1))
    lists = pa.array([None if day is None else [None, day] for day in days], pa.list_(kind))
    structs = pa.array([{"d": day} for day in days], pa.struct({"d": kind}))
    return pa.table({"id": keys, "d": pa.array(days, kind), "l": lists, "p": structs})


def keys(kind: FrameKind, frame: Any) -> list[int]:
    """The keys of a frame's rows."""
    return list(kind.read(frame)["id"])


@pytest.fixture
def holding_dates(kind: FrameKind) -> FrameKind:
    """Each kind of frame that has a type for days."""
    if not kind.holds_everything:
        pytest.skip("NumPy has no type for days: datetime64 is one for instants")
    return kind


@pytest.mark.parametrize("name", ["d", "l", "p.d"])
def test_days(holding_dates: FrameKind, name: str) -> None:
    """A comparison selects the days that fulfil it, and its negation every other row."""
    frame = holding_dates.make(table(DAYS))
    for comparison, expected in QUERIES:
        found = backend.filter(frame, criteria.parse({name: comparison}, SCHEMA))
        assert sorted(keys(holding_dates, found)) == expected, comparison
        others = backend.filter(frame, criteria.parse({"NOT": {name: comparison}}, SCHEMA))
        assert sorted(keys(holding_dates, others)) == [key for key in range(1, 9) if key not in expected], comparison


def test_days_in_dask(frames: Frames) -> None:
    """Dask's partitions answer as the pandas frames that they are."""
    frame = frames.need(DASK).make(table(DAYS).select(["id", "d"]))
    for comparison, expected in QUERIES:
        assert keys(DASK, backend.filter(frame, criteria.parse({"d": comparison}, SCHEMA))) == expected


@pytest.mark.needs_spark
def test_days_in_spark(frames: Frames) -> None:
    """Spark compares days that its other calendar left out, too."""
    spark = frames.spark()
    frame = spark.createDataFrame(table(DAYS))
    for comparison, expected in QUERIES:
        for name in ("d", "l", "p.d"):
            found = backend.filter(frame, criteria.parse({name: comparison}, SCHEMA))
            assert sorted(row["id"] for row in found.select("id").collect()) == expected, (name, comparison)
    for text, expected in (("d", [8, 1, 2, 3, 4, 5, 6, 7]), ("d desc", [7, 6, 5, 4, 3, 2, 1, 8])):
        search = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(text, SCHEMA), None)
        assert [row["id"] for row in backend.search(frame, search).data.collect()] == expected


@pytest.mark.parametrize("name", ["d", "p.d"])
def test_days_are_ordered(holding_dates: FrameKind, name: str) -> None:
    """Null comes first when ascending, then the days of all years in their order."""
    frame = holding_dates.make(table(DAYS[::-1]))
    for text, expected in ((name, [1, 8, 7, 6, 5, 4, 3, 2]), (f"{name} desc", [2, 3, 4, 5, 6, 7, 8, 1])):
        search = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(text, SCHEMA), None)
        assert keys(holding_dates, backend.search(frame, search).data) == expected


def test_a_compiled_expression_compares_days(holding_dates: FrameKind) -> None:
    """`compile(query, "frame")` is an expression that is true of the same rows."""
    import narwhals as nw

    frame = nw.from_native(holding_dates.make(table(DAYS)))
    for comparison, expected in QUERIES:
        for name in ("d", "p.d"):
            expression = criteria.compile(criteria.parse({name: comparison}, SCHEMA), "frame")
            assert sorted(keys(holding_dates, frame.filter(expression).to_native())) == expected, comparison


def test_days_in_milliseconds_are_days(frames: Frames) -> None:
    """Arrow's date64 holds whole days, in tables and in pandas frames."""
    import pandas as pd

    found = table(DAYS, "date64")
    by_pandas = found.to_pandas(types_mapper=pd.ArrowDtype)
    for comparison, expected in QUERIES:
        for name in ("d", "l"):
            query = criteria.parse({name: comparison}, SCHEMA)
            assert backend.filter(found, query)["id"].to_pylist() == expected
            assert backend.filter(by_pandas, query)["id"].tolist() == expected
    search = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by("d desc", SCHEMA), 3)
    assert backend.search(found, search).data["id"].to_pylist() == [7, 6, 5]


def partial_days() -> Any:
    """An Arrow table of date64 columns: `d` and `l` have values that are not whole days, `whole` has none."""
    import pyarrow as pa

    day = 24 * 60 * 60 * 1000
    milliseconds = pa.array([19782 * day, 19782 * day + 1, -1, None], pa.int64())
    values = pa.Array.from_buffers(pa.date64(), 4, milliseconds.buffers())
    whole = pa.array([date(2024, 2, 29), date(1, 1, 1), date.max, None], pa.date64())
    lists = pa.ListArray.from_arrays([0, 1, 2, 3, 4], values)
    return pa.table({"id": [1, 2, 3, 4], "d": values, "l": lists, "whole": whole})


@pytest.mark.parametrize("by_pandas", [False, True], ids=["pyarrow", "pandas"])
@pytest.mark.parametrize("name", ["d", "l"])
def test_milliseconds_that_are_not_days_are_refused(name: str, by_pandas: bool) -> None:
    """A date64 column with a value that is not a whole day is refused; other columns of its frame are not."""
    import pandas as pd

    frame = partial_days()
    frame = frame.to_pandas(types_mapper=pd.ArrowDtype) if by_pandas else frame
    for comparison in ("2024-02-29", {"$gt": "2024-02-29"}, {"$ne": "2024-02-29"}, {"$in": ["1970-01-01"]}, None):
        [(code, message, _)] = refused(frame, criteria.parse({name: comparison}, SCHEMA))
        assert code == "unfit_column"
        assert "date64 with values that are not whole days" in message
    if name == "d":
        search = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by("d", SCHEMA), None)
        with pytest.raises(CriteriaError, match="not whole days"):
            backend.search(frame, search)
    other = Schema("other", [Field("id", "integer"), Field("whole", "date")], system_properties=False)
    assert keys_of(backend.filter(frame, criteria.parse({"whole": "2024-02-29"}, other))) == [1]


def test_slices_of_whole_days_are_not_refused() -> None:
    """Only the rows of the frame count, not what its buffers hold beside them."""
    for length in (0, 1):
        found = backend.filter(partial_days().slice(0, length), criteria.parse({"l": "2024-02-29"}, SCHEMA))
        assert keys_of(found) == [1][:length]


def keys_of(frame: Any) -> list[int]:
    """The keys of an Arrow table's rows, or of a pandas frame's."""
    return [int(key) for key in frame["id"].to_numpy()]


def refused(frame: Any, query: Query) -> list[tuple[str, str, str | None]]:
    """The code, message and hint of each problem of a refused query."""
    with pytest.raises(CriteriaError) as refusal:
        backend.filter(frame, query)
    return [(problem.code, problem.message, problem.hint) for problem in refusal.value.problems]


def other_columns() -> dict[str, Any]:
    """Columns that hold days as something else."""
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    day, instant = date(2024, 2, 29), datetime(2024, 2, 29)
    return {
        "Polars Datetime": pl.DataFrame({"d": [instant]}),
        "Polars Datetime in UTC": pl.DataFrame({"d": [instant.replace(tzinfo=UTC)]}),
        "Polars String": pl.DataFrame({"d": ["2024-02-29"]}),
        "Polars Int32": pl.DataFrame({"d": [19782]}, schema={"d": pl.Int32}),
        "Polars Object": pl.DataFrame({"d": pl.Series([day], dtype=pl.Object)}),
        "pandas objects": pd.DataFrame({"d": [day]}),
        "pandas datetime64": pd.DataFrame({"d": pd.to_datetime(["2024-02-29"])}),
        "pandas datetime64 in UTC": pd.DataFrame({"d": pd.to_datetime(["2024-02-29"], utc=True)}),
        "pandas periods": pd.DataFrame({"d": pd.period_range("2024-02-29", periods=1, freq="D")}),
        "Arrow timestamp": pa.table({"d": pa.array([instant], pa.timestamp("s"))}),
        "Arrow timestamp in UTC": pa.table({"d": pa.array([instant], pa.timestamp("us", "UTC"))}),
        "Arrow time": pa.table({"d": pa.array([0], pa.time32("s"))}),
    }


@pytest.mark.parametrize("name", [
    "Polars Datetime", "Polars Datetime in UTC", "Polars String", "Polars Int32", "Polars Object", "pandas objects",
    "pandas datetime64", "pandas datetime64 in UTC", "pandas periods", "Arrow timestamp", "Arrow timestamp in UTC",
    "Arrow time",
])  # fmt: skip
def test_columns_that_are_not_of_days_are_refused(name: str) -> None:
    """An instant, a text, a number and an object are no days: the refusal says what to cast the column to."""
    for criteria_json in ({"d": "2024-02-29"}, {"d": {"$gt": "2024-02-29"}}, {"d": {"$ne": "2024-02-29"}}, {"d": None}):
        [(code, message, hint)] = refused(other_columns()[name], criteria.parse(criteria_json, SCHEMA))
        assert (code, hint) == ("unfit_column", in_words_of(name, "Cast it to Date."))
        assert message.endswith("which does not hold values of type date.")


def test_duckdb_columns_that_are_not_of_days_are_refused() -> None:
    """DuckDB's timestamps are no days, and its dates no instants."""
    import duckdb

    for sql_type in ("TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"):
        relation = duckdb.sql(f"SELECT '2024-02-29'::{sql_type} AS d")
        [(code, _, hint)] = refused(relation, criteria.parse({"d": "2024-02-29"}, SCHEMA))
        assert (code, hint) == ("unfit_column", "Cast it to Date.")


def test_lists_of_instants_are_refused(holding_dates: FrameKind) -> None:
    """Elements have to be days."""
    import pyarrow as pa

    frame = holding_dates.make(
        pa.table({"l": pa.array([[datetime(2024, 2, 29)]], pa.list_(pa.timestamp("us", "UTC")))})
    )
    [(code, message, hint)] = refused(frame, criteria.parse({"l": "2024-02-29"}, SCHEMA))
    assert (code, hint) == ("unfit_column", in_words_of(holding_dates.name, "Cast it to a List of Date."))
    assert message.endswith("which does not hold values of type a list of date.")


def test_a_column_of_days_is_not_of_instants(holding_dates: FrameKind) -> None:
    """A Date column under a dateTime field is refused, as a column, in lists and in structs."""
    instants = Schema(
        "instant",
        [Field("d", "dateTime"), Field("l", "dateTime", is_list=True), Field("p.d", "dateTime")],
        system_properties=False,
    )
    frame = holding_dates.make(table(DAYS))
    for name, cast in (("d", ""), ("l", "a List of "), ("p.d", "")):
        [(code, _, hint)] = refused(frame, criteria.parse({name: "2024-02-29T00:00:00Z"}, instants))
        expected = in_words_of(holding_dates.name, f"Cast it to {cast}Datetime with a time zone.")
        assert (code, hint) == ("unfit_column", expected)


def test_without_a_schema_days_have_to_be_declared(holding_dates: FrameKind) -> None:
    """A text is no day: the field's type has to be declared. Nulls can be asked for all the same."""
    frame = holding_dates.make(table(DAYS))
    by_hand = Query(Comparison(Field("d", "date"), Operator.EQ, date(2024, 2, 29)), None)
    for query in (criteria.parse({"d": "2024-02-29"}), criteria.parse({"d": {"$gte": 20240229}}), by_hand):
        [(code, _, hint)] = refused(frame, query)
        assert (code, hint) == ("unfit_column", "Give the query a schema that declares the field's type.")
    assert keys(holding_dates, backend.filter(frame, criteria.parse({"d": None}))) == [8]


def test_columns_of_nothing_but_nulls_hold_days(holding_dates: FrameKind) -> None:
    """A column without a value has no type, and answers as it is."""
    import pyarrow as pa

    if holding_dates.is_old_duckdb:
        pytest.skip("DuckDB before version 2 takes columns of nothing but nulls for integers, and refuses others")
    frame = holding_dates.make(pa.table({"id": [1, 2], "d": pa.nulls(2)}))
    for comparison, expected in (({"$gte": "0001-01-01"}, []), ({"$ne": "2024-02-29"}, [1, 2]), (None, [1, 2])):
        assert keys(holding_dates, backend.filter(frame, criteria.parse({"d": comparison}, SCHEMA))) == expected
