"""Where objects are kept: SQLite by default, PostgreSQL or MongoDB by URL.

A store knows records and searches of the library and nothing of the API. It is written on the databases' own drivers:
the library gives the statements and says how values lie in a table, so that nothing would be left for SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

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
    """The store of a URL: `sqlite:///file.db`, `postgresql://...` or `mongodb://.../database`. Raises `ValueError`."""
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        from examples.server.store.sqlite import open_sqlite

        return open_sqlite(url.removeprefix("sqlite:///"))
    if scheme in ("postgres", "postgresql"):
        from examples.server.store.postgres import open_postgres

        return open_postgres(url)
    if scheme == "mongodb":
        from examples.server.store.mongo import open_mongo

        return open_mongo(url)
    raise ValueError(f"{scheme} is no store: write sqlite:///file.db, postgresql://... or mongodb://.../database")
