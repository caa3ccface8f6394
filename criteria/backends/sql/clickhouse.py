"""ClickHouse: columns, lists that are Array columns, and JSON text for nested fields.

Columns are Nullable: String (also for JSON), Int64, Bool, Decimal(p, s), Float64, Date32, DateTime64(3 or 6), UUID;
lists are Array(Nullable(...)). Doubles and dateTimes are bound as numbers: in some versions and settings ClickHouse
rounds a double that it reads from text, and moves a dateTime outside the years 1900 to 2299 to the end of that range,
which is all that its columns can store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone

from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse

from criteria.backends.sql import json_values, nodes
from criteria.backends.sql.columns_only import encoder, no_column_type
from criteria.backends.sql.dialect import (
    NATIVE_TYPES,
    Bind,
    Dialect,
    Element,
    JsonForms,
    Maker,
    StoredValue,
    with_explicit_nulls,
)
from criteria.backends.sql.folded_text import by_pattern
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import code_point_text, has_position
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Comparison, ExactTextOperator, Operator, assert_never

_KINDS: Mapping[FieldType, tuple[str, ...]] = json_values.json_kinds(
    string=("String",), number=("Int64", "UInt64", "Double"), boolean=("Bool",)
)
"""The JSON types of the values of each field type, as JSONType names them."""

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("startsWith", stored.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.call("endsWith", stored.make(), bind())
        case Operator.CONTAINS:
            return has_position("position", stored.make(), bind())
        case _:
            assert_never(operator)


def _microseconds(value: datetime) -> int:
    return (value - _EPOCH) // timedelta(microseconds=1)


def _operand(stored: StoredValue, node: Node) -> Node:
    match stored.field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.call("toInt64", node)
        case FieldType.DOUBLE:
            return nodes.call("toFloat64", node)
        case FieldType.DECIMAL:
            return nodes.call("toDecimal128", node, nodes.number(stored.field.scale or 0))
        case FieldType.DATE_TIME:
            return nodes.call("fromUnixTimestamp64Micro", nodes.call("toInt64", node), nodes.text("UTC"))
        case FieldType.DATE:
            return nodes.call("toDate32", node)
        case FieldType.GUID:
            return nodes.call("toUUID", node)
        case FieldType.STRING | FieldType.BOOLEAN:
            return node
        case _:
            assert_never(stored.field.field_type)


def _at(function: str, field: Field, column: Maker) -> Node:
    """A call of a JSON function with a column and a field's path."""
    return nodes.call(function, column(), *map(nodes.text, field.path[1:]))


def _scalar(field: Field, column: Maker) -> Node:
    return _of_kind(field, lambda function: _at(function, field, column))


def _of_kind(field: Field, extract: Callable[[str], Node]) -> Node:
    """The value that the JSON functions extract; NULL if its JSON type is not the field's."""
    kinds = [nodes.text(kind) for kind in _KINDS[field.field_type]]
    is_kind = nodes.is_in(nodes.call("toString", extract("JSONType")), kinds)
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            value = nodes.call("toDecimal256OrNull", extract("JSONExtractRaw"), nodes.number(10))
        case FieldType.DOUBLE:
            value = extract("JSONExtractFloat")
        case FieldType.BOOLEAN:
            value = extract("JSONExtractBool")
        case FieldType.DECIMAL:
            is_kind = nodes.all_of([is_kind, _is_canonical(field, extract("JSONExtractString"))])
            scale = nodes.number(field.scale or 0)
            value = nodes.call("toDecimal128OrNull", extract("JSONExtractString"), scale)
        case FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            is_kind = nodes.all_of([is_kind, _is_canonical(field, extract("JSONExtractString"))])
            value = extract("JSONExtractString")
        case FieldType.STRING:
            value = extract("JSONExtractString")
        case _:
            assert_never(field.field_type)
    return nodes.when(is_kind, value)


def _is_canonical(field: Field, text: Node) -> Node:
    return nodes.call("match", text, nodes.text(f"^{json_values.canonical_pattern(field)}$"))


def _number_as_decimal(field: Field, column: Maker) -> Node:
    kinds = [nodes.text(kind) for kind in _KINDS[FieldType.DOUBLE]]
    is_number = nodes.is_in(nodes.call("toString", _at("JSONType", field, column)), kinds)
    raw = _at("JSONExtractRaw", field, column)
    return nodes.when(is_number, nodes.call("toDecimal128OrNull", raw, nodes.number(field.scale or 0)))


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


_VALUE_CHECKED = frozenset({FieldType.DATE})
"""The types whose values `_unsupported_leaf` checks."""


def _unsupported_leaf(leaf: Comparison) -> str | None:
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    days = [value for value in values if leaf.field.field_type is FieldType.DATE and isinstance(value, date)]
    if not leaf.field.is_nested and not all(_FIRST_DAY <= day <= _LAST_DAY for day in days):
        return (
            f"ClickHouse's Date32 ranges from {_FIRST_DAY} to {_LAST_DAY} and moves other days to an end of that range."
        )
    return None


CLICKHOUSE = Dialect(
    name="clickhouse",
    sqlglot=with_explicit_nulls(ClickHouse),
    paramstyle="pyformat",
    representations=NATIVE_TYPES,
    text=code_point_text(_match, by_pattern(lambda stored, node: nodes.call("match", stored.make(), node))),
    json=JsonForms(scalar=_scalar, is_null=_is_null, number_as_decimal=_number_as_decimal),
    any_element=_any_element,
    encode=encoder(_microseconds),
    operand=_operand,
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("isNaN", node)),
    unsupported_leaf=_unsupported_leaf,
    value_checked_types=_VALUE_CHECKED,
    native_lists=True,
    nulls_are_large=True,
    no_limit=None,
    # A driver writes the values into the text, of which ClickHouse reads 262,144 bytes: four for the shortest value.
    max_binds=65_535,
    # UUID sorts by its second half first.
    sorted_guid=lambda node: nodes.call("toString", node),
)
