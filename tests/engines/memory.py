"""The Python backend as an engine: typed records, JSON records, and objects with attributes."""

from __future__ import annotations

import platform
from collections import UserDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import criteria
from criteria import CriteriaError, Field, Page, Query, Schema, Search
from tests.engines.running import Servers
from tests.engines.table import Record, key_name, without_nested

Prepare = Callable[[Schema, Record], Any]


class Object:
    """A record with attributes."""

    def __init__(self, record: Record) -> None:
        for name, value in record.items():
            setattr(self, name, with_objects(value))


def with_objects(value: Any) -> Any:
    """A value of a record with objects in the place of dicts."""
    if isinstance(value, list):
        return [with_objects(item) for item in value]
    return as_object(value) if isinstance(value, dict) else value


def as_object(record: Record) -> Any:
    """An object with the record's attributes, or a mapping other than dict for names that cannot be attributes."""
    return UserDict(record) if any(name.startswith("__") for name in record) else Object(record)


class MemoryTable:
    def __init__(self, engine: MemoryEngine, schema: Schema) -> None:
        self.engine, self.schema, self.prepare, self.mode = engine, schema, engine.prepare, engine.mode
        self.key = key_name(schema)
        self.records: list[Any] = []

    @contextmanager
    def holding(self, records: Sequence[Record]) -> Iterator[None]:
        self.records = [self.prepare(self.schema, record) for record in records]
        yield
        self.records = []

    def select(self, query: Query) -> list[Any]:
        predicate = criteria.compile(query, "python", records=self.mode, lookups=self.lookups)
        selected = predicate.filter(self.records)
        assert [record for record in self.records if predicate(record)] == selected
        return [self.key_of(record) for record in selected]

    def search(self, search: Search) -> Page:
        page: Page = criteria.compile(search, "python", records=self.mode, lookups=self.lookups)(self.records)
        return Page(tuple(map(self.key_of, page.data)), page.has_more_records, page.total_count)

    @property
    def lookups(self) -> dict[str, Callable[[int], Any]]:
        """The records of other entities by their ids."""
        tables = {name: self.engine.table(one) for name, one in self.schema.entities.items()}
        return {name: {table.key_of(one): one for one in table.records}.get for name, table in tables.items()}

    def key_of(self, record: Any) -> Any:
        return record[self.key] if isinstance(record, Mapping) else getattr(record, self.key)


class MemoryEngine:
    def __init__(self, name: str, prepare: Prepare, mode: str) -> None:
        self.name, self.prepare, self.mode = name, prepare, mode
        self.tables: dict[Schema, MemoryTable] = {}

    def version(self) -> str:
        return platform.python_version()

    def table(self, schema: Schema) -> MemoryTable:
        if schema not in self.tables:
            self.tables[schema] = MemoryTable(self, schema)
        return self.tables[schema]


def typed(schema: Schema, record: Record) -> dict[str, Any]:
    """The typed record; nested values of another type are unchanged."""
    result = {**without_nested(schema, record)}
    for name in record.keys() - result.keys():
        result[name] = typed_document(schema, record[name], (name,))
    return result


def typed_document(schema: Schema, value: Any, path: tuple[str, ...]) -> Any:
    """The typed value of a nested field; for a list field a list, or the value itself if it is not a list."""
    if isinstance(value, dict):
        return {key: typed_document(schema, item, (*path, key)) for key, item in value.items()}
    name = ".".join(path)
    objects = next((one for one in schema.object_lists if one.name == name), None)
    if objects is not None and isinstance(value, list):
        return [typed_document(objects.element, item, ()) for item in value]
    field = schema.find(name)
    if field is None:
        return value
    if field.is_list and isinstance(value, list):
        return [typed_value(field, item) for item in value]
    return typed_value(field, value)


def typed_value(field: Field, value: Any) -> Any:
    """The typed value of a field or of one element; a value of another type is unchanged."""
    one = Field("value", field.field_type, precision=field.precision, scale=field.scale,
                object_entity_type=field.object_entity_type)  # fmt: skip
    try:
        return Schema("alone", [one], system_properties=False).decode({"value": value})["value"]
    except CriteriaError:
        return value


@contextmanager
def python_typed(servers: Servers) -> Iterator[MemoryEngine]:
    yield MemoryEngine("python", typed, "typed")


@contextmanager
def python_json(servers: Servers) -> Iterator[MemoryEngine]:
    yield MemoryEngine("python-json", lambda schema, record: dict(record), "canonical")


@contextmanager
def python_objects(servers: Servers) -> Iterator[MemoryEngine]:
    yield MemoryEngine("python-objects", lambda schema, record: as_object(typed(schema, record)), "typed")
