"""The engines table of the README, from what the tests executed.

    pytest tests/conformance --conformance-report=report.json    # of any engines
    python -m tests.engines.readme report.json > /dev/null       # their versions and counts go to executed.json
    python -m tests.engines.readme                               # prints the table

A report of `python -m tests.servers.versions` is of the lowest versions, which --lowest says.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXECUTED = Path(__file__).parent / "executed.json"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    - `name`, `how`: the engine, and how it is asked for.
    - `engines`: the engines of the tests that prove it.
    - `note`: in what set-up they run, or what they leave out.
    - `since`, `lowest`: the lowest version that is supported, and the session of nox that runs it.
    - `heavy`: whether the profile quick skips the proof.
    - `proof`: the tests that prove it, if they are not those of the kit.
    """

    name: str
    how: str
    engines: tuple[str, ...]
    note: str = ""
    since: str = ""
    lowest: str = ""
    heavy: bool = False
    proof: str = ""

    @property
    def has_one_version(self) -> bool:
        """Whether all its engines have the same version, which the line says."""
        return len(self.engines) == 1 or self.since != "" or self.name == "Python"


LINES = (
    Line("Python", '`compile(query, "python")`', ("python", "python-json", "python-objects"),
         "typed records, JSON records, objects"),
    Line("SQLite", '`dialect="sqlite"`', ("sqlite",), since="3.38", lowest='"versions(sqlite-3.38)"'),
    Line("PostgreSQL", '`dialect="postgres"`', ("postgres", "postgres-natural"), "under C and en_US collation",
         since="11", lowest='"versions(postgres-11)"'),
    Line("MySQL", '`dialect="mysql"`, also called `"mysql8"`', ("mysql", "mysql-binary", "mysql-padding"),
         "with case-folding, binary and padding columns", since="8.0.28", lowest='"versions(mysql-8.0.28)"'),
    Line("MariaDB", '`dialect="mariadb"`', ("mariadb", "mariadb-binary"), "with case-folding and binary columns",
         since="10.11.19"),
    Line("DuckDB", '`dialect="duckdb"`', ("duckdb", "duckdb-binary"), since="1.5", lowest="lowest-packages"),
    Line("MongoDB", '`compile(query, "mongo")`', ("mongodb",),
         'for a collection with a collation, pass `{"locale": "simple"}`'),
    Line("Polars, pandas, Arrow, DuckDB relations, Dask", "`criteria.backends.frame.filter(frame, query)`",
         ("polars", "pandas-arrow", "pyarrow", "duckdb-relation", "dask"), lowest="lowest-packages", heavy=True),
    Line("Qdrant, LanceDB", '`compile(query, "qdrant")`, `compile(query, "lancedb")`', (),
         "in process, queries only: [docs/retrieval.md](docs/retrieval.md)", heavy=True, proof="tests/vectors"),
    Line("ClickHouse", '`dialect="clickhouse"`', ("clickhouse",),
         "with days and instants of the years 1900 to 2299, which is what it can hold", heavy=True),
    Line("Spark SQL, Spark 4 frames", '`dialect="spark"`, `criteria.backends.frame.filter`', ("spark-sql",),
         "on columns; frames on a cluster of two workers", heavy=True,
         proof="tests/frames/test_spark.py tests/conformance --engines=spark,spark-sql"),
    Line("BigQuery", '`dialect="bigquery"`', ("bigquery",),
         "the reference evaluator of its language, on columns; not on the service", heavy=True),
)  # fmt: skip
"""The lines of engines that the tests run."""

TEXT_TESTED = (
    "| Snowflake, Redshift, Trino, SQL Server, Oracle "
    '| `dialect="snowflake"`, `"redshift"`, `"trino"`, `"tsql"`, `"oracle"` '
    "| not executed: only the text is tested. Conditions without an exact translation raise `unsupported` "
    "| `pytest tests/sql/test_further_dialects.py` |"
)


def executed() -> dict[str, Any]:
    """The recorded versions and counts: by engine, and those of the lowest versions."""
    found: dict[str, Any] = json.loads(EXECUTED.read_text(encoding="utf-8"))
    return found


def record(reports: list[str], *, lowest: bool) -> None:
    """Writes the engines of some reports of the kit to executed.json. An engine that does not conform is an error."""
    recorded = executed()
    part = recorded["lowest" if lowest else "engines"]
    for path in reports:
        for name, engine in json.loads(Path(path).read_text(encoding="utf-8"))["engines"].items():
            if not engine["conforms"]:
                raise SystemExit(f"{name} of {path} does not conform")
            queries = sum(check["queries"] for check in engine["checks"].values())
            part[name] = {"version": engine["version"], "queries": queries}
    for key in recorded:
        recorded[key] = dict(sorted(recorded[key].items()))
    EXECUTED.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")


def line_text(line: Line, recorded: Mapping[str, Any]) -> str:
    """A line as Markdown."""
    parts = ("lowest", "engines") if line.lowest else ("engines",)
    versions = dict.fromkeys(
        recorded[part][name]["version"] for part in parts for name in line.engines if name in recorded[part]
    )
    shown = f"executed on {' and '.join(versions)}" if versions and line.has_one_version else "executed"
    profile = "CRITERIA_PROFILE=ci " if line.heavy else ""
    tests = line.proof or f"tests/conformance --engines={','.join(line.engines)}"
    name = f"{line.name} {line.since}+" if line.since else line.name
    also = f", `nox -s {line.lowest}`" if line.lowest else ""
    note = f", {line.note}" if line.note else ""
    return f"| {name} | {line.how} | {shown}{note} | `{profile}pytest {tests}`{also} |"


def table() -> Iterator[str]:
    """The lines of the table."""
    recorded = executed()
    yield "| engine | how | tested | what proves it |"
    yield "|---|---|---|---|"
    for line in LINES:
        yield line_text(line, recorded)
    yield TEXT_TESTED


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("reports", nargs="*")
    parser.add_argument("--lowest", action="store_true")
    arguments = parser.parse_args()
    record(arguments.reports, lowest=arguments.lowest)
    sys.stdout.write("\n".join(table()) + "\n")
