"""Contestants, and how they are put side by side."""

from __future__ import annotations

import gc
import statistics
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

UNCHECKED = object()
"""The answer of a contestant that has nothing to answer, bare Python for instance."""

ROOT = Path(__file__).parent.parent
"""Where processes start, so that they find this package."""

HOW_TO_GET = 'pip install -e ".[bench]"'


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run measures; the defaults are those of `python -m benchmarks`."""

    rounds: int = 7
    records: int = 200_000
    peer_records: int = 1_000
    queries: int = 200
    shapes: int = 30
    starts: int = 12
    streamed: int = 400_000
    hostile: int = 100_000
    flights: int = 336_776
    rows: int = 20_000
    seconds: float = 0.05
    parquet_rows: int = 200_000
    ndjson_rows: int = 20_000
    processes: int = 2
    server_seconds: float = 5
    engines: tuple[str, ...] = ("sqlite", "postgres", "mariadb", "duckdb", "mongodb")


TINY = Sizes(rounds=1, records=60, peer_records=40, queries=3, shapes=2, starts=1, streamed=500, hostile=5_000,
             flights=60, rows=300, seconds=0, parquet_rows=500, ndjson_rows=300, processes=1, server_seconds=0.2,
             engines=("sqlite",))  # fmt: skip
"""Enough to see that every job runs and answers correctly; its times mean nothing."""

FULL = replace(Sizes(), streamed=10_000_000, rows=1_000_000, seconds=0.25, parquet_rows=10_000_000,
               ndjson_rows=1_000_000, processes=5, server_seconds=30)  # fmt: skip
"""With the stream and the tables as long as the targets say."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A contestant that has done everything which is not measured.

    `run` does the job `units` times (records, queries); `answer` is what it gives on the job's records.
    """

    run: Callable[[], object]
    answer: object = UNCHECKED
    units: int = 1


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody who does the job. `prepare` imports what it needs, so a peer may be missing."""

    name: str
    prepare: Callable[[], Ready]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per unit of one contestant; `ratio` is its best time in best times of the mark."""

    name: str
    best: float | None
    median: float | None
    ratio: float | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Contestants on one job; the first is the mark."""

    title: str
    timings: tuple[Timing, ...]

    def best(self, name: str) -> float | str:
        """The best seconds of a contestant, or why there are none."""
        found = next(timing for timing in self.timings if timing.name == name)
        return found.remark if found.best is None else found.best

    def ratio(self, name: str, over: str) -> float | str:
        """The time of one contestant in times of another, or why it cannot be told. Wrong answers do not count."""
        timings = {timing.name: timing for timing in self.timings}
        for timing in (timings[name], timings[over]):
            if timing.best is None or (timing.remark and timing.name == "criteria"):
                return f"{timing.name}: {timing.remark}"
        return (timings[name].best or 0.0) / (timings[over].best or 1e-9)


def each(work: Callable[[Any], object], batches: Sequence[Sequence[Any]]) -> Callable[[], object]:
    """A run that does one batch after the other, so that no round sees what an earlier one saw.

    There are batches for `rounds` and for the run before them, which is not timed.
    """
    feed = iter(batches)

    def run() -> None:
        for item in next(feed):
            work(item)

    return run


def batches(items: Sequence[Any], rounds: int) -> list[Sequence[Any]]:
    """The items in as many batches of one size as `each` needs."""
    size = len(items) // (rounds + 1)
    return [items[start : start + size] for start in range(0, size * (rounds + 1), size)]


def compete(title: str, contestants: Sequence[Contestant], rounds: int, expected: object = UNCHECKED) -> Group:
    """The contestants side by side; the first is the mark, and must answer as expected."""
    ready: dict[str, Ready] = {}
    remarks: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for contestant in contestants:
            try:
                ready[contestant.name] = contestant.prepare()
                ready[contestant.name].run()
            except ModuleNotFoundError as missing:
                remarks[contestant.name] = f"{missing.name} is not installed: {HOW_TO_GET}"
            except Exception as error:
                remarks[contestant.name] = f"raises {type(error).__name__}"
                if type(error) is Exception:
                    remarks[contestant.name] += f": {error}"
            if contestant.name in remarks:
                ready.pop(contestant.name, None)
            elif ready[contestant.name].answer is not UNCHECKED and ready[contestant.name].answer != expected:
                remarks[contestant.name] = "wrong answer"
        mark = contestants[0].name
        if mark in remarks:
            raise AssertionError(f"{title}: the mark, {mark}: {remarks[mark]}")
        times = timed(ready, rounds)
    fastest = min(times[mark])
    return Group(title, tuple(_timing(one.name, times.get(one.name), fastest, remarks) for one in contestants))


def timed(ready: dict[str, Ready], rounds: int) -> dict[str, list[float]]:
    """Seconds per unit of each one in each round; they take turns, and no collection of garbage comes between."""
    times: dict[str, list[float]] = {name: [] for name in ready}
    gc.freeze()  # the records: to look at them again before each run would take longer than the runs
    gc.disable()
    try:
        for _ in range(rounds):
            for name, one in ready.items():
                gc.collect()
                start = perf_counter()
                one.run()
                times[name].append((perf_counter() - start) / one.units)
    finally:
        gc.enable()
        gc.unfreeze()
    return times


def _timing(name: str, times: list[float] | None, mark: float, remarks: dict[str, str]) -> Timing:
    if not times:
        return Timing(name, None, None, None, remarks[name])
    return Timing(name, min(times), statistics.median(times), min(times) / mark, remarks.get(name, ""))
