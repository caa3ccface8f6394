"""The engines table of the README, from what the tests executed.

    CRITERIA_PROFILE=ci pytest tests/conformance --conformance-report=report.json    # of any engines
    python -m tests.engines.readme report.json > /dev/null       # their versions and counts go to executed.json
    python -m tests.engines.readme                               # prints the table

A report of `python -m tests.servers.versions` is of the lowest versions, which --lowest says, or of another version,
which --other says. A report of a part of the kit is refused.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from criteria.conformance import schemas
from criteria.conformance.suite_files import cases, reference_cases
from examples.arguments import ArgumentParser

EXECUTED = Path(__file__).parent / "executed.json"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    - `name`, `how`: the engine, and how it is asked for.
    - `engines`: the engines of the tests that prove it.
    - `runs_in`: what runs the engine's language, if the version is not that of the engine.
    - `note`: in what set-up they run, or what they leave out.
    - `since`, `lowest`: the lowest version that is supported, and the session of nox that runs it.
    - `other`: the session of nox that runs one more version.
    - `heavy`: whether the profile quick skips the proof.
    - `proof`: the tests that prove it, if they are not those of the kit.
    - `needs`: what they need beside the extra `test`.
    """

    name: str
    how: str
    engines: tuple[str, ...]
    note: str = ""
    runs_in: str = ""
    since: str = ""
    lowest: str = ""
    other: str = ""
    heavy: bool = False
    proof: str = ""
    needs: str = ""

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
         "with case-folding, binary and padding columns", since="8.0.28", lowest='"versions(mysql-8.0.28)"',
         needs="the server of `python -m tests.servers.mysql_package`"),
    Line("MariaDB", '`dialect="mariadb"`', ("mariadb", "mariadb-binary"), "with case-folding and binary columns",
         since="10.11.19", other='"versions(mariadb-11.8)"',
         needs="`apt-get install mariadb-server-core mariadb-client-core`"),
    Line("DuckDB", '`dialect="duckdb"`', ("duckdb", "duckdb-binary"), since="1.5.3", lowest="lowest-packages"),
    Line("MongoDB", '`compile(query, "mongo")`', ("mongodb",),
         'for a collection with a collation, pass `{"locale": "simple"}`'),
    Line("Polars, pandas, Arrow, DuckDB relations, Dask", "`criteria.backends.frame.filter(frame, query)`",
         ("polars", "pandas-arrow", "pyarrow", "duckdb-relation", "dask"), lowest="lowest-packages", heavy=True),
    Line("Qdrant, LanceDB", '`compile(query, "qdrant")`, `compile(query, "lancedb")`', (),
         "in process, queries only: [docs/retrieval.md](docs/retrieval.md)", heavy=True, proof="tests/vectors",
         needs="the extra `vectors-test`"),
    Line("ClickHouse", '`dialect="clickhouse"`', ("clickhouse",),
         "with days and instants of the years 1900 to 2299, which is what it can hold", heavy=True,
         needs="the extra `clickhouse-test`"),
    Line("Spark SQL, Spark 4 frames", '`dialect="spark"`, `criteria.backends.frame.filter`', ("spark-sql",),
         "on columns; frames on a cluster of two workers", heavy=True,
         proof="tests/frames/test_spark.py tests/conformance --engines=spark,spark-sql",
         needs="the extra `spark` and Java 17"),
    Line("BigQuery", '`dialect="bigquery"`', ("bigquery",),
         "Google's own analyzer and reference evaluator of the language, in process, on columns; not on the service",
         runs_in="zetasql", heavy=True, needs="the extra `bigquery-test`"),
)  # fmt: skip
"""The lines of engines that the tests run."""

TEXT_TESTED = (
    "| Snowflake, Redshift, Trino, SQL Server, Oracle "
    '| `dialect="snowflake"`, `"redshift"`, `"trino"`, `"tsql"`, `"oracle"` '
    "| not executed: only the text is tested. Conditions without an exact translation raise `unsupported` "
    "| `pytest tests/sql/test_further_dialects.py` |"
)


def executed() -> dict[str, Any]:
    """The recorded versions and counts: by engine, and those of the lowest and of other versions."""
    found: dict[str, Any] = json.loads(EXECUTED.read_text(encoding="utf-8"))
    return found


