"""What the tests ask of an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from criteria import Page, Query, Schema, Search
from criteria.tree.nodes import And, Comparison, Expression, Not, Or, assert_never

Record = Mapping[str, Any]


class Table(Protocol):
    """A place for the records of one schema."""

    def holding(self, records: Sequence[Record]) -> AbstractContextManager[None]:
        """The table holds exactly these JSON records inside the with block."""
        ...

    def select(self, query: Query) -> list[Any]:
        """The keys of the records that a query selects, in any order."""
        ...

    def search(self, search: Search) -> Page:
        """The page of a search; its data are keys."""
        ...


class Engine(Protocol):
    """Something that holds tables."""

    name: str

    def table(self, schema: Schema) -> Table:
        """The table of a schema, made when it is first asked for. Raises `CriteriaError` when it cannot be right."""
        ...


def key_name(schema: Schema) -> str:
    """The name of the field that tells records apart."""
    assert schema.key is not None
    return schema.key.name


def without_nested(schema: Schema, record: Record) -> dict[str, Any]:
    """The typed record of a JSON one, less what lies in JSON columns: there tests may put values of any kind."""
    kept = {name: value for name, value in record.items() if name not in json_columns(schema)}
    return flat(schema).decode(kept)


def flat(schema: Schema) -> Schema:
    """The schema less what lies in JSON columns."""
    fields = [field for field in schema.fields if not field.is_nested]
    return Schema(schema.name, fields, system_properties=False) if len(fields) < len(schema.fields) else schema


def json_columns(schema: Schema) -> dict[str, str]:
    """The names of the objects that hold nested fields, with the column of each."""
    return {field.path[0]: field.column for field in schema.fields if field.is_nested}


def rebound(expression: Expression, schema: Schema) -> Expression:
    """An expression whose fields are those of another schema with the same names."""
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
        case _:
            assert_never(expression)


def rebuilt(schema: Schema, record: Record) -> dict[str, Any]:
    """The typed record of a JSON one with every field of the schema in it, None where there is no value."""
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
