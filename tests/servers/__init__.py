"""The database servers of the tests.

    with POSTGRES.start() as server, server.connect("natural") as connection:
        ...

A server of the environment (CRITERIA_POSTGRES_URL, CRITERIA_MARIADB_URL, CRITERIA_MYSQL_URL, CRITERIA_MONGODB_URL) is
used instead of starting one. The tests create databases there, use no others, and drop them at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.servers import mariadb, mongod, mysql, postgres
from tests.servers.mariadb import MariadbServer
from tests.servers.mongod import MongoServer
from tests.servers.mysql import MysqlServer
from tests.servers.postgres import PostgresServer
from tests.servers.process import ServerError

__all__ = [
    "MARIADB",
    "MONGODB",
    "MYSQL",
    "POSTGRES",
    "SERVERS",
    "MariadbServer",
    "MongoServer",
    "MysqlServer",
    "PostgresServer",
    "ServerError",
    "ServerKind",
]

Running_co = TypeVar("Running_co", covariant=True)


@dataclass(frozen=True, slots=True)
class ServerKind(Generic[Running_co]):
    """A kind of server: `start()` runs one inside a with block.

    `missing()` returns None if the server is available, else install instructions, which `start()` then raises in a
    ServerError.
    """

    name: str
    start: Callable[[], AbstractContextManager[Running_co]]
    missing: Callable[[], str | None]


POSTGRES = ServerKind("postgres", postgres.start, postgres.missing)
MARIADB = ServerKind("mariadb", mariadb.start, mariadb.missing)
MONGODB = ServerKind("mongodb", mongod.start, mongod.missing)
MYSQL = ServerKind("mysql", mysql.start, mysql.missing)

SERVERS: tuple[ServerKind[PostgresServer | MariadbServer | MysqlServer | MongoServer], ...] = (
    POSTGRES,
    MARIADB,
    MYSQL,
    MONGODB,
)
