"""MySQL: the server at CRITERIA_MYSQL_URL, this machine's `mysqld`, or the one of `mysql_package`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.servers import mysql_package
from tests.servers.installed import missing_driver, program
from tests.servers.mysql_protocol import Commands, connect_to, serving
from tests.servers.process import ServerError

URL_VARIABLE = "CRITERIA_MYSQL_URL"

Database = Literal["folding", "binary", "padding"]
COLLATIONS: Mapping[Database, str | None] = {
    "folding": None,
    "binary": "utf8mb4_0900_bin",
    "padding": "utf8mb4_general_ci",
}
"""The server's default, which ignores case and accents; code point order; and one that ignores trailing blanks."""


@dataclass(frozen=True, slots=True)
class MysqlServer:
    """A running server with a database per entry of `COLLATIONS`; `folder` is None for a server of the environment."""

    url: str
    databases: Mapping[Database, str]
    folder: Path | None

    def connect(self, database: Database = "folding", *, autocommit: bool = True) -> Any:
        """A new pymysql connection (PyMySQL has no types), which the caller closes. Its session is not on UTC."""
        return connect_to(self.url, self.databases[database], autocommit=autocommit)


def missing() -> str | None:
    """None if a server can be started, else install instructions."""
    without_driver = missing_driver("pymysql", "PyMySQL")
    if without_driver or os.environ.get(URL_VARIABLE):
        return without_driver
    if command() is None:
        return "python -m tests.servers.mysql_package (on Debian, x86-64)"
    return None


def command() -> tuple[str, ...] | None:
    """The command that starts a server, or None. MariaDB installs a `mysqld` that is not MySQL's."""
    own = program("mysqld")
    if own is not None and program("mariadbd") is None:
        return (str(own),)
    return mysql_package.command()


@contextmanager
def start() -> Iterator[MysqlServer]:
    """A server with its databases inside a with block. Raises ServerError if none can be started."""
    reason = missing()
    if reason:
        raise ServerError(reason)
    url = os.environ.get(URL_VARIABLE)
    with serving("MySQL", url, server_commands, COLLATIONS, stop_seconds=15.0) as (address, names, folder):
        yield MysqlServer(address, names, folder)


def server_commands(folder: Path, address: str) -> Commands:
    """The commands: create the system tables, run the server."""
    server = command()
    assert server is not None
    loader, options = server[:-1] if len(server) > 1 else server, server[-1:] if len(server) > 1 else ()
    user = ("--user=root",) if os.geteuid() == 0 else ()  # the server refuses to run as root without this option
    first = (*loader, "--no-defaults", *options, *user, f"--datadir={folder / 'data'}")
    return (
        (*first, "--initialize-insecure"),
        (
            *first,
            *(f"--socket={address}", "--skip-networking", "--mysqlx=OFF", f"--pid-file={folder / 'pid'}"),
            f"--tmpdir={folder}",
            *("--secure-file-priv=", "--skip-log-bin", "--performance-schema=OFF"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4"),
        ),
    )