_CHECKS = ("generated_searches", "laws", "complements", "pages", "large_table")
_SKIPPED = {("bigquery", "large_table"): len(schemas.ALL), ("spark-sql", "suite_case"): 1}
"""Tests that `tests/conformance/test_further_engines.py` skips: by engine and check, how many."""


def missing_tests(name: str, checks: Mapping[str, Any]) -> dict[str, int]:
    """How many tests of each check of the kit a report lacks. What an engine does not support is counted as a test."""
    whole = {"suite_case": len(list(cases(refused=False))), **dict.fromkeys(_CHECKS, len(schemas.ALL))}
    whole.update(references=len(list(reference_cases())), unsupported_is_refused=1)
    ran = {check: counts["passed"] + counts["skipped"] for check, counts in checks.items()}
    lacking = {check: tests - ran.get(check, 0) - _SKIPPED.get((name, check), 0) for check, tests in whole.items()}
    return {check: count for check, count in lacking.items() if count}


def together(reports: list[str]) -> dict[str, Any]:
    """The engines of some reports. One that is in several, with one version, has the checks of all."""
    found: dict[str, Any] = {}
    for path in reports:
        for name, engine in json.loads(Path(path).read_text(encoding="utf-8"))["engines"].items():
            if engine["verdict"] == "does not conform":
                raise SystemExit(f"{name} of {path} does not conform")
            known = found.setdefault(name, {"version": engine["version"], "checks": {}})
            if known["version"] != engine["version"]:
                raise SystemExit(f"{name} of {path} has another version: {engine['version']}, not {known['version']}")
            known["checks"].update(engine["checks"])
    return found


def record(reports: list[str], kind: str) -> None:
    """Writes the engines of some reports of the kit to executed.json. An engine that does not conform, or ran
    a part of the kit, is an error."""
    recorded = executed()
    for name, engine in together(reports).items():
        if lacking := missing_tests(name, engine["checks"]):
            raise SystemExit(f"{name} ran a part of the kit; it lacks {lacking}")
        queries = sum(check["queries"] for check in engine["checks"].values())
        recorded[kind][name] = {"version": engine["version"], "queries": queries}
    for key in recorded:
        recorded[key] = dict(sorted(recorded[key].items()))
    EXECUTED.write_text(json.dumps(recorded, indent=2) + "\n", encoding="utf-8")


def line_text(line: Line, recorded: Mapping[str, Any]) -> str:
    """A line as Markdown."""
    found = [versions_of(name, line, recorded) for name in line.engines]
    shown = "executed"
    if line.has_one_version:
        shown += f" on {line.runs_in} " if line.runs_in else " on "
        shown += " and ".join(dict.fromkeys(one for versions in found for one in versions))
    elif found:
        shown += " on " + ", ".join(
            f"{name} {' and '.join(one)}" for name, one in zip(line.engines, found, strict=True)
        )
    profile = "CRITERIA_PROFILE=ci " if line.heavy else ""
    tests = line.proof or f"tests/conformance --engines={','.join(line.engines)}"
    needs = f" with {line.needs}" if line.needs else ""
    name = f"{line.name} {line.since}+" if line.since else line.name
    also = "".join(f", `nox -s {session}`" for session in (line.lowest, line.other) if session)
    note = f", {line.note}" if line.note else ""
    return f"| {name} | {line.how} | {shown}{note} | `{profile}pytest {tests}`{needs}{also} |"


def versions_of(name: str, line: Line, recorded: Mapping[str, Any]) -> list[str]:
    """The versions of an engine that were executed, the lowest one first."""
    parts = {"lowest": line.lowest, "engines": True, "other": line.other}
    versions = [
        recorded[part][name]["version"] for part, is_named in parts.items() if is_named and name in recorded[part]
    ]
    return list(dict.fromkeys(versions))


def table() -> Iterator[str]:
    """The lines of the table."""
    recorded = executed()
    yield "| engine | how | tested | what proves it |"
    yield "|---|---|---|---|"
    for line in LINES:
        yield line_text(line, recorded)
    yield TEXT_TESTED


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("reports", nargs="*")
    for kind in ("lowest", "other"):
        parser.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, default="engines")
    arguments = parser.parse_args()
    record(arguments.reports, arguments.kind)
    sys.stdout.write("\n".join(table()) + "\n")
