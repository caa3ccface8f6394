"""Lazy frames read no more than a query needs and nothing before they are asked; collations change no answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema, Search
from criteria.backends import frame as backend
from tests.engines.duckdb_version import is_duckdb_before_2
from tests.frames.conftest import Frames
from tests.frames.kinds import QUICK

POLARS, POLARS_LAZY = QUICK[0], QUICK[1]
DUCKDB = QUICK[6]

PEOPLE = Schema(
    "person",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string"),
        Field("score", "double"),
        Field("tags", "string", is_list=True),
    ],
    system_properties=False,
)

ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "a", "score": 0.5, "tags": ["x"]},
    {"id": 2, "name": "A", "score": None, "tags": None},
    {"id": 3, "name": None, "score": 2.5, "tags": ["X", None]},
]


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """The rows as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "people.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    return path


def parsed(criteria_json: Any) -> criteria.Query:
    """A query over people."""
    return criteria.parse(criteria_json, PEOPLE)


@pytest.mark.parametrize(
    ("criteria_json", "pushed"),
    [
        ({"name": "a"}, 'col("name")'),
        ({"score": {"$gt": 1}}, 'col("score")'),
        ({"NOT": {"name": {"$startsWith": "a"}}}, 'col("name").is_null()'),
        ({"name": {"$in": ["a", "b"]}}, 'col("name").is_in('),
    ],
    ids=str,
)
def test_polars_scans_with_the_selection_and_the_columns_that_are_asked_for(
    criteria_json: Any, pushed: str, parquet: Path, frames: Frames
) -> None:
    """The plan of a lazy Parquet scan has the condition in the scan, and no more columns than are used."""
    import polars as pl

    frames.need(POLARS_LAZY)
    plan = backend.filter(pl.scan_parquet(parquet), parsed(criteria_json)).select("id").explain()
    assert pushed in plan.split("SELECTION:")[1]
    assert "FILTER" not in plan
    assert "PROJECT 2/4 COLUMNS" in plan


@pytest.mark.parametrize(
    ("criteria_json", "pushed"),
    [
        ({"name": "a"}, "name = 'a'"),
        ({"name": {"$ne": "a"}}, "(name != 'a') OR (name IS NULL)"),
        ({"score": {"$gt": 1}}, "score > 1.0"),
        ({"name": {"$startsWith": "a"}}, "name >= 'a'"),
    ],
    ids=str,
)
def test_duckdb_scans_with_the_filters(criteria_json: Any, pushed: str, parquet: Path, frames: Frames) -> None:
    """The plan of a relation on Parquet has the comparison among the scan's filters, and no filter above it."""
    import duckdb

    frames.need(DUCKDB)
    connection = duckdb.connect()
    connection.execute("SET disabled_optimizers = 'statistics_propagation'")  # without which floats are refused
    plan = backend.filter(connection.read_parquet(str(parquet)), parsed(criteria_json)).explain()
    if not is_duckdb_before_2():  # which spells conditions in another way
        assert pushed in " ".join(plan.replace("│", " ").split())
    assert "Filters:" in plan
    assert "─ Filter ─" not in plan


def test_nothing_runs_before_it_is_asked_for(tmp_path: Path, frames: Frames) -> None:
    """Filtering and searching a lazy frame evaluate nothing: a step that fails, fails when the rows are collected."""
    import polars as pl

    frames.need(POLARS_LAZY)

    def fails(frame: Any) -> Any:
        raise ZeroDivisionError

    lazy = pl.LazyFrame(ROWS).map_batches(fails, schema=pl.LazyFrame(ROWS).collect_schema())
    filtered = backend.filter(lazy, parsed({"name": "a", "tags": "x"}))
    page = backend.search(lazy, Search(parsed({"name": "a"}), (), 1, 0, get_total_count=True))
    for run in (filtered.collect, page.data.collect, lambda: page.has_more_records, lambda: page.total_count):
        with pytest.raises(Exception, match=r"ZeroDivisionError|^$"):
            run()


@pytest.fixture
def folded(frames: Frames) -> Iterator[Any]:
    """A DuckDB relation whose session and whose column compare without regard to letter case."""
    import duckdb
    import pyarrow as pa

    frames.need(DUCKDB)
    with duckdb.connect() as connection:
        rows = pa.Table.from_pylist(ROWS)
        connection.register("rows", rows)
        connection.execute("CREATE TABLE people (id BIGINT, name VARCHAR COLLATE NOCASE, score DOUBLE, tags VARCHAR[])")
        connection.execute("INSERT INTO people SELECT * FROM rows")
        connection.execute("SET default_collation = 'nocase'")
        yield connection.table("people")


