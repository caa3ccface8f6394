"""Stores a schema's values in the columns of a LanceDB table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow

from criteria.backends.lancedb.refusals import check_schema
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.schema import Schema
from criteria.values.records import typed_values
from criteria.values.stored_records import aware, columns_of, each, entry, from_json, plain, record_of

_TYPES: Mapping[FieldType, Callable[[Field], Any]] = {
    FieldType.STRING: lambda field: pyarrow.string(),
    FieldType.INTEGER: lambda field: pyarrow.int64(),
    FieldType.BOOLEAN: lambda field: pyarrow.bool_(),
    FieldType.DECIMAL: lambda field: pyarrow.decimal128(field.precision, field.scale),
    FieldType.DOUBLE: lambda field: pyarrow.float64(),
    FieldType.DATE: lambda field: pyarrow.date32(),
    FieldType.DATE_TIME: lambda field: pyarrow.timestamp("us", "UTC"),
    FieldType.GUID: lambda field: pyarrow.string(),
    FieldType.OBJECT_REF: lambda field: pyarrow.int64(),
}
"""The Arrow type of a column of each field type. A guid is text in lower case."""


@dataclass(frozen=True, slots=True)
class LanceStorage:
    """Rows for a schema's records: a column for each field, a list or a struct for list fields and nested fields."""

    schema: Schema

    def __repr__(self) -> str:
        return f"LanceStorage({self.schema.name!r}, {len(self.schema.fields)} fields)"

    @property
    def arrow_schema(self) -> Any:
        """The `pyarrow.Schema` of the columns. Append the column of the vectors to it."""
        return pyarrow.schema(_arrow_fields(_columns(self.schema)))

    def encode(self, record: Any) -> dict[str, Any]:
        """A typed record as a row, by the names of the columns. Add the vector to it.

        Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
        """
        return columns_of(self.schema, typed_values(self.schema, record), _encoded)

    def decode(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a row. A missing column is null; other columns are left out.

        Raises `CriteriaError` with an `invalid_record` problem for each value that `encode` would not have stored.
        """
        if not issubclass(type(row), Mapping):
            raise CriteriaError(Problem("invalid_record", f"Expected a row, found {quoted(row)}."))
        return record_of(self.schema, lambda field: entry(row, field.column), _decoded)


def lance_storage(schema: Schema) -> LanceStorage:
    """The storage of a schema. Raises `CriteriaError` (`unsupported`)."""
    check_schema(schema)
    return LanceStorage(schema)


def _columns(schema: Schema) -> dict[str, Any]:
    """The type of each column: an Arrow type, or a dict of what is below a path."""
    columns: dict[str, Any] = {}
    for field in schema.fields:
        kind = _TYPES[field.field_type](field)
        _put(columns, (field.column, *field.path[1:]), pyarrow.list_(kind) if field.is_list else kind)
    for objects in schema.object_lists:
        place = objects.place
        _put(columns, (place.column, *place.path[1:]), pyarrow.list_(_arrow_type(_columns(objects.element))))
    return columns


def _put(columns: dict[str, Any], path: tuple[str, ...], kind: Any) -> None:
    for segment in path[:-1]:
        columns = columns.setdefault(segment, {})
    columns[path[-1]] = kind


def _arrow_type(kind: Any) -> Any:
    """A type, or the struct of what is below a path."""
    if not isinstance(kind, dict):
        return kind
    return pyarrow.struct(_arrow_fields(kind))


def _arrow_fields(columns: dict[str, Any]) -> list[Any]:
    return [pyarrow.field(name, _arrow_type(kind)) for name, kind in columns.items()]


def _encoded(field: Field, value: Any) -> Any:
    return each(field, value, lambda _, item: str(item) if isinstance(item, UUID) else item)


def _decoded(field: Field, value: Any) -> Value:
    return from_json(field, value) if field.field_type is FieldType.GUID else plain(field, aware(value))
