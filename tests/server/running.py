"""The example server for the length of a with block: in a thread of its own, at a port that the system chooses."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

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
SECONDS = 30.0
"""The longest that a test waits for a server or an answer."""


def user(session_key: str) -> dict[str, str]:
    """The headers of a user who is logged in."""
    return {**API, "Authorization": f"X-Instabot-User-Session {session_key}"}


@dataclass(frozen=True, slots=True)
class Api:
    """A running server: its address, up to and with `/v1`, its store, and a client with the master key."""

    url: str
    store_url: str
    client: httpx.Client

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] = MASTER, **request: object
    ) -> tuple[int, dict[str, object]]:
        """The HTTP code and the JSON of the answer to a request with these headers and no others."""
        url = f"{self.url}/{path}" if path else self.url
        answer = httpx.request(method, url, headers=dict(headers), timeout=SECONDS, **request)  # type: ignore[arg-type]
        return answer.status_code, answer.json()


@contextmanager
def running(store_url: str, keys: Keys | None = None) -> Iterator[Api]:
    """The API on a store."""
    store = open_store(store_url)
    try:
        app = application(Catalogue(store), keys or Keys(API_KEY, MASTER_KEY))
        with listening(app) as address:
            url = f"{address}/v1"
            with httpx.Client(base_url=url, headers=MASTER, timeout=SECONDS) as client:
                yield Api(url, store_url, client)
    finally:
        store.close()


@contextmanager
def listening(app: Starlette) -> Iterator[str]:
    """An application behind an address, `http://127.0.0.1:port`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
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
