"""Filtering files on the command line, compared with hand-written scripts: whole processes, including their start."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import by_hand, people
from benchmarks.harness import HOW_TO_GET, ROOT, Group, Sizes, Timing
from benchmarks.parquet_data import write_ndjson, write_parquet
from benchmarks.targets import Figure, Result

ROWS, LINES = 10_000_000, 1_000_000
"""The numbers of rows in the targets; with fewer, the start of the processes would dominate."""

QUERY = json.dumps(by_hand.QUERIES["medium"])

PARQUET_BY_HAND = """
import sys
import polars as pl
age, score = pl.col("age") > 30, pl.col("score") < 80.5
first = ~(age.fill_null(False) & score.fill_null(False))
second = (pl.col("country") == "SE") & (pl.col("active") | pl.col("level").is_in([1, 2, 3]))
pl.scan_parquet(sys.argv[1]).filter(first | second.fill_null(False)).sink_parquet(sys.argv[2])
"""

NDJSON_BY_HAND = """
import json, sys
def selected(row):
    age, score = row.get("age"), row.get("score")
    if not (age is not None and age > 30 and score is not None and score < 80.5):
        return True
    return row.get("country") == "SE" and (row.get("active") is True or row.get("level") in (1, 2, 3))
with open(sys.argv[1], encoding="utf-8") as data, open(sys.argv[2], "w", encoding="utf-8") as out:
    for line in data:
        if selected(json.loads(line)):
            out.write(line)
"""

PROGRAM = "from criteria.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Run:
    """The seconds of a process from start to end, and its peak memory in MB."""

    seconds: float
    memory: float


def run(sizes: Sizes) -> Result:
    """Figures of the job `parquet`."""
    with tempfile.TemporaryDirectory(prefix="criteria-benchmark-") as name:
        folder = Path(name)
        (folder / "schema.json").write_text(json.dumps(_schema()), encoding="utf-8")
        parquet = _compared(folder, "parquet", sizes.parquet_rows, sizes, write_parquet, PARQUET_BY_HAND)
        ndjson = _compared(folder, "ndjson", sizes.ndjson_rows, sizes, write_ndjson, NDJSON_BY_HAND)
    figures: dict[str, Figure] = {
        "parquet.time": _figure(parquet, 0, sizes.parquet_rows >= ROWS),
        "parquet.memory": _figure(parquet, 1, sizes.parquet_rows >= ROWS),
        "parquet.ndjson": _figure(ndjson, 0, sizes.ndjson_rows >= LINES),
    }
    return Result(figures, (parquet[0], ndjson[0]))


def _schema() -> dict[str, Any]:
    fields = [
        {"name": one.name, "fieldType": one.field_type.value, "isList": one.is_list} for one in people.SCHEMA.fields
    ]
    return {"name": people.SCHEMA.name, "systemProperties": False, "fields": fields}


Compared = tuple[Group, Mapping[str, Sequence[Run]]]


def _compared(
    folder: Path, kind: str, rows: int, sizes: Sizes, make: Callable[[Path, int], None], script: str
) -> Compared:
    """The command and the hand-written script, in turns. Both must select the same records."""
    title = f"parquet: {rows:,} records of {kind} to a file, median of {sizes.processes} processes"
    data, by_hand_out, out = (folder / f"{one}.{kind}" for one in ("data", "by-hand", "found"))
    try:
        make(data, rows)
    except ModuleNotFoundError as missing:
        remark = f"{missing.name} is not installed: {HOW_TO_GET}"
        return Group(title, (Timing("by hand", None, None, None, remark),)), {}
    commands = {
        "by hand": (script, [str(data), str(by_hand_out)]),
        "criteria": (PROGRAM, ["filter", QUERY, str(data), "-o", str(out)]),
        "criteria, with a schema": (
            PROGRAM,
            ["filter", QUERY, str(data), "-o", str(out), "--schema", str(folder / "schema.json")],
        ),
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(sizes.processes):
        for name, (code, arguments) in commands.items():
            runs[name].append(_process(code, arguments, folder))
    remark = "" if _same(kind, by_hand_out, out) else "wrong answer"
    medians = {name: statistics.median(one.seconds for one in found) for name, found in runs.items()}
    timings = tuple(
        Timing(
            name, min(one.seconds for one in found), medians[name], medians[name] / medians["by hand"],
            remark if name != "by hand" and remark else "",
        )
        for name, found in runs.items()
    )  # fmt: skip
    return Group(title, timings), runs


TELLING = """
import atexit, os
def tell(most=os.environ["MAX_MEMORY"]):
    with open("/proc/self/status") as status, open(most, "w") as file:
        file.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
os.path.exists("/proc/self/status") and atexit.register(tell)
"""
"""Writes the peak memory of a process in kB. On Linux, `wait4` may report the parent's."""


def _process(code: str, arguments: Sequence[str], folder: Path) -> Run:
    most = folder / "most-memory"
    start = perf_counter()
    command = [sys.executable, "-c", TELLING + code, *arguments]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "MAX_MEMORY": str(most)})  # noqa: S603
    return Run(perf_counter() - start, int(most.read_text()) / 1e3 if most.exists() else 0.0)


def _same(kind: str, by_hand_out: Path, out: Path) -> bool:
    if kind == "ndjson":
        return by_hand_out.read_bytes() == out.read_bytes()
    import polars as pl

    return bool(pl.scan_parquet(by_hand_out).select("id").collect().equals(pl.scan_parquet(out).select("id").collect()))


def _figure(compared: Compared, place: int, is_full: bool) -> Figure:
    """The median time or peak memory relative to by hand, or the reason why there is none."""
    group, runs = compared
    if not runs:
        return group.timings[0].remark
    if any(timing.remark for timing in group.timings):
        return "criteria: wrong answer"
    if not is_full:
        return "measured with --full only: with fewer records the start of the processes dominates"
    by_hand_value, ours = (
        statistics.median((one.seconds, one.memory)[place] for one in runs[name]) for name in ("by hand", "criteria")
    )
    return ours / by_hand_value if by_hand_value else "memory is measured on Linux only"
