"""The vector stores, in the process of the tests: each stores the records of a schema and selects by a query.

A store refuses more than other engines, so it is not among `ENGINES`. `refuses` says which comparisons, in words of its
own: a store has to answer all others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

import criteria
from criteria import FieldType, Query, Schema
from criteria.tree.nodes import Comparison, Operator, is_folded, is_ordering, is_text
from criteria.values.case_folding import has_case
from tests.conftest import require

Record = dict[str, Any]

HOW_TO_GET = 'pip install -e ".[vectors-test]"'


class Table(Protocol):
    """The records of a schema in a store."""

    def insert(self, records: Sequence[Record]) -> None:
        """Stores typed records in the place of those before."""

    def select(self, query: Query) -> list[int]:
        """The ids of the records that a query selects, from a search among vectors and from a scan: they agree."""

    def records(self) -> list[Record]:
        """All records, decoded, by their ids."""


class QdrantTable:
    """A collection in Qdrant's local mode."""

    def __init__(self, schema: Schema) -> None:
        from qdrant_client import QdrantClient, models

        self.storage = criteria.storage(schema, "qdrant")
        self.client = QdrantClient(":memory:")
        self.models = models

    def insert(self, records: Sequence[Record]) -> None:
        vectors = self.models.VectorParams(size=2, distance=self.models.Distance.DOT)
        if self.client.collection_exists("records"):
            self.client.delete_collection("records")
        self.client.create_collection("records", vectors_config=vectors)
        points = [
            self.models.PointStruct(id=record["id"], vector=vector(record["id"]), payload=self.storage.encode(record))
            for record in records
        ]
        if points:
            self.client.upsert("records", points)

    def select(self, query: Query) -> list[int]:
        compiled = criteria.compile(query, "qdrant")
        scanned, _ = self.client.scroll("records", scroll_filter=compiled, limit=10_000)
        nearest = self.client.query_points("records", query=[1.0, 0.0], query_filter=compiled, limit=10_000)
        found = sorted(point.payload["id"] for point in scanned if point.payload)
        assert sorted(point.payload["id"] for point in nearest.points if point.payload) == found
        assert self.client.count("records", count_filter=compiled).count == len(found)
        return found

    def records(self) -> list[Record]:
        points, _ = self.client.scroll("records", limit=10_000)
        return by_id(self.storage.decode(point.payload or {}) for point in points)


class LanceTable:
    """A table of a LanceDB database in memory."""

    def __init__(self, schema: Schema) -> None:
        import lancedb
        import pyarrow

        self.storage = criteria.storage(schema, "lancedb")
        self.columns = self.storage.arrow_schema.append(pyarrow.field("_vector", pyarrow.list_(pyarrow.float32(), 2)))
        self.database = lancedb.connect("memory://")
        self.table: Any = None

    def insert(self, records: Sequence[Record]) -> None:
        self.table = self.database.create_table("records", schema=self.columns, mode="overwrite")
        rows = [{**self.storage.encode(record), "_vector": vector(record["id"])} for record in records]
        if rows:
            self.table.add(rows)

    def select(self, query: Query) -> list[int]:
        compiled = criteria.compile(query, "lancedb")
        scanned = self.table.search().where(compiled).limit(10_000).select(["id"]).to_list()
        nearest = self.table.search([1.0, 0.0]).where(compiled).limit(10_000).select(["id"]).to_list()
        found = sorted(row["id"] for row in scanned)
        assert sorted(row["id"] for row in nearest) == found
        assert self.table.count_rows(compiled) == len(found)
        return found

    def records(self) -> list[Record]:
        return by_id(self.storage.decode(row) for row in self.table.search().limit(10_000).to_list())


def vector(number: int) -> list[float]:
    """A vector that is another one for each record."""
    return [math.cos(number), math.sin(number)]


def by_id(records: Iterator[Record]) -> list[Record]:
    """The records, by their ids."""
    return sorted(records, key=lambda record: int(record["id"]))


def qdrant_refuses(leaf: Comparison) -> bool:
    """Whether Qdrant has to refuse a comparison (docs/retrieval.md#what-qdrant-cannot-answer)."""
    kind, operator, value = leaf.field.field_type, leaf.operator, leaf.value
    if operator in (Operator.ENDS_WITH, Operator.IENDS_WITH):
        return value != ""
    if is_folded(operator):
        return has_case(str(value))
    if not is_ordering(operator):
        return False
    return kind in (FieldType.STRING, FieldType.DECIMAL) or (
        kind is FieldType.INTEGER and isinstance(value, int) and not -(2**53) < value < 2**53
    )


def lancedb_refuses(leaf: Comparison) -> bool:
    """Whether LanceDB has to refuse a comparison (docs/retrieval.md#what-lancedb-cannot-answer)."""
    if not leaf.field.is_list:
        return False
    if is_text(leaf.operator):
        # IEQ of a text without letters is an equality.
        return leaf.value != "" and (leaf.operator is not Operator.IEQ or has_case(str(leaf.value)))
    return is_ordering(leaf.operator) and leaf.field.field_type is FieldType.DOUBLE


@dataclass(frozen=True, slots=True)
class Store:
    """A vector store: the package that it is in, what makes a table, which comparisons it refuses, and columns with
    which characters."""

    name: str
    package: str
    table: Callable[[Schema], Table]
    refuses: Callable[[Comparison], bool]
    unquotable: str

    def can_name(self, schema: Schema) -> bool:
        """Whether the store can have the columns of a schema."""
        return not any({*self.unquotable} & {*field.column} for field in schema.fields)

    def check(self) -> None:
        """Skips the test if the store is missing."""
        require(self.name, None if find_spec(self.package) else HOW_TO_GET)


STORES: Mapping[str, Store] = {
    store.name: store
    for store in (
        Store("qdrant", "qdrant_client", QdrantTable, qdrant_refuses, '"\\'),
        Store("lancedb", "lancedb", LanceTable, lancedb_refuses, "`"),
    )
}


@contextmanager
def refused(what: str) -> Iterator[None]:
    """A block in which something is refused as unsupported, with a remedy."""
    try:
        yield
    except criteria.CriteriaError as error:
        assert {problem.code for problem in error.problems} == {"unsupported"}
        assert all(problem.hint for problem in error.problems)
    else:
        raise AssertionError(f"{what} is not refused")
