"""The protocol of an engine to measure, and what the SQL engines share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import criteria
from benchmarks.run_time.by_hand import SqlByHand, Statement
from benchmarks.run_time.cases import Case
from benchmarks.run_time.records import SCHEMA, records

TABLE = "item"
CHUNK = 5_000

Fingerprint = tuple[int, int, int]
"""The number of rows that a condition selects, the sum of their keys, and the sum of their random numbers."""


@dataclass(frozen=True, slots=True)
class Better:
    """An additional index, for conditions on a field that the first indexes do not serve.

    With a `declared` field, the query names that field instead.
    """

    field: str
    statement: str
    declared: criteria.Field | None = None


class Engine(Protocol):
    """A table with indexes on a running engine."""

    name: str
    version: str
    first: Sequence[str]
    """The CREATE INDEX statements of the first indexes."""
    better: Sequence[Better]
    remark: str
    """A remark below the engine's table."""

    def load(self, count: int) -> None:
        """Create the table, its records and its first indexes."""

    def ours(self, case: Case, field: criteria.Field | None = None) -> Statement:
        """The condition compiled by this library, on another field if one is given."""

    def by_hand(self, case: Case) -> Statement:
        """The hand-written condition."""

    def select(self, statement: Statement) -> Fingerprint:
        """Run a condition, and read a column that is in no index."""

    def indexes(self, statement: Statement) -> frozenset[str]:
        """The indexes in which the engine looks records up. A full scan of an index does not count."""

    def plan(self, statement: Statement) -> str:
        """The output of EXPLAIN."""

    def analyze(self) -> None:
        """Collect the statistics by which the engine chooses indexes."""

    def execute(self, statement: str) -> None:
        """Run a CREATE INDEX statement."""


class SqlEngine:
    """A connection, with the SQL of its dialect."""

    name = ""
    dialect = ""
    first: Sequence[str] = ()
    better: Sequence[Better] = ()
    remark = ""
    hand: SqlByHand

    def __init__(self, connection: Any, version: str) -> None:
        self.connection, self.version = connection, version
        self.storage = criteria.storage(SCHEMA, self.dialect)

    def load(self, count: int) -> None:
        self.execute(self.storage.create_table)
        encoded = map(self.storage.encode, records(count))
        while chunk := list(islice(encoded, CHUNK)):
            self.insert(chunk)
        for statement in self.first:
            self.execute(statement)
        self.analyze()

    def insert(self, rows: Iterable[Sequence[Any]]) -> None:
        cursor = self.connection.cursor()
        cursor.executemany(self.storage.insert, rows)
        self.connection.commit()

    def analyze(self) -> None:
        self.execute(f"ANALYZE {TABLE}")

    def execute(self, statement: str) -> None:
        cursor = self.connection.cursor()
        cursor.execute(statement)
        self.connection.commit()

    def ours(self, case: Case, field: criteria.Field | None = None) -> Statement:
        if field is None:
            query = case.query()
        else:
            query = case.query(criteria.Schema(SCHEMA.name, [field], system_properties=False), field.name)
        sql = criteria.compile(query, "sql", dialect=self.dialect)
        assert isinstance(sql.params, tuple)
        return Statement(sql.text, sql.params)

    def by_hand(self, case: Case) -> Statement:
        return self.hand.statement(case)

    def select(self, statement: Statement) -> Fingerprint:
        count, keys, extras = self.rows(_FINGERPRINT + statement.text, statement.params)[0]
        return int(count), int(keys or 0), int(extras or 0)

    def rows(self, text: str, params: Sequence[Any]) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.execute(text, params)
        return list(cursor.fetchall())

    def explained(self, prefix: str, statement: Statement) -> list[Any]:
        return self.rows(f"{prefix} {_FINGERPRINT}{statement.text}", statement.params)


_FINGERPRINT = f"SELECT COUNT(*), SUM(id), SUM(extra) FROM {TABLE} WHERE "  # noqa: S608  # no client input


def parts(document: Any) -> Iterable[Mapping[str, Any]]:
    """All objects in a JSON document, starting with the document."""
    if isinstance(document, dict):
        yield document
    for inner in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from parts(inner)


def plain_indexes(names: Iterable[str]) -> list[str]:
    """CREATE INDEX statements, one for each column."""
    return [f"CREATE INDEX by_{name} ON {TABLE} ({name})" for name in names]


def expression(engine: SqlEngine, field: str) -> str:
    """The expression that this library compares for a field, as text."""
    return str(engine.ours(Case(field, "$gt", 1 if field.endswith("zone") else "x")).text).rpartition(" > ")[0]
