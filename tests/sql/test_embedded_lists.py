"""Conditions inside the statements of ORMs: those of one form share what was compiled, with values of their own."""

from __future__ import annotations

import pytest

import criteria
from criteria import Field, Schema
from criteria.backends.sql.embedding import Parameter, embedded_condition

MANY = Schema("many", [Field("a", "string"), Field("b", "string"), Field("c", "string")], system_properties=False)
X, Y = "acme-1", "acme-2"


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mariadb", "mysql", "duckdb"])
@pytest.mark.parametrize("kind", ["text", "varchar(20)"])
@pytest.mark.parametrize("of_many", [False, True])
def test_lists_whose_values_are_those_of_other_comparisons(dialect: str, kind: str, of_many: bool) -> None:
    """The values of a list are the same objects as single operands: another list of any length has its own values."""
    table = criteria.tables.from_ddl(f"CREATE TABLE many (a {kind}, b {kind}, c {kind})", MANY, dialect=dialect)

    def bound(values: list[str], b: str, c: str) -> str:
        query = criteria.parse({"AND": [{"a": {"$in": values}}, {"b": b}, {"c": c}]}, MANY)
        pieces = embedded_condition(query, table, of_many=of_many)
        return str([one.value for one in pieces if isinstance(one, Parameter)])

    assert all(one in bound([X, Y], X, Y) for one in (X, Y))
    others = ["other-1", "other-2", "other-3"]
    assert all(one in bound(others, X, Y) for one in (*others, X, Y))
    assert not any(one in bound(others, "b", "c") for one in (X, Y))
