"""Stores a schema's values in the payloads of a Qdrant collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from criteria.backends.qdrant.refusals import check_schema
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.values.canonical import json_value
from criteria.values.records import typed_values
from criteria.values.stored_records import columns_of, entry, from_json, record_of


@dataclass(frozen=True, slots=True)
class QdrantStorage:
    """Payloads for a schema's records: JSON in canonical form, with nested fields as objects.

    Lists are stored without their nulls, which no condition can see (docs/language.md#lists).
    """

    schema: Schema

    def __repr__(self) -> str:
        return f"QdrantStorage({self.schema.name!r}, {len(self.schema.fields)} fields)"

    def encode(self, record: Any) -> dict[str, Any]:
        """A typed record as a payload.

        Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
        """
        return columns_of(self.schema, typed_values(self.schema, record), _encoded)

    def decode(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a payload. A missing key is null; other keys are left out.

        Raises `CriteriaError` with an `invalid_record` problem for each value that `encode` would not have stored.
        """
        if not issubclass(type(payload), Mapping):
            raise CriteriaError(Problem("invalid_record", f"Expected a payload, found {quoted(payload)}."))
        return record_of(self.schema, lambda field: entry(payload, field.column), from_json)


def qdrant_storage(schema: Schema) -> QdrantStorage:
    """The storage of a schema. Raises `CriteriaError` (`unsupported`)."""
    check_schema(schema)
    return QdrantStorage(schema)


def _encoded(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.is_list:
        return [json_value(field, item) for item in value if item is not None]
    return json_value(field, value)
