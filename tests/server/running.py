"""The API of the example, running in this process on a port of the system's choice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import uvicorn
from psycopg import sql

from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.routes import application
from examples.server.store import open_store
from tests.engines import Servers
from tests.servers import MONGODB, POSTGRES

STORES = ("sqlite", "postgres", "mongodb")
KEYS = Keys("an-api-key", "a-master-key")
APPLICATION = {"X-Instabot-Api-Key": KEYS.api_key}
MASTER = {**APPLICATION, "Authorization": f"X-Instabot-Master-Api-Key {KEYS.master_key}"}


@dataclass(frozen=True, slots=True)
class Api:
    """A running API: its address without `/v1`, and a client that sends `headers` unless others are given."""

    url: str
    client: httpx.Client
    headers: Mapping[str, str] = field(default_factory=lambda: MASTER)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """The response to a request; a body that is no bytes is sent as JSON."""
        headers = {**options.pop("headers", self.headers)}
        if isinstance(body, bytes):
            options["content"] = body
            headers.setdefault("Content-Type", "application/json")
        elif body is not None:
            options["json"] = body
        return self.client.request(method, f"{self.url}/v1{path}", headers=headers, **options)

    def create(self, path: str, **values: Any) -> int:
        """The number of a new object."""
        response = self.ask("POST", path, values)
        assert response.status_code == 201, response.text
        return int(response.json()["data"]["objectId"])

    def get(self, path: str, **params: Any) -> Any:
        """The data of a response that was a success."""
        response = self.ask("GET", path, params=params)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def ids(self, path: str, **params: Any) -> list[int]:
        """The numbers of the objects that a search finds, in its order."""
        return [record["objectId"] for record in self.get(path, **params)]


@contextmanager
def store_url(kind: str, servers: Servers, folder: Any) -> Iterator[str]:
    """The URL of a new, empty store."""
    name = f"criteria_{uuid4().hex[:12]}"
    if kind == "sqlite":
        yield f"sqlite:///{folder / name}.db"
    elif kind == "mongodb":
        server = servers.get(MONGODB)
        # The server of the tests keeps no journal, and would refuse writes that wait for one.
        yield f"{server.url}/{name}?journal=false"
        with server.connect() as client:
            client.drop_database(name)
    else:
        server_url = servers.get(POSTGRES).url
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            yield _with_database(server_url, name)
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _with_database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    parts = httpx.URL(url)
    return str(parts.copy_with(path=f"/{name}"))


@contextmanager
def running(url: str, keys: Keys = KEYS) -> Iterator[Api]:
    """The API on a store, until the block is left."""
    store = open_store(url)
    try:
        with serving(application(Catalogue(store), keys)) as address, httpx.Client(timeout=60) as client:
            yield Api(address, client)
    finally:
        store.close()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address at which an application answers, until the block is left."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive()
