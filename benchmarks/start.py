"""The start of a process: the command line on one small file, and the first query of a program.

Processor time, which depends less than real time on what else the machine does. Each process finds its modules compiled
to byte code, as an installed package has them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import ROOT, Contestant, Ready, Sizes, compete, compiling, processes_time
from benchmarks.targets import Figure, Result

_FIRST_SQL = "import criteria; criteria.compile(criteria.parse('{\"year\": 1999}'), 'sql', dialect='postgres')"

_BESIDE = {
    "bare Python": ["-c", "pass"],
    "import lark": ["-c", "import lark"],
    "import click": ["-c", "import click"],
    "import sqlglot": ["-c", "import sqlglot"],
}


def run(sizes: Sizes) -> Result:
    """Figures of the job `start`: the best round of each."""
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
        contestants = [Contestant(job, _process(one, compiling(name))) for job, one in {**_BESIDE, **ours}.items()]
        group = compete("start: processor time of whole processes", contestants, sizes.starts, clock=processes_time)
    figures: dict[str, Figure] = {f"start.{job}": group.best(job) for job in ours}
    return Result(figures, (group,))


def _process(arguments: list[str], environment: dict[str, str]) -> Callable[[], Ready]:
    def run() -> None:
        command = [sys.executable, *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, timeout=60)  # noqa: S603

    return lambda: Ready(run)
