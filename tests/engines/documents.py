"""MongoDB as an engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import criteria
from criteria import Page, Query, Schema, Search
from tests.engines.memory import typed
from tests.engines.running import Servers
from tests.engines.table import Record, flat, json_columns, key_name, without_nested
from tests.servers import MONGODB
from tests.servers.mongod import MongoServer


class MongoTable:
    def __init__(self, engine: MongoEngine, schema: Schema, collection: Any) -> None:
        self.engine, self.schema, self.collection = engine, schema, collection
        self.storage = criteria.storage(schema, "mongo")
        self.flat_storage = criteria.storage(flat(schema), "mongo")
        self.key = key_name(schema)

    @contextmanager
    def holding(self, records: Sequence[Record]) -> Iterator[None]:
        if records:
            self.collection.insert_many([self.document(record) for record in records])
        try:
            yield
        finally:
            self.collection.delete_many({})

    def document(self, record: Record) -> dict[str, Any]:
        """The record's document; nested values are stored as they are, conforming or not."""
        from criteria.backends.mongo.bson_values import bson_value

        def encoded(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: encoded(item) for key, item in value.items()}
            if isinstance(value, list):
                return [encoded(item) for item in value]
            return None if value is None else bson_value(value)

        document: dict[str, Any] = self.flat_storage.encode(without_nested(self.schema, record))
        for name, column in json_columns(self.schema).items():
            if name in record:
                document[column] = encoded(typed(self.schema, record)[name])
        return document

    def typed_records(self) -> list[dict[str, Any]]:
        """All documents of the collection, as typed records."""
        return [self.storage.decode(document) for document in self.collection.find()]

    def select(self, query: Query) -> list[Any]:
        if query.schema is not None and query.schema.entities:
            pipeline = criteria.compile(query, "mongo", collections=self.collections)
            return [found[self.key] for found in self.collection.aggregate(pipeline)]
        return [found[self.key] for found in self.collection.find(criteria.compile(query, "mongo"))]

    @property
    def collections(self) -> dict[str, str]:
        """The collections of other entities."""
        return {name: self.engine.table(one).collection.name for name, one in self.schema.entities.items()}

    def search(self, search: Search) -> Page:
        if search.query.schema is not None and search.query.schema.entities:
            pipelines = criteria.compile(search, "mongo", collections=self.collections)
            rows = self.collection.aggregate(pipelines.rows, collation=pipelines.collation)
            total = None
            if pipelines.count is not None:
                counted = list(self.collection.aggregate(pipelines.count, collation=pipelines.collation))
                total = counted[0]["count"] if counted else 0
            return search.page([document[self.key] for document in rows], total)
        compiled = criteria.compile(search, "mongo")
        count = None
        if search.get_total_count:
            count = self.collection.count_documents(compiled.count_filter, collation=compiled.collation)
        found = self.collection.find(
            compiled.filter,
            sort=list(compiled.sort),
            skip=compiled.skip,
            limit=compiled.limit or 0,
            collation=compiled.collation,
        )
        return search.page([document[self.key] for document in found], count)


class MongoEngine:
    name = "mongodb"

    def __init__(self, database: Any, server: MongoServer) -> None:
        self.database, self.server = database, server
        self.tables: dict[Schema, MongoTable] = {}

    def version(self) -> str:
        return str(self.database.client.server_info()["version"])

    def table(self, schema: Schema) -> MongoTable:
        if schema not in self.tables:
            self.tables[schema] = MongoTable(self, schema, self.database[f"table_{len(self.tables)}"])
        return self.tables[schema]


@contextmanager
def mongodb(servers: Servers) -> Iterator[MongoEngine]:
    server = servers.get(MONGODB)
    with server.connect() as client:
        yield MongoEngine(client[server.database], server)
