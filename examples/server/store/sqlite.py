"""SQLite: one file, one writer at a time, any number of readers."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from math import inf
from pathlib import Path
from threading import BoundedSemaphore, Condition, Event
from time import monotonic
from typing import IO, Any

from examples.server.store import STATEMENT_SECONDS
from examples.server.store.claims import SERVERS, Held, Renewal, lock_file
from examples.server.store.sql import NEXT_ID, SqlStore

SECONDS = 10.0
"""Time to wait for another process that writes, and for other writers of this one."""

LOOK_SECONDS = 2.0
"""Time between two looks at who has claimed the file."""

IS_LAST = 'SELECT 1 FROM "counters" WHERE "name" = ? AND "value" = ?'
"""Whether no server has claimed the file since. The lock that a writer holds keeps it so."""

MAX_BATCH = 50
"""Writers that share a commit."""

MAX_READERS = 16
"""Connections that read at a time. Each has two descriptors, and some memory, as long as the server runs."""


MAX_STATEMENTS = 32
"""Statements that a connection keeps prepared, so that the usual ones need not be read again."""

MAX_KEPT = 5000
"""Characters of a statement that is kept. SQLite takes a dozen bytes for each."""


INSTRUCTIONS = 100_000
"""Instructions of SQLite's virtual machine between two looks at the clock: some milliseconds, rarely a second."""


class Connection(sqlite3.Connection):
    """A connection that knows when its statements have to end, and whether it keeps a long one: sqlite3 counts those
    that it keeps, however long they are."""

    is_spent = False
    ends = inf

    def is_late(self) -> bool:
        """Whether what runs should have ended, by `time.monotonic`. SQLite interrupts it then."""
        return monotonic() > self.ends


class Cursor(sqlite3.Cursor):
    """A cursor of such a connection."""

    def execute(self, statement: str, parameters: Any = (), /) -> Cursor:
        """Runs a statement."""
        if len(statement) > MAX_KEPT:
            self.connection.is_spent = True  # type: ignore[attr-defined]
        return super().execute(statement, parameters)


