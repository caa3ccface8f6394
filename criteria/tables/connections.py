"""The database connections that the library can ask about tables: which engine each is, and how it runs a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from criteria.errors import CriteriaError, Problem, quoted
from criteria.tables.catalogs import sqlite
from criteria.tables.catalogs.catalog import Reader, Rows, Statement


@dataclass(frozen=True, slots=True)
class Driver:
    """How a driver's connections are asked.

    - `dialect`: takes a connection; returns the name of its dialect.
    - `execute`: runs a statement, returns its rows; of an asynchronous driver, an awaitable of them.
    - `is_async`: whether `execute` has to be awaited.
    """

    dialect: Callable[[Any], str]
    execute: Callable[[Any, Statement], Any]
    is_async: bool = False


def _by_cursor(placeholder: str) -> Callable[[Any, Statement], Rows]:
    """Runs a statement on a connection of the Python database API (PEP 249)."""

    def execute(connection: Any, statement: Statement) -> Rows:
        cursor = connection.cursor()
        try:
            cursor.execute(statement.text.replace("?", placeholder), statement.values)
            return list(cursor.fetchall())
        finally:
            cursor.close()

    return execute


DRIVERS: Mapping[str, Driver] = {
    "sqlite3": Driver(lambda connection: "sqlite", _by_cursor("?")),
}
"""The drivers, by the first part of the module of their connection class."""

READERS: Mapping[str, Reader] = {
    "sqlite": sqlite.read_table,
}
"""What reads the catalog of an engine, by the name of its dialect."""


def find_driver(connection: object) -> Driver:
    """The driver of a connection. Raises `CriteriaError` (`unsupported`)."""
    for base in type(connection).__mro__:
        driver = DRIVERS.get(base.__module__.partition(".")[0])
        if driver is not None:
            return driver
    message = f"{quoted(type(connection).__module__)} is not a database driver that tables can be read from."
    hint = f"The drivers are {', '.join(DRIVERS)}. Or pass CREATE TABLE to criteria.tables.from_ddl."
    raise CriteriaError(Problem("unsupported", message, hint=hint))
