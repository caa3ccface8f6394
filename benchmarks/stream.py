"""Takes the first ten records of a stream: `python -m benchmarks.stream N` prints the memory that this needs."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

import criteria
from benchmarks import people
from benchmarks.order import LIMIT, SCORES

MAX_BYTES = 4 << 30
"""Bytes at which the process stops, to protect the machine."""


def main(count: int) -> None:
    """Print the MB above the start of the stream; at least `MAX_BYTES` if that was not enough."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    query = criteria.parse({"score": {"$gte": 1}}, people.SCHEMA)
    search = criteria.Search(query, criteria.parse_order_by(SCORES, people.SCHEMA), LIMIT)
    first: Any = criteria.compile(search, "python")
    first(people.stream(100))
    before = _most_resident()
    try:
        page = first(people.stream(count))
    except MemoryError:
        print(MAX_BYTES / 1e6)
        return
    assert len(page.data) == LIMIT
    print(_most_resident() - before)


def _most_resident() -> float:
    """The highest resident memory so far, in MB.

    On Linux a new process inherits the parent's `ru_maxrss`, so the high-water mark in /proc is read instead.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1e3
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main(int(sys.argv[1]))
