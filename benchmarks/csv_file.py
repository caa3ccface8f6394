"""Filtering CSV on the command line, compared with hand-written scripts: the CPU time of whole processes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import flights
from benchmarks.harness import HOW_TO_GET, ROOT, Group, Sizes, Timing, compiling
from benchmarks.parquet import PROGRAM
from benchmarks.targets import Figure, Result

QUERY = {"dep_delay": {"$gt": 60}, "carrier": "UA"}

BY_HAND = """
import csv, sys
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    print(sum(
        row["dep_delay"] != "NA" and int(row["dep_delay"]) > 60 and row["carrier"] == "UA"
        for row in csv.DictReader(file)
    ))
"""

DUCKDB = """
import duckdb, sys
duckdb.sql("SET enable_progress_bar = false")  # after two seconds it is printed, in front of the count
found = duckdb.sql("FROM read_csv($path, nullstr='NA') SELECT count(*) WHERE dep_delay > 60 AND carrier = 'UA'",
                   params={"path": sys.argv[1]})
print(found.fetchall()[0][0])
"""


def run(sizes: Sizes) -> Result:
    """Figures of the job `csv`."""
    title = f"csv: {sizes.flights:,} flights, 2 of 19 columns, median CPU time of {sizes.processes} processes"
    with tempfile.TemporaryDirectory(prefix="criteria-benchmark-") as name:
        folder = Path(name)
        try:
            data = _data(folder, sizes.flights)
        except ModuleNotFoundError as missing:
            remark = f"{missing.name} is not installed: {HOW_TO_GET}"
            return Result({"csv.time": remark}, (Group(title, (Timing("by hand", None, None, None, remark),)),))
        schema = ["--schema", str(_schema(folder)), "--null", "NA"]
        commands = {
            "csv.DictReader by hand": (BY_HAND, [str(data)]),
            "DuckDB's Python": (DUCKDB, [str(data)]),
            "criteria": (PROGRAM, ["filter", json.dumps(QUERY), str(data), *schema, "--count"]),
        }
        runs: dict[str, list[tuple[float, bytes]]] = {name: [] for name in commands}
        environment = compiling(str(folder))
        _process(*commands["criteria"], environment)  # which compiles its modules
        for _ in range(sizes.processes):
            for job, (code, arguments) in commands.items():
                runs[job].append(_process(code, arguments, environment))
    (first, *_) = runs.values()
    medians = {name: statistics.median(seconds for seconds, _ in found) for name, found in runs.items()}
    remarks = {name: "" if found[0][1] == first[0][1] else "wrong answer" for name, found in runs.items()}
    base = medians["csv.DictReader by hand"]
    timings = tuple(
        Timing(name, min(seconds for seconds, _ in found), medians[name], medians[name] / base, remarks[name])
        for name, found in runs.items()
    )
    figure: Figure = (remarks["criteria"] and f"criteria: {remarks['criteria']}") or medians["criteria"] / base
    if sizes.flights < Sizes().flights:
        figure = "measured with all flights only: with fewer the start of the processes dominates"
    return Result({"csv.time": figure}, (Group(title, timings),))


def _data(folder: Path, count: int) -> Path:
    """The first `count` flights as they were published. Raises `ModuleNotFoundError`."""
    path = folder / "flights.csv"
    with zipfile.ZipFile(flights.archive()) as files, files.open(files.namelist()[0]) as file:
        path.write_bytes(b"".join(line for line, _ in zip(file, range(count + 1), strict=False)))
    return path


def _schema(folder: Path) -> Path:
    fields = [{"name": one.name, "fieldType": one.field_type.value} for one in flights.SCHEMA.fields]
    path = folder / "schema.json"
    content = {"name": "flight", "systemProperties": False, "fields": fields}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _process(code: str, arguments: Sequence[str], environment: dict[str, str]) -> tuple[float, bytes]:
    """The CPU seconds of a process, and what it prints."""
    before = os.times()
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, env=environment)  # noqa: S603
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, done.stdout
