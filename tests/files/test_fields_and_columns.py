"""A field's name and its column: which of them each format is read and written by."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import criteria
from criteria.backends.frame import filter as filtered
from tests.cli.running import run

SCHEMA: dict[str, Any] = {
    "name": "order",
    "systemProperties": False,
    "fields": [
        {"name": "id", "fieldType": "integer"},
        {"name": "paidAt", "fieldType": "dateTime", "column": "paid_at", "timeZone": "UTC"},
        {"name": "details.channel", "fieldType": "string", "column": "info"},
    ],
}
QUERY = '{"paidAt": {"$gt": "2026-01-01T00:00:00Z"}, "details.channel": "web"}'
CSV = 'id,paid_at,info\n1,2026-08-15 04:29:11,"{""channel"": ""web""}"\n2,,\n'


@pytest.fixture
def schema(tmp_path: Path) -> str:
    path = tmp_path / "order.schema.json"
    path.write_text(json.dumps(SCHEMA))
    return str(path)


@pytest.fixture
def orders(tmp_path: Path) -> str:
    path = tmp_path / "orders.csv"
    path.write_text(CSV)
    return str(path)


@pytest.mark.parametrize("ending", ["ndjson", "json", "csv", "tsv", "parquet", "arrow", "ndjson.gz"])
def test_files_that_were_written_with_a_schema_are_read_with_it(
    schema: str, orders: str, tmp_path: Path, ending: str
) -> None:
    """Written files have the names of fields, and are read by them where the column is absent."""
    written = str(tmp_path / f"written.{ending}")
    assert run("filter", "{}", orders, "--schema", schema, "-o", written).code == 0
    for name in (orders, written):
        outcome = run("filter", QUERY, name, "--schema", schema, "--count")
        assert (outcome.code, outcome.text, outcome.err) == (0, "1\n", "")


@pytest.mark.parametrize("engine", ["polars", "duckdb", "python"])
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_engines_order_and_select_by_the_names_of_fields(
    schema: str, orders: str, tmp_path: Path, engine: str, ending: str
) -> None:
    written = str(tmp_path / f"written.{ending}")
    assert run("filter", "{}", orders, "--schema", schema, "-o", written).code == 0
    options = ("--engine", engine, "--order-by", "paidAt desc", "--select", "id", "--to", "csv")
    outcome = run("filter", '{"NOT": {"details.channel": "shop"}}', written, "--schema", schema, *options)
    assert (outcome.code, outcome.text, outcome.err) == (0, "id\n1\n2\n", "")


ROWS = {"id": [1, 2], "paidAt": [pd.Timestamp("2026-08-15T04:29:11Z"), None]}
FRAMES: dict[str, Callable[[], Any]] = {
    "polars": lambda: pl.DataFrame(ROWS),
    "lazy": lambda: pl.LazyFrame(ROWS),
    "pandas": lambda: pd.DataFrame(ROWS),
    "arrow": lambda: pa.table(ROWS),
    "duckdb": lambda: duckdb.from_arrow(pa.table(ROWS)),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_may_have_the_names_of_fields(kind: str) -> None:
    query = criteria.parse({"paidAt": {"$gt": "2026-01-01T00:00:00Z"}}, criteria.Schema.from_json(json.dumps(SCHEMA)))
    found = filtered(FRAMES[kind](), query)
    found = found.collect() if kind == "lazy" else found
    assert len(found) == 1


def test_the_column_goes_before_the_name_of_the_field() -> None:
    schema = criteria.Schema("t", [criteria.Field("a", "integer", column="b")], system_properties=False)
    frame = pl.DataFrame({"a": [1, 2], "b": [2, 3]})
    assert filtered(frame, criteria.parse({"a": 2}, schema)).rows() == [(1, 2)]


def test_a_name_that_is_the_column_of_another_field_is_not_taken_for_the_field() -> None:
    fields = [criteria.Field("a", "integer", column="b"), criteria.Field("c", "integer", column="a")]
    schema = criteria.Schema("t", fields, system_properties=False)
    with pytest.raises(criteria.CriteriaError, match='There is no column "b" for field "a"'):
        filtered(pl.DataFrame({"a": [1, 2]}), criteria.parse({"a": 2}, schema))


@pytest.mark.parametrize("ending", ["ndjson", "json"])
@pytest.mark.parametrize("options", [(), ("--to", "csv"), ("--count",), ("--limit", "1")])
def test_records_of_json_with_the_columns_of_fields_are_told(
    schema: str, tmp_path: Path, ending: str, options: tuple[str, ...]
) -> None:
    """JSON is read by the names of fields: nothing would be selected, and nothing said."""
    data = tmp_path / f"data.{ending}"
    records = [{"id": 1, "paid_at": "2026-08-15T04:29:11Z"}, {"id": 2}]
    data.write_text(json.dumps(records) if ending == "json" else "\n".join(map(json.dumps, records)))
    query = '{"NOT": {"paidAt": {"$gt": "2026-01-01T00:00:00Z"}}}'
    outcome = run("filter", query, str(data), "--schema", schema, *options)
    assert outcome.code == 1
    assert (
        'No record has "paidAt". Records have "paid_at", which is the column of that field. (at /paidAt)' in outcome.err
    )


@pytest.mark.parametrize(
    "records",
    [
        [{"id": 1, "paid_at": 3}, {"id": 2, "paidAt": "2026-08-15T04:29:11Z"}],
        [{"id": 1}, {"id": 2}],
    ],
)
def test_nothing_is_told_where_a_record_has_the_name_or_none_has_the_column(
    schema: str, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    data = tmp_path / "data.ndjson"
    data.write_text("\n".join(map(json.dumps, records)))
    outcome = run("filter", '{"paidAt": null}', str(data), "--schema", schema, "--count")
    assert (outcome.code, outcome.err) == (0, "")
