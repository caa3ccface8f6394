"""A server that is killed in the middle of its work, and started again: what was acknowledged is there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import httpx
import pytest

from benchmarks.server_load import check_all, clients, run_together
from tests.server.running import API_KEY, MASTER, MASTER_KEY, SECONDS

ROOT = Path(__file__).parents[2]


@contextmanager
def process(store: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server as users start it, and the address of its API."""
    command = [sys.executable, "-m", "examples.server", "--store", store, "--port", "0", "--no-sample"]
    environment = {**os.environ, "API_KEY": API_KEY, "API_MASTER_KEY": MASTER_KEY, "PYTHONUNBUFFERED": "1"}
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None
        said = re.search(r"(http://\S+/v1)", started.stdout.readline())
        assert said, started.communicate()[1]
        yield started, said[1]
    finally:
        started.kill()
        started.communicate(timeout=SECONDS)


@pytest.mark.parametrize("moment", [0.6, 1.1])
def test_nothing_that_was_acknowledged_is_lost(new_store: Callable[[], str], moment: float) -> None:
    """After a kill -9 among writers every acknowledged write is there, whole, and names are still unique."""
    store = new_store()
    some = clients(8, "", MASTER, seed=int(moment * 10))
    with process(store) as (started, url):
        for client in some:
            client.url = url
        killed = Timer(moment, started.kill)
        killed.start()
        until = time.monotonic() + SECONDS
        run_together(some, lambda _: time.monotonic() < until)
        killed.join()
        assert all(client.died for client in some), [client.wrong for client in some]
    assert sum(len(client.model) for client in some) > 0
    with process(store) as (_, url):
        assert check_all(some, url, MASTER) == []
        with httpx.Client(base_url=url, headers=MASTER, timeout=SECONDS) as http:
            for client in some:
                for record in client.model.values():
                    answer = http.post("/users", json={"username": record["username"]})
                    assert answer.json()["apiStatusCode"] == "ObjectAlreadyExists"
        for client in some:
            client.url, client.died, client.in_doubt = url, False, None
            client.seed += 500
        run_together(some, lambda done: done < 10)
        assert check_all(some, url, MASTER) == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop(new_store: Callable[[], str], stop: signal.Signals) -> None:
    """It ends what it does, says nothing, and its exit code is 0."""
    some = clients(4, "", MASTER, seed=77)
    store = new_store()
    with process(store) as (started, url):
        for client in some:
            client.url = url
        stopped = Timer(0.5, started.send_signal, (stop,))
        stopped.start()
        until = time.monotonic() + SECONDS
        run_together(some, lambda _: time.monotonic() < until)
        stopped.join()
        assert [client.wrong for client in some] == [[]] * 4
        _, err = started.communicate(timeout=SECONDS)
        assert (started.returncode, err) == (0, "")
    with process(store) as (_, url):
        assert check_all(some, url, MASTER) == []
