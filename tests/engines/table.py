"""The protocols of an engine and a table in the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol

from criteria import Page, Query, Schema, Search
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Or, assert_never

Record = Mapping[str, Any]


class Table(Protocol):
    """A table for the records of one schema."""

    def holding(self, records: Sequence[Record]) -> AbstractContextManager[None]:
        """Inside the with block the table contains exactly these JSON records."""
        ...

    def select(self, query: Query) -> list[Any]:
        """The keys of the records that a query selects, in any order."""
        ...

    def search(self, search: Search) -> Page:
        """The page of a search, with keys as its data."""
        ...


class Engine(Protocol):
    """An engine with tables."""

    name: str

    def version(self) -> str:
        """The version of what runs the queries."""
        ...

    def table(self, schema: Schema) -> Table:
        """The table of a schema, created at the first call. Raises `CriteriaError` for an unsupported schema.

        Queries that follow references find the records in the tables of the schema's entities, of this engine.
        """
        ...


def key_name(schema: Schema) -> str:
    """The name of the field that identifies a record in the tests: `id`, or else the key."""
    return (schema.find("id") or schema.key[0]).name


def key_names(schema: Schema) -> tuple[str, ...] | None:
    """What `Schema` takes as the key of a schema with the same fields."""
    return tuple(field.name for field in schema.key) or None


def without_nested(schema: Schema, record: Record) -> dict[str, Any]:
    """The typed record of a JSON record, without JSON columns, in which tests may put values of any type."""
    left_out = json_columns(schema)
    kept = {name: value for name, value in record.items() if name not in left_out}
    return flat(schema).decode(kept)


@cache  # for it is asked for each record
def flat(schema: Schema) -> Schema:
    """The schema without nested fields and lists of objects."""
    fields = [field for field in schema.fields if not field.is_nested]
    if len(fields) == len(schema.fields) and not schema.object_lists:
        return schema
    return Schema(schema.name, fields, system_properties=False, key=key_names(schema))


@cache
def json_columns(schema: Schema) -> Mapping[str, str]:
    """The names of the objects with nested fields and of the lists of objects, and the column of each."""
    nested = [field for field in schema.fields if field.is_nested]
    return {field.path[0]: field.column for field in (*nested, *(one.place for one in schema.object_lists))}


def rebound(expression: Expression, schema: Schema) -> Expression:
    """An expression with the fields of the same names in another schema."""
    match expression:
        case And(terms):
            return And(tuple(rebound(term, schema) for term in terms))
        case Or(terms):
            return Or(tuple(rebound(term, schema) for term in terms))
        case Not(term):
            return Not(rebound(term, schema))
        case Comparison(field, operator, value):
            found = schema.find(field.name)
            assert found is not None
            return Comparison(found, operator, value)
        case AnyElement() | AnyReferred():
            return expression
        case _:
            assert_never(expression)


def rebuilt(schema: Schema, record: Record) -> dict[str, Any]:
    """The typed record of a JSON record with all fields of the schema, None if there is no value."""
    typed = schema.decode(record)
    complete: dict[str, Any] = {}
    for field in schema.fields:
        value: Any = typed
        for segment in field.path:
            value = value.get(segment) if isinstance(value, dict) else None
        holder = complete
        for segment in field.path[:-1]:
            holder = holder.setdefault(segment, {})
        holder[field.path[-1]] = value
    return complete
