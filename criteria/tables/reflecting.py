"""`reflect`: the table that a connection has, for the fields of a schema."""

from __future__ import annotations

from typing import Any

from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Described
from criteria.tables.connections import find_driver
from criteria.tables.name import table_parts
from criteria.tables.table import Table


def reflect(connection: Any, name: str, schema: Schema) -> Table:
    """The table of a name, with its columns as the connection describes them.

    `connection` is one of sqlite3, duckdb, psycopg, psycopg2, pymysql, MySQLdb, mariadb or mysql.connector. Only the
    engine's catalog is read.

    Raises `CriteriaError`: `unfit_column` with a problem for each field whose column is missing or cannot answer every
    query of the field correctly; `unsupported` for a connection of another driver; `unknown_option` for a table that
    does not exist.
    """
    return _table(name, schema, describe(connection, name))


async def reflect_async(connection: Any, name: str, schema: Schema) -> Table:
    """As `reflect`, for the connections of asynchronous drivers."""
    return _table(name, schema, await describe_async(connection, name))


def _table(name: str, schema: Schema, described: Described) -> Table:
    return Table(name, schema, described.columns, dialect=described.dialect, keys=described.keys)


def describe(connection: Any, name: str) -> Described:
    """What the engine of a connection says about a table."""
    driver = find_driver(connection)
    if driver.is_async:
        message = "This connection is asynchronous."
        raise CriteriaError(Problem("unsupported", message, hint="Await criteria.tables.reflect_async instead."))
    reading = driver.read_table(table_parts(name))
    try:
        statement = next(reading)
        while True:
            statement = reading.send(driver.execute(connection, statement))
    except StopIteration as end:
        return _existing(end.value, name)


async def describe_async(connection: Any, name: str) -> Described:
    """As `describe`, for the connections of asynchronous drivers."""
    driver = find_driver(connection)
    reading = driver.read_table(table_parts(name))
    try:
        statement = next(reading)
        while True:
            rows = driver.execute(connection, statement)
            statement = reading.send(await rows if driver.is_async else rows)
    except StopIteration as end:
        return _existing(end.value, name)


def _existing(described: Described, name: str) -> Described:
    if not described.columns:
        raise CriteriaError(Problem("unknown_option", f"There is no table {quoted(name)}, or it has no columns."))
    return described
