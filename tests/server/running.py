"""The example server for the length of a with block: in a thread of its own, at a port that the system chooses."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from starlette.applications import Starlette

from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.routes import application
from examples.server.store import open_store

API_KEY, MASTER_KEY = "the-api-key", "the-master-key"
API = {"X-Instabot-Api-Key": API_KEY}
MASTER = {**API, "Authorization": f"X-Instabot-Master-Api-Key {MASTER_KEY}"}
SECONDS = 120.0
"""The longest that a test waits for a server or an answer: on a busy machine a start takes half a minute."""


def user(session_key: str) -> dict[str, str]:
    """The headers of a user who is logged in."""
    return {**API, "Authorization": f"X-Instabot-User-Session {session_key}"}


def name() -> str:
    """A name that nothing has."""
    return f"n-{uuid4().hex}"


def status(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    """The HTTP code and the status of an answer."""
    return answer[0], answer[1]["apiStatusCode"]


@dataclass(frozen=True, slots=True)
class Api:
    """A running server: its address, up to and with `/v1`, its store, a client with the master key, and one without."""

    url: str
    store_url: str
    client: httpx.Client
    bare: httpx.Client

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] = MASTER, **request: Any
    ) -> tuple[int, dict[str, Any]]:
        """The HTTP code and the JSON of the answer to a request with these headers and no others."""
        url = f"{self.url}/{path}" if path else self.url
        answer = self.bare.request(method, url, headers=dict(headers), **request)
        return answer.status_code, answer.json()

    def make(self, path: str, **fields: Any) -> int:
        """The number of a new object."""
        code, answer = self.send("POST", path, json=fields)
        assert code == 201, answer
        return int(answer["data"]["objectId"])

    def read(self, path: str, **parameters: str) -> dict[str, Any]:
        """An object."""
        code, answer = self.send("GET", path, params=parameters)
        assert code == 200, answer
        return dict(answer["data"])

    def ids(self, path: str, **parameters: str) -> list[int]:
        """The numbers of the objects that a search finds."""
        code, answer = self.send("GET", path, params=parameters)
        assert code == 200, answer
        return [one["objectId"] for one in answer["data"]]


@contextmanager
def running(store_url: str, keys: Keys | None = None) -> Iterator[Api]:
    """The API on a store."""
    store = open_store(store_url)
    try:
        app = application(Catalogue(store), keys or Keys(API_KEY, MASTER_KEY))
        with listening(app) as address:
            url = f"{address}/v1"
            master = httpx.Client(base_url=url, headers=MASTER, timeout=SECONDS)
            with master, httpx.Client(timeout=SECONDS) as bare:
                yield Api(url, store_url, master, bare)
    finally:
        store.close()


@contextmanager
def listening(app: Starlette) -> Iterator[str]:
    """An application behind an address, `http://127.0.0.1:port`."""
    # The protocol is named for asyncio, which else does not send small packets at once.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        # A client that has waited for as long as the server closes connections would lose the next request.
        config = uvicorn.Config(app, log_level="error", ws="none", lifespan="off", timeout_keep_alive=int(SECONDS))
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            until = time.monotonic() + SECONDS
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                assert time.monotonic() < until, "the server takes too long to start"
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(SECONDS)
    assert not thread.is_alive(), "the server does not stop"
