"""The types that MongoDB can hold, and the BSON values of operands."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from bson import Binary, Decimal128, Int64

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import ElementField, Field, FieldType, Value
from criteria.schema.schema import Schema
from criteria.tree.nodes import assert_never


def check_schema(schema: Schema | None) -> None:
    """Raises `CriteriaError` (`unsupported`) for every field whose values BSON cannot hold exactly."""
    problems = _faults(schema) if schema is not None else []
    if problems:
        raise CriteriaError(*problems)


def _faults(schema: Schema) -> list[Problem]:
    problems = [
        Problem("unsupported", f"Field {quoted(field.name)} has microseconds, and MongoDB stores only milliseconds.")
        for field in schema.fields
        if field.field_type is FieldType.DATE_TIME and field.precision != 3
    ]
    return problems + [problem for objects in schema.object_lists for problem in _faults(objects.element)]


def bson_value(value: Value) -> Any:
    """A typed value as BSON: 64-bit integers, Decimal128, UUIDs of subtype 4, dates as text `YYYY-MM-DD`.

    BSON has instants but no days. As text, days of all years compare and sort correctly, and differ from all instants.
    Strings, floats, booleans and instants are native.
    """
    match value:
        case bool() | str() | float() | datetime():
            return value
        case int():
            return Int64(value)
        case Decimal():
            return _decimal128(value)
        case date():
            return value.isoformat()
        case UUID():
            return Binary.from_uuid(value)
        case _:
            assert_never(value)


def _decimal128(value: Decimal) -> Decimal128:
    """The Decimal128 of a decimal.

    The bits of finite decimals are made here: `Decimal128(value)` takes ten times as long, which a query of a hundred
    thousand decimals would notice.
    """
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or len(digits) > _MAX_DIGITS or not 0 <= exponent + _BIAS <= _MAX_BIASED:
        return Decimal128(value)
    bits = sign << 127 | (exponent + _BIAS) << 113 | int("".join(map(str, digits)))
    return Decimal128((bits >> 64, bits & _LOW_BITS))  # type: ignore[arg-type]  # as `Decimal128.bid` has them


_LOW_BITS = 2**64 - 1
_MAX_DIGITS, _BIAS, _MAX_BIASED = 34, 6176, 12_287
"""The significant digits of a Decimal128, what is added to its exponent, and the largest sum of both."""


def document_key(field: Field) -> str:
    """The dotted key of a field's value: the column, and the path below it; inside an element, the path alone."""
    if isinstance(field, ElementField):
        return ".".join(field.path)
    return ".".join((field.column, *field.path_inside))
