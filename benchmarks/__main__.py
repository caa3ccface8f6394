"""The command: run jobs and print their tables, or compare two runs."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from benchmarks import table
from benchmarks.harness import FULL, TINY, Group, Sizes
from benchmarks.results import figures_of, save
from benchmarks.targets import TARGETS, Figure, Result
from examples.arguments import ArgumentParser

JOBS = {
    "parse": "benchmarks.parse",
    "compile": "benchmarks.compile",
    "lists": "benchmarks.lists",
    "decoding": "benchmarks.decoding",
    "filter": "benchmarks.filter",
    "order": "benchmarks.order",
    "sql": "benchmarks.sql_run_time",
    "further": "benchmarks.further",
    "keyset": "benchmarks.keyset",
    "production": "benchmarks.production",
    "parquet": "benchmarks.parquet",
    "csv": "benchmarks.csv_file",
    "files": "benchmarks.files",
    "imports": "benchmarks.imports",
    "start": "benchmarks.start",
    "hostile": "benchmarks.hostile",
    "hostile-server": "benchmarks.hostile_server",
    "server": "benchmarks.server",
    "adapters": "benchmarks.adapters",
}
"""The module of each job. Its `run(sizes)` returns a `Result` with all the job's figures."""


def written(job: str) -> bool:
    """Whether a job has a module."""
    return find_spec(JOBS[job]) is not None


def run(job: str, sizes: Sizes) -> Result:
    """The result of one job."""
    result: Result = import_module(JOBS[job]).run(sizes)
    return result


_EPILOG = "compare A.json B.json shows the changes; hostile server has the job hostile-server too"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["compare"]:
        compare(given[1:])
        return
    parser = ArgumentParser(prog="python -m benchmarks", epilog=_EPILOG)
    parser.add_argument("jobs", nargs="*", metavar="job", help=f"of {', '.join(JOBS)}; all when none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results, for a comparison")
    parser.add_argument(
        "--page", type=Path, metavar="FILE", help="write the results of the job sql as a page of the docs"
    )
    parser.add_argument("--full", action="store_true", help="as many records as in the targets: up to 10 million")
    parser.add_argument("--tiny", action="store_true", help="only check that everything runs")
    parser.add_argument(
        "--minutes", type=float, metavar="N", help="how long the job hostile searches for the worst queries"
    )
    options = parser.parse_args(given)
    unknown = set(options.jobs) - set(JOBS)
    if unknown:
        parser.error(f"unknown job {', '.join(sorted(unknown))}; there are {', '.join(JOBS)}")
    sizes = FULL if options.full else TINY if options.tiny else Sizes()
    if options.minutes is not None:
        sizes = replace(sizes, budget_minutes=options.minutes)
    jobs = options.jobs or list(JOBS)
    if {"hostile", "server"} <= set(jobs) and "hostile-server" not in jobs:
        jobs = [*jobs, "hostile-server"]
    if options.page is not None and "sql" not in jobs:
        parser.error("--page needs the job sql")
    _measure(jobs, sizes, options.json, options.page)


def _measure(jobs: Sequence[str], sizes: Sizes, file: Path | None, page: Path | None) -> None:
    figures: dict[str, Figure] = {}
    groups: list[Group] = []
    for job in filter(written, jobs):
        start = perf_counter()
        try:
            result = run(job, sizes)
        except Exception as error:  # the other jobs still run
            traceback.print_exc()
            fault = f"the job ended with {type(error).__name__}: {error}"
            result = Result({target.key: fault for target in TARGETS if target.job == job}, ())
        figures |= result.figures
        groups += result.groups
        if page is not None and result.page is not None:
            page.write_text(result.page, encoding="utf-8")
        print(f"{job}: {perf_counter() - start:.0f} s", file=sys.stderr)
    print("\n".join(table.targets(figures, jobs)))
    print("\nContestants: the best round of each, relative to the first line")
    print("\n".join(table.contestants(groups)))
    if file is not None:
        save(file, figures, groups)


def compare(arguments: Sequence[str]) -> None:
    """Print the changes between two runs."""
    parser = ArgumentParser(prog="python -m benchmarks compare")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    print("\n".join(table.changes(figures_of(options.before), figures_of(options.after))))


if __name__ == "__main__":
    main()
