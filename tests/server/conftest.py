"""The three stores, a fresh database for each module, and the server running on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.conftest import Engines
from tests.server.running import Api, running
from tests.servers import MONGODB, POSTGRES

STORES = ("sqlite", "postgres", "mongodb")


@pytest.fixture(scope="module", params=STORES)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def new_store(
    store_kind: str, engines: Engines, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], str]]:
    """Makes the URL of another fresh database at each call; all of them are gone in the end."""
    engines.get(store_kind)  # the test is skipped, or fails, when it cannot be had
    opened = {"sqlite": _sqlite, "postgres": _postgres, "mongodb": _mongodb}[store_kind]
    with ExitStack() as stack:
        yield lambda: stack.enter_context(opened(engines, tmp_path_factory))


@pytest.fixture(scope="module")
def store_url(new_store: Callable[[], str]) -> str:
    """The URL of the module's database."""
    return new_store()


@pytest.fixture(scope="module")
def api(store_url: str) -> Iterator[Api]:
    """The server on the module's database."""
    with running(store_url) as found:
        yield found


@contextmanager
def _sqlite(engines: Engines, folders: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = folders.mktemp("store") / "server.db"
    yield f"sqlite:///{path}"


@contextmanager
def _postgres(engines: Engines, folders: pytest.TempPathFactory) -> Iterator[str]:
    import psycopg
    from psycopg.sql import SQL, Identifier

    url = engines.servers.get(POSTGRES).url
    name = f"criteria_server_{uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(Identifier(name)))
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def _mongodb(engines: Engines, folders: pytest.TempPathFactory) -> Iterator[str]:
    server = engines.servers.get(MONGODB)
    name = f"criteria_server_{uuid4().hex[:12]}"
    try:
        url = urlsplit(server.url)
        options = "&".join(option for option in (url.query, "journal=false") if option)  # our own mongod has none
        yield url._replace(path=f"/{name}", query=options).geturl()
    finally:
        with server.connect() as client:
            client.drop_database(name)
