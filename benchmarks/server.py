"""The example server under load: 50 clients on loopback, each answer compared with a model, on each of its stores."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Group, Sizes, Timing
from benchmarks.server_load import Outcome, load
from benchmarks.sql_run_time import missing
from benchmarks.targets import Figure, Result

STORES = ("sqlite", "postgres", "mongodb")
CLIENTS = 50


def run(sizes: Sizes) -> Result:
    """Figures of the job `server`."""
    figures: dict[str, Figure] = {}
    groups: list[Group] = []
    faults: list[str] = []
    for store in STORES:
        reason = missing(store) if store in sizes.engines else "this run does not load it"
        keys = [f"server.{store}", f"server.{store}_p99"]
        if reason is not None:
            figures |= dict.fromkeys(keys, reason)
            continue
        outcome = _loaded(store, sizes.server_seconds)
        faults += outcome.faults
        figures |= {keys[0]: len(outcome.latencies) / outcome.seconds, keys[1]: outcome.percentile(0.99) * 1000}
        groups.append(_group(store, outcome))
    print("\n".join(faults[:20]), file=sys.stderr, end="\n" if faults else "")
    return Result({**figures, "server.faults": float(len(faults))}, tuple(groups))


def _loaded(store: str, seconds: float) -> Outcome:
    from tests.server.databases import fresh
    from tests.server.process import serving
    from tests.server.running import MASTER

    print(f"server: {store}, {CLIENTS} clients, {seconds:g} s", file=sys.stderr)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = stack.enter_context(fresh(store, folder, stack))
        server = stack.enter_context(serving(url))
        return load(server.api.url, MASTER, clients=CLIENTS, seconds=seconds)


def _group(store: str, outcome: Outcome) -> Group:
    shares = {"median": 0.5, "p90": 0.9, "p99": 0.99, "longest": 1.0}
    seconds = {name: outcome.percentile(share) for name, share in shares.items()}
    timings = [Timing(name, found, found, found / seconds["median"]) for name, found in seconds.items()]
    return Group(f"server: {store}, {len(outcome.latencies):,} requests in {outcome.seconds:.1f} s", tuple(timings))
