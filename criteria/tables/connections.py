"""The database connections that the library can ask about tables: which engine each is, and how it runs a statement."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.tables.catalogs import duckdb, mysql, postgres, sqlite
from criteria.tables.catalogs.catalog import Naming, Reader, Rows, Statement


@dataclass(frozen=True, slots=True)
class Driver:
    """How a driver's connections are asked.

    - `read_table`: reads the catalog of its engine.
    - `execute`: runs a statement, returns its rows; of an asynchronous driver, an awaitable of them.
    - `is_async`: whether `execute` has to be awaited.
    """

    read_table: Reader
    execute: Callable[[Any, Statement], Any]
    is_async: bool = False


Opener = Callable[[Any], Any]
"""Makes a cursor of a connection. The rows of those for a driver are tuples, whatever the connection returns otherwise:
the columns of a statement may share a name."""


def _opened(connection: Any) -> Any:
    """A cursor of the Python database API, which has no way to ask for tuples: for drivers that return them by default,
    and have no option of the connection for other rows."""
    return connection.cursor()


def _of_class(module: str, name: str) -> Opener:
    """Opens cursors of a class of the driver, which its connections take as the only argument."""
    return lambda connection: connection.cursor(getattr(import_module(module), name))


def _opened_by_psycopg(connection: Any) -> Any:
    return connection.cursor(row_factory=import_module("psycopg.rows").tuple_row)


def _opened_by_psycopg2(connection: Any) -> Any:
    return connection.cursor(cursor_factory=import_module("psycopg2.extensions").cursor)


def _opened_by_sqlite(connection: Any) -> Any:
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor


def _by_cursor(placeholder: str, opened: Opener = _opened) -> Callable[[Any, Statement], Rows]:
    """Runs a statement on a connection of the Python database API (PEP 249)."""

    def execute(connection: Any, statement: Statement) -> Rows:
        cursor = opened(connection)
        try:
            cursor.execute(*_arguments(statement, placeholder))
            return list(cursor.fetchall())
        finally:
            cursor.close()

    return execute


def _awaited(placeholder: str, opened: Opener) -> Callable[[Any, Statement], Awaitable[Rows]]:
    """As `_by_cursor`, on an asynchronous connection."""

    async def execute(connection: Any, statement: Statement) -> Rows:
        async with opened(connection) as cursor:
            await cursor.execute(*_arguments(statement, placeholder))
            return list(await cursor.fetchall())

    return execute


def _arguments(statement: Statement, placeholder: str) -> tuple[Any, ...]:
    """What a cursor executes. Without values no placeholders are looked for: patterns have question marks and percent
    signs."""
    if not statement.values:
        return (statement.text,)
    return statement.text.replace("?", placeholder), statement.values


async def _awaited_aiosqlite(connection: Any, statement: Statement) -> Rows:
    async with connection.cursor() as cursor:
        cursor.row_factory = None  # of this cursor alone
        await cursor.execute(*_arguments(statement, "?"))
        return list(await cursor.fetchall())


def _awaited_asyncpg(connection: Any, statement: Statement) -> Any:
    first, *rest = statement.text.split("?") if statement.values else [statement.text]
    text = first + "".join(f"${number}{piece}" for number, piece in enumerate(rest, 1))
    return connection.fetch(text, *statement.values, record_class=import_module("asyncpg").Record)


def _by_connection(connection: Any, statement: Statement) -> Rows:
    """Runs a statement on a connection of DuckDB, whose cursors are connections of their own."""
    found: Rows = connection.execute(statement.text, statement.values).fetchall()
    return found


DRIVERS: Mapping[str, Driver] = {
    "_duckdb": Driver(duckdb.read_table, _by_connection),
    "duckdb": Driver(duckdb.read_table, _by_connection),
    "asyncpg": Driver(postgres.read_table, _awaited_asyncpg, is_async=True),
    "aiomysql": Driver(mysql.read_table, _awaited("%s", _of_class("aiomysql.cursors", "Cursor")), is_async=True),
    "asyncmy": Driver(mysql.read_table, _awaited("%s", _of_class("asyncmy.cursors", "Cursor")), is_async=True),
    "aiosqlite": Driver(sqlite.read_table, _awaited_aiosqlite, is_async=True),
    "mariadb": Driver(mysql.read_table, _by_cursor("?")),
    "MySQLdb": Driver(mysql.read_table, _by_cursor("%s", _of_class("MySQLdb.cursors", "Cursor"))),
    "mysql": Driver(mysql.read_table, _by_cursor("%s")),
    "psycopg": Driver(postgres.read_table, _by_cursor("%s", _opened_by_psycopg)),
    "pymysql": Driver(mysql.read_table, _by_cursor("%s", _of_class("pymysql.cursors", "Cursor"))),
    "psycopg2": Driver(postgres.read_table, _by_cursor("%s", _opened_by_psycopg2)),
    "sqlite3": Driver(sqlite.read_table, _by_cursor("?", _opened_by_sqlite)),
}
"""The drivers, by the first part of the module of their connection class."""

ASYNC_DRIVERS: Mapping[str, Driver] = {
    "psycopg": Driver(postgres.read_table, _awaited("%s", _opened_by_psycopg), is_async=True),
}
"""The drivers whose package has asynchronous connections as well, in classes named `Async...`."""


NAMES: Mapping[Reader, Callable[[], Naming]] = {
    one.read_table: one.read_names for one in (duckdb, mysql, postgres, sqlite)
}
"""What reads the names of an engine's tables, by what reads its catalog."""

READERS: Mapping[str, Reader] = {
    "duckdb": duckdb.read_table,
    "mariadb": mysql.read_table,
    "mysql": mysql.read_table,
    "postgres": postgres.read_table,
    "sqlite": sqlite.read_table,
}
"""What reads the catalog of an engine, by its dialect."""

_MARKS: Mapping[str, str] = {"qmark": "?", "format": "%s", "pyformat": "%s"}
"""The placeholders of the styles that do not number or name them."""


def find_driver(connection: object, dialect: str | None = None) -> Driver:
    """The driver of a connection. With a dialect, also a driver of the Python database API that is not known here.

    Raises `CriteriaError` (`unsupported`, `unknown_dialect`).
    """
    if dialect is not None and dialect not in READERS:
        hint = nearest_or_all(dialect, READERS, "dialects with tables", Hints())
        raise CriteriaError(Problem("unknown_dialect", f"Tables of {quoted(dialect)} are not supported.", hint=hint))
    for base in type(connection).__mro__:
        package = base.__module__.partition(".")[0]
        if package in DRIVERS and "cursor" in base.__name__.lower():
            message = f"Tables are read from a connection, not from a {type(connection).__name__}."
            hint = "Pass the connection that the cursor belongs to."
            raise CriteriaError(Problem("unsupported", message, hint=hint))
        if package in ASYNC_DRIVERS and base.__name__.startswith("Async"):
            return ASYNC_DRIVERS[package]
        if package in DRIVERS:
            return DRIVERS[package]
    if dialect is not None:
        style = getattr(sys.modules.get(type(connection).__module__.partition(".")[0]), "paramstyle", "format")
        return Driver(READERS[dialect], _by_cursor(_MARKS.get(style, "%s")))
    message = f"Tables cannot be read from {quoted(connection)}."
    named = ", ".join(sorted(name for name in DRIVERS if not name.startswith("_")))
    hint = f'Pass a connection of one of these drivers: {named}. Or name the dialect: dialect="postgres".'
    raise CriteriaError(Problem("unsupported", message, hint=hint))
