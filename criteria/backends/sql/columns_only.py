"""Shared parts of the dialects that support columns only: no nested fields, mostly no lists, no storage.

Integers, booleans and strings are bound as they are. Other values are bound as text, which all drivers send alike, and
cast to the type of their column, so that nothing depends on how a driver converts Python values.
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
from criteria.schema.field import Field, FieldType, Value
from criteria.tree.nodes import assert_never

_NESTED = "This dialect cannot compare values inside JSON. Store the value in a separate column."
_LISTS = "This dialect cannot compare the elements of lists. Store one row per element in a separate table."


def unsupported(field: Field) -> str | None:
    """The reason why a nested field or a list is refused."""
    return unsupported_nested(field) or (_LISTS if field.is_list else None)


def unsupported_nested(field: Field) -> str | None:
    """The reason why a nested field is refused, in a dialect with lists."""
    return _NESTED if field.is_nested else None


def _never(*arguments: object) -> NoReturn:
    raise AssertionError(f"should have been refused: {arguments!r}")


def no_elements(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    """`any_element` of a dialect without lists."""
    _never(field)


def no_column_type(field: Field, is_key: bool) -> exp.DataType:
    """`column_type` of a dialect without storage."""
    _never(field)


NO_JSON = JsonForms(scalar=_never, is_null=_never, number_as_decimal=_never)
"""`json` of a dialect without nested fields."""


def as_text(value: Value) -> Any:
    """The value to bind: the text that the casts below read, or an integer, a boolean or a string as it is.

    A dateTime is `YYYY-MM-DD HH:MM:SS.ffffff+00:00`: the offset keeps the session's time zone out of it.
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
            assert_never(value)


def encoder(date_time: Callable[[datetime], Any]) -> Callable[[Value], Any]:
    """As `as_text`, but doubles are bound as they are, booleans as integers, and dateTimes as `date_time` returns."""

    def encode(value: Value) -> Any:
        match value:
            case float() | str():
                return value
            case bool() | int():
                return int(value)
            case datetime():
                return date_time(value)
            case Decimal() | date() | UUID():
                return as_text(value)
            case _:
                assert_never(value)

    return encode


Cast = Callable[[Field], exp.DataType] | None
"""The type that a field's operand is cast to; None: it is not cast."""


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
"""The casts of Redshift; other dialects override some of them."""


def cast_text(casts: Mapping[FieldType, Cast]) -> Callable[[StoredValue, Node], Node]:
    """`Dialect.operand` that casts text to the type of its column."""

    def operand(stored: StoredValue, node: Node) -> Node:
        cast = casts[stored.field.field_type]
        return node if cast is None else nodes.cast(node, cast(stored.field))

    return operand