class Batch:
    """Writers whose changes are committed together: all of them, or none because of `error`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.size = 0
        self.ended = Event()
        self.error: BaseException | None = None


class Sqlite:
    """A SQLite file, and the connections to it.

    Writers take turns. A commit waits for the disk, so writers that wait at the same time share one: each has a
    savepoint, and the last one commits for all. None goes on before its changes are on the disk.
    """

    dialect = "sqlite"
    placeholder = "?"
    lost: tuple[type[Exception], ...] = ()  # writers take turns

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[Connection] = deque()
        self._readers = BoundedSemaphore(MAX_READERS)
        self._claim: IO[bytes] | None = None
        self._renewal: Renewal | None = None
        self._number: int | None = None
        self._turn = Condition()  # SQLite polls for its lock; with this one writers wait in turn
        self._is_taken = False
        self._waiting = 0
        self._batch: Batch | None = None
        self._writer: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor on an idle connection, or on a new one as long as there are few, for `STATEMENT_SECONDS`. No thread
        has two at a time."""
        with self._readers:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
                connection.set_progress_handler(connection.is_late, INSTRUCTIONS)
            connection.ends = monotonic() + STATEMENT_SECONDS
            try:
                cursor = connection.cursor(Cursor)
                yield cursor
                cursor.close()
            except BaseException:
                connection.close()  # rolls back its transaction
                raise
            if connection.is_spent:
                connection.close()
            else:
                self._idle.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """A cursor in a transaction that holds the write lock from the beginning. Raises `Held` if another server has
        claimed the file since."""
        self._take_turn()
        batch = None
        try:
            batch = self._batch = self._batch or self._begun()
            with self._savepoint(batch) as cursor:
                yield cursor
        finally:
            self._end_turn()
            if batch is not None:
                batch.ended.wait()
        if batch.error is not None:
            raise sqlite3.OperationalError(f"Nothing was written: {batch.error}") from batch.error

    def rows(
        self, cursor: sqlite3.Cursor, statement: str, parameters: Any, *, are_few: bool
    ) -> nullcontext[sqlite3.Cursor]:
        """The cursor, which reads each row when it is asked for, and which the next statement begins anew."""
        return nullcontext(cursor.execute(statement, parameters))

    def _take_turn(self) -> None:
        with self._turn:
            self._waiting += 1
            try:
                if not self._turn.wait_for(lambda: not self._is_taken, SECONDS):
                    raise TimeoutError("Others write for too long.")
                self._is_taken = True
            finally:
                self._waiting -= 1

    def _end_turn(self) -> None:
        """Commits, unless somebody waits who will."""
        with self._turn:
            batch = self._batch
            if batch is not None and self._waiting and batch.size < MAX_BATCH:
                self._pass_on()
                return
        self._batch = None
        if batch is not None:
            self._commit(batch)
        with self._turn:
            self._pass_on()

    def _pass_on(self) -> None:
        self._is_taken = False
        self._turn.notify()

    def _begun(self) -> Batch:
        connection = self._writer = self._writer or self._connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._check_last(connection.cursor())
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return Batch(connection)

    def _check_last(self, cursor: sqlite3.Cursor) -> None:
        if self._number is not None and cursor.execute(IS_LAST, (SERVERS, self._number)).fetchone() is None:
            raise Held("another server has claimed the file")

    @contextmanager
    def _savepoint(self, batch: Batch) -> Iterator[sqlite3.Cursor]:
        """A cursor whose changes an exception undoes, and no others."""
        batch.size += 1
        cursor = batch.connection.cursor()
        cursor.execute("SAVEPOINT one")
        try:
            yield cursor
            cursor.execute("RELEASE one")
        except BaseException as error:
            cursor.close()
            self._undo(batch, error)
            raise
        cursor.close()

    def _undo(self, batch: Batch, error: BaseException) -> None:
        try:
            batch.connection.execute("ROLLBACK TO one")
            batch.connection.execute("RELEASE one")
        except sqlite3.Error:  # after some errors, such as a full disk, SQLite has rolled back everything
            self._lose(batch, error)

    def _commit(self, batch: Batch) -> None:
        try:
            batch.connection.execute("COMMIT")
        except Exception as error:
            self._lose(batch, error)
        else:
            batch.ended.set()

    def _lose(self, batch: Batch, error: BaseException) -> None:
        """Gives up a batch with its connection, so that the next one begins anew."""
        self._batch = self._writer = None
        batch.connection.close()
        batch.error = error
        batch.ended.set()

    def claim(self, lost: Callable[[], None]) -> None:
        """A lock on a file beside the database, which the system releases when the process ends. Who deletes that file
        lets another server claim the database: this one then ends."""
        path = Path(self._path).resolve()
        self._claim = lock_file(path.with_name(f"{path.name}.lock"))
        with self.writing() as cursor:
            [(number,)] = cursor.execute(NEXT_ID.format(self.placeholder), (SERVERS,)).fetchall()
        self._number = number
        self._renewal = Renewal(self._look, LOOK_SECONDS, lost)

    def _look(self) -> None:
        with self.reading() as cursor:
            self._check_last(cursor)

    def close(self) -> None:
        """Closes the idle connections."""
        if self._renewal is not None:
            self._renewal.stop()
        if self._claim is not None:
            self._claim.close()
        if self._writer is not None:
            self._writer.close()
        while self._idle:
            self._idle.pop().close()

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=MAX_STATEMENTS,
            factory=Connection,
        )
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
    if Path(path).exists() and Path(path).stat().st_nlink > 1:  # SQLite keeps its journal beside each name
        raise ValueError("the file has several names (hard links): leave it one, or use symbolic links")
    database = Sqlite(path)
    try:
        return SqlStore(database)
    except BaseException:
        database.close()
        raise
