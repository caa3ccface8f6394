"""Connections whose rows are not tuples: tables are read from them as from others."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine

SCHEMA = Schema("foreign", [Field("id", "integer", is_unique=True, nullable=False)], system_properties=False)


def as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as a dict, as many programs have sqlite3 return them."""
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


@pytest.mark.parametrize("factory", [sqlite3.Row, as_dict])
def test_sqlite(factory: Any) -> None:
    """A connection whose rows are dicts, or `sqlite3.Row`."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    connection.row_factory = factory
    assert criteria.tables.reflect(connection, "t", SCHEMA).dialect == "sqlite"
    assert criteria.tables.schema(connection, "t").names == ("id",)
    connection.close()


def test_psycopg(engines: Engines) -> None:
    """A connection whose rows are dicts, or named tuples."""
    engine = engines.get("postgres")
    assert isinstance(engine, SqlEngine)
    rows = pytest.importorskip("psycopg.rows")
    engine.execute("CREATE TABLE row_factories (id bigint PRIMARY KEY)")
    before = engine.connection.row_factory
    try:
        for factory in (rows.dict_row, rows.namedtuple_row):
            engine.connection.row_factory = factory
            assert criteria.tables.reflect(engine.connection, "row_factories", SCHEMA).dialect == "postgres"
    finally:
        engine.connection.row_factory = before
        engine.rollback()


def test_pymysql(engines: Engines) -> None:
    """A connection whose cursors return dicts."""
    engine = engines.get("mariadb")
    assert isinstance(engine, SqlEngine)
    cursors = pytest.importorskip("pymysql.cursors")
    engine.execute("CREATE TABLE row_factories (id bigint PRIMARY KEY)")
    before = engine.connection.cursorclass
    try:
        engine.connection.cursorclass = cursors.DictCursor
        assert criteria.tables.reflect(engine.connection, "row_factories", SCHEMA).dialect == "mariadb"
    finally:
        engine.connection.cursorclass = before
        engine.execute("DROP TABLE row_factories")
        engine.commit()
