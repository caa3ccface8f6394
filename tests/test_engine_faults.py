"""What engines answer wrongly, or not at all, if they are asked plainly. Each was found on a real engine.

Tests elsewhere hold other faults of this kind:

- `tests/sql/test_mysql.py`: conditions on lists, and `$contains`, on columns that fold
- `tests/sql/test_duckdb.py`: collations of a session
- `tests/tables/test_other_column_types.py`: collations of PostgreSQL that take different texts for equal
- `tests/frames/test_engine_faults.py`, `tests/frames/test_types.py`: the same on frames, and names that DuckDB parses
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines
from tests.engines import Engine, FurtherEngine
from tests.engines.clickhouse import ClickHouse

pytestmark = pytest.mark.heavy("every engine starts")

NUMBERS = Schema(
    "numbers",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("d", "double"),
        Field("c", "decimal", precision=20, scale=4),
        Field("at", "dateTime"),
        Field("s", "string"),
    ],
    system_properties=False,
)
INSTANTS = ("2024-01-31T09:30:00.001Z", "1969-12-31T23:59:59.999Z")
ROWS: list[dict[str, Any]] = [
    {"id": 1, "d": 0.0, "c": "0.0000", "at": INSTANTS[0], "s": "z"},
    {"id": 2, "d": -0.0, "c": "12.3400", "at": INSTANTS[1], "s": "é"},
    {"id": 3, "d": 9.0, "c": "-1.0000", "at": "2024-01-31T09:30:00.002Z", "s": "\U0001f600"},
    {"id": 4, "d": 5e-324, "c": "9999999999999999.9999", "at": "9999-12-31T23:59:59.999Z", "s": "\uffee"},
    {"id": 5},
]
CASES: Mapping[str, tuple[dict[str, Any], list[int]]] = {
    "both zeros in a list": ({"d": {"$in": [0.0, 9.0]}}, [1, 2, 3]),
    "the negative zero in a list": ({"d": {"$in": [-0.0, 7.0]}}, [1, 2]),
    "no zero": ({"d": {"$nin": [0.0, 9.0]}}, [4, 5]),
    "the negative zero": ({"d": -0.0}, [1, 2]),
    "the smallest double": ({"d": 5e-324}, [4]),
    "above the smallest double": ({"d": {"$gte": 5e-324}}, [3, 4]),
    "the smallest double in a list": ({"d": {"$in": [5e-324, 1.0]}}, [4]),
    "decimals in a list": ({"c": {"$in": ["12.34", "-1", "9999999999999999.9999"]}}, [2, 3, 4]),
    "decimals not in a list": ({"c": {"$nin": ["12.34", "-1"]}}, [1, 4, 5]),
    "instants in a list": ({"at": {"$in": list(INSTANTS)}}, [1, 2]),
    "instants not in a list": ({"at": {"$nin": list(INSTANTS)}}, [3, 4, 5]),
    "code points in order": ({"s": {"$gt": "\uffee"}}, [3]),
}
"""Criteria, and the ids of the rows that they select."""

each_case = pytest.mark.parametrize(("wanted", "ids"), CASES.values(), ids=list(CASES))


def selected(
    engine: Engine, wanted: dict[str, Any], rows: list[dict[str, Any]], limits: criteria.Limits | None = None
) -> list[int]:
    """The ids of the rows that an engine selects."""
    table = engine.table(NUMBERS)
    with table.holding(rows):
        return sorted(table.select(criteria.parse(wanted, NUMBERS, limits=limits or criteria.Limits())))


@each_case
def test_engines(wanted: dict[str, Any], ids: list[int], engine: Engine) -> None:
    """Zeros, the smallest double, decimals and instants in lists, and characters above U+FFFF."""
    assert selected(engine, wanted, ROWS) == ids


@pytest.mark.heavy("engines that take long to start")
@each_case
def test_further_engines(wanted: dict[str, Any], ids: list[int], further_engine: FurtherEngine) -> None:
    """The same on ClickHouse, whose years end in 2299, Spark SQL and BigQuery."""
    rows = [{**row, "at": "2299-12-31T00:00:00Z"} if row["id"] == 4 else row for row in ROWS]
    assert selected(further_engine, wanted, rows) == ids


@pytest.mark.heavy("ClickHouse takes seconds to start")
@pytest.mark.parametrize(("operator", "ids"), [("$in", [1]), ("$nin", [2, 3])])
def test_long_lists_on_clickhouse(operator: str, ids: list[int], engines: Engines) -> None:
    """A thousand strings of 300 characters are more than ClickHouse reads by default, which is an error that names its
    setting; with a larger one it answers."""
    texts = [f"{number:0300}" for number in range(1_000)]
    rows: list[dict[str, Any]] = [{"id": 1, "s": texts[999]}, {"id": 2, "s": "other"}, {"id": 3}]
    engine = engines.get("clickhouse")
    assert isinstance(engine, ClickHouse)
    with pytest.raises(Exception, match="max_query_size"):
        selected(engine, {"s": {operator: texts}}, rows)
    engine.session.query("SET max_query_size = 1000000")
    try:
        assert selected(engine, {"s": {operator: texts}}, rows) == ids
    finally:
        engine.session.query("SET max_query_size = 262144")


@pytest.mark.heavy("ClickHouse takes seconds to start")
def test_as_many_parameters_as_clickhouse_takes(engines: Engines) -> None:
    """65,535 values run when ClickHouse is told to read longer statements; more are refused (tests/backends)."""
    engine = engines.get("clickhouse")
    assert isinstance(engine, ClickHouse)
    rows: list[dict[str, Any]] = [{"id": 1}, {"id": 65_534}, {"id": 65_535}]
    engine.session.query("SET max_query_size = 10000000, max_ast_elements = 500000")
    try:
        limits = criteria.Limits(values=65_535)
        assert selected(engine, {"id": {"$in": list(range(65_535))}}, rows, limits) == [1, 65_534]
    finally:
        engine.session.query("SET max_query_size = 262144, max_ast_elements = 50000")
