"""Where objects are kept: SQLite by default, PostgreSQL or MongoDB by URL.

A store knows records and searches of the library and nothing of the API. It is written on the databases' own drivers:
the library gives the statements and says how values lie in a table, so that nothing would be left for SQLAlchemy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from criteria import Schema, Search

Unique = Mapping[str, str]
"""Digests that no two objects may share, each with the name of the field whose value it stands for."""


class Taken(Exception):
    """Another object has this value already; `field` is the name of the field that has to be unique."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Store(Protocol):
    """What a store does. Every write is one step: it is done as a whole or not at all, and is on the disk when the
    call returns."""

    def prepare(self, schema: Schema) -> None:
        """Makes room for the records of a schema, where there is none."""

    def insert(self, schema: Schema, record: Mapping[str, Any], unique: Unique) -> int:
        """Keeps a new record, and gives the `objectId` that it has from now on. Raises `Taken`."""

    def replace(self, schema: Schema, record: Mapping[str, Any], before: Unique, after: Unique) -> bool:
        """Puts a record in the place of the one with its `objectId` and `revision`, as the next revision.

        False when there is no such revision, because somebody else has written. Raises `Taken`.
        """

    def find(self, search: Search) -> list[dict[str, Any]]:
        """The records that a search asks for, one more than its limit if there are more."""

    def count(self, search: Search) -> int:
        """How many records the query of a search selects."""

    def close(self) -> None:
        """Ends the connections."""


def open_store(url: str) -> Store:
    """The store of a URL: `sqlite:///file.db`, `postgresql://...` or `mongodb://.../database`.

    Raises `ValueError`, in one line and without passwords, for a URL that is none and a database that is not there.
    """
    try:
        return _opened(url)
    except Exception as error:  # each driver has exceptions of its own
        raise ValueError(not_opened(url, error)) from None


def _opened(url: str) -> Store:
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        from examples.server.store.sqlite import open_sqlite

        return open_sqlite(url)
    if scheme in ("postgres", "postgresql"):
        from examples.server.store.postgres import open_postgres

        return open_postgres(url)
    if scheme in ("mongodb", "mongodb+srv"):
        from examples.server.store.mongo import open_mongo

        return open_mongo(url)
    raise ValueError("write sqlite:///file.db, postgresql://... or mongodb://.../database")


def shown(url: str) -> str:
    """A URL as people may see it: without user, password and options."""
    if url.startswith("sqlite:"):
        return url
    scheme, separator, rest = url.partition("://")
    _, at, address = rest.rpartition("@")  # a password may hold any character, written wrong or not
    return f"{scheme}{separator}{'***' if at else ''}{at}{address.partition('?')[0]}"


def not_opened(url: str, error: Exception) -> str:
    """One line on a store that failed: what a driver says, without what it repeats of the URL's secrets."""
    said = " ".join(str(error).split()) or type(error).__name__
    secrets = re.findall("://[^:@]*:(.*)@", url) + re.findall("(?i)(?:password|token|properties)=([^&]*)", url)
    pieces = {piece for secret in secrets for piece in re.split("[/:@?&=,#]", secret) if len(piece) > 2}
    for piece in sorted({*secrets, *map(unquote, secrets), *pieces} - {""}, key=len, reverse=True):
        said = said.replace(piece, "***")
    return f"the store {shown(url)} cannot be opened: {said[:300]}"
