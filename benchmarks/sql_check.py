"""Runs conditions on DuckDB, to compare the answers of SQL compilers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.harness import UNCHECKED
from benchmarks.queries import Criteria, medium_by_hand, rows, selects

ROWS = rows(80)

Condition = tuple[str, Sequence[Any] | Mapping[str, Any]]
"""SQL text for PostgreSQL, and its parameters."""


def selected(conditions: Sequence[Condition]) -> object:
    """The rows that each condition selects; `UNCHECKED` without DuckDB."""
    try:
        import duckdb
    except ModuleNotFoundError:
        return UNCHECKED
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (id INTEGER, f1 BIGINT, f2 BIGINT, f3 TEXT, f4 BOOLEAN, f5 BIGINT)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", [list(row.values()) for row in ROWS])
        return [_ids(connection, *condition) for condition in conditions]


def _ids(connection: Any, text: str, params: Any) -> list[int]:
    """PostgreSQL's drivers have %s and %(name)s for DuckDB's ? and $name."""
    text = re.sub(r"%\((\w+)\)s", r"$\1", text).replace("%s", "?")
    found = connection.execute(f"SELECT id FROM t WHERE {text} ORDER BY id", params or None).fetchall()  # noqa: S608
    return [number for (number,) in found]


def expected_of_medium(queries: Sequence[Criteria]) -> list[list[int]]:
    """The rows that medium queries select, by hand-written code."""
    return [[row["id"] for row in ROWS if matches(row)] for matches in map(medium_by_hand, queries)]


def expected(queries: Sequence[Criteria]) -> list[list[int]]:
    """The rows that the criteria of `queries.new_shapes` select, by hand-written code."""
    return [[row["id"] for row in ROWS if selects(one, row)] for one in queries]
