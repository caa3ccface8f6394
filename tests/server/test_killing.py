"""A server that is killed loses nothing that it had acknowledged, and one that is asked to end answers first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
import pytest

from examples.server.store import claims
from tests.server.process import ROOT, Process, serving
from tests.server.running import MASTER, SECONDS, Api, name

pytestmark = pytest.mark.heavy("servers are killed and started again")

WRITERS, ENOUGH = 8, 60


class Writer:
    """One client that writes until the server is gone, and remembers what it was told."""

    def __init__(self, server: Process, killed: Event) -> None:
        self.api = server.api
        self.killed = killed
        self.made: dict[int, dict[str, Any]] = {}
        self.unsure: set[int] = set()
        """Objects with a last write of which nobody knows whether it was done."""
        self.free: list[str] = []

    def run(self) -> None:
        """Creates, changes, deletes and restores, until nobody answers."""
        try:
            while True:
                self._round()
        except httpx.TransportError:
            assert self.killed.wait(SECONDS), "nobody killed the server, and it does not answer"

    def _round(self) -> None:
        wanted = name()
        number = self._sent("POST", "contentgroups", json={"name": wanted, "description": "new"})["objectId"]
        self.made[number] = {"name": wanted, "description": "new", "deleted": False}
        self._change(number, {"description": "changed"})
        self._change(number, {"name": f"{wanted}-2"})
        self.free.append(wanted)
        self._change(number, None, deleted=True)
        if len(self.made) % 2:
            self._change(number, None, deleted=False)

    def _change(self, number: int, body: dict[str, Any] | None, deleted: bool | None = None) -> None:
        self.unsure.add(number)
        if body is not None:
            self._sent("PUT", f"contentgroups/{number}", json=body)
            self.made[number].update(body)
        else:
            self._sent("DELETE" if deleted else "POST", f"contentgroups/{number}")
            self.made[number]["deleted"] = deleted
        self.unsure.discard(number)

    def _sent(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        answer = self.api.bare.request(method, f"{self.api.url}/{path}", headers=MASTER, **request)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json().get("data") or {})


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(store_url: str) -> None:
    """After a kill in the middle of a load all that was acknowledged is there: objects, changes, deletes, restores, and
    which unique values are taken and which are free; new objects get new numbers."""
    killed = Event()
    with serving(store_url) as server, ThreadPoolExecutor(WRITERS) as threads:
        writers = [Writer(server, killed) for _ in range(WRITERS)]
        runs = [threads.submit(writer.run) for writer in writers]
        try:
            until = time.monotonic() + SECONDS
            while sum(len(writer.made) for writer in writers) < ENOUGH and time.monotonic() < until:
                if any(run.done() for run in runs):
                    break
                time.sleep(0.005)
        finally:
            killed.set()
            server.process.send_signal(signal.SIGKILL)
        for run in runs:
            run.result(SECONDS)
    assert sum(len(writer.made) for writer in writers) >= ENOUGH
    with serving(store_url) as server:
        for writer in writers:
            for number, expected in writer.made.items():
                if number not in writer.unsure:
                    _check(server.api, number, expected)
            for free in writer.free:
                answer = server.api.send("POST", "contentgroups", json={"name": free})
                assert answer[0] == 201, answer
                assert answer[1]["data"]["objectId"] not in writer.made


def _check(api: Api, number: int, expected: dict[str, Any]) -> None:
    code, answer = api.send("GET", f"contentgroups/{number}")
    if expected["deleted"]:
        assert code == 404
        assert api.send("POST", f"contentgroups/{number}")[0] == 200
        code, answer = api.send("GET", f"contentgroups/{number}")
    assert code == 200, answer
    assert {key: answer["data"][key] for key in ("name", "description")} == {
        key: expected[key] for key in ("name", "description")
    }
    taken = api.send("POST", "contentgroups", json={"name": expected["name"]})
    assert taken[1]["apiStatusCode"] == "ObjectAlreadyExists"


def test_requests_in_flight_are_answered_before_the_server_ends(store_url: str) -> None:
    """SIGTERM in the middle of requests: those that the server has begun are answered and done, the exit code is 0, and
    nothing is said."""
    with serving(store_url) as server:
        url = f"{server.api.url}/users"
        bodies = [{"username": name(), "userpassword": "takes a while"} for _ in range(8)]
        with ThreadPoolExecutor(len(bodies)) as threads:
            runs = [threads.submit(httpx.post, url, json=body, headers=MASTER, timeout=SECONDS) for body in bodies]
            runs[0].result(SECONDS)
            server.process.send_signal(signal.SIGTERM)
            done = [body["username"] for body, run in zip(bodies, runs, strict=True) if _is_done(run.exception, run)]
        assert server.process.wait(SECONDS) == 0
        assert server.process.communicate()[1] == ""
    assert done
    with serving(store_url) as server:
        for username in done:
            again = server.api.send("POST", "users", json={"username": username})
            assert again[1]["apiStatusCode"] == "ObjectAlreadyExists"


def _is_done(failed: Any, run: Any) -> bool:
    """Whether a request was acknowledged; one that came too late found nobody to connect to."""
    error = failed(SECONDS)
    if error is not None:
        assert isinstance(error, (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)), error
        return False
    answer: httpx.Response = run.result()
    assert answer.status_code == 201, answer.text
    return True


HANGING = """
import os, signal, socket, threading
from starlette.applications import Starlette
from starlette.routing import Route
from criteria.web.starlette import endpoint
from examples.server import serving
serving.STOP_SECONDS = 1.0
def hang(call):
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait()
app = Starlette(routes=[Route("/", endpoint(hang))])
with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    serving.Server(serving.configured(app)).run(sockets=[listening])
"""


def test_a_server_ends_though_its_database_does_not_answer() -> None:
    """SIGTERM while a thread waits for ever: the process is gone in time, with exit code 0 and a word on why."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", HANGING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with pytest.raises(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/", timeout=SECONDS)
            said = process.communicate(timeout=SECONDS)[1]
            assert (process.returncode, "without requests that take too long" in said) == (0, True)
        finally:
            process.kill()


def test_a_claim_is_given_up_though_its_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal that hangs does not keep the process."""
    monkeypatch.setattr(claims, "STOP_SECONDS", 0.1)
    begun, answered = Event(), Event()

    def renew() -> None:
        begun.set()
        answered.wait(SECONDS)

    renewal = claims.Renewal(renew, 0.01, lambda: None)
    assert begun.wait(SECONDS)
    before = time.monotonic()
    renewal.stop()
    answered.set()
    assert time.monotonic() < before + SECONDS / 2
