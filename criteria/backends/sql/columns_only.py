"""Parts for dialects that compare columns only: they refuse nested fields, and most of them lists.

No storage is known for these dialects. Values other than integers and booleans travel as text, which every driver
binds alike, and are cast to the type of their column: nothing is left to what a driver makes of a Python value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Element, JsonForms, Maker, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field, FieldType

NESTED = "What lies inside JSON has other types and another null there. Store the value in a column of its own."
LISTS = "No test of a list's elements is known to be right there. Keep one row per element in a table of its own."


def unsupported(field: Field) -> str | None:
    """Why a nested field or a list cannot be right."""
    return unsupported_nested(field) or (LISTS if field.is_list else None)


def unsupported_nested(field: Field) -> str | None:
    """Why a nested field cannot be right, in a dialect with lists."""
    return NESTED if field.is_nested else None


def _never(*arguments: object) -> NoReturn:
    raise AssertionError(f"refused before it could be compiled: {arguments!r}")


def no_elements(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    """Stands where a dialect has no lists."""
    _never(field)


def no_column_type(field: Field, is_key: bool) -> exp.DataType:
    """Stands where a dialect has no storage."""
    _never(field)


NO_JSON = JsonForms(scalar=_never, is_null=_never)
"""Stands where a dialect has no nested fields."""


def as_text(value: Any) -> Any:
    """A value as a driver's: text in the one spelling that the casts below read, but for integers and booleans.

    An instant is `YYYY-MM-DD HH:MM:SS.ffffff+00:00`: it says its zone, so that no session's zone is asked for.
    """
    match value:
        case bool() | int() | str():
            return value
        case float():
            return repr(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat(sep=" ", timespec="microseconds")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            raise AssertionError(f"no driver's value for {value!r}")


Cast = Callable[[Field], exp.DataType] | None
"""The type that the operand of a field is cast to; None: it is bound as it is."""


def to_type(kind: exp.DataType | exp.DType) -> Cast:
    """The same type for all fields."""
    return lambda field: nodes.plain_type(kind) if isinstance(kind, exp.DType) else kind.copy()


def to_decimal(field: Field) -> exp.DataType:
    """DECIMAL(precision, scale) of a field."""
    return nodes.decimal_type(field.precision or 0, field.scale or 0)


CASTS: Mapping[FieldType, Cast] = {
    FieldType.STRING: None,
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: to_decimal,
    FieldType.DOUBLE: to_type(exp.DType.DOUBLE),
    FieldType.DATE: to_type(exp.DType.DATE),
    FieldType.DATE_TIME: to_type(exp.DType.TIMESTAMPTZ),
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}
"""The casts of Redshift and Spark; the other dialects name what differs."""


def cast_text(casts: Mapping[FieldType, Cast]) -> Callable[[StoredValue, Node], Node]:
    """Casts text to the type of its column."""

    def operand(stored: StoredValue, node: Node) -> Node:
        cast = casts[stored.field.field_type]
        return node if cast is None else nodes.cast(node, cast(stored.field))

    return operand
