"""Positions in an order by columns whose values reach Python as other values: refused, so that no page repeats rows."""

from __future__ import annotations

import pytest

import criteria
from criteria import CriteriaError, Field, Schema

KEY = Field("id", "integer", is_unique=True, nullable=False)
PAGES = [
    ("postgres", "real", Field("value", "double"), {"id": 1, "value": 0.5}),
    ("mysql", "float", Field("value", "double"), {"id": 1, "value": 0.5}),
    ("mariadb", "float(7,4)", Field("value", "double"), {"id": 1, "value": 0.5}),
    ("mysql", "timestamp", Field("value", "dateTime"), {"id": 1, "value": "2026-06-01T12:00:00.000Z"}),
    ("mariadb", "timestamp(6)", Field("value", "dateTime"), {"id": 1, "value": "2026-06-01T12:00:00.000Z"}),
]


@pytest.mark.parametrize(("dialect", "column", "field", "row"), PAGES)
def test_a_cursor_needs_exact_values(dialect: str, column: str, field: Field, row: dict[str, object]) -> None:
    """A `real` of 0.7 is loaded as 0.7, which it is not; a session shifts the TIMESTAMPs of MySQL and MariaDB."""
    schema = Schema("foreign", [KEY, field], system_properties=False)
    table = criteria.tables.from_ddl(f"CREATE TABLE t (id bigint PRIMARY KEY, value {column})", schema, dialect=dialect)
    first = criteria.parse_search({"orderBy": "value", "limit": 1}, schema)
    assert criteria.compile(first, "sql", table=table).rows.text
    cursor = first.cursor(schema.decode(row))
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(
            criteria.parse_search({"orderBy": "value", "limit": 1, "after": cursor}, schema), "sql", table=table
        )
    assert [problem.code for problem in refused.value.problems] == ["unsupported"]
    assert refused.value.problems[0].hint is not None
    by_key = criteria.parse_search({"limit": 1, "after": criteria.parse_search({}, schema).cursor({"id": 1})}, schema)
    assert criteria.compile(by_key, "sql", table=table).rows.text
