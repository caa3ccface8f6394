"""Examples of queries over a schema, which documentation shows and editors begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema

_COMPARISONS: Mapping[FieldType, Any] = {
    FieldType.STRING: {"$startsWith": "A"},
    FieldType.INTEGER: {"$gte": 1},
    FieldType.BOOLEAN: True,
    FieldType.DECIMAL: {"$gte": 0},
    FieldType.DOUBLE: {"$lt": 1.5},
    FieldType.DATE: {"$gte": "2025-01-31"},
    FieldType.DATE_TIME: {"$lt": "2025-01-31T09:30:00Z"},
    FieldType.GUID: {"$in": ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"]},
    FieldType.OBJECT_REF: {"$in": [1, 2]},
}
"""A comparison of each type."""


def examples(schema: Schema) -> list[dict[str, Any]]:
    """Queries over the first fields: one comparison, and a combination if there are several fields."""
    compared = [{field.name: _comparison(field)} for field in _chosen(schema)]
    if not compared:
        return [{}]
    if len(compared) == 1:
        return compared
    combined: dict[str, Any] = {"OR": compared[:-1], "NOT": compared[-1]} if len(compared) > 2 else {"OR": compared}
    return [compared[0], combined]


def _chosen(schema: Schema) -> list[Field]:
    """Three fields, of different types if there are, and rather not the key."""
    keyless = [field for field in schema.fields if field not in schema.key] or list(schema.fields)
    by_type = {field.field_type: field for field in reversed(keyless)}
    different = [field for field in keyless if by_type[field.field_type] is field]
    return [*different, *(field for field in keyless if field not in different)][:3]


def _comparison(field: Field) -> Any:
    return field.values[0] if field.values else _COMPARISONS[field.field_type]
