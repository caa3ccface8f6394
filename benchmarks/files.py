"""Counting records of files on the command line, in each format, beside other programs: interleaved processes."""

from __future__ import annotations

import gzip
import inspect
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

from benchmarks import people
from benchmarks.harness import ROOT, Group, Sizes, Timing, compiling, processes_time
from benchmarks.machine import FIELDS, Timed, seconds_a_line, selected
from benchmarks.parquet import PROGRAM
from benchmarks.targets import Figure, Result

QUERY = {"age": {"$gt": 30}, "score": {"$lt": 80.5}, "country": "SE"}

_SUFFIXES = {"ndjson": "ndjson", "gzip": "ndjson.gz", "json": "json", "csv": "csv", "parquet": "parquet",
             "arrow": "arrow"}  # fmt: skip

_BY_HAND = {
    "ndjson": "sum(selected(json.loads(line)) for line in open(sys.argv[1], 'rb'))",
    "gzip": "sum(selected(json.loads(line)) for line in gzip.open(sys.argv[1], 'rb'))",
    "json": "sum(map(selected, json.load(open(sys.argv[1], 'rb'))))",
    "csv": "sum(map(of_cells, csv.DictReader(open(sys.argv[1], encoding='utf-8', newline=''))))",
}
_SELECTED = f"""
from __future__ import annotations
import csv, gzip, json, sys
{inspect.getsource(selected)}
def of_cells(row):
    age, score = row["age"], row["score"]
    return bool(age and score) and int(age) > 30 and float(score) < 80.5 and row["country"] == "SE"
"""

_DUCKDB = {"ndjson": "read_ndjson", "gzip": "read_ndjson", "json": "read_json", "csv": "read_csv",
           "parquet": "read_parquet"}  # fmt: skip

_COUNT_IN_DUCKDB = """
import duckdb, sys
duckdb.sql("SET enable_progress_bar = false")  # after two seconds it is printed, in front of the count
found = duckdb.sql(f"SELECT count(*) FROM {read}('{{sys.argv[1]}}') WHERE age > 30 AND score < 80.5 AND country = 'SE'")
print(found.fetchall()[0][0])
"""

_COUNT_IN_SQL = "SELECT count(*) FROM {read}('{path}') WHERE age > 30 AND score < 80.5 AND country = 'SE'"

_COUNT_IN_POLARS = """
import sys
import polars as pl
selected = (pl.col("age") > 30) & (pl.col("score") < 80.5) & (pl.col("country") == "SE")
print(pl.{scan}(sys.argv[1]).filter(selected).select(pl.len()).collect().item())
"""

_POLARS = {"ndjson": "scan_ndjson", "csv": "scan_csv", "parquet": "scan_parquet", "arrow": "scan_ipc"}

_MILLER = (
    "is_not_null($age) && is_not_null($score) && is_not_null($country)"
    ' && $age > 30 && $score < 80.5 && $country == "SE"'
)
_MILLERS = {"ndjson": "--ijsonl", "json": "--ijson", "csv": "--icsv", "gzip": "--ijsonl"}

_CSVKIT = "SELECT count(*) FROM data WHERE age > 30 AND score < 80.5 AND country = 'SE'"

_ROUNDS = {"criteria": 5, "Python by hand": 5, "csvkit": 1}
"""How often contestants are measured, where it is not twice. csvkit takes minutes."""

_JQ = 'select(.age != null and .age > 30 and .score != null and .score < 80.5 and .country == "SE")'


@dataclass(frozen=True, slots=True)
class _Run:
    cpu: float
    wall: float
    answer: bytes


def run(sizes: Sizes) -> Result:
    """Figures of the job `files`: the processor time of this library, and all rivals beside it."""
    figures: dict[str, Figure] = {}
    groups: list[Group] = []
    with tempfile.TemporaryDirectory(prefix="criteria-benchmark-") as name:
        folder = Path(name)
        _write(folder, sizes.file_rows)
        for kind, suffix in _SUFFIXES.items():
            path = folder / f"data.{suffix}"
            commands = _commands(kind, str(path), str(folder / "schema.json"))
            runs, line = _interleaved(commands, sizes.processes, compiling(name))
            size = f"{path.stat().st_size / 1e6:.0f} MB"
            for measure in ("cpu", "wall"):
                title = f"files: {kind}, {sizes.file_rows:,} records, {size}, {measure} seconds of whole processes"
                groups.append(_group(title, runs, measure))
            ours = groups[-2].timings[0]
            figures[f"files.{kind}"] = ours.remark or Timed(ours.median or 0.0, line)
            if sizes.file_rows < Sizes().file_rows:
                figures[f"files.{kind}"] = "measured with a million records only: with fewer the start dominates"
    return Result(figures, tuple(groups))


