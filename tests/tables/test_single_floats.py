"""32-bit floats in Python, on the rows that drivers return: the rows that SQL selects, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import Engines
from tests.tables.foreign import Foreign, created

WEIGHT = Field("weight", "double", column="w")
MOMENT = Field("weight", "dateTime", column="w")
WEIGHTS = Field("weight", "double", column="w", is_list=True)
SINGLE = 0.10000000149011612
"""The 32-bit float that is nearest to 0.1, as a double."""

VALUES = ("0.1", "0.5", "16777216", "16777218", "-0.1", "3.4e38", "1e-45", "NULL")
OPERANDS = (0.1, SINGLE, 0.5, 16777217, 16777216, -0.1, 0, 3.4e38, 1.401298464324817e-45)
QUERIES: Sequence[Any] = [
    {"weight": None},
    {"weight": {"$in": [0.1, 0.5, SINGLE]}},
    {"weight": {"$gt": 0.1, "$lt": 1}},
    {"OR": [{"weight": 0.1}, {"NOT": {"weight": {"$gte": 0.1}}}]},
    *({"weight": operand} for operand in OPERANDS),
    *({"weight": {operator: operand}} for operator in ("$ne", "$gt", "$gte", "$lt", "$lte") for operand in OPERANDS),
]  # fmt: skip


def inserted(values: Sequence[str], kind: str = "real") -> str:
    rows = ", ".join(f"({at}, {value if kind == 'real' or value == 'NULL' else f'ARRAY[{value}]'})"
                     for at, value in enumerate(values))  # fmt: skip
    return f"INSERT INTO foreign_rows VALUES {rows}"


def fetched(engine: Any) -> list[dict[str, Any]]:
    """The rows as the driver returns them, by the names of the columns."""
    return [dict(zip(("id", "w"), row, strict=True)) for row in engine.execute("SELECT id, w FROM foreign_rows")]


@pytest.mark.parametrize("kind", ["real", "real[]"])
@pytest.mark.parametrize("name", ["postgres-natural", "duckdb"])
def test_python_selects_the_rows_that_sql_does(name: str, kind: str, engines: Engines) -> None:
    """psycopg returns 0.1 for the float that is 0.10000000149011612, DuckDB the float itself."""
    with created(engines, name, f"w {kind}", inserted(VALUES, kind)) as engine:
        table = Foreign(engine, [WEIGHTS if kind == "real[]" else WEIGHT])
        rows = fetched(engine)
        for asked in QUERIES:
            query = criteria.parse(asked, table.schema)
            matches = criteria.compile(query, "python", table=table.table)
            found = [row["id"] for row in rows if matches(row)]
            assert found == table.keys(asked) == [row["id"] for row in matches.filter(rows)], asked


@pytest.mark.parametrize("name", ["postgres-natural", "duckdb"])
def test_a_search_in_python_has_the_page_of_sql(name: str, engines: Engines) -> None:
    with created(engines, name, "w real", inserted(VALUES)) as engine:
        table = Foreign(engine, [WEIGHT])
        rows = fetched(engine)
        for order in ("weight asc, id asc", "weight desc, id asc"):
            asked = {"query": {"weight": {"$ne": 0.1}}, "orderBy": order, "limit": 3}
            search = criteria.parse_search(asked, table.schema)
            sql = criteria.compile(search, "sql", table=table.table)
            expected = engine.keys(sql.rows.text, sql.rows.params, 0)[:3]
            page = criteria.compile(search, "python", table=table.table)(rows)
            assert [row["id"] for row in page.data] == expected


def test_without_a_table_records_hold_doubles() -> None:
    schema = criteria.Schema("s", [WEIGHT], system_properties=False)
    matches = criteria.compile(criteria.parse({"weight": 0.1}, schema), "python", by="column")
    assert matches({"w": 0.1})
    assert not matches({"w": SINGLE})


@pytest.mark.parametrize("name", ["mariadb", "mysql"])
@pytest.mark.parametrize(
    ("column", "field", "operand", "reason"),
    [
        ("w float", WEIGHT, 0.1, "floats with 6 digits"),
        ("w timestamp NULL", MOMENT, "2026-06-01T12:00:00Z", "the session's time zone"),
    ],
)  # fmt: skip
def test_values_that_drivers_change_are_refused(
    name: str, column: str, field: Field, operand: Any, reason: str, engines: Engines
) -> None:
    """In a condition and in an order, before anything runs. Other fields of the table are compared."""
    with created(engines, name, column) as engine:
        table = Foreign(engine, [field])
        compared = criteria.parse({"weight": operand}, table.schema)
        sorted_by = criteria.parse_search({"query": "{}", "orderBy": "weight"}, table.schema)
        for subject in (compared, sorted_by):
            with pytest.raises(CriteriaError, match=reason) as refused:
                criteria.compile(subject, "python", table=table.table)
            assert refused.value.problems[0].code == "unsupported"
        assert criteria.compile(criteria.parse({"id": 1}, table.schema), "python", table=table.table)({"id": 1})


def test_what_is_no_table_is_refused() -> None:
    schema = criteria.Schema("s", [WEIGHT], system_properties=False)
    with pytest.raises(CriteriaError, match="table is a Table") as refused:
        criteria.compile(criteria.parse({"weight": 0.1}, schema), "python", table="orders")  # type: ignore[call-overload]
    assert refused.value.problems[0].code == "unknown_option"
