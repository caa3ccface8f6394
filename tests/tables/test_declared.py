"""What `reflect` is told because no engine can know it: the time zone of columns without one, and the dialect."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema

SCHEMA = Schema("order", [Field("id", "integer"), Field("paid", "dateTime")], system_properties=False)
DDL = "CREATE TABLE orders (id INTEGER, paid DATETIME)"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A table with an instant in UTC."""
    connection = sqlite3.connect(":memory:")
    connection.execute(DDL)
    connection.execute("INSERT INTO orders VALUES (1, '2026-06-01 12:00:00')")
    yield connection
    connection.close()


class Wrapped:
    """A connection of a class that the library does not know."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def cursor(self) -> Any:
        return Cursor(self.connection.cursor())


class Cursor:
    """A cursor whose placeholders are `%s`."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.cursor = cursor
        self.fetchall, self.close = cursor.fetchall, cursor.close

    def execute(self, text: str, values: Any = ()) -> None:
        self.cursor.execute(text.replace("%s", "?"), values)


def test_a_time_zone_of_the_whole_table(connection: sqlite3.Connection) -> None:
    """`time_zone="UTC"` declares what every field without a time zone would have to."""
    with pytest.raises(CriteriaError, match="has no time zone"):
        criteria.tables.reflect(connection, "orders", SCHEMA)
    for table in (
        criteria.tables.reflect(connection, "orders", SCHEMA, time_zone="UTC"),
        criteria.tables.from_ddl(DDL, SCHEMA, dialect="sqlite", time_zone="UTC"),
    ):
        where = criteria.compile(criteria.parse('{"paid": "2026-06-01T12:00:00Z"}', SCHEMA), "sql", table=table)
        assert connection.execute(f"SELECT id FROM orders WHERE {where.text}", where.params).fetchall() == [(1,)]
    with pytest.raises(CriteriaError, match="Local times repeat"):
        criteria.tables.reflect(connection, "orders", SCHEMA, time_zone="Europe/Rome")


def test_the_dialect_of_an_unknown_connection(connection: sqlite3.Connection) -> None:
    """A wrapper of a connection is read when its dialect is named; a wrong or unknown dialect is refused."""
    wrapped = Wrapped(connection)
    with pytest.raises(CriteriaError, match="Or name the dialect"):
        criteria.tables.reflect(wrapped, "orders", SCHEMA, time_zone="UTC")
    table = criteria.tables.reflect(wrapped, "orders", SCHEMA, time_zone="UTC", dialect="sqlite")
    assert [column.name for column in table.columns] == ["id", "paid"]
    with pytest.raises(CriteriaError, match="The connection is to sqlite"):
        criteria.tables.reflect(connection, "orders", SCHEMA, time_zone="UTC", dialect="postgres")
    with pytest.raises(CriteriaError, match='Did you mean "sqlite"'):
        criteria.tables.reflect(connection, "orders", SCHEMA, dialect="sqlit")
