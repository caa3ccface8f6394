"""The engines of SQLAlchemy: every driver runs the same synchronous code, asynchronous ones by `run_sync`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from tests.conftest import Engines, require
from tests.servers import MARIADB, MYSQL, POSTGRES
from tests.tables import orms

DRIVERS = {
    "sqlite": "sqlite",
    "aiosqlite": "sqlite",
    "psycopg": "postgres-natural",
    "asyncpg": "postgres-natural",
    "pymysql": "mariadb",
    "mysql": "mysql",
}
"""The drivers, each with the engine of the tests that it connects to; pymysql twice, for MariaDB and for MySQL."""


def require_sqlalchemy() -> None:
    """Skips the test where SQLAlchemy 2 is missing."""
    require("SQLAlchemy 2", orms.missing_orm("sqlalchemy", 2))


class Database:
    """A connection of SQLAlchemy with the tables of some classes. What a call of `run` writes is rolled back."""

    def __init__(self, driver: str, metadata: Any, connect: Callable[[Callable[[Any], Any]], Any]) -> None:
        self.driver, self.metadata, self._connect = driver, metadata, connect

    def run(self, work: Callable[[Any], Any]) -> Any:
        """What `work` returns for a session."""

        def in_transaction(connection: Any) -> Any:
            session = import_module("sqlalchemy.orm").Session(connection, expire_on_commit=False)
            try:
                return work(session)
            finally:
                session.close()
                connection.rollback()

        return self._connect(in_transaction)


@contextmanager
def database(driver: str, engines: Engines, metadata: Any) -> Iterator[Database]:
    """The database of a driver, with the tables."""
    require_sqlalchemy()
    needed = {
        "sqlite": [],
        "aiosqlite": ["aiosqlite", "greenlet"],
        "asyncpg": ["asyncpg", "greenlet"],
        "mysql": ["pymysql"],
    }
    require(driver, None if all(map(find_spec, needed.get(driver, [driver]))) else orms.HOW_TO_GET)
    engines.get(DRIVERS[driver])
    opened = _asynchronous(driver, engines) if driver in ("aiosqlite", "asyncpg") else _synchronous(driver, engines)
    with opened as connect:

        def create(connection: Any) -> None:
            metadata.drop_all(connection)
            metadata.create_all(connection)
            connection.commit()

        def drop(connection: Any) -> None:
            connection.rollback()
            metadata.drop_all(connection)
            connection.commit()

        connect(create)
        try:
            yield Database(driver, metadata, connect)
        finally:
            connect(drop)


@contextmanager
def _synchronous(driver: str, engines: Engines) -> Iterator[Callable[[Callable[[Any], Any]], Any]]:
    sa, pool = import_module("sqlalchemy"), import_module("sqlalchemy.pool")
    servers = engines.servers
    url, creator = {
        "sqlite": ("sqlite://", lambda: sqlite3.connect(":memory:")),
        "psycopg": (
            "postgresql+psycopg://",
            lambda: servers.get(POSTGRES).connect("natural", autocommit=False),
        ),
        "pymysql": ("mysql+pymysql://", lambda: servers.get(MARIADB).connect(autocommit=False)),
        "mysql": ("mysql+pymysql://", lambda: servers.get(MYSQL).connect(autocommit=False)),
    }[driver]
    engine = sa.create_engine(url, creator=creator, poolclass=pool.StaticPool)
    try:
        with engine.connect() as connection:
            yield lambda work: work(connection)
    finally:
        engine.dispose()


@contextmanager
def _asynchronous(driver: str, engines: Engines) -> Iterator[Callable[[Callable[[Any], Any]], Any]]:
    create = import_module("sqlalchemy.ext.asyncio").create_async_engine
    loop = asyncio.new_event_loop()
    if driver == "aiosqlite":
        engine = create("sqlite+aiosqlite://", poolclass=import_module("sqlalchemy.pool").StaticPool)
    else:
        engine = create("postgresql+asyncpg://", async_creator=lambda: _asyncpg(engines))
    try:
        connection = loop.run_until_complete(engine.connect())
        try:
            yield lambda work: loop.run_until_complete(connection.run_sync(work))
        finally:
            loop.run_until_complete(connection.close())
            loop.run_until_complete(engine.dispose())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _asyncpg(engines: Engines) -> Any:
    server = engines.servers.get(POSTGRES)
    with server.connect("natural") as connection:
        where = connection.info.get_parameters()
    return await import_module("asyncpg").connect(
        host=where.get("host"), port=int(where.get("port", "5432")), user=where.get("user"),
        password=where.get("password"), database=server.databases["natural"],
        server_settings={"TimeZone": "America/New_York"},
    )  # fmt: skip


IN_QUICK = ("sqlite", "psycopg")

each_driver = pytest.mark.parametrize(
    "driver",
    [
        pytest.param(driver, marks=[] if driver in IN_QUICK else [pytest.mark.heavy("sqlite and psycopg have run it")])
        for driver in DRIVERS
    ],
)
"""Every driver; in the profile quick two of them."""