def _write(folder: Path, count: int) -> None:
    """The same records in each format."""
    import polars as pl

    records = [{name: one.get(name) for name in FIELDS} for one in people.with_nulls(count)]
    text = "".join(f"{json.dumps(one)}\n" for one in records)
    (folder / "data.ndjson").write_text(text, encoding="utf-8")
    (folder / "data.ndjson.gz").write_bytes(gzip.compress(text.encode(), 6))
    (folder / "data.json").write_text(json.dumps(records), encoding="utf-8")
    frame = pl.DataFrame(records, infer_schema_length=None)
    frame.write_csv(folder / "data.csv")
    frame.write_parquet(folder / "data.parquet")
    frame.write_ipc(folder / "data.arrow")
    types = {"name": "string", "age": "integer", "score": "double", "country": "string"}
    content = {
        "name": "person", "systemProperties": False,
        "fields": [{"name": name, "fieldType": one} for name, one in types.items()],
    }  # fmt: skip
    (folder / "schema.json").write_text(json.dumps(content), encoding="utf-8")


def _commands(kind: str, path: str, schema: str) -> Mapping[str, str | list[str]]:
    """The contestants of a format: a command, or the name of the package that is not installed."""
    options = ["--schema", schema] if kind == "csv" else []
    python = [sys.executable, "-c"]
    found: dict[str, str | list[str]] = {
        "criteria": [*python, PROGRAM, "filter", json.dumps(QUERY), path, *options, "--count"]
    }
    if kind in _BY_HAND:
        found["Python by hand"] = [*python, f"{_SELECTED}print({_BY_HAND[kind]})", path]
    if kind in ("ndjson", "json"):
        lines = f"reduce inputs as $one (0; . + ($one | [{_JQ}] | length))"
        program = lines if kind == "ndjson" else f"map({_JQ}) | length"
        for name in ("jq", "gojq", "jaq"):
            found[name] = _program([name, *(["-n"] if kind == "ndjson" else []), program, path])
    if kind in _MILLERS:
        packed = ["--gzin"] if kind == "gzip" else []
        found["Miller"] = _program(
            ["mlr", _MILLERS[kind], *packed, "--onidx", "filter", _MILLER, "then", "count", path]
        )
    if kind == "csv":
        found["csvkit"] = _program(["csvsql", "--query", _CSVKIT, path])
    if kind in _DUCKDB:
        code = _COUNT_IN_DUCKDB.format(read=_DUCKDB[kind])
        found["DuckDB"] = [*python, code, path] if find_spec("duckdb") else "duckdb"
        sql = _COUNT_IN_SQL.format(read=_DUCKDB[kind], path=path)
        found["DuckDB's command line"] = _program(["duckdb", "-csv", "-noheader", "-c", sql])
    if kind in _POLARS:
        code = _COUNT_IN_POLARS.format(scan=_POLARS[kind])
        found["Polars"] = [*python, code, path] if find_spec("polars") else "polars"
    return found


def _program(command: list[str]) -> str | list[str]:
    """The command, or its first word if there is no such program."""
    return command if shutil.which(command[0]) else command[0]


def _interleaved(
    commands: Mapping[str, str | list[str]], rounds: int, environment: dict[str, str]
) -> tuple[Mapping[str, str | list[_Run]], float]:
    """The runs of each contestant, one of each in every round, and the median of what a line took in them. A first run
    of ours, which compiles its modules, is not counted."""
    first = next(iter(commands.values()))
    assert not isinstance(first, str)
    _process(first, environment)
    runs: dict[str, str | list[_Run]] = {
        name: f"{one} is not installed" if isinstance(one, str) else [] for name, one in commands.items()
    }
    often = {name: rounds if rounds == 1 else _ROUNDS.get(name, rounds) for name in commands}
    lines: list[float] = []
    for at in range(max(often.values())):
        lines.append(seconds_a_line())
        for name, command in commands.items():
            done = runs[name]
            if at < often[name] and isinstance(done, list) and not isinstance(command, str):
                done.append(_process(command, environment))
    return runs, statistics.median(lines)


def _process(command: list[str], environment: dict[str, str]) -> _Run:
    before, start = processes_time(), perf_counter()
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, env=environment)  # noqa: S603
    wall, cpu = perf_counter() - start, processes_time() - before
    return _Run(cpu, wall, done.stdout.rpartition(b"count(*)\n")[2].strip())


def _shown(answer: bytes) -> str:
    """The last line that a process printed, in a line of a table."""
    return repr(answer.decode("utf-8", "replace").rsplit("\n", 1)[-1][-30:])


def _group(title: str, runs: Mapping[str, str | list[_Run]], measure: str) -> Group:
    answers = [one[0].answer for one in runs.values() if isinstance(one, list)]
    right = max(set(answers), key=answers.count)
    timings: list[Timing] = []
    for name, one in runs.items():
        if isinstance(one, str):
            timings.append(Timing(name, None, None, None, one))
            continue
        seconds = [getattr(each, measure) for each in one]
        base = timings[0].best if timings and timings[0].best else min(seconds)
        wrong = next((each.answer for each in one if each.answer != right), None)
        remark = "" if wrong is None else f"wrong answer: {_shown(wrong)} instead of {_shown(right)}"
        timings.append(Timing(name, min(seconds), statistics.median(seconds), min(seconds) / base, remark))
    return Group(title, tuple(timings))