@pytest.mark.parametrize(
    ("criteria_json", "expected"),
    [
        ({"name": "a"}, [1]),
        ({"name": {"$ne": "a"}}, [2, 3]),
        ({"name": {"$in": ["A", "b"]}}, [2]),
        ({"name": {"$startsWith": "A"}}, [2]),
        ({"name": {"$lt": "a"}}, [2]),
        ({"tags": "X"}, [3]),
        ({"tags": {"$contains": "x"}}, [1]),
    ],
    ids=str,
)
def test_collations_of_a_relation_do_not_fold_letters(criteria_json: Any, expected: list[int], folded: Any) -> None:
    """Strings compare by code point whatever the collations of the column and of the session are."""
    found = backend.filter(folded, parsed(criteria_json))
    assert sorted(row[0] for row in found.fetchall()) == expected
    assert found.columns == folded.columns


def test_an_order_does_not_fold_letters_either(folded: Any) -> None:
    """'A' comes before 'a', and a null before both."""
    search = Search(parsed({}), criteria.parse_order_by("name", PEOPLE), None)
    assert [row[0] for row in backend.search(folded, search).data.fetchall()] == [3, 2, 1]


@pytest.mark.needs_spark
def test_collated_strings_of_spark_are_refused(frames: Frames) -> None:
    """A column that Spark compares without regard to letter case is refused before anything runs."""
    spark = frames.spark()
    frame = spark.sql("SELECT 1L AS id, 'A' COLLATE UTF8_LCASE AS name, 1.0D AS score, array('x') AS tags")
    with pytest.raises(CriteriaError) as refused:
        backend.filter(frame, parsed({"name": "a"}))
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]


def test_a_page_has_the_columns_that_the_schema_names(frames: Frames) -> None:
    """What the schema does not name is not shown; a page without a key to end its order is refused."""
    import polars as pl

    frames.need(POLARS)
    frame = pl.DataFrame([{"secret": 1, **row} for row in ROWS])
    page = backend.search(frame, criteria.parse_search({"orderBy": "name desc", "limit": 2}, PEOPLE))
    assert page.data.columns == ["id", "name", "score", "tags"]
    assert (page.data["id"].to_list(), page.has_more_records, page.total_count) == ([1, 2], True, None)
    assert criteria.compile(criteria.parse_search({"limit": 1}, PEOPLE), "frame")(frame).data["id"].to_list() == [1]
    with pytest.raises(CriteriaError) as refused:
        backend.search(frame, Search(criteria.parse({"name": "a"})))
    assert refused.value.problems[0].code == "unsupported"


def test_lists_are_left_to_filter() -> None:
    """An expression of narwhals alone cannot ask elements: compiling one is refused with what to call instead."""
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(parsed({"tags": "x"}), "frame")
    (problem,) = refused.value.problems
    assert (problem.code, problem.hint) == ("unsupported", "Use criteria.backends.frame.filter(frame, query).")


def test_expressions_of_everything_and_of_nothing(frames: Frames) -> None:
    """Criteria that every row fulfils, or none, compile to an expression that is so also where the first column is
    null."""
    import narwhals as nw
    import polars as pl

    frames.need(POLARS)
    frame: Any = nw.from_native(pl.DataFrame({"first": [None, 1, None], "id": [1, 2, 3], "name": ["a", "A", None]}))
    nothing: dict[str, Any] = {"name": {"$in": []}}
    for asked, expected in (
        ({}, [1, 2, 3]),
        (nothing, []),
        ({"NOT": nothing}, [1, 2, 3]),
        ({"NOT": {"id": {"$nin": []}}}, []),
    ):
        assert frame.filter(criteria.compile(parsed(asked), "frame"))["id"].to_list() == expected


def test_narwhals_frames_come_back_as_such(frames: Frames) -> None:
    """A frame of narwhals gives one of narwhals; eager stays eager and lazy lazy."""
    import narwhals as nw
    import polars as pl

    frames.need(POLARS)
    eager: Any = nw.from_native(pl.DataFrame(ROWS))
    assert type(backend.filter(eager, parsed({"tags": "x"}))) is nw.DataFrame
    assert type(backend.filter(eager.lazy(), parsed({}))) is nw.LazyFrame
