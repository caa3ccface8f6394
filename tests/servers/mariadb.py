"""MariaDB: the server at CRITERIA_MARIADB_URL, or a new one of this machine's `mariadbd`.

CRITERIA_MARIADB_FOLDER is a folder with `bin`, `sbin` and `share`, to be used instead of the machine's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.servers.installed import missing_driver, program
from tests.servers.mysql_protocol import Commands, connect_to, serving
from tests.servers.process import ServerError

URL_VARIABLE = "CRITERIA_MARIADB_URL"
FOLDER_VARIABLE = "CRITERIA_MARIADB_FOLDER"
Database = Literal["folding", "binary"]
COLLATIONS: Mapping[Database, str | None] = {"folding": None, "binary": "utf8mb4_nopad_bin"}


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
        return connect_to(self.url, self.databases[database], autocommit=autocommit)


def missing() -> str | None:
    """None if a server can be started, else install instructions."""
    without_driver = missing_driver("pymysql", "PyMySQL")
    if without_driver or os.environ.get(URL_VARIABLE):
        return without_driver
    if commands() is None:
        return "apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core"
    return None


def commands() -> Commands | None:
    """What creates the system tables, and what runs the server; None if they are missing."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        base = f"--basedir={folder}"
        return (f"{folder}/bin/mariadb-install-db", "--no-defaults", base), (
            f"{folder}/sbin/mariadbd",
            "--no-defaults",
            base,
        )
    install, server = program("mariadb-install-db"), program("mariadbd")
    return ((str(install), "--no-defaults"), (str(server), "--no-defaults")) if install and server else None


@contextmanager
def start() -> Iterator[MariadbServer]:
    """A server with both databases inside a with block. Raises ServerError if none can be started."""
    reason = missing()
    if reason:
        raise ServerError(reason)
    url = os.environ.get(URL_VARIABLE)
    with serving("MariaDB", url, server_commands, COLLATIONS) as (address, names, folder):
        yield MariadbServer(address, names, folder)


def server_commands(folder: Path, address: str) -> Commands:
    """The commands: create the system tables, run the server."""
    found = commands()
    assert found is not None
    install, server = found
    user = ("--user=root",) if os.geteuid() == 0 else ()  # the server refuses to run as root without this option
    # A server that starts deletes the temporary tables of all servers in the same folder, which is /tmp by default.
    data = f"--datadir={folder / 'data'}"
    temporary = f"--tmpdir={folder}"
    return (
        (
            *(*install, *user, data),
            *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
        ),
        (
            *(*server, *user, data, temporary),
            *(f"--socket={address}", "--skip-networking", f"--pid-file={folder / 'pid'}", "--skip-log-bin"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4"),
        ),
    )
