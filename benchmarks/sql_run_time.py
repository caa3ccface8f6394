"""Run time and indexes: each operator and type on real engines, compared with hand-written SQL."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec

from benchmarks.harness import HOW_TO_GET, Group, Sizes, Timing
from benchmarks.run_time.engine import Engine
from benchmarks.run_time.measure import NOISE, Measured, Run, mean, measure
from benchmarks.run_time.page import page
from benchmarks.targets import Figure, Result
from tests.servers import SERVERS


def run(sizes: Sizes) -> Result:
    """Figures of the job `sql`."""
    return result(runs(sizes))


def runs(sizes: Sizes) -> list[Run | Group]:
    """The measurements on each engine; for a missing engine, a group with install instructions."""
    return [_run(name, sizes) for name in sizes.engines]


def _run(name: str, sizes: Sizes) -> Run | Group:
    reason = missing(name)
    if reason is not None:
        return Group(f"sql: {name}", (Timing("by hand", None, None, None, reason),))
    print(f"sql: {name}, {sizes.rows:,} records", file=sys.stderr)  # a million records take half an hour
    opens: Callable[[], AbstractContextManager[Engine]] = getattr(import_module(f"benchmarks.run_time.{name}"), name)
    with opens() as engine:
        return measure(engine, sizes.rows, sizes.rounds, sizes.seconds)


def missing(name: str) -> str | None:
    """None if the engine is available, else how to install it."""
    if name == "duckdb":
        return None if find_spec("duckdb") else f"duckdb is not installed: {HOW_TO_GET}"
    return next((kind.missing() for kind in SERVERS if kind.name == name), None)


def result(found: Sequence[Run | Group]) -> Result:
    """The figures over all engines, and each engine's totals with the conditions that are slower than by hand."""
    measured = [one for run in found if isinstance(run, Run) for one in run.measured]
    scalars = [one for one in measured if one.case.is_scalar_column]
    others = [one for one in measured if not one.case.is_scalar_column]
    figures: dict[str, Figure] = {
        "sql.time": mean(one.ratio for one in scalars),
        "sql.worst": max(one.ratio for one in scalars),
        "sql.slower": float(sum(one.ratio > NOISE for one in scalars)),
        "sql.index": float(sum(one.misses for one in scalars)),
    }
    if others:
        figures["sql.inside"] = mean(one.ratio for one in others)
    groups = tuple(_group(run) if isinstance(run, Run) else run for run in found)
    return Result(figures, groups, page([run for run in found if isinstance(run, Run)]))


def _group(run: Run) -> Group:
    by_hand = sum(one.by_hand for one in run.measured)
    ours = sum(one.ours for one in run.measured)
    slower = sorted((one for one in run.measured if one.ratio > NOISE or one.misses), key=lambda one: -one.ratio)
    title = f"sql: {run.engine} {run.version}, {run.records:,} records, {len(run.measured)} conditions"
    average = mean(one.ratio for one in run.measured)
    kinds = dict.fromkeys(one.case.kind for one in run.measured)
    timings = (
        Timing("by hand", by_hand, None, 1.0),
        Timing("criteria", ours, None, ours / by_hand),
        Timing("... geometric mean of the ratios", None, None, average),
        *(Timing(f"... {kind}", None, None, mean(run.ratios(kind))) for kind in kinds),
        *(Timing(f"... {one.case.name}", one.ours, None, one.ratio, _remark(one)) for one in slower),
    )
    return Group(title, timings)


def _remark(one: Measured) -> str:
    if not one.misses:
        return ""
    ours, by_hand = (_shown(indexes) for indexes in (one.our_indexes, one.indexes_by_hand))
    return f"{ours}; by hand: {by_hand}"


def _shown(indexes: Iterable[str]) -> str:
    return ", ".join(sorted(indexes)) or "no index"
