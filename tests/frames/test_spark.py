"""Spark on two worker processes: the same rows as everywhere, and scans that read no more than a query needs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import Field, Query, Schema, Search
from criteria.backends import frame as backend
from criteria.backends.frame.bound import Bound
from criteria.conformance import schemas
from criteria.conformance.reference import is_true, ordered
from criteria.conformance.strategies import criteria_objects, records
from criteria.tree.normalize import normalize
from tests.conftest import CASES
from tests.frames.conftest import Frames
from tests.frames.test_agreement import share

pytestmark = pytest.mark.needs_spark

Case = tuple[list[dict[str, Any]], dict[str, Any]]

BATCH = 50
"""Cases of one Spark job, which costs what one case would."""


def cases(schema: Schema, count: int) -> list[Case]:
    """Generated records, each list with criteria."""
    found: list[Case] = []

    @settings(max_examples=count)
    @given(rows=records(schema), criteria_json=criteria_objects(schema))
    def keep(rows: list[dict[str, Any]], criteria_json: dict[str, Any]) -> None:
        found.append((rows, criteria_json))

    keep()
    return found


def selected_at_once(frame: Any, queries: Sequence[Query]) -> list[set[int]]:
    """The keys that each query selects, by one job: a column for each query, as `filter` would filter by."""
    import narwhals as nw

    bound = Bound(frame, queries[0].schema)
    found = [bound.expression(normalize(query.expression)) for query in queries]
    columns = [(nw.lit(one) if isinstance(one, bool) else one).alias(f"q{place}") for place, one in enumerate(found)]
    rows = bound.added().select("id", *columns).to_native().collect()
    return [{row["id"] for row in rows if row[f"q{place}"]} for place in range(len(queries))]


@pytest.mark.parametrize("name", schemas.ALL)
def test_generated_criteria_select_the_same_records_from_spark(name: str, frames: Frames) -> None:
    """Spark gives the rows that the rules give: of every batch, each query is asked of the records of all cases."""
    from tests.frames.tables import arrow_table

    schema, spark = schemas.ALL[name], frames.spark()
    drawn = cases(schema, share(name))
    for start in range(0, len(drawn), BATCH):
        batch = drawn[start : start + BATCH]
        every = [row for rows, _ in batch for row in rows]
        numbered = [{**row, "id": number} for number, row in enumerate(every, 1)]
        if not numbered:
            continue
        queries = [criteria.parse(criteria_json, schema) for _, criteria_json in batch]
        found = selected_at_once(spark.createDataFrame(arrow_table(schema, numbered)), queries)
        typed = [schema.decode(row) for row in numbered]
        for query, keys in zip(queries, found, strict=True):
            assert keys == {record["id"] for record in typed if is_true(query.expression, record)}, query.to_json()


def test_searches_page_alike_on_spark(frames: Frames) -> None:
    """Orders with nulls, pages, what follows them and counts are those of the rules; filters keep whole rows."""
    from tests.frames.tables import arrow_table

    schema, spark = schemas.SCALARS, frames.spark()
    rows = [row for rows, _ in cases(schema, max(20, CASES // 20)) for row in rows][:120]
    numbered = [{**row, "id": number} for number, row in enumerate(rows, 1)]
    typed = [schema.decode(row) for row in numbered]
    frame = spark.createDataFrame(arrow_table(schema, numbered))
    for order_by in ("string desc,boolean", "decimal,double desc", "dateTime desc,cents desc", "boolean", "renamed"):
        query = criteria.parse({"NOT": {"integer": {"$gt": 5}}}, schema)
        search = Search(query, criteria.parse_order_by(order_by, schema), 7, 3, get_total_count=True)
        selected = [record for record in typed if is_true(query.expression, record)]
        in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
        page = backend.search(frame, search)
        assert [row["id"] for row in page.data.select("id").collect()] == in_order[3:10], order_by
        assert (page.has_more_records, page.total_count) == (len(in_order) > 10, len(in_order))


EVENTS = Schema(
    "event",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("day", "string", nullable=False),
        Field("kind", "string"),
        Field("amount", "decimal", precision=12, scale=2),
        Field("at", "dateTime", precision=6),
        Field("score", "double"),
        Field("tags", "string", is_list=True),
    ],
    system_properties=False,
)

EVENT_ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "day": f"d{number % 4}",
        "kind": None if number % 5 == 0 else ("sale", "return", "Sale", "note")[number % 4],
        "amount": None if number % 7 == 0 else Decimal(number * 25) / 100,
        "at": dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(hours=number),
        "score": None if number % 3 == 0 else number / 8,
        "tags": None if number % 6 == 0 else ["a", None] if number % 2 else [],
    }
    for number in range(200)
]

QUERIES: list[dict[str, Any]] = [
    {"kind": "sale"},
    {"day": "d1", "amount": {"$gte": "12.50"}},
    {"NOT": {"kind": {"$in": ["sale", "return"]}}},
    {"at": {"$gte": "2024-01-03T00:00:00+02:00", "$lt": "2024-01-04T00:00:00Z"}},
    {"OR": [{"score": {"$gt": 20}}, {"kind": None}]},
    {"kind": {"$startsWith": "s"}, "NOT": {"day": "d3"}},
    {"tags": "a", "amount": {"$ne": None}},
    {"NOT": {"tags": {"$startsWith": "a"}}},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet folder with one partition for each day."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path_factory.mktemp("events")
    schema = pa.schema([("id", pa.int64()), ("day", pa.string()), ("kind", pa.string()),
                        ("amount", pa.decimal128(12, 2)), ("at", pa.timestamp("us", "UTC")), ("score", pa.float64()),
                        ("tags", pa.list_(pa.string()))])  # fmt: skip
    pq.write_to_dataset(pa.Table.from_pylist(EVENT_ROWS, schema), folder, partition_cols=["day"])
    return folder


@pytest.mark.parametrize("criteria_json", QUERIES, ids=str)
def test_a_partitioned_folder_gives_the_same_rows_as_python(criteria_json: Any, folder: Path, frames: Frames) -> None:
    """The same query selects the same records from Parquet on two workers as from Python's records."""
    query = criteria.parse(criteria_json, EVENTS)
    expected = [row["id"] for row in criteria.compile(query, "python").filter(EVENT_ROWS)]
    found = backend.filter(frames.spark().read.parquet(str(folder)), query)
    assert sorted(row["id"] for row in found.collect()) == expected
    assert 0 < len(expected) < len(EVENT_ROWS)


