"""The example server under load: beside the same endpoints by hand, and with fifty clients that check every answer."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.harness import Group, Sizes, Timing
from benchmarks.server_compared import compared
from benchmarks.server_load import Client, check_all, clients, run_together
from benchmarks.sql_run_time import missing
from benchmarks.targets import Result

STORES = ("sqlite", "postgres", "mongodb")
CLIENTS = 50


def run(sizes: Sizes) -> Result:
    """Figures of the job `server`."""
    figures, group = compared(sizes.rounds, sizes.server_requests)
    groups = [group]
    wrong: list[str] = []
    for store in STORES:
        reason = missing(store) if store in sizes.engines else "this run does not load it"
        if reason is not None:
            figures |= {f"server.{store}": reason, f"server.{store}_p99": reason}
            continue
        some, took, found = _loaded(store, sizes.server_seconds)
        wrong += found
        seconds = sorted(one for client in some for one in client.seconds)
        middle, slow = (seconds[int(len(seconds) * share)] for share in (0.5, 0.99))
        figures |= {f"server.{store}": len(seconds) / took, f"server.{store}_p99": slow * 1e3}
        timings = (Timing("half of the answers", middle, middle, 1.0), Timing("99 of 100", slow, slow, slow / middle))
        groups.append(Group(f"server: {store}, {len(some)} clients, {len(seconds):,} requests", timings))
    for fault in wrong[:5]:
        print(fault, file=sys.stderr)
    return Result({**figures, "server.wrong": float(len(wrong))}, tuple(groups))


def _loaded(store: str, seconds: float) -> tuple[list[Client], float, list[str]]:
    """The clients, the seconds that they took, and the errors."""
    from tests.server.databases import fresh
    from tests.server.process import serving
    from tests.server.running import MASTER

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(serving(stack.enter_context(fresh(store, folder, stack)))).api.url
        some = clients(min(CLIENTS, max(2, int(seconds * 10))), url, MASTER)
        end = perf_counter() + seconds
        took = run_together(some, lambda done: perf_counter() < end or not done)
        return some, took, check_all(some, url, MASTER)
