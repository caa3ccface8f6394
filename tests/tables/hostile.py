"""A table with hostile values in one column, and the rows of queries on it beside those of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import criteria
from criteria import Field, Schema, Search
from criteria.conformance.reference import is_true, ordered
from tests.conftest import Engines
from tests.engines.sql import SqlEngine

KEY = Field("id", "integer", is_unique=True, nullable=False)
COMPARISONS = ("$ne", "$gt", "$gte", "$lt", "$lte")
ON_TEXT = (*COMPARISONS, "$startsWith", "$contains", "$endsWith", "$ieq", "$icontains", "$iendsWith")


class HostileTable:
    """A table with the columns `id` and `value`. `cells` are pairs of a value in SQL and the same value in Python."""

    def __init__(self, engine: SqlEngine, field: Field, cells: Sequence[tuple[str, Any]]) -> None:
        self.engine, self.schema = engine, Schema("hostile", [KEY, field], system_properties=False)
        self.records = [{"id": at, "value": value} for at, (_, value) in enumerate(cells)]
        for at, (written, _) in enumerate(cells):
            engine.execute(f"INSERT INTO hostile_rows VALUES ({at}, {written})")
        engine.commit()
        self.table = criteria.tables.reflect(engine.connection, "hostile_rows", self.schema)

    def check(self, operands: Sequence[Any], operators: Sequence[str] = COMPARISONS) -> None:
        """Each operator with each operand, `$in`, `$nin` and null; as a condition, as a total one, and negated."""
        comparisons: list[Any] = [*operands, None, {"$ne": None}, {"$in": list(operands)}, {"$nin": list(operands)}]
        comparisons += [{name: operand} for name in operators for operand in operands]
        for comparison in comparisons:
            query = criteria.parse({"value": comparison}, self.schema)
            keys = [one["id"] for one in self.records if is_true(query.expression, one)]
            others = [one["id"] for one in self.records if one["id"] not in keys]
            for total, around, expected in ((False, "{}", keys), (True, "{}", keys), (True, "NOT {}", others)):
                sql = criteria.compile(query, "sql", table=self.table, total=total)
                text = f"SELECT id FROM hostile_rows WHERE {around.format(sql.text)} ORDER BY id"
                assert self.engine.keys(text, sql.params, 0) == expected, (comparison, sql)

    def check_order(self) -> None:
        """The order of all rows by the column, both ways."""
        for text in ("value asc", "value desc"):
            search = Search(criteria.parse({}, self.schema), criteria.parse_order_by(text, self.schema))
            sql = criteria.compile(search, "sql", table=self.table).rows
            expected = [one["id"] for one in ordered(self.records, search.sort_keys)]
            assert self.engine.keys(sql.text, sql.params, 0) == expected, sql


@contextmanager
def hostile_table(
    engines: Engines, name: str, column: str, field: Field, cells: Sequence[tuple[str, Any]], before: Sequence[str] = ()
) -> Iterator[HostileTable]:
    """A table whose column `value` has a type, after some statements that the type needs."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    try:
        for statement in (*before, f"CREATE TABLE hostile_rows (id INTEGER PRIMARY KEY, value {column})"):
            engine.execute(statement)
        yield HostileTable(engine, field, cells)
    finally:
        with suppress(Exception):  # DuckDB has nothing to roll back
            engine.rollback()
        engine.execute("DROP TABLE IF EXISTS hostile_rows")
        engine.commit()
