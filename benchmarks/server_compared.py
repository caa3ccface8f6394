"""The example server beside the same endpoints by hand: one load on both, in turns.

A round is a fixed list of requests on fifty connections. The other server gets the same list afterwards. Both have the
same data, and their answers are compared before anything is timed.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

from benchmarks.harness import ROOT, Group, Timing
from benchmarks.targets import Figure

CONNECTIONS = 50
USERS, ITEMS, GROUPS = 1000, 200, 20
MARKS = 50
"""Last names of the users, each of which an equal part of them has."""

SHARES = {"search": 40, "items": 10, "read": 15, "update": 20, "create": 15}
"""Requests of each kind in a hundred."""


@dataclass(slots=True)
class Contender:
    """A running server: its address, its process, and what was measured in each round."""

    name: str
    url: str
    pid: int
    rates: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    middle: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Seconds of a request."""
    searching: list[float] = field(default_factory=list)
    """Seconds of a search for ten records."""


def compared(rounds: int, count: int) -> tuple[dict[str, Figure], Group]:
    """The figures of the comparison, in rounds of so many requests."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        both = [stack.enter_context(started) for started in _contenders(folder)]
        _check_same(both, Random(0))  # noqa: S311
        for number in range(rounds + 1):
            requests = [*_requests(Random(number), count, f"r{number}")]  # noqa: S311
            searches = [*_requests(Random(number), count, f"s{number}", {"search": 100})]  # noqa: S311
            for one in both if number % 2 else both[::-1]:
                _measure(one, requests, is_kept=number > 0)  # nothing is compiled before the first round
                _measure_searches(one, searches, is_kept=number > 0)
    by_hand, ours = both
    figures: dict[str, Figure] = {
        "server.slower": statistics.median(a / b for a, b in zip(by_hand.rates, ours.rates, strict=True)),
        "server.slower_p99": statistics.median(ours.slowest) / statistics.median(by_hand.slowest),
        "server.slower_cpu": _ratio(ours.processor, by_hand.processor),
        "server.slower_search_cpu": _ratio(ours.searching, by_hand.searching),
    }
    rates = ", ".join(f"{one.name} {statistics.median(one.rates):,.0f} requests/s" for one in both)
    timings = (
        *(_timing(f"{one.name}, half of the answers", one.middle, by_hand.middle) for one in both),
        *(_timing(f"{one.name}, 99 of 100", one.slowest, by_hand.slowest) for one in both),
    )
    return figures, Group(f"server: {CONNECTIONS} connections, sqlite, {rates}", timings)


def _timing(name: str, times: Sequence[float], by_hand: Sequence[float]) -> Timing:
    middle = statistics.median(times)
    return Timing(name, min(times), middle, middle / statistics.median(by_hand))


def _ratio(ours: Sequence[float], by_hand: Sequence[float]) -> Figure:
    if not ours or not by_hand:
        return "this system has no /proc"
    basis = statistics.median(by_hand)
    return statistics.median(ours) / basis if basis else "too few requests to measure"


@contextmanager
def _by_hand(path: Path) -> Iterator[Contender]:
    from tests.server.running import API_KEY, MASTER_KEY

    command = [sys.executable, "-m", "benchmarks.server_by_hand", str(path), API_KEY, MASTER_KEY]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield Contender("by hand", process.stdout.readline().strip(), process.pid)
        finally:
            process.kill()


@contextmanager
def _example(path: Path) -> Iterator[Contender]:
    from tests.server.process import serving

    with serving(f"sqlite:///{path}") as running:
        yield Contender("example", running.api.url.removesuffix("/v1"), running.process.pid)


def _contenders(folder: Path) -> Iterator[Any]:
    ours, theirs = folder / "example.db", folder / "by_hand.db"
    _fill(ours)
    shutil.copy(ours, theirs)
    yield _by_hand(theirs)
    yield _example(ours)


def _fill(path: Path) -> None:
    """Makes the data with the example's own code."""
    from examples.server.catalogue import Catalogue
    from examples.server.store import open_store

    with closing(open_store(f"sqlite:///{path}")) as store:
        objects = Catalogue(store).objects
        for number in range(USERS):
            names = {"username": f"u{number}", "firstName": _first_name(number), "lastName": f"m{number % MARKS}"}
            objects.create("user", names)
        for number in range(GROUPS):
            objects.create("contentGroup", {"name": f"g{number}"})
        for number in range(ITEMS):
            item = {"title": f"t{number}", "tags": ["a", "b"], "isPublished": number % 2 == 0}
            references = {"contentGroup": number % GROUPS + 1, "author": number % USERS + 1}
            objects.create("contentItem", {**item, **references})


