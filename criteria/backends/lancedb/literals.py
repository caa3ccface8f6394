"""Literals and names in the SQL that LanceDB reads, as nodes of sqlglot.

No value is put into text by hand: sqlglot prints each literal, and doubles the quotes in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import Tokenizer as SqlglotTokenizer

from criteria.schema.field import Field, FieldType, Value
from criteria.values.canonical import decimal_text, json_value

Node = exp.Expr

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)

_INSTANT = 'Timestamp(Microsecond, Some("UTC"))'
"""The Arrow type of an instant."""

_MAX_NUMBER = 2**63 - 1
"""The parser reads a minus and a number apart, so the number below -(2**63 - 1) would not be an integer."""


class LanceSql(Dialect):
    """LanceDB quotes names with backticks. A backslash in a string is a backslash."""

    class Tokenizer(SqlglotTokenizer):
        """How texts are read, from which sqlglot tells how they are printed."""

        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`"]
        STRING_ESCAPES: ClassVar[list[str]] = ["'"]


def printed(node: Node) -> str:
    """The text of a node."""
    return LanceSql().generator(identify=True).generate(node, copy=False)


def text(value: str) -> Node:
    """A string."""
    return exp.Literal.string(value)


def call(function: str, *arguments: Node) -> Node:
    """A call of a function."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def column(field: Field) -> Node:
    """The column of a field, or the field of a struct."""
    first, *rest = (exp.Identifier(this=name, quoted=True) for name in (field.column, *field.path[1:]))
    node: Node = exp.Column(this=first)
    for name in rest:
        node = exp.Dot(this=node, expression=name)
    return node


def literal(field: Field, value: Value) -> Node:
    """A value of a field's type."""
    return _LITERALS[field.field_type](field, value)


def _cast(value: str, kind: exp.DType) -> Node:
    return exp.Cast(this=text(value), to=exp.DataType(this=kind, nested=False))


def _text(field: Field, value: Any) -> Node:
    return text(str(json_value(field, value)))


def _number(field: Field, value: Any) -> Node:
    assert isinstance(value, int)
    if abs(value) > _MAX_NUMBER:
        return _cast(str(value), exp.DType.BIGINT)
    number = exp.Literal(this=str(abs(value)), is_string=False)
    return exp.Neg(this=number) if value < 0 else number


def _boolean(field: Field, value: Any) -> Node:
    return exp.Boolean(this=bool(value))


def _decimal(field: Field, value: Any) -> Node:
    assert isinstance(value, Decimal)
    sizes = [
        exp.DataTypeParam(this=exp.Literal(this=str(size), is_string=False))
        for size in (field.precision or 0, field.scale or 0)
    ]
    kind = exp.DataType(this=exp.DType.DECIMAL, expressions=sizes, nested=False)
    return exp.Cast(this=text(decimal_text(value, field.scale or 0)), to=kind)


def _double(field: Field, value: Any) -> Node:
    return _cast(repr(float(value)), exp.DType.DOUBLE)


def _date(field: Field, value: Any) -> Node:
    assert isinstance(value, date)
    return _cast(value.isoformat(), exp.DType.DATE)


def _instant(field: Field, value: Any) -> Node:
    """The microseconds since 1970: a cast of text would go through nanoseconds, which end in 2262."""
    assert isinstance(value, datetime)
    return call("arrow_cast", _number(field, (value - _EPOCH) // _MICROSECOND), text(_INSTANT))


_LITERALS: Mapping[FieldType, Callable[[Field, Any], Node]] = {
    FieldType.STRING: _text,
    FieldType.INTEGER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _decimal,
    FieldType.DOUBLE: _double,
    FieldType.DATE: _date,
    FieldType.DATE_TIME: _instant,
    FieldType.GUID: _text,
    FieldType.OBJECT_REF: _number,
}
"""How a value of each type is written, with the type of its column."""
