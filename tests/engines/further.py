"""Engines that the library has SQL for and no `storage`: the tests create their tables, as a user of them does.

Each runs in this process, and a query takes tens of milliseconds. So they are not among `ENGINES`, and their tests are
heavy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import criteria
from criteria import Page, Query, Schema, Search
from criteria.backends.sql import Sql
from tests.engines.table import Record, key_name

COLUMNS_ONLY: Mapping[str, str] = {
    "nested": "columns only",
    "object_lists": "columns only",
    "other_kinds": "columns only",
}
"""What dialects without JSON refuse, with the reason."""


class FurtherEngine(ABC):
    """An engine with tables of its own; `unsupported` are marks of the conformance kit."""

    name: str
    dialect: ClassVar[str]
    unsupported: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.tables: dict[Schema, FurtherTable] = {}

    def table(self, schema: Schema) -> FurtherTable:
        """The table of a schema. Raises `CriteriaError` for fields that the dialect does not support."""
        if schema not in self.tables:
            criteria.compile(criteria.parse({}, schema), "sql", dialect=self.dialect)
            self.tables[schema] = FurtherTable(self, schema, f"table_{len(self.tables)}")
        return self.tables[schema]

    @abstractmethod
    def version(self) -> str:
        """The version of the engine."""

    @abstractmethod
    def store(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        """Stores JSON records in a table, in the place of all that it had."""

    @abstractmethod
    def store_indexed(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        """The same in the form in which the engine has indexes and statistics, so that it chooses other plans."""

    @abstractmethod
    def ask(self, statement: Sql, column: str | None = None) -> list[Any]:
        """The values of one column of a statement's rows: the one with this name, or the only one."""


class FurtherTable:
    """A table of such an engine."""

    def __init__(self, engine: FurtherEngine, schema: Schema, name: str) -> None:
        self.engine, self.schema, self.name = engine, schema, name
        key = schema.find(key_name(schema))
        assert key is not None
        self.key = key.column
        self.records: Sequence[Record] = ()

    @contextmanager
    def holding(self, records: Sequence[Record]) -> Iterator[None]:
        self.records = records
        self.engine.store(self.name, self.schema, records)
        yield

    def index(self) -> None:
        """Stores the records again, with indexes and statistics."""
        self.engine.store_indexed(self.name, self.schema, self.records)

    def select(self, query: Query) -> list[Any]:
        condition = criteria.compile(query, "sql", dialect=self.engine.dialect)
        return self.keys(Sql(f"SELECT * FROM {self.name} WHERE {condition.text}", condition.params))

    def search(self, search: Search) -> Page:
        statements = criteria.compile(search, "sql", dialect=self.engine.dialect, table=self.name)
        keys = self.keys(statements.rows) if statements.rows else []
        count = statements.count
        total = None if count is None else int(self.engine.ask(count)[0])
        return search.page(keys, total)

    def keys(self, statement: Sql) -> list[Any]:
        """The keys of a statement's rows."""
        return [int(key) for key in self.engine.ask(statement, self.key)]
