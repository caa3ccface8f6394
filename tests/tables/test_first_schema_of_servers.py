"""A first schema of tables with odd names and columns, on each engine, by the library and the program."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import criteria
from criteria import Schema
from tests.cli.running import run
from tests.conftest import Engines
from tests.engines.sql import DuckdbEngine, SqlEngine
from tests.tables.foreign import created

NAMES = ("Upper", "a b", 'say "x"', "select", "back`tick", "order", "100%", "%s", "é")
LEFT_OUT = ("a.b", "NOT", "$x")
"""Names that fields cannot have."""

TYPES: Mapping[str, tuple[str, str, str]] = {
    "sqlite": ("JSON", "TIME", "GENERATED ALWAYS AS (id + 1)"),
    "duckdb": ("JSON", "TIME", "GENERATED ALWAYS AS (id + 1)"),
    "postgres-natural": ("jsonb", "time", "GENERATED ALWAYS AS (id + 1) STORED"),
    "mariadb": ("JSON", "TIME", "GENERATED ALWAYS AS (id + 1) VIRTUAL"),
    "mysql": ("JSON", "TIME", "GENERATED ALWAYS AS (id + 1) VIRTUAL"),
}
"""Types of JSON and of times of a day, and how a column is generated."""

EXCLUDED = {("mariadb", "first_view"): ["document"]}
"""A JSON column of MariaDB is a LONGTEXT with a check, and a view has no checks: there it is a string."""

Opened = tuple[SqlEngine, str]


@contextmanager
def opened(name: str, engines: Engines, folder: Path) -> Iterator[Opened]:
    """An engine, and the URL of its database: of SQLite and DuckDB in a file."""
    if name == "sqlite":
        with closing(sqlite3.connect(folder / "first.db")) as connection:
            yield SqlEngine(name, name, connection), f"sqlite:///{folder}/first.db"
        return
    if name == "duckdb":
        engine = DuckdbEngine(name, name, import_module("duckdb").connect(str(folder / "first.duckdb")))
        yield engine, f"duckdb:///{folder}/first.duckdb"
        return
    found = engines.get(name)
    assert isinstance(found, SqlEngine)
    yield found, URLS[name](found.connection)


def _postgres_url(connection: Any) -> str:
    info = connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={quote(info.host, safe='')}&port={info.port}"


def _mysql_url(connection: Any) -> str:
    user, name = connection.user.decode(), connection.db.decode()
    return f"mysql://{user}@localhost/{name}?unix_socket={quote(connection.unix_socket, safe='')}"


URLS: Mapping[str, Callable[[Any], str]] = {
    "postgres-natural": _postgres_url, "mariadb": _mysql_url, "mysql": _mysql_url,
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_odd_names_and_columns(name: str, engines: Engines, tmp_path: Path) -> None:
    """Each column is a field that queries may use, or is told."""
    json_type, time_type, generated = TYPES[name]
    with opened(name, engines, tmp_path) as (engine, url):
        quoted = _quoting(engine.dialect)
        columns = [f"{quoted(one)} INTEGER" for one in (*NAMES, *LEFT_OUT)]
        columns += [f"document {json_type}", f"clock {time_type}", f"made INTEGER {generated}"]
        try:
            engine.execute(f"CREATE TABLE first_rows (id INTEGER PRIMARY KEY, {', '.join(columns)})")
            engine.execute(
                f"INSERT INTO first_rows (id, {', '.join(map(quoted, NAMES))}) VALUES (1{', 5' * len(NAMES)})"
            )
            engine.execute("CREATE VIEW first_view AS SELECT * FROM first_rows")
            engine.commit()
            for table in ("first_rows", "first_view"):
                check(engine, table, None if name == "duckdb" else url)
            if name == "duckdb":  # which opens a file for one process
                engine.connection.close()
                assert_printed(f"{url}::first_rows", [*NAMES, "made"])
        finally:
            if name not in ("sqlite", "duckdb"):
                with suppress(Exception):
                    engine.rollback()
                engine.execute("DROP VIEW IF EXISTS first_view")
                engine.execute("DROP TABLE IF EXISTS first_rows")
                engine.commit()


def check(engine: SqlEngine, name: str, url: str | None) -> None:
    """The first schema of a table: by the library, by the program, and what queries of its fields select."""
    first = criteria.tables.schema(engine.connection, name, exclude=EXCLUDED.get((engine.dialect, name), ()))
    assert [field.name for field in first.fields] == ["id", *NAMES, "made"]
    told = {
        problem.message.split('"')[1]: problem for problem in criteria.tables.left_out(engine.connection, name, first)
    }
    is_told = (engine.dialect, name) not in EXCLUDED
    assert list(told) == [*LEFT_OUT, *(["document"] if is_told else []), "clock"]
    assert all(problem.hint for problem in told.values())
    table = criteria.tables.reflect(engine.connection, name, first)
    for field in first.fields:
        value = {"id": 1, "made": 2}.get(field.name, 5)
        where = criteria.compile(criteria.parse({field.name: value}, first), "sql", table=table)
        assert engine.keys(f"SELECT id FROM {name} WHERE {where.text}", where.params, 0) == [1], field
    search = criteria.parse_search({"orderBy": "made desc"}, first) if first.key else None
    if search is not None:
        rows = criteria.compile(search, "sql", table=table).rows
        assert engine.keys(rows.text, rows.params, 0) == [1]
    if url is not None and is_told:
        printed = assert_printed(f"{url}::{name}", [*NAMES, "made"])
        assert printed.fields == first.fields


def assert_printed(table: str, names: list[str]) -> Schema:
    """`criteria schema --from` prints the same fields, and says what it left out."""
    outcome = run("schema", "--from", table)
    assert outcome.code == 1, outcome.err
    assert [one["name"] for one in json.loads(outcome.text)["fields"]] == ["id", *names]
    assert all(f'Column "{one}"' in outcome.err for one in (*LEFT_OUT, "document", "clock"))
    return Schema.from_json(outcome.text)


def _quoting(dialect: str) -> Callable[[str], str]:
    mark = "`" if dialect in ("mariadb", "mysql") else '"'
    return lambda name: mark + name.replace(mark, mark * 2) + mark


def test_a_column_that_pads_is_left_out_with_a_way_out(engines: Engines) -> None:
    """CHAR(5) of PostgreSQL holds guids only by its type, which its length excludes."""
    with created(engines, "postgres-natural", "code char(5)") as engine:
        first = criteria.tables.schema(engine.connection, "foreign_rows")
        [problem] = criteria.tables.left_out(engine.connection, "foreign_rows", first)
    assert problem.hint == "It pads texts with spaces. Query a view that casts it: CAST(column AS TEXT)."
