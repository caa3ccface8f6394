"""Fresh databases for the server, one for each with block: gone in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests.engines import Servers
from tests.servers import MONGODB, POSTGRES, MongoServer

SECONDS = 120
PATIENCE = [f"{name}={SECONDS * 1000}" for name in ("connectTimeoutMS", "socketTimeoutMS", "serverSelectionTimeoutMS")]
"""On a busy machine mongod may stand still for half a minute. The driver would give up what it has asked, also because
another connection of its own, on which it watches the server, gets no answer: the server would answer with 500."""


def fresh(kind: str, folder: Path, servers: Servers | ExitStack) -> AbstractContextManager[str]:
    """The URL of a new database: of the running servers, or of one that the stack ends."""
    running = Servers(servers) if isinstance(servers, ExitStack) else servers
    if kind == "sqlite":
        return sqlite(folder)
    return postgres(running.get(POSTGRES).url) if kind == "postgres" else mongodb(running.get(MONGODB))


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """A file in a folder."""
    yield f"sqlite:///{folder / 'server.db'}"


@contextmanager
def postgres(url: str, encoding: str = "UTF8") -> Iterator[str]:
    """A database on the server of a URL."""
    import psycopg
    from psycopg.sql import SQL, Identifier, Literal

    name = f"criteria_server_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        locale = SQL("" if encoding == "UTF8" else "LC_COLLATE 'C' LC_CTYPE 'C'")
        statement = SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} {}")
        connection.execute(statement.format(Identifier(name), Literal(encoding), locale))
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def mongodb(server: MongoServer) -> Iterator[str]:
    """A database on a server."""
    name = f"criteria_server_{uuid4().hex[:12]}"
    try:
        url = urlsplit(server.url)
        options = "&".join(
            option for option in (url.query, "journal=false", *PATIENCE) if option
        )  # ours has no journal
        yield url._replace(path=f"/{name}", query=options).geturl()
    finally:
        with server.connect() as client:
            client.drop_database(name)
