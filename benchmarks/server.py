"""The example server under load: fifty clients at once, whose every answer is checked against a model."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from benchmarks.harness import ROOT, Group, Sizes, Timing
from benchmarks.server_load import check_all, clients, run_together
from benchmarks.targets import Figure, Result

CLIENTS = 50
HEADERS = {"X-Instabot-Api-Key": "k", "Authorization": "X-Instabot-Master-Api-Key m"}


def run(sizes: Sizes) -> Result:
    """Figures of the job `server`, on SQLite."""
    with tempfile.TemporaryDirectory() as folder, server(f"sqlite:///{Path(folder, 'load.db')}") as url:
        some = clients(min(CLIENTS, max(2, int(sizes.server_seconds * 10))), url, HEADERS)
        end = perf_counter() + sizes.server_seconds
        took = run_together(some, lambda done: perf_counter() < end or not done)
        wrong = check_all(some, url, HEADERS)
    seconds = sorted(one for client in some for one in client.seconds)
    middle, slow = (seconds[int(len(seconds) * share)] for share in (0.5, 0.99))
    figures: dict[str, Figure] = {
        "server.rate": len(seconds) / took,
        "server.p99": slow * 1e3,
        "server.wrong": float(len(wrong)),
    }
    timings = (Timing("half of the answers", middle, middle, 1.0), Timing("99 of 100", slow, slow, slow / middle))
    for fault in wrong[:5]:
        print(fault, file=sys.stderr)
    return Result(figures, (Group(f"server: {len(some)} clients, {len(seconds)} requests", timings),))


@contextmanager
def server(store: str) -> Iterator[str]:
    """The server as a process of its own; gives the address of its API."""
    command = [sys.executable, "-m", "examples.server", "--store", store, "--port", "0", "--no-sample"]
    environment = {**os.environ, "API_KEY": "k", "API_MASTER_KEY": "m", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert process.stdout is not None
        said = re.search(r"(http://\S+/v1)", process.stdout.readline())
        assert said, "the server did not start"
        yield said[1]
    finally:
        process.terminate()
        process.communicate(timeout=30)
