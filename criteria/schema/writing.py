"""Writes schema files (docs/language.md#schema)."""

from __future__ import annotations

from typing import Any

from criteria.schema.field import DEFAULT_PRECISION, Field, FieldType
from criteria.schema.keys import default_key
from criteria.schema.schema import SYSTEM_PROPERTIES, ObjectList, Schema


def schema_file(schema: Schema) -> dict[str, Any]:
    """The content of the schema file of a schema without custom properties, decoded. `Schema.from_json` reads it."""
    system = {one.name for one in SYSTEM_PROPERTIES} if set(SYSTEM_PROPERTIES) <= set(schema.fields) else set()
    fields = [_entry(field) for field in schema.fields if field.name not in system]
    fields += map(_object_list, schema.object_lists)
    flag = {} if system else {"systemProperties": False}
    key = {} if schema.key == default_key(schema.fields) else {"key": [field.name for field in schema.key]}
    return {"name": schema.name, **flag, "fields": fields, **key}


def _object_list(one: ObjectList) -> dict[str, Any]:
    fields = [*map(_entry, one.element.fields), *map(_object_list, one.element.object_lists)]
    place = _entry(one.place)
    return {**place, "fieldType": "object", "isList": True, "fields": fields}


def _entry(field: Field) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": field.name, "fieldType": field.field_type.value}
    if field.column != field.path[0]:
        entry["column"] = field.column
    if field.precision != DEFAULT_PRECISION[field.field_type] or field.field_type is FieldType.DECIMAL:
        entry["precision"] = field.precision
    if field.scale is not None:
        entry["scale"] = field.scale
    if field.is_list:
        entry["isList"] = True
    if field.is_unique:
        entry["isUnique"] = True
    if not field.nullable:
        entry["nullable"] = False
    others = {
        "objectEntityType": field.object_entity_type,
        "collation": field.collation,
        "timeZone": field.time_zone,
        "values": None if field.values is None else list(field.values),
        "description": field.description,
    }
    return entry | {key: value for key, value in others.items() if value is not None}
