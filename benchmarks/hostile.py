"""Hostile criteria: very deep and very large ones are refused quickly, with memory proportional to the input, and the
worst queries inside the default limits, for which a search looks, stay inside the budgets.

Each case runs in a separate process, and so does each peer on the same depth: some of them crash.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from benchmarks import budgets
from benchmarks.harness import ROOT, Group, Sizes, Timing
from benchmarks.hostile_input import CASES, PEERS
from benchmarks.machine import GOAL_SECONDS, Timed
from benchmarks.targets import Figure, Result


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a case: seconds, what a line took beside them, peak memory, and the result or error."""

    seconds: float
    line: float
    peak: int
    end: str


def run(sizes: Sizes) -> Result:
    """Figures of the job `hostile`."""
    most = sizes.hostile
    lengths = (most, most // 2, most // 10)
    found = {(name, size): one for name in CASES for size, one in outcomes("criteria", name, *lengths).items()}
    ours = {f"{name}, {size:,}": one for (name, size), one in found.items() if size == most or "deep" in name}
    halves = {name: found[name, most // 2].peak for name in CASES}
    growth = [found[name, most].peak / half for name, half in halves.items() if half > _SMALL]
    figures: dict[str, Figure] = {
        "hostile.time": max(
            (Timed(one.seconds, one.line) for one in ours.values()), key=lambda one: one.converted("s")
        ),
        "hostile.memory": max(growth, default=0.0),
        "hostile.escaped": float(sum(one.end != "refused" for one in ours.values())),
    }
    worst = budgets.run(sizes)
    depth = most // 10
    peers = {f"{name}, depth {depth:,}": outcomes("peer", name, depth)[depth] for name in PEERS}
    refused = (_group("hostile: criteria", ours), _group("hostile: peers on the same depth", peers))
    return Result({**figures, **worst.figures}, (*worst.groups, *refused))


_SMALL = 1 << 18
"""Bytes below which a peak is ignored, because the input was refused before it was read."""


def outcomes(who: str, case: str, *sizes: int) -> dict[int, Outcome]:
    """Runs one case in a separate process, in several sizes."""
    command = [sys.executable, "-m", "benchmarks.hostile_input", who, case, *map(str, sizes)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return dict.fromkeys(sizes, Outcome(60.0, GOAL_SECONDS, 0, "is not done after 60 s"))
    if done.returncode:
        end = f"ends the process with signal {-done.returncode}" if done.returncode < 0 else "ends the process"
        return dict.fromkeys(sizes, Outcome(0.0, GOAL_SECONDS, 0, end))
    return {size: Outcome(**one) for size, one in zip(sizes, json.loads(done.stdout), strict=True)}


def _group(title: str, outcomes: dict[str, Outcome]) -> Group:
    return Group(title, tuple(_timing(name, one) for name, one in outcomes.items()))


def _timing(name: str, one: Outcome) -> Timing:
    remark = f"{one.end}, {one.peak / 1e6:.1f} MB" if one.peak else one.end
    return Timing(name, one.seconds or None, one.seconds or None, None, remark)
