"""The example server as a process of its own, as its command starts it: to be killed, and to be asked to end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.server.running import API_KEY, MASTER, MASTER_KEY, SECONDS, Api

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Process:
    """A server's process, and the API that it serves."""

    process: subprocess.Popen[str]
    api: Api


@contextmanager
def serving(store_url: str) -> Iterator[Process]:
    """The server's command on a store; the process is gone in the end, whatever happens."""
    command = [sys.executable, "-m", "examples.server", "--no-sample", "--port", "0", "--store", store_url]
    keys = {"API_KEY": API_KEY, "API_MASTER_KEY": MASTER_KEY}
    environment = {**os.environ, **keys, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    with process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, line + process.communicate(timeout=SECONDS)[1]
            url = f"{found[0]}/v1"
            master = httpx.Client(base_url=url, headers=MASTER, timeout=SECONDS)
            with master, httpx.Client(timeout=SECONDS) as bare:
                yield Process(process, Api(url, store_url, master, bare))
        finally:
            process.kill()
