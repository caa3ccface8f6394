"""Columns as other programs store them: 32-bit floats, labels instead of strings, instants in UTC without a zone."""

from __future__ import annotations

import datetime as dt
import math
import random
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.backends import frame as backend
from criteria.backends.frame.domains import SINGLES
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, QUICK, SPARK, FrameKind

UTC = dt.timezone.utc
SINGLE = 0.10000000149011612
"""The 32-bit float that is nearest to 0.1."""

MAX_SINGLE = 3.4028234663852886e38

FLOATS = [0.5, SINGLE, None, math.nan, math.inf, MAX_SINGLE, -1.0, 16777216.0]
LABELS = ["b", "a", None, "c", "", "b", "é", "B"]
INSTANTS = [
    dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 1, 0, 0, 0, 1), None, dt.datetime(1970, 1, 1),
    dt.datetime(2000, 2, 29, 1), dt.datetime(2024, 1, 2), dt.datetime(1969, 12, 31), dt.datetime(2024, 1, 1, 12),
]  # fmt: skip

SCHEMA = Schema(
    "stored",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("f", "double"),
        Field("s", "string"),
        Field("us", "dateTime", precision=6, time_zone="UTC"),
        Field("ns", "dateTime", precision=6, time_zone="UTC"),
        Field("fs", "double", is_list=True),
        Field("ss", "string", is_list=True),
        Field("uss", "dateTime", precision=6, is_list=True, time_zone="UTC"),
    ],
    system_properties=False,
)

COMPARISONS: list[tuple[str, Any]] = [
    ("f", 0.1), ("f", SINGLE), ("f", {"$gt": 0.1}), ("f", {"$gte": 0.5}), ("f", {"$lt": SINGLE}),
    ("f", {"$in": [0.5, 0.1, -1]}), ("f", {"$gt": 1e39}), ("f", {"$lte": 1e39}), ("f", {"$gt": -1e39}),
    ("f", {"$lt": 16777217}), ("f", 16777216), ("f", None), ("f", {"$gte": MAX_SINGLE}),
    ("s", "b"), ("s", {"$gt": "a"}), ("s", {"$in": ["a", "é"]}), ("s", {"$contains": "b"}), ("s", None),
    ("s", {"$startsWith": ""}), ("s", {"$lt": "a"}), ("s", {"$endsWith": "é"}),
    ("us", "2024-01-01T00:00:00Z"), ("us", {"$gt": "2024-01-01T01:00:00+01:00"}), ("us", None),
    ("us", {"$in": ["2024-01-02T00:00:00Z", "1970-01-01T00:00:00Z"]}), ("us", {"$lt": "1970-01-01T00:00:00Z"}),
    ("ns", {"$gt": "2024-01-01T00:00:00Z"}), ("ns", "2024-01-01T00:00:00.000001Z"),
    ("ns", {"$lt": "0001-01-01T00:00:00Z"}), ("ns", {"$in": ["2024-01-02T00:00:00Z", "1970-01-01T00:00:00Z"]}),
    ("fs", 0.5), ("fs", {"$gt": 0.1}), ("ss", "b"), ("ss", {"$gt": "b"}),
    ("uss", "2024-01-01T00:00:00Z"), ("uss", {"$lt": "1970-01-01T00:00:00.000001Z"}),
]  # fmt: skip


def stored_table() -> Any:
    """The columns as Arrow stores them."""
    import pyarrow as pa

    return pa.table({
        "id": pa.array(range(len(FLOATS))),
        "f": pa.array(FLOATS, pa.float32()),
        "s": pa.array(LABELS).dictionary_encode(),
        "us": pa.array(INSTANTS, pa.timestamp("us")),
        "ns": pa.array(INSTANTS, pa.timestamp("ns")),
        "fs": pa.array([None if one is None else [one] for one in FLOATS], pa.list_(pa.float32())),
        "ss": pa.array([[one, None] for one in LABELS]),
        "uss": pa.array([[one, None] for one in INSTANTS], pa.list_(pa.timestamp("us"))),
    })  # fmt: skip


def records() -> list[dict[str, Any]]:
    """The same values as records that the predicate reads."""
    instants = [None if one is None else one.replace(tzinfo=UTC) for one in INSTANTS]
    return [
        {"id": at, "f": f, "s": s, "us": i, "ns": i, "fs": None if f is None else [f], "ss": [s, None],
         "uss": [i, None]}
        for at, (f, s, i) in enumerate(zip(FLOATS, LABELS, instants, strict=True))
    ]  # fmt: skip


def check(frame: Any, read: Any, names: tuple[str, ...] = (), nan: float | None = math.nan) -> None:
    """Every comparison and its negation selects from a frame what the predicate selects; `nan` is what NaN became."""
    rows = [{**one, "f": nan if one["f"] != one["f"] else one["f"]} for one in records()]
    for name, comparison in COMPARISONS:
        if names and name not in names:
            continue
        for asked in ({name: comparison}, {"NOT": {name: comparison}}):
            query = criteria.parse(asked, SCHEMA)
            expected = [row["id"] for row in criteria.compile(query, "python").filter(rows)]
            assert sorted(read(backend.filter(frame, query))["id"]) == expected, asked


@pytest.mark.parametrize("kind", [one for one in (*QUICK, DASK) if one.holds_everything], ids=lambda kind: kind.name)
def test_stored_types_compare_by_value(kind: FrameKind, frames: Frames) -> None:
    """A 32-bit float is the double of the same value, a label is a string, an instant without a zone is in UTC."""
    check(frames.need(kind).make(stored_table()), kind.read)


