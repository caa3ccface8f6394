"""What the tests' MariaDB and MySQL servers share: connections, databases, and a server on a socket."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import uuid4

from tests.servers.process import Launch, running, temporary_folder

TIME_ZONE = "-05:00"
"""Not UTC, so that code that relies on UTC fails. An offset, because a new server has no time zone tables."""

Name = TypeVar("Name", bound=str)
Commands = tuple[tuple[str, ...], ...]


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


def connect_to(url: str, database: str, *, autocommit: bool) -> Any:
    """A new connection to a database, whose session is not on UTC. The caller closes it."""
    zone = f"SET time_zone = '{TIME_ZONE}'"
    return connect(url, database=database, autocommit=autocommit, init_command=zone)


@contextmanager
def serving(
    name: str,
    url: str | None,
    commands: Callable[[Path, str], Commands],
    collations: Mapping[Name, str | None],
    stop_seconds: float = 5.0,
) -> Iterator[tuple[str, Mapping[Name, str], Path | None]]:
    """The URL of a server, its databases, one for each collation, and the folder of a server that was started for it.

    Starts one unless there is a `url`. It listens on a socket in its folder, not on a network address.
    """
    if url:
        with databases_on(url, collations) as names:
            yield url, names, None
        return
    with temporary_folder() as folder:
        address = str(folder / "server.sock")
        url = f"mysql://root@localhost/?unix_socket={quote(address, safe='')}"
        launch = Launch(name=name, folder=folder, commands=commands(folder, address), stop_seconds=stop_seconds)
        names = new_names(collations)
        with running(launch, lambda: _probe(url, address), _not_yet()):
            create(url, names, collations)
            yield url, names, folder


def _probe(url: str, address: str) -> None:
    with socket.socket(socket.AF_UNIX) as knock:  # PyMySQL 1.2 does not close its socket if no server answers
        knock.connect(address)
    connect(url, read_timeout=5).close()


def _not_yet() -> tuple[type[Exception], ...]:
    return (OSError, importlib.import_module("pymysql").err.OperationalError)


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
