"""The encoding of a database: engines compare texts by their characters in UTF-8 alone."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from criteria.schema.schema import Schema
from criteria.tables.catalogs.postgres import check_encoding
from criteria.tables.reflecting import check_utf_16


def check_database(connection: Any, schema: Schema) -> None:
    """Raises `CriteriaError` (`unfit_column`) for the columns of a schema in a database of another encoding than UTF-8.

    Opens the connection. PostgreSQL has told its encoding by then; SQLite is asked once for each connection, past
    Django's cursors: no other statement may be between those of a caller who counts them.
    """
    if connection.vendor not in _ENCODINGS:
        return
    connection.ensure_connection()
    driver = connection.connection
    known = _KNOWN.get(connection)
    if known is None or known[0] is not driver:
        known = _KNOWN[connection] = driver, _ENCODINGS[connection.vendor](driver)
    if connection.vendor == "postgresql":
        check_encoding(known[1] == "UTF8", known[1])
    else:
        check_utf_16(schema, is_utf_16=known[1].startswith("UTF-16"))


_KNOWN: WeakKeyDictionary[Any, tuple[Any, str]] = WeakKeyDictionary()
"""By the connection of Django that of the driver, which Django opens again, and the encoding."""


def _of_postgres(driver: Any) -> str:
    """A proxy between may keep to itself what the server told."""
    told: str | None = driver.info.parameter_status("server_encoding")
    return told or _asked(driver, "SHOW server_encoding")


def _of_sqlite(driver: Any) -> str:
    return _asked(driver, "PRAGMA encoding")


def _asked(driver: Any, statement: str) -> str:
    cursor = driver.cursor()
    try:
        cursor.execute(statement)
        [found] = cursor.fetchone()
    finally:
        cursor.close()
    return found.decode() if isinstance(found, bytes) else str(found)


_ENCODINGS = {"postgresql": _of_postgres, "sqlite": _of_sqlite}
"""MariaDB and MySQL have no encoding of a database, but one of each column, which the conditions choose."""