def plan_of(frame: Any) -> str:
    """Spark's physical plan of a frame."""
    text = io.StringIO()
    with redirect_stdout(text):
        frame.explain("formatted")
    return text.getvalue()


@pytest.mark.parametrize(
    ("criteria_json", "pushed"),
    [
        ({"kind": "sale"}, "EqualTo(kind,sale)"),
        ({"amount": {"$gte": "12.50"}}, "GreaterThanOrEqual(amount,12.50)"),
        ({"kind": {"$in": ["sale", "note"]}}, "Or(EqualTo(kind,sale),EqualTo(kind,note))"),
        ({"kind": {"$ne": "sale"}}, "Or(Not(EqualTo(kind,sale)),IsNull(kind))"),
        ({"kind": {"$startsWith": "sa"}}, "StringStartsWith(kind,sa)"),
        ({"id": {"$in": list(range(3, 90))}}, "GreaterThanOrEqual(id,3), LessThanOrEqual(id,89)"),
        ({"score": {"$gt": 20}}, "GreaterThan(score,20.0)"),
        ({"at": {"$lt": "2024-01-02T00:00:00Z"}}, "LessThan(at,2024-01-02"),
        ({"OR": [{"kind": None}, {"score": {"$lt": 2}}]}, "Or(IsNull(kind),LessThan(score,2.0))"),
    ],
    ids=str,
)
def test_filters_are_pushed_down_to_the_scan(criteria_json: Any, pushed: str, folder: Path, frames: Frames) -> None:
    """The physical plan hands the comparison to the Parquet scan, negations and nulls included."""
    found = backend.filter(frames.spark().read.parquet(str(folder)), criteria.parse(criteria_json, EVENTS))
    filters = next(line for line in plan_of(found).splitlines() if line.startswith("PushedFilters"))
    assert pushed in filters


def test_partitions_are_pruned_by_their_column(folder: Path, frames: Frames) -> None:
    """A comparison with the column that partitions the folder reads the files of the partitions that it selects."""
    frame = frames.spark().read.parquet(str(folder))
    found = backend.filter(frame, criteria.parse({"day": {"$in": ["d1", "d2"]}, "score": {"$ne": 1}}, EVENTS))
    lines = plan_of(found).splitlines()
    assert any(line.startswith("PartitionFilters") and "day" in line and "d1" in line for line in lines)
    assert {Path(file).parent.name for file in _read(found)} == {"day=d1", "day=d2"}


def _read(frame: Any) -> list[str]:
    """The files that a frame is read from, by the rows that it gives."""
    from pyspark.sql import functions

    return [row[0] for row in frame.select(functions.input_file_name()).distinct().collect()]


def test_the_executors_are_processes_of_their_own(frames: Frames) -> None:
    """Two executors beside the driver work on a frame."""
    executors = frames.spark().sparkContext._jsc.sc().statusTracker().getExecutorInfos()
    assert len(executors) == 3
