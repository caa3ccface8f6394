"""PostgreSQL, with a pool of connections."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from examples.server.store import STATEMENT_SECONDS
from examples.server.store.claims import SERVERS, Held, Renewal
from examples.server.store.sql import NEXT_ID, SqlStore

SECONDS = 10.0
"""Time to wait for a connection."""

SETTINGS: Mapping[str, str] = {
    "TimeZone": "UTC",  # Python has no year 10000, which the last hours of 9999 are in elsewhere
    "DateStyle": "ISO",
    "extra_float_digits": "1",  # the shortest text that is the very double
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "gin_fuzzy_search_limit": "0",  # otherwise an index on lists finds some of the rows
    "default_transaction_isolation": "read committed",
}
"""Settings of a session that change what statements mean or values look like. A role, a database or a URL may have
others, so each connection is given these."""


MAX_PREPARED = 5000
"""Characters of a statement that is prepared. psycopg keeps a hundred statements for each connection, or their texts,
however long they are."""


class Cursor(psycopg.Cursor[Any]):
    """A cursor that prepares short statements alone."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Cursor:
        """Runs a statement."""
        if len(query) <= MAX_PREPARED:
            return super().execute(query, params, **options)
        connection = self.connection
        threshold, connection.prepare_threshold = connection.prepare_threshold, None  # nor is it counted
        try:
            return super().execute(query, params, **options)
        finally:
            connection.prepare_threshold = threshold


CLAIM = 0x63726974
"""The number of the advisory lock."""

RENEWAL_SECONDS = 5.0
"""Time between two looks at the connection that holds the lock, which a restart of the database closes."""

IS_LAST = 'SELECT 1 FROM "counters" WHERE "name" = %s AND "value" = %s FOR SHARE'
"""The next server counts on when all transactions that have run this have ended."""


class Postgres:
    """A PostgreSQL database."""

    dialect = "postgres"
    placeholder = "%s"
    lost: tuple[type[Exception], ...] = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

    def __init__(self, url: str) -> None:
        self._url = url
        self._claim: psycopg.Connection[Any] | None = None
        self._renewal: Renewal | None = None
        self._number: int | None = None
        with psycopg.connect(url, **_waits(url)) as connection:  # fails at once, where a pool would retry
            encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise ValueError(f"the database is in {encoding}: make one in UTF-8, ENCODING 'UTF8' TEMPLATE template0")
        self._pool = ConnectionPool(
            url,
            kwargs=_waits(url),
            min_size=1,
            max_size=20,
            timeout=SECONDS,
            configure=_configure,
            check=ConnectionPool.check_connection,  # replaces connections that a restart of the database closed
            open=True,
        )

    @contextmanager
    def reading(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor on a connection of the pool."""
        with self._pool.connection() as connection, Cursor(connection) as cursor:
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[psycopg.Cursor[Any]]:
        """A cursor on a connection of the pool, which is a transaction. Raises `Held` if another server has claimed the
        database since."""
        with self.reading() as cursor:
            if self._number is not None:
                self._check_last(cursor)
            yield cursor

    def _check_last(self, cursor: psycopg.Cursor[Any]) -> None:
        if cursor.execute(IS_LAST, (SERVERS, self._number)).fetchone() is None:
            raise Held("another server has claimed the database")

    def rows(
        self, cursor: psycopg.Cursor[Any], statement: Any, parameters: Any, *, are_few: bool
    ) -> AbstractContextManager[Iterator[Any]]:
        """The rows. The driver keeps all rows of a statement in memory, unless it streams them, which takes longer."""
        if are_few:
            return nullcontext(cursor.execute(statement, parameters))
        return self._streamed(cursor, statement, parameters)

    @contextmanager
    def _streamed(self, cursor: psycopg.Cursor[Any], statement: Any, parameters: Any) -> Iterator[Iterator[Any]]:
        rows = cast("Generator[Any, None, None]", cursor.stream(statement, parameters))
        try:
            yield rows
        finally:
            rows.close()  # cancels what is not read yet

    def claim(self, lost: Callable[[], None]) -> None:
        """An advisory lock, which PostgreSQL releases when the connection ends."""
        connection = self._lock()
        [(self._number,)] = connection.execute(NEXT_ID.format(self.placeholder), (SERVERS,)).fetchall()
        self._renewal = Renewal(self._renew, RENEWAL_SECONDS, lost)

    def _lock(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._url, autocommit=True, **_waits(self._url))
        if connection.execute("SELECT pg_try_advisory_lock(%s)", (CLAIM,)).fetchone() != (True,):
            connection.close()
            raise Held
        self._claim = connection
        return connection

    def _renew(self) -> None:
        assert self._claim is not None
        try:
            self._claim.execute("SELECT 1")
        except psycopg.OperationalError:
            self._claim.close()
            with self._lock().cursor() as cursor:
                self._check_last(cursor)  # another server may have come and gone

    def close(self) -> None:
        """Closes the connections."""
        if self._renewal is not None:
            self._renewal.stop()
        if self._claim is not None:
            self._claim.close()
        self._pool.close()


def _waits(url: str) -> dict[str, Any]:
    """The connection timeout, unless the URL has one."""
    return {} if "connect_timeout" in conninfo_to_dict(url) else {"connect_timeout": int(SECONDS)}


def _configure(connection: psycopg.Connection[Any]) -> None:
    """Gives a connection the settings of the server."""
    with connection.transaction():
        for name, value in SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.execute(  # the URL, the role or the database may set another time
            "SELECT set_config('statement_timeout', %s, false) WHERE current_setting('statement_timeout') = '0'",
            (f"{STATEMENT_SECONDS}s",),
        )
        connection.execute(  # a write is on the disk when it is acknowledged; other values are as safe, or safer
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )


def open_postgres(url: str) -> SqlStore:
    """A store in a database."""
    database = Postgres(url)
    try:
        return SqlStore(database)
    except BaseException:
        database.close()
        raise
