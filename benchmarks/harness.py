"""Contestants, and the rounds that compare them."""

from __future__ import annotations

import gc
import os
import statistics
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.machine import Timed, seconds_a_line

UNCHECKED = object()
"""The answer of a contestant without one, such as bare Python."""

ROOT = Path(__file__).parent.parent
"""The working directory of processes, so that they can import this package."""

HOW_TO_GET = 'pip install -e ".[bench]"'


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a run measures. The defaults are those of `python -m benchmarks`."""

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
    paged_rows: int = 200_000
    events: int = 200_000
    seconds: float = 0.05
    parquet_rows: int = 200_000
    ndjson_rows: int = 20_000
    file_rows: int = 1_000_000
    processes: int = 2
    adapter_rows: int = 200
    adapter_queries: int = 300
    server_requests: int = 2000
    server_seconds: float = 5
    budget_minutes: float = 4
    engines: tuple[str, ...] = ("sqlite", "postgres", "mariadb", "duckdb", "mongodb")
    paged_engines: tuple[str, ...] = ("sqlite", "postgres", "mariadb", "mysql", "duckdb", "mongodb")


TINY = Sizes(rounds=1, records=60, peer_records=40, queries=3, shapes=2, starts=1, streamed=500, hostile=5_000,
             flights=60, rows=300, paged_rows=300,
             events=300, seconds=0, parquet_rows=500, ndjson_rows=300, file_rows=300,
             processes=1, server_requests=100, server_seconds=0.2,
             budget_minutes=0, adapter_rows=40, adapter_queries=20,
             engines=("sqlite",), paged_engines=("sqlite",))  # fmt: skip
"""Enough to check that every job runs and answers correctly; the times are meaningless."""

FULL = replace(Sizes(), streamed=10_000_000, rows=1_000_000, seconds=0.25, parquet_rows=10_000_000,
               ndjson_rows=1_000_000, events=10_000_000, processes=5,
               server_seconds=30)  # fmt: skip
"""With the stream and the tables as long as in the targets."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A prepared contestant.

    `run` does the job `units` times (records, queries); `answer` is its answer on the job's records.
    """

    run: Callable[[], object]
    answer: object = UNCHECKED
    units: int = 1


@dataclass(frozen=True, slots=True)
class Contestant:
    """A competitor in a job. `prepare` imports its packages, so it may raise for a missing peer."""

    name: str
    prepare: Callable[[], Ready]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per unit of one contestant; `ratio` is its best time divided by the baseline's."""

    name: str
    best: float | None
    median: float | None
    ratio: float | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The timings of one comparison; the first is the baseline. `line` is what a line took in the same rounds."""

    title: str
    timings: tuple[Timing, ...]
    line: float | None = None

    def best(self, name: str) -> Timed | str:
        """The best time of a contestant, or the reason why there is none."""
        found = next(timing for timing in self.timings if timing.name == name)
        assert self.line is not None
        return found.remark if found.best is None else Timed(found.best, self.line)

    def ratio(self, name: str, over: str) -> float | str:
        """The ratio of two contestants' times, or the reason why there is none, such as a wrong answer."""
        timings = {timing.name: timing for timing in self.timings}
        for timing in (timings[name], timings[over]):
            if timing.best is None or (timing.remark and timing.name == "criteria"):
                return f"{timing.name}: {timing.remark}"
        return (timings[name].best or 0.0) / (timings[over].best or 1e-9)


def each(work: Callable[[Any], object], batches: Sequence[Sequence[Any]]) -> Callable[[], object]:
    """A run that works on the next batch each time, so that no round repeats the work of an earlier one.

    There is a batch for each round, and one for the untimed run before them.
    """
    feed = iter(batches)

    def run() -> None:
        for item in next(feed):
            work(item)

    return run


def batches(items: Sequence[Any], rounds: int) -> list[Sequence[Any]]:
    """The items in batches of equal size, as many as `each` needs."""
    size = len(items) // (rounds + 1)
    return [items[start : start + size] for start in range(0, size * (rounds + 1), size)]


def processes_time() -> float:
    """The processor seconds of all processes that have ended, for contestants that run as processes of their own."""
    import resource  # not on Windows

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compete(title: str, contestants: Sequence[Contestant], rounds: int, expected: object = UNCHECKED, *,
            clock: Callable[[], float] = process_time) -> Group:  # fmt: skip
    """Times the contestants. The first is the baseline, and must return the expected answer.

    Processor time is measured, which depends less on what else the machine does. `clock` is another one, for work in
    other processes.
    """
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
        baseline = contestants[0].name
        if baseline in remarks:
            raise AssertionError(f"{title}: the baseline, {baseline}: {remarks[baseline]}")
        times, line = timed(ready, rounds, clock)
    fastest = min(times[baseline])
    timings = tuple(_timing(one.name, times.get(one.name), fastest, remarks) for one in contestants)
    return Group(title, timings, line)


def timed(
    ready: dict[str, Ready], rounds: int, clock: Callable[[], float] = process_time
) -> tuple[dict[str, list[float]], float]:
    """Seconds per unit of each contestant in each round, and the best seconds of a line. They take turns, without
    garbage collection."""
    times: dict[str, list[float]] = {name: [] for name in ready}
    lines: list[float] = []
    gc.freeze()  # garbage collection of the records would take longer than the runs
    gc.disable()
    try:
        for _ in range(rounds):
            for name, one in ready.items():
                gc.collect()
                start = clock()
                one.run()
                times[name].append((clock() - start) / one.units)
            lines.append(seconds_a_line())
    finally:
        gc.enable()
        gc.unfreeze()
    return times, min(lines)


def _timing(name: str, times: list[float] | None, baseline: float, remarks: dict[str, str]) -> Timing:
    if not times:
        return Timing(name, None, None, None, remarks[name])
    return Timing(name, min(times), statistics.median(times), min(times) / baseline, remarks.get(name, ""))


def compiling(folder: str) -> dict[str, str]:
    """The environment of processes that keep their compiled modules in a folder, as installed programs do. Without it
    each process may compile all modules again, which takes longer than the rest of its start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": os.path.join(folder, "compiled")}
