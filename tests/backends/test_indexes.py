"""docs/indexes.md is true: on each engine the plans of a small table use the indexes that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.run_time.cases import OPERATORS, cases
from benchmarks.run_time.engine import TABLE, Engine
from benchmarks.run_time.measure import Run, measure
from benchmarks.run_time.page import page
from benchmarks.run_time.records import KINDS
from benchmarks.run_time.sqlite import sqlite
from tests.conftest import Engines
from tests.engines import Servers
from tests.engines.sql import SQLITE_COMBINES_INDEXES
from tests.servers import MARIADB, MONGODB, POSTGRES

COUNTS = {"sqlite": 3_000, "duckdb": 10_000, "postgres": 3_000, "mariadb": 3_000, "mongodb": 3_000}
"""The number of records on each engine: enough that it uses an index for some thousandths of them. DuckDB needs more,
because its limit on index look-ups is scaled down."""

PAGE = Path(__file__).parents[2] / "docs" / "indexes.md"
PAGE_COUNT = 1_000_000
"""The number of records in the table that the page was written from."""

Claims = Mapping[tuple[str, str], str]
"""The cell of a kind of field and an operator: "yes", "no", or the number of a better index."""


@dataclass(frozen=True, slots=True)
class Section:
    """The page's section about an engine."""

    indexes: list[str]
    better: list[str]
    claims: Claims


def sections(text: str) -> dict[str, Section]:
    """The sections of the page by engine name, without the version, which the other sections do not have."""
    parts = [part.splitlines() for part in text.split("\n## ")[1:]]
    return {lines[0].rpartition(" ")[0]: _section(lines) for lines in parts if lines[0][-1:].isdigit()}


def _section(lines: list[str]) -> Section:
    fences = [at for at, line in enumerate(lines) if line == "```"]
    indexes = lines[fences[0] + 1 : fences[1]]
    better = [line for line in lines if line[:1].isdigit()]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    claims = {
        (kind, row[0].strip("`")): cell.removesuffix("!")  # the exclamation mark is about run time
        for row in rows
        if row[0] != "time"
        for kind, cell in zip(head[1:], row[1:], strict=True)
        if cell
    }
    return Section(indexes, better, claims)


@contextmanager
def _duckdb(servers: Servers) -> Iterator[Engine]:
    """Sets DuckDB's limit of 2,048 records per index look-up to the same share of this smaller table."""
    from benchmarks.run_time.duckdb import duckdb

    with duckdb() as engine:
        most = 2048 * COUNTS["duckdb"] // PAGE_COUNT
        engine.execute(f"SET index_scan_max_count = {most}")
        engine.execute("SET index_scan_percentage = 0.001")
        yield engine


@contextmanager
def _postgres(servers: Servers) -> Iterator[Engine]:
    from benchmarks.run_time.postgres import Postgres

    with servers.get(POSTGRES).connect("natural") as connection:
        yield Postgres(connection, "0")
        connection.execute(f"DROP TABLE {TABLE}")


@contextmanager
def _mariadb(servers: Servers) -> Iterator[Engine]:
    from benchmarks.run_time.mariadb import Mariadb

    connection = servers.get(MARIADB).connect("folding")
    try:
        engine = Mariadb(connection, "0")
        yield engine
        engine.execute(f"DROP TABLE {TABLE}")
    finally:
        connection.close()


@contextmanager
def _mongodb(servers: Servers) -> Iterator[Engine]:
    from benchmarks.run_time.mongodb import Mongodb

    server = servers.get(MONGODB)
    with server.connect() as client:
        collection = client[server.database][TABLE]
        yield Mongodb(collection, "0")
        collection.drop()


OPEN: Mapping[str, Callable[[Servers], AbstractContextManager[Engine]]] = {
    "sqlite": lambda servers: sqlite(),
    "duckdb": _duckdb,
    "postgres": _postgres,
    "mariadb": _mariadb,
    "mongodb": _mongodb,
}


_HEAVY = pytest.mark.heavy("plans of every condition, on a large table")


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=_HEAVY) if name in ("duckdb", "mongodb") else name for name in OPEN],
)
def run(request: pytest.FixtureRequest, engines: Engines) -> Run:
    """The measurement that writes the page, on a small table of an engine. Nothing is timed."""
    engines.check(request.param)
    if request.param == "sqlite" and not SQLITE_COMBINES_INDEXES:
        pytest.skip("the page has the plans of SQLite 3.40, and docs/engines.md what is slower since")
    with OPEN[request.param](engines.servers) as engine:
        return measure(engine, COUNTS[request.param], 1, 0)


@pytest.fixture(scope="module")
def documented() -> dict[str, Section]:
    """The sections of docs/indexes.md."""
    return sections(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", KINDS.values())
def test_conditions_use_the_indexes_that_the_page_names(kind: str, run: Run, documented: dict[str, Section]) -> None:
    """Each condition uses an index of the list, a better index or none, as the page states."""
    found = sections(page([run]))[run.engine].claims
    claims = documented[run.engine].claims
    wrong = {
        operator: f"the page says {claims.get((kind, operator))}, the plan {found.get((kind, operator))}"
        for operator in OPERATORS
        if claims.get((kind, operator)) != found.get((kind, operator))
    }
    assert wrong == {}


def test_the_page_lists_the_indexes(run: Run, documented: dict[str, Section]) -> None:
    """The page's CREATE INDEX statements are those that created the indexes here, with the same expressions."""
    here = sections(page([run]))[run.engine]
    assert documented[run.engine].indexes == here.indexes
    assert documented[run.engine].better == here.better


def test_the_page_covers_every_engine_and_condition(documented: dict[str, Section]) -> None:
    """A section for each engine, and a cell for each condition."""
    assert list(documented) == ["SQLite", "PostgreSQL", "MariaDB", "DuckDB", "MongoDB"]
    for name, section in documented.items():
        assert set(section.claims) == {(case.kind, case.operator) for case in cases()}, name
        assert set(section.claims.values()) <= {"yes", "no", "(1)", "(2)", "(3)"}, name


@pytest.mark.heavy("a large table")
def test_duckdb_uses_an_index_for_few_records(engines: Engines) -> None:
    """The page's remark is true: conditions that select at most 2,048 records use an index, even ranges and $in."""
    engines.check("duckdb")
    from benchmarks.run_time.duckdb import duckdb

    with duckdb() as engine:
        engine.load(COUNTS["duckdb"])
        looked_up: dict[str, set[Any]] = {}
        for case in cases():
            if engine.indexes(engine.ours(case)):
                looked_up.setdefault(case.kind, set()).add(case.operator)
    ranges = {"$eq", "$in", "$gt", "$gte", "$lt", "$lte"}
    assert looked_up == {
        "string": ranges, "string, binary": ranges, "integer": ranges, "decimal": ranges, "double": ranges,
        "dateTime": ranges, "boolean": {"$eq", "$in"}, "guid": {"$eq", "$in"}, "objectRef": {"$eq", "$in"},
    }  # fmt: skip
