"""The example server under attack: what other clients notice, and what the server keeps, beside a budget for each.

Each attack is on a server in a process of its own, from this machine.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from benchmarks.harness import ROOT, Group, Sizes, Timing
from benchmarks.targets import Result

if TYPE_CHECKING:
    from tests.server.process import Process

LOGINS = 16
"""Clients that log in at the same time."""


def run(sizes: Sizes) -> Result:
    """Figures of the job `hostile-server`."""
    timings, broken = [], 0
    for name, (attack, budget, unit) in ATTACKS.items():
        if name == "slow clients" and not sizes.budget_minutes:
            continue  # it takes as long as the server waits for a request
        with _server() as server:
            found = attack(server)
        is_met = found <= budget
        broken += not is_met
        remark = f"{'met' if is_met else 'BROKEN'}: {found:,.3g} {unit}, at most {budget:,g}"
        timings.append(Timing(name, None, None, None, remark))
    return Result({"hostile-server.broken": float(broken)}, (Group("hostile server: budgets", tuple(timings)),))


@contextmanager
def _server() -> Iterator[Process]:
    from tests.server.process import serving

    with TemporaryDirectory() as folder, serving(f"sqlite:///{Path(folder) / 'hostile.db'}") as found:
        yield found


def _slow_clients(server: Process) -> float:
    """Seconds until somebody else is served, after 300 clients have sent half of their headers."""
    number = server.api.make("users", username="u")
    with ExitStack() as stack:
        for _ in range(300):
            with suppress(OSError):
                stack.enter_context(_connected(server)).sendall(b"GET / HTTP/1.1\r\nX-Half: ")
        begin = perf_counter()
        while True:
            with suppress(httpx.TransportError), httpx.Client(headers=server.api.client.headers) as client:
                if client.get(f"{server.api.url}/users/{number}").status_code == 200:
                    return perf_counter() - begin
            sleep(0.2)


def _logins(server: Process) -> float:
    """Milliseconds in which 99 of 100 reads are answered, while many clients guess a password."""

    number = server.api.make("users", username="u", userpassword="p")
    command = [sys.executable, "-m", "benchmarks.hostile_server", server.api.url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as guessing:  # noqa: S603
        try:
            assert guessing.stdout is not None
            guessing.stdout.readline()  # the first answer
            seconds, end = [], monotonic() + 3
            while monotonic() < end:
                begin = perf_counter()
                server.api.client.get(f"users/{number}").raise_for_status()
                seconds.append(perf_counter() - begin)
        finally:
            guessing.kill()
    return sorted(seconds)[len(seconds) * 99 // 100] * 1e3


def _bodies(server: Process) -> float:
    """Megabytes by which the server grows, after bodies of 8 MB with and without a length."""
    server.api.client.get("users").raise_for_status()
    before = _resident(server)
    for sent in range(10):
        chunks = (b" " * 65_536 for _ in range(128))
        content = chunks if sent % 2 else b" " * (8 << 20)
        with suppress(httpx.TransportError):  # the server need not read what it has refused
            server.api.client.post("users/query", content=content, headers={"Content-Type": "application/json"})
    return (_resident(server) - before) / 1e6


def _problems(server: Process) -> float:
    """Kilobytes of the longest answer to a megabyte of mistakes."""
    many = (
        {"username": {"$in": [1] * 300_000}},
        {f"x{at}": 1 for at in range(60_000)},
        {"username": {"\u017f": "y" * 10**6}},
    )
    answers = [server.api.client.post("users/query", content=json.dumps(one), headers=_JSON) for one in many]
    assert all(answer.status_code == 400 for answer in answers)
    return max(len(answer.content) for answer in answers) / 1e3


def _sessions(server: Process) -> float:
    """Sessions that still open their user after the password has changed."""
    from tests.server.running import API, user

    number = server.api.make("users", username="u", userpassword="p")
    login = {"username": "u", "userpassword": "p"}
    keys = [
        server.api.send("POST", "usersession", headers=API, json=login)[1]["data"]["userSessionKey"] for _ in range(10)
    ]
    server.api.send("PUT", f"users/{number}", json={"userpassword": "q"})
    return float(sum(server.api.send("GET", "usersession", headers=user(key))[0] == 200 for key in keys))


def _unreadable(server: Process) -> float:
    """Kilobytes of the log after 500 requests that cannot be read."""
    for _ in range(500):
        with suppress(ConnectionError), _connected(server) as client:
            client.sendall(b"\0\r\n\r\n")
            client.recv(1000)
    server.process.terminate()
    return len(server.process.communicate(timeout=60)[1]) / 1e3


_JSON = {"Content-Type": "application/json"}

ATTACKS: Mapping[str, tuple[Callable[[Process], float], float, str]] = {
    "slow clients": (_slow_clients, 25, "s until others are served"),
    "login flood": (_logins, 250, "ms for 99 of 100 reads meanwhile"),
    "long bodies": (_bodies, 50, "MB more"),
    "many problems": (_problems, 200, "KB of an answer"),
    "sessions after a change of password": (_sessions, 0, "open"),
    "unreadable requests": (_unreadable, 5, "KB of log"),
}
"""Each attack: what it measures, the budget, and its unit."""


def _connected(server: Process) -> socket.socket:
    host, port = urlsplit(server.api.url).netloc.split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def _resident(server: Process) -> int:
    """The bytes of a process in memory; 0 where there is no /proc."""
    with suppress(OSError):
        found = re.search(r"VmRSS:\s*(\d+)", Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8"))
        return int(found[1]) * 1024 if found else 0
    return 0


def guess(url: str) -> None:
    """Guesses a password on many connections, until the process is killed. Their own threads would delay the reads."""
    from tests.server.running import API

    def run() -> None:
        with httpx.Client(timeout=60) as client:
            while True:
                client.post(f"{url}/usersession", headers=API, json={"username": "u", "userpassword": "q"})
                print("guessed", flush=True)

    for _ in range(LOGINS):
        Thread(target=run).start()


if __name__ == "__main__":
    guess(sys.argv[1])