def test_stored_types_of_pandas() -> None:
    """NumPy's 32-bit floats and instants without a zone, and pandas' categories, ordered and not."""
    import pandas as pd

    frame = stored_table().select(["id", "f", "s", "us", "ns"]).to_pandas()
    ordered = frame.assign(s=frame["s"].astype(pd.CategoricalDtype(["é", "c", "b", "B", "a", ""], ordered=True)))
    for one in (frame, ordered):
        check(one, lambda found: {"id": found["id"].tolist()}, ("f", "s", "us", "ns"), nan=None)


def test_stored_types_of_polars() -> None:
    """Categorical and Enum, also in lists, in eager and lazy frames."""
    import polars as pl

    frame = pl.DataFrame(stored_table()).with_columns(
        pl.col("s").cast(pl.Enum(["é", "c", "b", "B", "a", ""])), pl.col("ss").cast(pl.List(pl.Categorical))
    )
    check(frame, lambda found: found.to_dict(as_series=False))
    check(frame.lazy(), lambda found: found.collect().to_dict(as_series=False))


@pytest.mark.heavy("starts Spark")
def test_stored_types_of_spark(frames: Frames) -> None:
    """Spark's FLOAT, and TIMESTAMP_NTZ whatever the zone of the session is."""
    session = frames.spark()
    frame = session.createDataFrame(stored_table().drop_columns("s"))
    frame = frame.withColumns({name: frame[name].cast("timestamp_ntz") for name in ("us", "ns")})
    before = session.conf.get("spark.sql.session.timeZone")
    session.conf.set("spark.sql.session.timeZone", "Asia/Kolkata")
    try:
        check(frame, SPARK.read, ("f", "us", "ns", "fs", "ss"))
    finally:
        session.conf.set("spark.sql.session.timeZone", before)


def test_labels_are_ordered_as_strings(kind: FrameKind) -> None:
    """A page orders labels by their text, not by the order of the categories."""
    if not kind.holds_everything:
        pytest.skip("NumPy's types hold no nulls in these columns")
    page = backend.search(kind.make(stored_table()), criteria.parse_search({"orderBy": "s"}, SCHEMA)).data
    assert kind.read(page)["id"] == [2, 4, 7, 1, 0, 5, 3, 6]


def test_labels_that_are_no_strings_are_refused() -> None:
    """A dictionary of integers is not a column of strings."""
    import pandas as pd
    import pyarrow as pa

    query = criteria.parse({"s": "a"}, SCHEMA)
    for frame in (
        pa.table({"s": pa.array([1, 2]).dictionary_encode()}),
        pd.DataFrame({"s": pd.Series([1, 2], dtype="category")}),
    ):
        with pytest.raises(criteria.CriteriaError) as refused:
            backend.filter(frame, query)
        assert refused.value.problems[0].code == "unfit_column"


def test_neighbours_of_32_bit_floats() -> None:
    """Of any double, the least 32-bit float that is not less and the greatest that is not greater."""
    assert SINGLES.around(0.1) == (SINGLE, 0.09999999403953552)
    assert SINGLES.around(0.5) == (0.5, 0.5)
    assert SINGLES.around(16777217) == (16777218.0, 16777216.0)
    assert SINGLES.around(1e39) == (math.inf, MAX_SINGLE)
    assert SINGLES.around(-1e39) == (-MAX_SINGLE, -math.inf)
    assert SINGLES.around(1e-300) == (2.0**-149, 0.0)
    assert SINGLES.around(-1e-300) == (0.0, -(2.0**-149))


@pytest.mark.heavy("many files")
def test_nan_in_parquet_files_is_not_pruned(tmp_path: Path, frames: Frames) -> None:
    """The statistics of a Parquet file do not count NaN: where DuckDB would trust them, its floats are refused."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames.need(next(one for one in QUICK if one.package == "duckdb"))
    draw = random.Random(5)  # noqa: S311
    schema = Schema("t", [Field("b", "double")], system_properties=False)
    values = [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, math.nan, math.nan, math.inf, -math.inf, None]
    path = str(tmp_path / "nan.parquet")
    pq.write_table(pa.table({"b": [1.0], "other": [{"x": [1.0]}]}), path)
    for unset in ({"b": 1}, {"NOT": {"b": {"$gt": 1}}}, {"b": None}):
        with pytest.raises(criteria.CriteriaError) as refused:
            backend.filter(duckdb.read_parquet(path), criteria.parse(unset, schema))
        assert "SET disabled_optimizers = 'statistics_propagation'" in str(refused.value)
    connection = duckdb.connect()
    connection.execute("SET disabled_optimizers = 'statistics_propagation'")
    for type_of in (pa.float64(), pa.float32()):
        for _ in range(60):
            pool = draw.sample(values, draw.randint(1, 4))
            rows = [{"b": draw.choice(pool)} for _ in range(3 * draw.randint(1, 3))]
            pq.write_table(pa.table({"b": pa.array([row["b"] for row in rows], type_of)}), path, row_group_size=3)
            comparison = {draw.choice(["$gt", "$gte", "$lt", "$lte", "$ne"]): draw.choice([-1, 2, -1.5, 0, 1, 1.5, 5])}
            for asked in ({"b": comparison}, {"NOT": {"b": comparison}}):
                query = criteria.parse(asked, schema)
                expected = len(list(criteria.compile(query, "python").filter(rows)))
                assert len(backend.filter(connection.read_parquet(path), query).fetchall()) == expected, (rows, asked)
