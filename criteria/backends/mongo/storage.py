"""Stores a schema's values in a MongoDB collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bson import Binary, Code, Decimal128
from bson.binary import UUID_SUBTYPE

from criteria.backends.mongo.bson_values import bson_value, check_schema
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.schema import Schema
from criteria.values.records import mismatch, typed_values
from criteria.values.stored_records import aware, columns_of, each, entry, from_json, plain, record_of


@dataclass(frozen=True, slots=True)
class MongoStorage:
    """Documents for a schema's records. Nested fields are native sub-documents.

    A date is stored as text, `YYYY-MM-DD`, and a dateTime as a BSON date, so filters never mistake one for the other.
    """

    schema: Schema

    def __repr__(self) -> str:
        return f"MongoStorage({self.schema.name!r}, {len(self.schema.fields)} fields)"

    def encode(self, record: Any) -> dict[str, Any]:
        """A typed record as a document.

        Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
        """
        return columns_of(self.schema, typed_values(self.schema, record), _encoded)

    def decode(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a document. A missing key is null; other keys are left out.

        Raises `CriteriaError` with an `invalid_record` problem for each value that `encode` would not have stored.
        """
        if not issubclass(type(document), Mapping):
            message = f"Expected a document, found {quoted(document)}."
            raise CriteriaError(Problem("invalid_record", message))
        return record_of(self.schema, lambda field: entry(document, field.column), _decoded)


def mongo_storage(schema: Schema) -> MongoStorage:
    """The storage of a schema. Raises `CriteriaError` (`unsupported`)."""
    check_schema(schema)
    return MongoStorage(schema)


def _encoded(field: Field, value: Any) -> Any:
    return each(field, value, lambda _, item: bson_value(item))


def _decoded(field: Field, value: Any) -> Value:
    kind = type(value)
    if issubclass(kind, Code):
        raise mismatch(field, value)  # Code is a str in Python but not a string in MongoDB
    if field.field_type is FieldType.DATE:
        return from_json(field, value)
    if issubclass(kind, Decimal128) and field.field_type is not FieldType.DOUBLE:  # its 0.1 is not the double 0.1
        value = value.to_decimal()
    if issubclass(kind, Binary) and value.subtype == UUID_SUBTYPE and len(value) == 16:
        value = UUID(bytes=bytes(value))
    return plain(field, aware(value))
