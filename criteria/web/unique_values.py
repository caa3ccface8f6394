"""Values that no two objects may share: digests for stores, and the error for clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from criteria.errors import Problem, to_pointer
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.values.canonical import json_value
from criteria.web.entity import Entity, field_values
from criteria.web.status import ApiError, ApiStatus


def unique_values(schema: Schema, record: Mapping[str, Any]) -> dict[str, str]:
    """A digest for each value of a typed record in a field that `isUnique`, with the name of the field.

    A unique index over the digests of all records makes every type of field unique, including nested fields and lists
    (each element counts). A field that alone is the key of the schema is left out: stores have a
    primary key for it.
    """
    return {
        sha256(json.dumps([schema.name, one.name, _spelled(one, item)]).encode()).hexdigest(): one.name
        for one in schema.fields
        if one.is_unique and (one,) != schema.key
        for item in field_values(one, record)
    }


_SPELLINGS: Mapping[FieldType, Callable[[Field, Any], Any]] = {
    FieldType.STRING: json_value,
    FieldType.INTEGER: json_value,
    FieldType.BOOLEAN: json_value,
    FieldType.DECIMAL: json_value,
    FieldType.DOUBLE: lambda field, value: float(value) + 0.0,  # 0.0 equals -0.0
    FieldType.DATE: json_value,
    FieldType.DATE_TIME: json_value,
    FieldType.GUID: json_value,
    FieldType.OBJECT_REF: json_value,
}
"""The JSON value that equal values share, of each type."""


def _spelled(field: Field, value: Any) -> Any:
    """The spelling that equal values share."""
    return _SPELLINGS[field.field_type](field, value)


def not_unique(entity: Entity, field: str, status: ApiStatus = ApiStatus.OBJECT_ALREADY_EXISTS) -> ApiError:
    """The error for a value that another object has already. It does not name hidden fields."""
    known = entity.public.find(field)
    shown = "value" if known is None else known.name
    message = f"There is another {entity.name} with this {shown}."
    return ApiError(status, message, [Problem("not_unique", message, to_pointer(known.path if known else ()))])
