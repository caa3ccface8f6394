"""What a measurement asks of an engine, and what the SQL engines share."""

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
"""How many rows a condition selects, the sum of their keys, and the sum of a random number in each."""


@dataclass(frozen=True, slots=True)
class Better:
    """An index beside the first ones, for conditions on a field that these do not serve.

    With a `declared` field the query has to name that one instead.
    """

    field: str
    statement: str
    declared: criteria.Field | None = None


class Engine(Protocol):
    """A table with indexes on an engine that runs."""

    name: str
    version: str
    first: Sequence[str]
    """The indexes that are there from the beginning."""
    better: Sequence[Better]
    remark: str
    """What the tables of indexes cannot say."""

    def load(self, count: int) -> None:
        """Make the table, its records and its first indexes."""

    def ours(self, case: Case, field: criteria.Field | None = None) -> Statement:
        """What this library makes of a condition, on another field when one is given."""

    def by_hand(self, case: Case) -> Statement:
        """The condition by hand."""

    def select(self, statement: Statement) -> Fingerprint:
        """Select by a condition, with a look at a column that is in no index."""

    def indexes(self, statement: Statement) -> frozenset[str]:
        """The indexes in which the engine looks the records up. To read one from end to end is not to look up."""

    def plan(self, statement: Statement) -> str:
        """What EXPLAIN says."""

    def analyze(self) -> None:
        """Let the engine count, so that it knows which index pays."""

    def execute(self, statement: str) -> None:
        """Run a statement that makes an index."""


class SqlEngine:
    """A connection, with the words of its dialect."""

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


_FINGERPRINT = f"SELECT COUNT(*), SUM(id), SUM(extra) FROM {TABLE} WHERE "  # noqa: S608  # nothing of a client is in it


def parts(document: Any) -> Iterable[Mapping[str, Any]]:
    """All the objects inside a JSON document, the document first."""
    if isinstance(document, dict):
        yield document
    for inner in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from parts(inner)


def plain_indexes(names: Iterable[str]) -> list[str]:
    """An index on each of some columns."""
    return [f"CREATE INDEX by_{name} ON {TABLE} ({name})" for name in names]


def expression(engine: SqlEngine, field: str) -> str:
    """What this library compares of a field, as text."""
    return str(engine.ours(Case(field, "$gt", 1 if field.endswith("zone") else "x")).text).rpartition(" > ")[0]
