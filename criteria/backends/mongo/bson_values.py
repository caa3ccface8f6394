"""What MongoDB can hold, and how the language's values are spelled in BSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from bson import Binary, Decimal128, Int64

from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.schema import Schema


def check_schema(schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field whose values BSON cannot hold exactly."""
    fields = schema.fields if schema is not None else ()
    problems = [
        Problem("unsupported", f"Field {quoted(field.name)} cannot be right on MongoDB, which keeps milliseconds.")
        for field in fields
        if field.field_type is FieldType.DATE_TIME and field.precision != 3
    ]
    if problems:
        raise CriteriaError(*problems)


def bson_value(value: Value) -> Any:
    """A typed value as BSON: 64-bit integers, Decimal128, UUIDs of subtype 4; the other types are native."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Int64(value)
    if isinstance(value, Decimal):
        return Decimal128(value)
    return Binary.from_uuid(value) if isinstance(value, UUID) else value


def document_key(field: Field) -> str:
    """The dotted key of a field's value: the column, and the path below it."""
    return ".".join((field.column, *field.path[1:]))
