"""The engines of the tests as adapters of the conformance kit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from criteria import Page, Schema, Search
from criteria.conformance import Adapter
from tests.engines import Engine, Table
from tests.engines.further import FurtherTable
from tests.engines.sql import SqlTable


class OwnAdapter(Adapter):
    """A table of an engine in the tests. `unsupported` is what the engine cannot hold, with the reason."""

    def __init__(self, engine: Engine, unsupported: Mapping[str, str]) -> None:
        self.engine, self.unsupported = engine, unsupported  # type: ignore[misc]
        self.name = engine.name  # type: ignore[misc]
        self.version = engine.version()  # type: ignore[misc]
        self.stack, self.entities = ExitStack(), ExitStack()
        self.table: Table

    def insert(self, schema: Schema, records: Sequence[Mapping[str, Any]]) -> None:
        self.stack.close()
        if not schema.entities:
            self.entities.close()
        self.table = self.engine.table(schema)
        self.stack.enter_context(self.table.holding(records))

    def insert_entities(self, schema: Schema, records: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self.stack.close()
        self.entities.close()
        tables = {name: self.engine.table(entity) for name, entity in schema.entities.items()}
        self.engine.table(schema)  # before the transaction, which would end with it
        for name, table in tables.items():
            self.entities.enter_context(table.holding(records[name]))

    def run(self, search: Search) -> Page:
        return self.table.search(search)

    def index(self, schema: Schema) -> None:
        if isinstance(self.table, (FurtherTable, SqlTable)):
            self.table.index()

    def close(self) -> None:
        self.stack.close()
        self.entities.close()
