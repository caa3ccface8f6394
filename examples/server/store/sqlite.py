"""SQLite: one file, one writer at a time, any number of readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from queue import Empty, LifoQueue
from threading import Lock

from examples.server.store.sql import SqlStore


class Sqlite:
    """A SQLite file, and the connections to it."""

    dialect = "sqlite"
    placeholder = "?"
    conflict: type[Exception] = sqlite3.IntegrityError
    lost: tuple[type[Exception], ...] = ()  # writers take turns

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._turn = Lock()  # SQLite lets writers wait by trying again; a lock lets them wait for each other

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor on a connection that nobody else uses."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            with closing(connection.cursor()) as cursor:
                yield cursor
        finally:
            self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """A transaction that has the right to write from the beginning."""
        with self._turn, self.reading() as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def close(self) -> None:
        """Ends the connections that are idle."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
        connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut, too
        return connection


def open_sqlite(path: str) -> SqlStore:
    """A store in a file, which is made when it is not there."""
    return SqlStore(Sqlite(path))
