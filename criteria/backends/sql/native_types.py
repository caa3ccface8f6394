"""The types of engines that have a type for each field type: PostgreSQL and DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import StoredValue
from criteria.backends.sql.nodes import Derive, Node
from criteria.backends.sql.representation import Representation
from criteria.schema.field import Field, FieldType

Type = exp.DType

_COLUMN_TYPES: Mapping[FieldType, exp.DType] = {
    FieldType.STRING: Type.TEXT,
    FieldType.INTEGER: Type.BIGINT,
    FieldType.BOOLEAN: Type.BOOLEAN,
    FieldType.DECIMAL: Type.DECIMAL,
    FieldType.DOUBLE: Type.DOUBLE,
    FieldType.DATE: Type.DATE,
    FieldType.DATE_TIME: Type.TIMESTAMPTZ,
    FieldType.GUID: Type.UUID,
    FieldType.OBJECT_REF: Type.BIGINT,
}

_NOT_CAST = frozenset({FieldType.INTEGER, FieldType.BOOLEAN, FieldType.OBJECT_REF})
"""Types whose operands all drivers send with the right type."""


def scalar_type(field: Field) -> exp.DataType:
    """The type of a scalar column, or of one element of a list column."""
    if field.field_type is FieldType.DECIMAL:
        return nodes.decimal_type(field.precision or 0, field.scale or 0)
    return nodes.plain_type(_COLUMN_TYPES[field.field_type])


def typed_operand(stored: StoredValue, node: Node) -> Node:
    """An operand, cast unless all drivers send it with the right type."""
    if stored.field.field_type in _NOT_CAST:
        return node
    return nodes.cast(node, scalar_type(stored.field))


def column_type(nested: exp.DType) -> Callable[[Field, bool], exp.DataType]:
    """The type of a field's column: `nested` for nested fields, an array for lists."""

    def of_field(field: Field, is_key: bool) -> exp.DataType:
        if field.is_nested:
            return nodes.plain_type(nested)
        return nodes.list_type(scalar_type(field)) if field.is_list else scalar_type(field)

    return of_field


def bound_array(stored: StoredValue, placeholder: Node) -> Node:
    """A list of values that is bound as one parameter, cast to an array."""
    is_text = stored.representation is not Representation.NATIVE
    element = nodes.plain_type(Type.TEXT) if is_text else scalar_type(stored.field)
    return nodes.cast(placeholder, nodes.list_type(element))


@cache
def then_text(derive: Derive) -> Derive:
    """A conversion to a date or an instant, and then to text that a server reads without its settings.

    It is the same function for each call, because statements are remembered by their conversions.
    """
    return lambda value: date_text(derive(value))


def date_text(value: date) -> str:
    """`YYYY-MM-DD`, or `YYYY-MM-DD HH:MM:SS.ffffff` with the offset of an instant."""
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()


def from_date_text(field: Field, text: str) -> date | str:
    """The date or the instant that `date_text` wrote; another text as it is."""
    try:
        return date.fromisoformat(text) if field.field_type is FieldType.DATE else datetime.fromisoformat(text)
    except ValueError:
        return text


def from_text(placeholder: Node, *, is_list: bool = False) -> Node:
    """The placeholder of a text, or of a list of texts. Without a type a driver asks the server for one, and sends what
    that is."""
    text = nodes.plain_type(Type.TEXT)
    return nodes.cast(placeholder, nodes.list_type(text) if is_list else text)


def encoded(value: Any) -> Any:
    """The value that the driver gets. A guid is sent as text, which all drivers accept, and cast to UUID."""
    return str(value) if isinstance(value, UUID) else value
