"""Hostile declarations of columns of SQLite."""

from __future__ import annotations

import sqlite3

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.tables.hostile import KEY


def test_a_temporary_table_hides_another_of_its_name() -> None:
    """As in statements: a table that is read is the one that queries will run on."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE one (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TEMPORARY TABLE one (id TEXT PRIMARY KEY)")
    schema = Schema("one", [Field("id", "integer", is_unique=True)], system_properties=False)
    with pytest.raises(CriteriaError, match=r'Column "id" \(TEXT\) of "one" does not fit'):
        criteria.tables.reflect(connection, "one", schema)
    assert criteria.tables.reflect(connection, "main.one", schema).columns[0].type == "INTEGER"
    connection.close()


def test_a_column_declared_as_string_is_refused() -> None:
    """STRING has the affinity NUMERIC: SQLite stores '007' as 7."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, value STRING)")
    connection.execute("INSERT INTO one VALUES (1, '007')")
    assert connection.execute("SELECT value FROM one").fetchone() == (7,)
    with pytest.raises(CriteriaError, match="does not hold values of type string"):
        criteria.tables.reflect(
            connection, "one", Schema("one", [KEY, Field("value", "string")], system_properties=False)
        )
    connection.close()
