"""Connections whose rows are not tuples: tables are read from them as from others."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import aiosqlite
import pytest

import criteria
import tests
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.servers import POSTGRES

SCHEMA = Schema("foreign", [Field("id", "integer", is_unique=True, nullable=False)], system_properties=False)


def as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as a dict, as many programs have sqlite3 return them."""
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


@pytest.mark.parametrize("factory", [sqlite3.Row, as_dict])
def test_sqlite(factory: Any) -> None:
    """A connection whose rows are dicts, or `sqlite3.Row`."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    connection.row_factory = factory
    assert criteria.tables.reflect(connection, "t", SCHEMA).dialect == "sqlite"
    assert criteria.tables.schema(connection, "t").names == ("id",)
    connection.close()


def test_psycopg(engines: Engines) -> None:
    """A connection whose rows are dicts, or named tuples."""
    engine = engines.get("postgres")
    assert isinstance(engine, SqlEngine)
    rows = pytest.importorskip("psycopg.rows")
    engine.execute("CREATE TABLE row_factories (id bigint PRIMARY KEY)")
    before = engine.connection.row_factory
    try:
        for factory in (rows.dict_row, rows.namedtuple_row):
            engine.connection.row_factory = factory
            assert criteria.tables.reflect(engine.connection, "row_factories", SCHEMA).dialect == "postgres"
    finally:
        engine.connection.row_factory = before
        engine.rollback()


def test_pymysql(engines: Engines) -> None:
    """A connection whose cursors return dicts."""
    engine = engines.get("mariadb")
    assert isinstance(engine, SqlEngine)
    cursors = pytest.importorskip("pymysql.cursors")
    engine.execute("CREATE TABLE row_factories (id bigint PRIMARY KEY)")
    before = engine.connection.cursorclass
    try:
        engine.connection.cursorclass = cursors.DictCursor
        assert criteria.tables.reflect(engine.connection, "row_factories", SCHEMA).dialect == "mariadb"
    finally:
        engine.connection.cursorclass = before
        engine.execute("DROP TABLE row_factories")
        engine.commit()


@contextmanager
def holding_table(engine: SqlEngine) -> Iterator[None]:
    """A table that other connections see, with text, whose values are looked at."""
    engine.execute("CREATE TABLE row_factories (id bigint PRIMARY KEY, token varchar(36))")
    engine.commit()
    try:
        yield
    finally:
        engine.rollback()
        engine.execute("DROP TABLE row_factories")
        engine.commit()


TOKENS = Schema(
    "foreign",
    [Field("id", "integer", is_unique=True, nullable=False), Field("token", "guid")],
    system_properties=False,
)


async def check_read(connection: Any, name: str, dialect: str) -> None:
    """Whether an asynchronous connection is asked in each way about a table."""
    table = await criteria.tables.reflect_async(connection, name, TOKENS)
    assert (table.dialect, [column.name for column in table.columns]) == (dialect, ["id", "token"])
    await criteria.tables.verify_async(connection, table)
    assert (await criteria.tables.schema_async(connection, name)).names == ("id", "token")
    with pytest.raises(CriteriaError, match="There is no table") as error:
        await criteria.tables.reflect_async(connection, f"{name}s", TOKENS)
    assert f'Did you mean "{name}"?' in str(error.value.problems[0].hint)


@pytest.mark.parametrize("factory", [sqlite3.Row, as_dict, lambda _cursor, row: row[0]])
def test_aiosqlite(factory: Any) -> None:
    async def run() -> None:
        async with aiosqlite.connect(":memory:") as connection:
            await connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, token TEXT)")
            connection.row_factory = factory
            await check_read(connection, "t", "sqlite")
            assert connection.row_factory is factory

    asyncio.run(run())


@pytest.mark.parametrize("factory", ["dict_row", "namedtuple_row", "scalar_row"])
def test_asynchronous_psycopg(factory: str, engines: Engines) -> None:
    engine = engines.get("postgres-natural")
    assert isinstance(engine, SqlEngine)
    psycopg, rows = pytest.importorskip("psycopg"), pytest.importorskip("psycopg.rows")
    server = engines.servers.get(POSTGRES)

    async def run() -> None:
        connection = await psycopg.AsyncConnection.connect(
            server.url, dbname=server.databases["natural"], row_factory=getattr(rows, factory)
        )
        async with connection:
            await check_read(connection, "row_factories", "postgres")

    with holding_table(engine):
        asyncio.run(run())


def of_mysql(engine: SqlEngine) -> dict[str, Any]:
    """Where the server is, as the drivers of MySQL take them."""
    own = engine.connection
    return {"unix_socket": own.unix_socket, "host": own.host, "port": own.port, "user": own.user.decode()}


OPTIONS = {"aiomysql": "cursorclass", "asyncmy": "cursor_cls"}
"""The option of each driver for the class of its cursors."""


@pytest.mark.parametrize("name", ["mariadb", "mysql"])
@pytest.mark.parametrize("driver", OPTIONS)
def test_asynchronous_drivers_of_mysql(driver: str, name: str, engines: Engines) -> None:
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    package, cursors = pytest.importorskip(driver), pytest.importorskip(f"{driver}.cursors")
    database = engine.connection.db.decode()

    async def run() -> None:
        options = {**of_mysql(engine), "db": database, OPTIONS[driver]: cursors.DictCursor}
        connection = await package.connect(**options)
        try:
            await check_read(connection, "row_factories", name)
        finally:
            connection.close()

    with holding_table(engine):
        asyncio.run(run())


@pytest.mark.parametrize("name", ["mariadb", "mysql"])
def test_mysqldb(name: str, engines: Engines) -> None:
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    package, cursors = pytest.importorskip("MySQLdb"), pytest.importorskip("MySQLdb.cursors")
    with holding_table(engine):
        options = {**of_mysql(engine), "database": engine.connection.db.decode()}
        with closing(package.connect(cursorclass=cursors.DictCursor, **options)) as connection:
            assert criteria.tables.reflect(connection, "row_factories", TOKENS).dialect == name


def test_psycopg2(engines: Engines) -> None:
    engine = engines.get("postgres-natural")
    assert isinstance(engine, SqlEngine)
    package, extras = pytest.importorskip("psycopg2"), pytest.importorskip("psycopg2.extras")
    with holding_table(engine):
        for options in (
            {"cursor_factory": extras.RealDictCursor},
            {"connection_factory": extras.RealDictConnection},
            {"cursor_factory": extras.NamedTupleCursor},
        ):
            with closing(package.connect(engine.connection.info.dsn, **options)) as connection:
                assert criteria.tables.reflect(connection, "row_factories", TOKENS).dialect == "postgres"
                assert criteria.tables.schema(connection, "row_factories").names == ("id", "token")


class Wrapped:
    """A connection of a driver that the library does not know, and so cannot ask for tuples."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def cursor(self) -> sqlite3.Cursor:
        return self.connection.cursor()


def test_dicts_of_an_unknown_driver_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tests, "paramstyle", "qmark", raising=False)  # as the package of a driver has it
    with closing(sqlite3.connect(":memory:")) as own:
        own.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        assert criteria.tables.reflect(Wrapped(own), "t", SCHEMA, dialect="sqlite").dialect == "sqlite"
        own.row_factory = as_dict
        with pytest.raises(CriteriaError, match="are mappings") as error:
            criteria.tables.reflect(Wrapped(own), "t", SCHEMA, dialect="sqlite")
        [problem] = error.value.problems
        assert (problem.code, bool(problem.hint)) == ("unsupported", True)
