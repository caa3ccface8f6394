"""SQLite: one file, one writer at a time, any number of readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Lock
from typing import IO

from examples.server.store.claims import lock_file
from examples.server.store.sql import SqlStore

SECONDS = 10.0
"""Time to wait for another process that writes, and for other writers of this one."""


class Sqlite:
    """A SQLite file, and the connections to it."""

    dialect = "sqlite"
    placeholder = "?"
    conflict: type[Exception] = sqlite3.IntegrityError
    lost: tuple[type[Exception], ...] = ()  # writers take turns

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._claim: IO[bytes] | None = None
        self._turn = Lock()  # SQLite polls for its lock; with this one writers wait in turn

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor on an idle connection."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            with closing(connection.cursor()) as cursor:
                yield cursor
        except BaseException:
            connection.close()  # rolls back its transaction
            raise
        self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """A cursor in a transaction that holds the write lock from the beginning."""
        if not self._turn.acquire(timeout=SECONDS):
            raise TimeoutError("Others write for too long.")
        try:
            with self.reading() as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                yield cursor
                cursor.execute("COMMIT")
        finally:
            self._turn.release()

    def claim(self, lost: Callable[[], None]) -> None:
        """A lock on a file beside the database, which the system releases when the process ends."""
        path = Path(self._path).resolve()
        self._claim = lock_file(path.with_name(f"{path.name}.lock"))

    def close(self) -> None:
        """Closes the idle connections."""
        if self._claim is not None:
            self._claim.close()
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers do not wait for the writer
            connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut, too
            [(encoding,)] = connection.execute("PRAGMA encoding")
            if encoding != "UTF-8":  # strings would be in the order of UTF-16
                raise ValueError(f"the file stores text in {encoding}, not in UTF-8")
        except BaseException:
            connection.close()
            raise
        return connection


def open_sqlite(url: str) -> SqlStore:
    """A store in a file, created if it does not exist. Raises `ValueError` for a URL without a file."""
    path = url.removeprefix("sqlite:///")
    if path == url or path in ("", ":memory:") or "?" in path or "\0" in path:
        raise ValueError("write sqlite:///relative.db or sqlite:////absolute/path.db, without options")
    folder = Path(path).parent
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    database = Sqlite(path)
    try:
        return SqlStore(database)
    except BaseException:
        database.close()
        raise
