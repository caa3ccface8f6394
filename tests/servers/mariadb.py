"""MariaDB: the server at CRITERIA_MARIADB_URL, or a new one of this machine's `mariadbd`."""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import uuid4

from tests.servers.installed import missing_driver, program
from tests.servers.process import Launch, ServerError, running, temporary_folder

URL_VARIABLE = "CRITERIA_MARIADB_URL"
TIME_ZONE = "-05:00"
"""Not UTC, so that code that relies on UTC fails. An offset, because a new server has no time zone tables."""

Database = Literal["folding", "binary"]
COLLATIONS: Mapping[Database, str | None] = {"folding": None, "binary": "utf8mb4_nopad_bin"}

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class MariadbServer:
    """A running server. `folder` has its files; None for a server of the environment.

    Its database "folding" has the server's default collation of utf8mb4, which ignores case and trailing spaces;
    "binary" has utf8mb4_nopad_bin.
    """

    url: str
    databases: Mapping[Database, str]
    folder: Path | None

    def connect(self, database: Database = "folding", *, autocommit: bool = True) -> Any:
        """A new pymysql connection (PyMySQL has no types), which the caller closes. Its session is not on UTC."""
        zone = f"SET time_zone = '{TIME_ZONE}'"
        return connect(self.url, database=self.databases[database], autocommit=autocommit, init_command=zone)


def missing() -> str | None:
    """None if a server can be started, else install instructions."""
    without_driver = missing_driver("pymysql", "PyMySQL")
    if without_driver or os.environ.get(URL_VARIABLE):
        return without_driver
    if program("mariadbd") is None or program("mariadb-install-db") is None:
        return "apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core"
    return None


@contextmanager
def start() -> Iterator[MariadbServer]:
    """A server with both databases inside a with block. Raises ServerError if none can be started."""
    reason = missing()
    if reason:
        raise ServerError(reason)
    url = os.environ.get(URL_VARIABLE)
    if url:
        with databases_on(url, COLLATIONS) as names:
            yield MariadbServer(url, names, None)
    else:
        with temporary_folder() as folder, own_server(folder) as server:
            yield server


def connect(url: str, **arguments: Any) -> Any:
    """A pymysql connection to `mysql://user:password@host:port/?unix_socket=path`, most parts of which are optional."""
    parts = urlsplit(url)
    [address] = parse_qs(parts.query).get("unix_socket", [None])
    return importlib.import_module("pymysql").connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        unix_socket=address,
        charset="utf8mb4",
        connect_timeout=10,
        **arguments,
    )


@contextmanager
def own_server(folder: Path) -> Iterator[MariadbServer]:
    """Run this machine's server in the folder. It listens on a socket there, not on a network address."""
    address = str(folder / "mariadb.sock")
    url = f"mysql://root@localhost/?unix_socket={quote(address, safe='')}"
    launch = Launch(name="MariaDB", folder=folder, commands=server_commands(folder, address))
    not_yet = (OSError, importlib.import_module("pymysql").err.OperationalError)

    def probe() -> None:
        with socket.socket(socket.AF_UNIX) as knock:  # PyMySQL 1.2 does not close its socket if no server answers
            knock.connect(address)
        connect(url, read_timeout=5).close()

    names = new_names(COLLATIONS)
    with running(launch, probe, not_yet):
        create(url, names, COLLATIONS)
        yield MariadbServer(url, names, folder)


def server_commands(folder: Path, address: str) -> tuple[tuple[str, ...], ...]:
    """The commands: create the system tables, run the server."""
    user = ("--user=root",) if os.geteuid() == 0 else ()  # the server refuses to run as root without this option
    data = f"--datadir={folder / 'data'}"
    return (
        (
            *(str(program("mariadb-install-db")), "--no-defaults", *user, data),
            *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
        ),
        (
            *(str(program("mariadbd")), "--no-defaults", *user, data),
            *(f"--socket={address}", "--skip-networking", f"--pid-file={folder / 'pid'}", "--skip-log-bin"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4"),
        ),
    )


@contextmanager
def databases_on(url: str, collations: Mapping[Name, str | None]) -> Iterator[Mapping[Name, str]]:
    """The databases on a server of the environment. They are dropped at the end; nothing else changes."""
    names = new_names(collations)
    try:
        create(url, names, collations)
        yield names
    finally:
        drop(url, names)


def new_names(collations: Mapping[Name, str | None]) -> Mapping[Name, str]:
    """Unique database names."""
    mark = uuid4().hex[:12]
    return MappingProxyType({name: f"criteria_{name}_{mark}" for name in collations})


def create(url: str, names: Mapping[Name, str], collations: Mapping[Name, str | None]) -> None:
    """Create the databases. Without a collation they have the server's default for utf8mb4."""
    with connect(url) as server, server.cursor() as cursor:
        for name, collation in collations.items():
            collate = "" if collation is None else f" COLLATE {collation}"
            cursor.execute(f"CREATE DATABASE {names[name]} CHARACTER SET utf8mb4{collate}")


def drop(url: str, names: Mapping[Name, str]) -> None:
    """Drop the existing databases, after a short wait for sessions that still use them."""
    with connect(url) as server, server.cursor() as cursor:
        cursor.execute("SET lock_wait_timeout = 10")
        for name in names.values():
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
