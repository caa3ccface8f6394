"""The two databases of the tests on PostgreSQL: one with code point order, one with a natural-language collation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from tests.servers.process import ServerError

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow
    from psycopg.sql import Composable

Database = Literal["binary", "natural"]

PROVIDERS_SINCE = 150000  # CREATE DATABASE has LOCALE_PROVIDER since version 15

NATURAL_LOCALES = r"""
    SELECT name
    FROM (
        SELECT collcollate FROM pg_collation WHERE collprovider = 'c'
        UNION SELECT datcollate FROM pg_database
    ) AS known (name)
    WHERE name ~* '\.utf-?8$' AND name !~ '^(C|POSIX)\.'
    ORDER BY name !~ '^en_US', name !~ '^en_', name
    LIMIT 1
"""


@contextmanager
def databases_on(url: str) -> Iterator[Mapping[Database, str]]:
    """Both databases on a server of the environment. They are dropped at the end; nothing else changes."""
    names = new_names()
    try:
        create(url, names)
        yield names
    finally:
        drop(url, names)


def new_names() -> Mapping[Database, str]:
    """Unique database names."""
    mark = uuid4().hex[:12]
    return MappingProxyType({"binary": f"criteria_binary_{mark}", "natural": f"criteria_natural_{mark}"})


def create(url: str, names: Mapping[Database, str], natural: str | None = None) -> None:
    """Create both databases. `natural` is the locale of the second, by default one that the server has."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(url, autocommit=True, connect_timeout=10) as server:
        collations: dict[Database, Composable] = {
            "binary": of_system(server, "C"),
            "natural": of_system(server, natural) if natural else found(server),
        }
        for key, collation in collations.items():
            statement = SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' {}")
            server.execute(statement.format(Identifier(names[key]), collation))


def drop(url: str, names: Mapping[Database, str]) -> None:
    """Drop the existing databases, and end the sessions that still use them."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(url, autocommit=True, connect_timeout=10) as server:
        for name in names.values():
            server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def of_system(server: psycopg.Connection[TupleRow], locale: str) -> Composable:
    """The clause of CREATE DATABASE for a locale of the operating system."""
    from psycopg.sql import SQL, Literal

    provider = SQL("LOCALE_PROVIDER libc") if server.info.server_version >= PROVIDERS_SINCE else SQL("")
    return SQL("{} LC_COLLATE {} LC_CTYPE {}").format(provider, Literal(locale), Literal(locale))


def found(server: psycopg.Connection[TupleRow]) -> Composable:
    """The clause of CREATE DATABASE for a natural-language locale of this server: the system's, or else ICU's.

    Raises ServerError if it has none.
    """
    from psycopg.sql import SQL

    row = server.execute(NATURAL_LOCALES).fetchone()
    if row:
        return of_system(server, row[0])
    icu = server.execute("SELECT 1 FROM pg_collation WHERE collprovider = 'i' LIMIT 1").fetchone()
    if icu and server.info.server_version >= PROVIDERS_SINCE:
        return SQL("LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'")
    raise ServerError("the PostgreSQL server has no natural-language collation")
