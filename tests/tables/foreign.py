"""A table that another program created, with a few rows, for tests that name one fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine

KEY = Field("id", "integer", is_unique=True, nullable=False)


class Foreign:
    """The table `foreign_rows` with the key `id`, in the connection of an engine."""

    def __init__(self, engine: SqlEngine, fields: Sequence[Field], verify: bool = True) -> None:
        self.engine = engine
        self.schema = Schema("foreign", [KEY, *fields], system_properties=False)
        self.table = criteria.tables.reflect(engine.connection, "foreign_rows", self.schema, verify=verify)

    def where(self, criteria_json: Any, **options: Any) -> criteria.backends.sql.Sql:
        query = criteria.parse(criteria_json, self.schema)
        where: criteria.backends.sql.Sql = criteria.compile(query, "sql", table=self.table, **options)
        return where

    def keys(self, criteria_json: Any, around: str = "{}", **options: Any) -> list[int]:
        """The keys of the rows that a query selects, where `around` puts its condition into a statement's."""
        where = self.where(criteria_json, **options)
        text = f"SELECT id FROM foreign_rows WHERE {around.format(where.text)} ORDER BY id"
        return self.engine.keys(text, where.params, 0)

    def in_order(self, order_by: str) -> list[int]:
        """All keys, in an order."""
        search = criteria.parse_search({"query": "{}", "orderBy": order_by}, self.schema)
        rows = criteria.compile(search, "sql", table=self.table).rows
        return self.engine.keys(rows.text, rows.params, 0)

    def plan(self, text: str, params: Any) -> str:
        """What EXPLAIN says about a statement."""
        explain = "EXPLAIN QUERY PLAN" if self.table.dialect == "sqlite" else "EXPLAIN"
        return "\n".join(" ".join(map(str, row)) for row in self.engine.execute(f"{explain} {text}", params))


@contextmanager
def created(engines: Engines, name: str, columns: str, *statements: str, before: Sequence[str] = ()) -> Iterator[Any]:
    """An engine with the table, filled by statements; dropped at the end."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    try:
        for text in (*before, f"CREATE TABLE foreign_rows (id INTEGER PRIMARY KEY, {columns})", *statements):
            engine.execute(text)
        engine.commit()
        yield engine
    finally:
        with suppress(Exception):  # DuckDB has nothing to roll back
            engine.rollback()
        engine.execute("DROP TABLE IF EXISTS foreign_rows")
        engine.commit()


@contextmanager
def foreign(
    engines: Engines, name: str, columns: str, field: Field, values: Sequence[str], before: Sequence[str] = ()
) -> Iterator[Foreign]:
    """A table with one more column, whose rows 1, 2, ... have the values that SQL spells so."""
    rows = ", ".join(f"({number}, {value})" for number, value in enumerate(values, 1))
    with created(engines, name, columns, f"INSERT INTO foreign_rows VALUES {rows}", before=before) as engine:
        yield Foreign(engine, [field])


def refused(engines: Engines, name: str, columns: str, field: Field, before: Sequence[str] = ()) -> str:
    """How a field on a column is refused."""
    with created(engines, name, columns, before=before) as engine:
        with pytest.raises(CriteriaError) as error:
            Foreign(engine, [field])
        assert [problem.code for problem in error.value.problems] == ["unfit_column"]
        return str(error.value)
