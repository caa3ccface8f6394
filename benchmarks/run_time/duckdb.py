"""DuckDB, in memory."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.run_time.by_hand import SqlByHand, Statement, Words
from benchmarks.run_time.engine import TABLE, Engine, SqlEngine, parts, plain_indexes

_COLUMNS = ("name", "code", "age", "active", "price", "score", "seen", "token", "owner")
_NESTED = {"address.city": "(address ->> '$.city')", "address.zone": "CAST(address ->> '$.zone' AS BIGINT)"}
_ITEMS = "list_filter({f}, lambda item: item"

_HAND = SqlByHand(
    parameter="?",
    columns=_NESTED,
    words={
        ("string", "$startsWith"): Words("starts_with({f}, {p})"),
        ("string", "$endsWith"): Words("ends_with({f}, {p})"),
        ("string", "$contains"): Words("contains({f}, {p})"),
        ("boolean", "$ne"): Words("({f} = {p} OR {f} IS NULL)", lambda flag: (not flag,)),
        ("boolean", "$nin"): Words("({f} = {p} OR {f} IS NULL)", lambda flags: (not flags[0],)),
        # NaN is above all numbers there, and no number.
        ("double", "$gt"): Words("{f} > {p} AND {f} < 'NaN'"),
        ("double", "$gte"): Words("{f} >= {p} AND {f} < 'NaN'"),
        ("double", "NOT $gt"): Words("({f} <= {p} OR {f} IS NULL OR isnan({f}))"),
        ("double", "NOT $gte"): Words("({f} < {p} OR {f} IS NULL OR isnan({f}))"),
        ("list of strings", "$eq"): Words("list_contains({f}, {p})"),
        ("list of strings", "$ne"): Words("NOT coalesce(list_contains({f}, {p}), FALSE)"),
        ("list of strings", "$in"): Words("list_has_any({f}, [{ps}])", tuple),
        ("list of strings", "$nin"): Words("NOT coalesce(list_has_any({f}, [{ps}]), FALSE)", tuple),
        ("list of strings", "null"): Words(f"coalesce(len({_ITEMS} IS NOT NULL)), 0) = 0", lambda _: ()),
        ("list of strings", "not null"): Words(f"len({_ITEMS} IS NOT NULL)) > 0", lambda _: ()),
        ("list of strings", "$gt"): Words(f"len({_ITEMS} > {{p}})) > 0"),
        ("list of strings", "$startsWith"): Words("len(list_filter({f}, lambda item: starts_with(item, {p}))) > 0"),
        ("list of strings", "$contains"): Words("len(list_filter({f}, lambda item: contains(item, {p}))) > 0"),
    },
)


class Duckdb(SqlEngine):
    name, dialect, hand = "DuckDB", "duckdb", _HAND
    first: Sequence[str] = plain_indexes(_COLUMNS)
    remark = (
        "DuckDB uses an index only for conditions that select few records: at most 2,048 or one in a thousand "
        "(its settings `index_scan_max_count` and `index_scan_percentage`). Otherwise it reads the columns, and skips "
        "parts whose minimum and maximum exclude the value."
    )

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        """From a file: statements with values are slow there."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.csv"
            with file.open("w", newline="", encoding="utf-8") as opened:
                csv.writer(opened).writerows([_text(value) for value in row] for row in rows)
            self.execute(f"COPY {TABLE} FROM '{file}' (FORMAT csv, HEADER false, NULL '\\N')")

    def execute(self, statement: str) -> None:
        self.connection.execute(statement)

    def rows(self, text: str, params: Sequence[Any]) -> list[Any]:
        self.connection.execute(text, params)
        return list(self.connection.fetchall())

    def plan(self, statement: Statement) -> str:
        return str(self.explained("EXPLAIN ANALYZE", statement)[0][1])

    def indexes(self, statement: Statement) -> frozenset[str]:
        """The plan names no index; there is one on each column."""
        plan = json.loads(self.explained("EXPLAIN (ANALYZE, FORMAT json)", statement)[0][1])
        scans = [part for part in parts(plan) if part.get("Type") == "Index Scan"]
        return frozenset(f"by_{name}" for scan in scans for name in _COLUMNS if name in str(scan.get("Filters")))


def _text(value: Any) -> Any:
    if value is None:
        return "\\N"
    if isinstance(value, list):
        return "[" + ", ".join("NULL" if item is None else str(item) for item in value) + "]"
    return str(value) if isinstance(value, UUID) else value


@contextmanager
def duckdb() -> Iterator[Engine]:
    """DuckDB with one thread: more would depend on what else the machine does."""
    module = import_module("duckdb")
    connection = module.connect(":memory:", config={"threads": 1})
    yield Duckdb(connection, module.__version__)
    connection.close()
