"""How a schema's values lie in a MongoDB collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from bson import Binary, Decimal128

from criteria.backends.mongo.support import bson_value, check_schema
from criteria.coerce import coerce
from criteria.errors import CriteriaError, Problem, Refusal
from criteria.records import typed_values
from criteria.schema import Schema
from criteria.types import Field


@dataclass(frozen=True, slots=True)
class MongoStorage:
    """Documents for a schema's records; nested fields are native sub-documents."""

    schema: Schema

    def encode(self, record: Any) -> dict[str, Any]:
        """A typed record as a document. Raises `CriteriaError` (`invalid_record`)."""
        document: dict[str, Any] = {}
        for field, value in zip(self.schema.fields, typed_values(self.schema, record), strict=True):
            _put(document, _keys(field), _encoded(value))
        return document

    def decode(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a document. Raises `CriteriaError` (`invalid_record`)."""
        record: dict[str, Any] = {}
        try:
            for field in self.schema.fields:
                _put(record, field.path, _decoded(field, _get(document, _keys(field))))
        except Refusal as refusal:
            raise CriteriaError(Problem("invalid_record", refusal.message, hint=refusal.hint)) from None
        return record


def mongo_storage(schema: Schema) -> MongoStorage:
    """The storage of a schema. Raises `CriteriaError` (`unsupported`)."""
    check_schema(schema)
    return MongoStorage(schema)


def _keys(field: Field) -> tuple[str, ...]:
    return (field.column, *field.path[1:])


def _encoded(value: Any) -> Any:
    if isinstance(value, list):
        return [None if item is None else bson_value(item) for item in value]
    return None if value is None else bson_value(value)


def _decoded(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(field, item) for item in value]
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    if isinstance(value, Binary):
        value = value.as_uuid()
    if isinstance(value, datetime):
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    return value if value is None or isinstance(value, UUID) else coerce(field, value)


def _put(document: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        document = document.setdefault(key, {})
    document[keys[-1]] = value


def _get(document: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document
