"""The start of a process: the command line on one small file, and the first query of a program.

Processor time, which depends less than real time on what else the machine does. Each process finds its modules compiled
to byte code, as an installed package has them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.harness import ROOT, Group, Sizes, Timing
from benchmarks.targets import Figure, Result

_FIRST_SQL = "import criteria; criteria.compile(criteria.parse('{\"year\": 1999}'), 'sql', dialect='postgres')"

_BESIDE = {
    "bare Python": ["-c", "pass"],
    "import lark": ["-c", "import lark"],
    "import click": ["-c", "import click"],
    "import sqlglot": ["-c", "import sqlglot"],
}


def run(sizes: Sizes) -> Result:
    """Figures of the job `start`: the medians, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="criteria-benchmark-") as name:
        line = Path(name) / "line.ndjson"
        line.write_text('{"title": "Casablanca", "year": 1942}\n', encoding="utf-8")
        query = ROOT / "examples" / "queries" / "leading-the.json"
        ours = {
            "filter": ["-m", "criteria", "filter", '{"year": {"$lt": 1950}}', str(line)],
            "check": ["-m", "criteria", "check", str(query)],
            "parse": ["-c", "import criteria; criteria.parse('{\"year\": 1999}')"],
            "sql": ["-c", _FIRST_SQL],
        }
        medians = _medians({**_BESIDE, **ours}, sizes.starts, {**os.environ, "PYTHONPYCACHEPREFIX": f"{name}/compiled"})
    bare = medians["bare Python"]
    timings = [Timing(job, seconds, seconds, seconds / bare) for job, seconds in medians.items()]
    figures: dict[str, Figure] = {f"start.{job}": medians[job] * 1e3 for job in ours}
    return Result(figures, (Group("start: processor time of whole processes, medians", tuple(timings)),))


def _medians(jobs: Mapping[str, list[str]], rounds: int, environment: dict[str, str]) -> Mapping[str, float]:
    """The median seconds of each job, in turns. The first turn is not counted: it compiles the modules."""
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times: dict[str, list[float]] = {job: [] for job in jobs}
    for turn in range(rounds + 1):
        for job, arguments in jobs.items():
            seconds = _processor_time(arguments, environment)
            if turn:
                times[job].append(seconds)
    return {job: statistics.median(seconds) for job, seconds in times.items()}


def _processor_time(arguments: list[str], environment: dict[str, str]) -> float:
    before = _children()
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, timeout=60)  # noqa: S603
    return _children() - before


def _children() -> float:
    """The processor seconds of all processes that have ended, user and system."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
