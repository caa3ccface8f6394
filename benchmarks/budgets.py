"""Budgets: the worst queries inside the default limits that a search finds, for each job.

Each job searches in a process of its own (`benchmarks.worst_query`): a hill climb from a fixed seed, for a share of
`--minutes`.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.harness import ROOT, Group, Sizes, Timing
from benchmarks.machine import GOAL_SECONDS, Timed
from benchmarks.targets import Figure, Result
from benchmarks.worst_query import JOBS

MAX_SECONDS, MAX_MEGABYTES = 1.0, 50.0


def run(sizes: Sizes) -> Result:
    """Figures of the part of the job `hostile` that searches for the worst queries."""
    jobs = list(JOBS) if sizes.budget_minutes else ["parse"]
    seconds = sizes.budget_minutes * 60 / len(jobs)
    timings, slowest, largest, broken = [], Timed(0.0, GOAL_SECONDS), 0.0, 0
    for job in jobs:
        command = [sys.executable, "-m", "benchmarks.worst_query", job, str(seconds)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            broken += 1
            timings.append(Timing(job, None, None, None, f"the search ends: {done.stderr.strip()[-200:]}"))
            continue
        found = json.loads(done.stdout)
        took = Timed(found["seconds"], found["line"])
        is_met = took.converted("s") <= MAX_SECONDS and found["peak"] <= MAX_MEGABYTES
        broken += not is_met
        slowest = max(slowest, took, key=lambda one: one.converted("s"))
        largest = max(largest, found["peak"])
        remark = (
            f"{'met' if is_met else 'BROKEN'}: {found['peak']:.0f} MB, {found['size']:,} bytes, {found['end']}, "
            f"worst of {found['tried']}: {found['query']}"
        )
        timings.append(Timing(job, found["seconds"], found["seconds"], None, remark))
        print(f"hostile: {job}, {found['seconds']:.2f} s", file=sys.stderr)
    figures: dict[str, Figure] = {
        "hostile.worst_time": slowest,
        "hostile.worst_memory": largest,
        "hostile.broken": float(broken),
    }
    return Result(
        figures,
        (
            Group(
                "hostile: the worst query found inside the default limits, CPU time and peak of tracemalloc",
                tuple(timings),
            ),
        ),
    )