def _first_name(number: int) -> str:
    return ("Ada", "Bo", "Çelik", "Dee", "Éa", "Fay")[number % 6] + str(number)


def _requests(
    dice: Random, count: int, mark: str, shares: Mapping[str, int] = MappingProxyType(SHARES)
) -> Iterator[bytes]:
    """Requests of several kinds, in a random order."""
    kinds = dice.choices([*shares], [*shares.values()], k=count)
    for at, kind in enumerate(kinds):
        number = dice.randrange(USERS)
        if kind == "search":
            names = {"lastName": f"m{number % MARKS}"}, {"firstName": {"$gt": dice.choice("ABCDEF")}}
            yield _get("/v1/users", query=json.dumps({"AND": names}), type="all", orderBy="firstName desc", limit="10")
        elif kind == "items":
            query = json.dumps({"isPublished": dice.choice([True, False])})
            yield _get("/v1/contentitems", query=query, resolve="author,contentGroup", limit="10")
        elif kind == "read":
            yield _get(f"/v1/users/{number + 1}")
        elif kind == "update":
            yield _send("PUT", f"/v1/users/{number + 1}", {"firstName": _first_name(dice.randrange(USERS))})
        else:
            fields = {"firstName": _first_name(number), "lastName": f"m{number % MARKS}"}
            yield _send("POST", "/v1/users", {"username": f"{mark}-{at}", **fields})


def _get(path: str, **parameters: str) -> bytes:
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    return _request("GET", f"{path}?{query}" if query else path)


def _send(method: str, path: str, body: object) -> bytes:
    return _request(method, path, json.dumps(body).encode())


def _request(method: str, path: str, body: bytes = b"") -> bytes:
    from tests.server.running import MASTER

    headers = {"Host": "127.0.0.1", **MASTER}
    if body:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    """Sends one request after the other, as soon as the last one is answered."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None]) -> None:
        self.requests, self.done = requests, done
        self.seconds: list[float] = []
        self.bodies: list[bytes] = []
        self._answer = b""
        self._start = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self._transport.close()
            self.done.set_result(None)
        else:
            self._start = perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self.seconds.append(perf_counter() - self._start)
        self.bodies.append(body)
        self._answer = b""
        if head[9:11] == b"20":
            self._next()
        else:
            self.done.set_exception(AssertionError(f"{head.decode()}\n{body.decode()}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(AssertionError("the server closed the connection"))


async def _loaded(url: str, requests: Sequence[bytes], connections: int) -> tuple[float, list[_Connection]]:
    """The seconds of all requests together, and the connections."""
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    host, port = urlsplit(url).netloc.split(":")
    start = perf_counter()
    opened = [
        await loop.create_connection(lambda: _Connection(waiting, loop.create_future()), host, int(port))
        for _ in range(connections)
    ]
    found = [protocol for _, protocol in opened]
    await asyncio.gather(*(protocol.done for protocol in found))
    return perf_counter() - start, found


def _measure(one: Contender, requests: Sequence[bytes], is_kept: bool) -> None:
    before = _processor_seconds(one.pid)
    took, connections = asyncio.run(_loaded(one.url, requests, CONNECTIONS))
    after = _processor_seconds(one.pid)
    if not is_kept:
        return
    seconds = sorted(time for connection in connections for time in connection.seconds)
    one.rates.append(len(seconds) / took)
    one.middle.append(seconds[len(seconds) // 2])
    one.slowest.append(seconds[int(len(seconds) * 0.99)])
    if before is not None and after is not None:
        one.processor.append((after - before) / len(seconds))


def _measure_searches(one: Contender, requests: Sequence[bytes], is_kept: bool) -> None:
    before = _processor_seconds(one.pid)
    asyncio.run(_loaded(one.url, requests, CONNECTIONS))
    after = _processor_seconds(one.pid)
    if is_kept and before is not None and after is not None:
        one.searching.append((after - before) / len(requests))


def _processor_seconds(pid: int) -> float | None:
    """The processor time of a process so far; None where there is no /proc."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _check_same(both: Sequence[Contender], dice: Random) -> None:
    """Raises `AssertionError` when the servers answer differently, apart from dates."""
    requests = [*_requests(dice, 100, "check")]
    answers = [asyncio.run(_loaded(one.url, requests, 1))[1][0].bodies for one in both]
    for request, *bodies in zip(requests, *answers, strict=True):
        first, second = (_compared(json.loads(body)) for body in bodies)
        assert first == second, f"{request!r}\n{first}\n{second}"


_OWN = ("createDate", "updateDate", "nextCursor", "previousCursor")
"""Dates that differ, and cursors, which the server by hand does not have."""


def _compared(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _compared(item) for name, item in value.items() if name not in _OWN}
    return [_compared(item) for item in value] if isinstance(value, list) else value
