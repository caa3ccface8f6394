"""Rows of drivers, compared in Python: the rows and the order of SQL, or a refusal before any row is seen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, FieldType, Search
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import Engines, capped
from tests.tables.pairs.pair import Pair
from tests.tables.test_columns_that_fit import ALL, ForeignTable, foreign_table

REFUSED = {
    "mariadb": ["float as double", "timestamp(6) NULL as dateTime"],
    "mysql": ["float as double", "timestamp(6) NULL as dateTime"],
    "postgres-natural": [
        '"My mood"[] as string[]',
        "json as integer[]",
        "json as string[]",
        "jsonb as decimal[]",
        "jsonb as string[]",
    ],
}
"""The pairs of which drivers do not tell the value, by engine."""

SOME = [
    one if at % 16 == 0 else pytest.param(*one.values, id=one.id, marks=pytest.mark.heavy("the rest of the pairs"))
    for at, one in enumerate(ALL)
]
"""All pairs, of which the quick profile runs every sixteenth."""


@pytest.mark.parametrize(("name", "pair"), SOME)
def test_python_selects_and_sorts_the_rows_of_the_driver_as_sql(name: str, pair: Pair, engines: Engines) -> None:
    schema = pair.schema()
    with foreign_table(engines, name, pair) as foreign:
        if pair.name in REFUSED.get(name, ()):
            refuses(foreign)
            return

        @settings(max_examples=capped(5))
        @given(
            rows=records(schema),
            conditions=st.lists(criteria_objects(schema, 4), min_size=2, max_size=2),
            order_by=order_by_texts(schema),
        )
        def agree(rows: list[dict[str, Any]], conditions: list[dict[str, Any]], order_by: str) -> None:
            with foreign.holding(rows):
                found = foreign.engine.execute("SELECT id, value FROM foreign_rows ORDER BY id")
                fetched = [dict(zip(("id", "value"), row, strict=True)) for row in found]
                for condition in conditions:
                    check(foreign, fetched, condition, order_by)

        agree()


def check(foreign: ForeignTable, fetched: list[dict[str, Any]], condition: Any, order_by: str) -> None:
    """The rows and the page of Python beside those of SQL."""
    query = criteria.parse(condition, foreign.schema)
    keys = foreign.keys(criteria.compile(query, "sql", table=foreign.table))
    matches = criteria.compile(query, "python", table=foreign.table)
    assert [row["id"] for row in fetched if matches(row)] == keys, (condition, fetched)
    assert [row["id"] for row in matches.filter(fetched)] == keys, (condition, fetched)
    search = Search(query, criteria.parse_order_by(order_by, foreign.schema), 3, 0)
    statement = criteria.compile(search, "sql", table=foreign.table).rows
    page = criteria.compile(search, "python", table=foreign.table)(fetched)
    in_order = foreign.engine.keys(statement.text, statement.params, 0)[:3]
    assert [row["id"] for row in page.data] == in_order, (condition, order_by, fetched)


def refuses(foreign: ForeignTable) -> None:
    """Every comparison of the field is refused, at its place."""
    operand = {FieldType.DATE_TIME: "2026-06-01T12:00:00Z", FieldType.STRING: "a"}.get(foreign.pair.field_type, 1)
    query = criteria.parse({"AND": [{"id": 1}, {"value": {"$ne": operand}}]}, foreign.schema)
    with pytest.raises(CriteriaError, match="cannot be compared in Python") as refused:
        criteria.compile(query, "python", table=foreign.table)
    [problem] = refused.value.problems
    assert problem.code == "unsupported"
    assert problem.pointer.startswith("/AND/1/value")
