"""The speed of this machine, so that goals in seconds mean the same on others.

They were set on a machine where a script by hand takes 2.9 seconds for a million lines of NDJSON: it reads each with
`json.loads`, and tests three of its members. The same loop over lines in memory is measured beside each job, in the
same rounds, and durations are converted to that machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from time import process_time
from typing import Any

from benchmarks import people

GOAL_SECONDS = 2.55e-6
"""What a line takes in the loop on the machine for which the goals were set. The script takes a seventh more: it
starts, and reads its file."""

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}
"""The units of durations, in a second."""

FIELDS = ("name", "age", "score", "country")
"""The members of a line."""

_LINES = 2_000


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of this machine, and the seconds that a line took beside them."""

    seconds: float
    line: float

    def measured(self, unit: str) -> float:
        """The duration in a unit, on this machine."""
        return self.seconds * UNITS[unit]

    def converted(self, unit: str) -> float:
        """The duration in a unit, on the machine for which the goals were set."""
        return self.measured(unit) * GOAL_SECONDS / self.line


def selected(row: Mapping[str, Any]) -> bool:
    """What a program by hand asks of a line."""
    age, score = row.get("age"), row.get("score")
    return age is not None and age > 30 and score is not None and score < 80.5 and row.get("country") == "SE"


def seconds_a_line() -> float:
    """The processor seconds that a line takes now."""
    lines = _lines()
    start = process_time()
    sum(selected(json.loads(line)) for line in lines)
    return (process_time() - start) / len(lines)


@cache
def _lines() -> list[bytes]:
    records = people.with_nulls(_LINES)
    return [json.dumps({name: one.get(name) for name in FIELDS}).encode() + b"\n" for one in records]
