"""ClickHouse: columns, lists that are Array columns, and JSON text for nested fields.

Columns are Nullable: String (also for JSON), Int64, Bool, Decimal(p, s), Float64, DateTime64(3 or 6), UUID; lists are
Array(Nullable(...)). Doubles and instants are bound as numbers: from text, servers of some ages and settings read a
double inexactly, and an instant outside of 1900 to 2299 as an end of that range (which is all that they can store).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import as_text, no_column_type, plain_text
from criteria.backends.sql.dialect import Bind, Dialect, Element, JsonForms, Maker, Place
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Operator

_NUMBERS = ("Int64", "UInt64", "Double")
_KINDS = {
    FieldType.INTEGER: _NUMBERS,
    FieldType.DOUBLE: _NUMBERS,
    FieldType.OBJECT_REF: _NUMBERS,
    FieldType.BOOLEAN: ("Bool",),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DECIMAL = r"^-?[0-9]+([.][0-9]+)?$"


class ExplicitClickHouse(ClickHouse):
    """ClickHouse with NULLS FIRST and NULLS LAST always said."""

    NULL_ORDERING = "nulls_are_large"


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("startsWith", place.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.call("endsWith", place.make(), bind())
        case Operator.CONTAINS:
            return nodes.compare(exp.GT, nodes.call("position", place.make(), bind()), nodes.number(0))
        case _:
            raise AssertionError(f"no text operator: {operator}")


def _encode(value: Any) -> Any:
    if isinstance(value, float):
        return value
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    return int(value) if isinstance(value, bool) else as_text(value)


def _operand(place: Place, node: Node) -> Node:
    match place.field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.call("toInt64", node)
        case FieldType.DOUBLE:
            return nodes.call("toFloat64", node)
        case FieldType.DECIMAL:
            return nodes.call("toDecimal128", node, nodes.number(place.field.scale or 0))
        case FieldType.DATE_TIME:
            return nodes.call("fromUnixTimestamp64Micro", nodes.call("toInt64", node), nodes.text("UTC"))
        case FieldType.GUID:
            return nodes.call("toUUID", node)
        case _:
            return node


def _at(function: str, field: Field, column: Maker) -> Node:
    """A JSON function of a column and a field's path."""
    return nodes.call(function, column(), *map(nodes.text, field.path[1:]))


def _scalar(field: Field, column: Maker) -> Node:
    return _of_kind(field, lambda function: _at(function, field, column))


def _of_kind(field: Field, extract: Callable[[str], Node]) -> Node:
    """The value that the JSON functions extract, NULL unless it is of the field's kind."""
    kinds = [nodes.text(kind) for kind in _KINDS.get(field.field_type, ("String",))]
    is_kind = nodes.is_in(nodes.call("toString", extract("JSONType")), kinds)
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            value = nodes.call("toDecimal256OrNull", extract("JSONExtractRaw"), nodes.number(10))
        case FieldType.DOUBLE:
            value = extract("JSONExtractFloat")
        case FieldType.BOOLEAN:
            value = extract("JSONExtractBool")
        case FieldType.DECIMAL:
            is_decimal = nodes.call("match", extract("JSONExtractString"), nodes.text(_DECIMAL))
            is_kind = nodes.all_of([is_kind, is_decimal])
            scale = nodes.number(field.scale or 0)
            value = nodes.call("toDecimal128OrNull", extract("JSONExtractString"), scale)
        case _:
            value = extract("JSONExtractString")
    return nodes.when(is_kind, value)


def _is_null(field: Field, column: Maker) -> Node:
    return _is_json_null(_at("JSONType", field, column))


def _is_json_null(kind: Node) -> Node:
    return nodes.equal(nodes.call("ifNull", nodes.call("toString", kind), nodes.text("Null")), nodes.text("Null"))


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    def item() -> Node:
        return nodes.column("_item")

    if field.is_nested:
        document = nodes.call("ifNull", column(), nodes.text(""))
        items = _at("JSONExtractArrayRaw", field, lambda: document)
        element = Element(
            lambda: _of_kind(field, lambda function: nodes.call(function, item())),
            lambda: _is_json_null(nodes.call("JSONType", item())),
        )
    else:
        items, element = column(), Element(item, lambda: nodes.is_null(item()))
    test = nodes.call("ifNull", condition(element), nodes.number(0))
    return nodes.call("arrayExists", exp.Lambda(this=test, expressions=[nodes.name("_item")]), items)


CLICKHOUSE = Dialect(
    name="clickhouse",
    sqlglot="explicitclickhouse",
    paramstyle="pyformat",
    representations={},
    text=plain_text(_match),
    json=JsonForms(scalar=_scalar, is_null=_is_null),
    any_element=_any_element,
    encode=_encode,
    operand=_operand,
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("isNaN", node)),
    native_lists=True,
    nulls_are_large=True,
    no_limit=None,
)
