"""Stores of objects: SQLite by default, PostgreSQL or MongoDB by URL.

A store knows records and searches of the library and nothing of the API. It is written on the databases' own drivers:
the library gives the statements and says how values lie in a table, so that nothing would be left for SQLAlchemy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

from criteria import Query, Schema, Search
from criteria.messages import shown_name
from criteria.web import Entity, Room

STATEMENT_SECONDS = 30
"""Time that a statement of a search may take in a database; in SQLite, all statements that read one page. What takes
longer is ended there, and is an error of the server."""

Unique = Mapping[str, str]
"""Digests of unique values, each with the name of the field."""

Replacement = tuple[Mapping[str, Any], Unique, Unique]
"""A record as it is to be, and its unique values before and after."""


class Taken(Exception):
    """Another object has the value of the unique field `field` already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Store(Protocol):
    """A store. Every write is atomic, and durable when the call returns."""

    def claim(self, lost: Callable[[], None]) -> None:
        """Makes this process the only server of the database, until `close` or the end of the process.

        Calls `lost`, in another thread, if another server has the claim later. Raises `Held`.
        """

    def prepare(self, schema: Schema) -> None:
        """Creates the table or collection of a schema unless it exists."""

    def insert(self, schema: Schema, record: Mapping[str, Any], unique: Unique) -> int:
        """Stores a new record and returns its `objectId`. Raises `Taken`."""

    def replace(self, schema: Schema, record: Mapping[str, Any], before: Unique, after: Unique) -> bool:
        """Replaces the record with the same `objectId` and `revision`, as the next revision.

        False when the revision no longer exists because somebody else has written. Raises `Taken`.
        """

    def replace_all(self, schema: Schema, changes: Sequence[Replacement]) -> bool:
        """Replaces records of different ids, each as `replace` does, in one transaction if the database has them.

        False when not all were replaced. Raises `Taken`.
        """

    def remove(self, query: Query) -> None:
        """Removes the records of a query for good. They must have no unique values any more."""

    def find(self, search: Search, room: Room | None = None) -> list[dict[str, Any]]:
        """The records of a search, one more than its limit if there are more.

        With `room`, the database is read only as far as there is room. Raises `RequestError` if there is not enough.
        """

    def find_json(self, search: Search, entity: Entity, room: Room) -> list[dict[str, Any]]:
        """The records of a search for objects of an entity, as clients read them. Raises as `find` does."""

    def count(self, search: Search) -> int:
        """The number of records that the query of a search selects."""

    def close(self) -> None:
        """Closes the connections."""


def open_store(url: str) -> Store:
    """The store of a URL: `sqlite:///file.db`, `postgresql://...` or `mongodb://.../database`.

    Raises `ValueError`, with one line without passwords, for an invalid URL or an unreachable database.
    """
    try:
        return _opened(url)
    except Exception as error:  # each driver has exceptions of its own
        raise ValueError(not_opened(url, error)) from None


def _opened(url: str) -> Store:
    scheme, separator, _ = url.partition("://")
    if scheme == "sqlite" or url.startswith("sqlite:"):
        from examples.server.store.sqlite import open_sqlite

        return open_sqlite(url)
    if separator and scheme in ("postgres", "postgresql"):
        from examples.server.store.postgres import open_postgres

        return open_postgres(url)
    if separator and scheme in ("mongodb", "mongodb+srv"):
        from examples.server.store.mongo import open_mongo

        return open_mongo(url)
    raise ValueError("write sqlite:///file.db, postgresql://... or mongodb://.../database")


_SCHEME = re.compile("[a-z0-9+]+", re.ASCII | re.IGNORECASE)


def shown(url: str) -> str:
    """A URL without user, password and options, for messages."""
    if url.startswith("sqlite:"):
        return shown_name(url)
    scheme, separator, rest = url.partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return "***"
    secret, at, address = rest.rpartition("@")  # a password may hold any character, written wrong or not
    if "?" in secret:  # of a password, or of options with one
        return f"{scheme}{separator}***"
    return shown_name(f"{scheme}{separator}{'***' if at else ''}{at}{address.partition('?')[0]}")


def not_opened(url: str, error: Exception) -> str:
    """One line on a store that failed: the driver's message without secrets of the URL."""
    said = " ".join(str(error).split()) or type(error).__name__
    secrets = re.findall("(?s)://[^:@]*:(.*)@", url) + re.findall("(?is)(?:password|token|properties)=(.*)", url)
    pieces = {piece for secret in secrets for piece in re.split(r"[][/:@?&=,#\s]", secret) if len(piece) > 2}
    for piece in sorted({*secrets, *map(unquote, secrets), *pieces} - {""}, key=len, reverse=True):
        said = said.replace(piece, "***")
    return f"the store {shown(url)} cannot be opened: {shown_name(said[:300])}"
