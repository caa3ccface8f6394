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
    """Figures of the job `start`: the best round of each, in milliseconds."""
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
        times = _interleaved(
            {**_BESIDE, **ours}, sizes.starts, {**os.environ, "PYTHONPYCACHEPREFIX": f"{name}/compiled"}
        )
    bare = min(times["bare Python"])
    timings = [Timing(job, min(all_), statistics.median(all_), min(all_) / bare) for job, all_ in times.items()]
    figures: dict[str, Figure] = {f"start.{job}": min(times[job]) * 1e3 for job in ours}
    return Result(figures, (Group("start: processor time of whole processes", tuple(timings)),))


def _interleaved(jobs: Mapping[str, list[str]], rounds: int, environment: dict[str, str]) -> Mapping[str, list[float]]:
    """The seconds of each job in each round. The first round is not counted: it compiles the modules."""
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    times: dict[str, list[float]] = {job: [] for job in jobs}
    for number in range(rounds + 1):
        for job, arguments in jobs.items():
            seconds = _processor_time(arguments, environment)
            if number:
                times[job].append(seconds)
    return times


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
