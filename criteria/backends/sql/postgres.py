"""PostgreSQL 11 and later: native arrays for list fields, jsonb for nested ones.

Ordering says COLLATE "C", which is code point order in a UTF-8 database; equality needs no collation, because
PostgreSQL's deterministic collations are equal only where the bytes are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Dialect, Element, JsonForms, Maker, Place, Representation, TextForms
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Operator

Type = exp.DType

COLUMN_TYPES: dict[FieldType, exp.DType] = {
    FieldType.STRING: Type.TEXT,
    FieldType.INTEGER: Type.BIGINT,
    FieldType.BOOLEAN: Type.BOOLEAN,
    FieldType.DOUBLE: Type.DOUBLE,
    FieldType.DATE_TIME: Type.TIMESTAMPTZ,
    FieldType.GUID: Type.UUID,
    FieldType.OBJECT_REF: Type.BIGINT,
}

_KINDS = {FieldType.INTEGER: "number", FieldType.DOUBLE: "number", FieldType.OBJECT_REF: "number",
          FieldType.BOOLEAN: "boolean"}  # fmt: skip

_MAX_NAME_LENGTH = 63

_DECIMAL = "^-?[0-9]+([.][0-9]+)?$"


def _c(place: Place, node: Node) -> Node:
    return node if place.is_binary else nodes.collate(node, "C", quoted=True)


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("STARTS_WITH", place.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.equal(nodes.call("RIGHT", place.make(), bind(len)), bind())
        case Operator.CONTAINS:
            return nodes.compare(exp.GT, nodes.call("STRPOS", place.make(), bind()), nodes.number(0))
        case _:
            raise AssertionError(f"no text operator: {operator}")


def _at(field: Field, column: Maker) -> Node:
    return nodes.call("JSONB_EXTRACT_PATH", column(), *map(nodes.text, field.path[1:]))


def _scalar(field: Field, column: Maker) -> Node:
    return _of_kind(
        field,
        lambda: _at(field, column),
        lambda: nodes.call("JSONB_EXTRACT_PATH_TEXT", column(), *map(nodes.text, field.path[1:])),
    )


def _of_kind(field: Field, json: Maker, text: Maker) -> Node:
    is_kind = nodes.equal(nodes.call("JSONB_TYPEOF", json()), nodes.text(_KINDS.get(field.field_type, "string")))
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.when(is_kind, nodes.cast(text(), Type.DECIMAL))
        case FieldType.DOUBLE | FieldType.BOOLEAN:
            return nodes.when(is_kind, nodes.cast(text(), COLUMN_TYPES[field.field_type]))
        case FieldType.DECIMAL:
            is_decimal = exp.RegexpLike(this=text(), expression=nodes.text(_DECIMAL))
            return nodes.when(nodes.all_of([is_kind, is_decimal]), nodes.cast(text(), Type.DECIMAL))
        case _:
            return nodes.when(is_kind, text())


def _is_null(field: Field, column: Maker) -> Node:
    kind = nodes.call("JSONB_TYPEOF", _at(field, column))
    return nodes.equal(nodes.call("COALESCE", kind, nodes.text("null")), nodes.text("null"))


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    def item() -> Node:
        return nodes.column("_item", "_each")

    if not field.is_nested:
        each = nodes.aliased(exp.Unnest(expressions=[column()]), "_each", "_item")
        return nodes.exists(each, condition(Element(item, lambda: nodes.is_null(item()))))
    is_array = nodes.equal(nodes.call("JSONB_TYPEOF", _at(field, column)), nodes.text("array"))
    array = nodes.when(is_array, _at(field, column))
    each = nodes.aliased(nodes.call("JSONB_ARRAY_ELEMENTS", array), "_each", "_item")
    element = Element(
        lambda: _of_kind(field, item, lambda: exp.JSONBExtractScalar(this=item(), expression=nodes.text("{}"))),
        lambda: nodes.equal(nodes.call("JSONB_TYPEOF", item()), nodes.text("null")),
    )
    return nodes.exists(each, condition(element))


def scalar_type(field: Field) -> exp.DataType:
    """The type of a scalar column, or of one element of a list column."""
    if field.field_type is FieldType.DECIMAL:
        return nodes.decimal_type(field.precision or 0, field.scale or 0)
    return nodes.plain_type(COLUMN_TYPES[field.field_type])


def _column_type(field: Field, is_key: bool) -> exp.DataType:
    if field.is_nested:
        return nodes.plain_type(Type.JSONB)
    return nodes.list_type(scalar_type(field)) if field.is_list else scalar_type(field)


def typed_operand(place: Place, node: Node) -> Node:
    """Operands whose type a driver may guess wrongly are cast; integers and booleans are what they are."""
    if place.field.field_type in (FieldType.INTEGER, FieldType.BOOLEAN, FieldType.OBJECT_REF):
        return node
    return nodes.cast(node, scalar_type(place.field))


def encode(value: Any) -> Any:
    """A guid travels as text, which every driver takes; the cast makes it a UUID."""
    return str(value) if isinstance(value, UUID) else value


def _list_holds(field: Field, column: Node, operands: list[Node]) -> Node:
    """= ANY(column) could not use a GIN index."""
    array = nodes.cast(exp.Array(expressions=operands), nodes.list_type(scalar_type(field)))
    kind = exp.ArrayContainsAll if len(operands) == 1 else exp.ArrayOverlaps
    return kind(this=column, expression=array)


def _list_is_empty(column: Node) -> Node:
    rest = nodes.call("CARDINALITY", nodes.call("ARRAY_REMOVE", column, exp.Null()))
    return nodes.equal(nodes.call("COALESCE", rest, nodes.number(0)), nodes.number(0))


def _in_array(place: Place, values: list[Any], bind: Callable[[Any], Node]) -> Node:
    is_text = place.representation is not Representation.NATIVE
    element = nodes.plain_type(Type.TEXT) if is_text else scalar_type(place.field)
    array = nodes.cast(bind(values), nodes.list_type(element))
    return nodes.equal(place.make(), exp.Any(this=exp.Paren(this=array)))


_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def _unsupported(field: Field) -> str | None:
    if field.column in _SYSTEM_COLUMNS:
        return "Every table has a column of this name there, which the system fills."
    if len(field.column.encode("utf-8")) > _MAX_NAME_LENGTH:
        return f"Names are cut there after {_MAX_NAME_LENGTH} bytes, and may then be another column's."
    return None


POSTGRES = Dialect(
    name="postgres",
    sqlglot="postgres",
    paramstyle="format",
    representations={},
    text=TextForms(
        equal=lambda place, operand: nodes.equal(place.make(), operand),
        any_of=lambda place, operands: nodes.is_in(place.make(), [operand() for operand in operands]),
        operand=_c,
        match=_match,
        sort_keys=lambda place: (_c(place, place.make()),),
    ),
    json=JsonForms(scalar=_scalar, is_null=_is_null, has_indexes=True),
    any_element=_any_element,
    encode=encode,
    operand=typed_operand,
    above_nan=lambda node: exp.NEQ(this=node, expression=nodes.cast(nodes.text("NaN"), Type.DOUBLE)),
    column_type=_column_type,
    binary_collation=nodes.name("C"),
    casts_lists=True,
    list_holds=_list_holds,
    list_is_empty=_list_is_empty,
    native_lists=True,
    nulls_are_large=True,
    in_array=_in_array,
    unsupported=_unsupported,
    max_binds=65_535,
)
