"""PostgreSQL, through a pool of connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from examples.server.store.sql import SqlStore


class Postgres:
    """A PostgreSQL database."""

    dialect = "postgres"
    placeholder = "%s"
    conflict: type[Exception] = psycopg.errors.UniqueViolation
    lost: tuple[type[Exception], ...] = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(url, min_size=1, max_size=20, open=True)
        self._pool.wait()

    @contextmanager
    def reading(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor on a connection of the pool."""
        with self._pool.connection() as connection, connection.cursor() as cursor:
            yield cursor

    writing = reading  # a connection of the pool is a transaction

    def close(self) -> None:
        """Ends the connections."""
        self._pool.close()


def open_postgres(url: str) -> SqlStore:
    """A store in a database."""
    return SqlStore(Postgres(url))
