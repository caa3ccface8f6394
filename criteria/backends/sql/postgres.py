"""PostgreSQL 11 and later. List fields are arrays, nested fields jsonb.

Orderings use COLLATE "C", which is code point order in a UTF-8 database. Equality needs no collation: in PostgreSQL's
deterministic collations only identical bytes are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from criteria.backends.sql import json_values, nodes
from criteria.backends.sql.dialect import NATIVE_TYPES, Bind, Dialect, Element, JsonForms, Maker, StoredValue, TextForms
from criteria.backends.sql.folded_text import by_pattern
from criteria.backends.sql.json_checks import JsonChecks, NumberCheck, has_64_bits, is_rounded, is_within
from criteria.backends.sql.json_numbers import as_double
from criteria.backends.sql.native_types import bound_array, column_type, encoded, scalar_type, typed_operand
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.text_functions import has_position
from criteria.backends.sql.whole_patterns import postgres_matches
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never

Type = exp.DType

_KINDS: Mapping[FieldType, str] = json_values.json_kinds(string="string", number="number", boolean="boolean")
"""The JSON types of the values of each field type, as jsonb_typeof names them."""

_MAX_NAME_LENGTH = 63


def _collate_c(stored: StoredValue, node: Node) -> Node:
    return node if stored.is_binary else nodes.collate(node, "C", quoted=True)


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("STARTS_WITH", stored.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.equal(nodes.call("RIGHT", stored.make(), bind(len)), bind())
        case Operator.CONTAINS:
            return has_position("STRPOS", stored.make(), bind())
        case _:
            assert_never(operator)


def _at(field: Field, column: Maker) -> Node:
    if not field.is_nested:
        return column()
    return nodes.call("JSONB_EXTRACT_PATH", column(), *map(nodes.text, field.path_inside))


def _scalar(field: Field, column: Maker) -> Node:
    return _of_kind(
        field,
        lambda: _at(field, column),
        lambda: nodes.call("JSONB_EXTRACT_PATH_TEXT", column(), *map(nodes.text, field.path_inside)),
    )


def _of_kind(field: Field, json: Maker, text: Maker) -> Node:
    is_kind = nodes.equal(nodes.call("JSONB_TYPEOF", json()), nodes.text(_KINDS[field.field_type]))
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.when(is_kind, nodes.cast(text(), Type.DECIMAL))
        case FieldType.DOUBLE:
            is_double = nodes.when(is_kind, _is_in_range(nodes.cast(text(), Type.DECIMAL)))
            return nodes.when(is_double, nodes.cast(text(), scalar_type(field)))
        case FieldType.BOOLEAN:
            return nodes.when(is_kind, nodes.cast(text(), scalar_type(field)))
        case FieldType.DECIMAL:
            return nodes.when(nodes.all_of([is_kind, _is_canonical(field, text)]), nodes.cast(text(), Type.DECIMAL))
        case FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return nodes.when(nodes.all_of([is_kind, _is_canonical(field, text)]), text())
        case FieldType.STRING:
            return nodes.when(is_kind, text())
        case _:
            assert_never(field.field_type)


def _is_in_range(number: Node) -> Node:
    """Whether a number can be cast to a double, which fails for others."""
    size = nodes.call("ABS", number)
    is_small = nodes.compare(exp.LT, size, exp.Literal.number("1.7976931348623158e308"))
    is_zero_or_large = nodes.any_of(
        [nodes.equal(number.copy(), nodes.number(0)), nodes.compare(exp.GT, size.copy(), exp.Literal.number("3e-324"))]
    )
    return nodes.all_of([is_small, is_zero_or_large])


def _is_whole(value: Maker) -> Node:
    """A number with a fraction of zeros is a double for Python."""
    is_double = is_within(value, "9007199254740993")
    has_no_point = nodes.equal(nodes.call("SCALE", value()), nodes.number(0))
    return nodes.all_of([is_rounded("TRUNC")(value), has_64_bits(value), nodes.any_of([is_double, has_no_point])])


def _constant(text: str) -> Node:
    """Backslashes are no part of a literal: a session may read them as escapes."""
    first, *rest = text.split("\\")
    found = nodes.text(first)
    for part in rest:
        found = nodes.concatenated(nodes.concatenated(found, nodes.call("CHR", nodes.number(92))), nodes.text(part))
    return found


def _is_double_rounded(value: Maker, scale: int) -> Node:
    def decimal() -> Node:
        return nodes.cast(nodes.cast(value(), Type.TEXT), Type.DECIMAL)

    return nodes.equal(nodes.call("ROUND", decimal(), nodes.number(scale)), decimal())


def _is_canonical(field: Field, text: Maker) -> Node:
    return postgres_matches(text, json_values.canonical_pattern(field) or "")


def _number_as_decimal(field: Field, column: Maker) -> Node:
    double = _scalar(as_double(field), column)
    return nodes.cast(nodes.cast(double, Type.TEXT), Type.DECIMAL)  # a double that is cast loses digits


def _is_null(field: Field, column: Maker) -> Node:
    kind = nodes.call("JSONB_TYPEOF", _at(field, column))
    return json_values.is_json_null(kind, "null")


_BLANKS = (9, 10, 13, 0xFEFF)
"""What may be before the text of an object, beside blanks."""


def _is_encoded_once(document: Maker) -> Node:
    is_string = nodes.equal(nodes.call("JSONB_TYPEOF", document()), nodes.text("string"))
    string = exp.JSONBExtractScalar(this=document(), expression=nodes.text("{}"))
    pattern = nodes.text("^[ ")
    for code in _BLANKS:
        pattern = nodes.concatenated(pattern, nodes.call("CHR", nodes.number(code)))
    pattern = nodes.concatenated(pattern, nodes.text("]*[{]"))
    is_object = exp.RegexpLike(this=string, expression=exp.Paren(this=pattern))
    return nodes.negated(nodes.all_of([is_string, is_object]))


def _item() -> Node:
    return nodes.column("_item", "_each")


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    each = nodes.aliased(exp.Unnest(expressions=[column()]), "_each", "_item")
    return nodes.exists(each, condition(Element(_item, lambda: nodes.is_null(_item()))))


def _any_json_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    is_array = nodes.equal(nodes.call("JSONB_TYPEOF", _at(field, column)), nodes.text("array"))
    array = nodes.when(is_array, _at(field, column))
    each = nodes.aliased(nodes.call("JSONB_ARRAY_ELEMENTS", array), "_each", "_item")
    element = Element(
        lambda: _of_kind(field, _item, lambda: exp.JSONBExtractScalar(this=_item(), expression=nodes.text("{}"))),
        lambda: nodes.equal(nodes.call("JSONB_TYPEOF", _item()), nodes.text("null")),
    )
    return nodes.exists(each, condition(element))


def _any_object(field: Field, column: Maker, name: str, condition: Callable[[Maker], Node]) -> Node:
    is_array = nodes.equal(nodes.call("JSONB_TYPEOF", _at(field, column)), nodes.text("array"))
    array = nodes.when(is_array, _at(field, column))
    each = nodes.aliased(nodes.call("JSONB_ARRAY_ELEMENTS", array), name, "_item")

    def item() -> Node:
        return nodes.column("_item", name)

    is_object = nodes.equal(nodes.call("JSONB_TYPEOF", item()), nodes.text("object"))
    return nodes.exists(each, nodes.all_of([is_object, condition(item)]))


def _list_holds(column: Node, operands: list[Node], element: exp.DataType) -> Node:
    """@> and &&, because a GIN index does not serve = ANY(column)."""
    array = nodes.cast(exp.Array(expressions=operands), nodes.list_type(element))
    kind = exp.ArrayContainsAll if len(operands) == 1 else exp.ArrayOverlaps
    return kind(this=column, expression=array)


def _list_is_empty(column: Node) -> Node:
    rest = nodes.call("CARDINALITY", nodes.call("ARRAY_REMOVE", column, exp.Null()))
    return nodes.equal(nodes.call("COALESCE", rest, nodes.number(0)), nodes.number(0))


def _in_array(stored: StoredValue, bind: Bind) -> Node:
    array = bound_array(stored, bind())
    return nodes.equal(stored.make(), exp.Any(this=exp.Paren(this=array)))


_SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def _unsupported(field: Field) -> str | None:
    if field.column in _SYSTEM_COLUMNS:
        return "Every PostgreSQL table has a system column with this name."
    if len(field.column.encode("utf-8")) > _MAX_NAME_LENGTH:
        return f"PostgreSQL truncates names to {_MAX_NAME_LENGTH} bytes, and two names could become the same."
    return None


_NON_FINITE = frozenset({FieldType.DOUBLE, FieldType.DECIMAL})

POSTGRES = Dialect(
    name="postgres",
    sqlglot="postgres",
    paramstyle="format",
    representations=NATIVE_TYPES,
    text=TextForms(
        equal=lambda stored, operand: nodes.equal(stored.make(), operand),
        any_of=lambda stored, operand: nodes.is_in(stored.make(), nodes.each(operand())),
        operand=_collate_c,
        match=_match,
        sort_keys=lambda stored: (_collate_c(stored, stored.make()),),
        constant=_constant,
        folded=by_pattern(lambda stored, node: exp.RegexpLike(this=stored.make(), expression=node), end="$"),
    ),
    json=JsonForms(
        scalar=_scalar,
        is_null=_is_null,
        number_as_decimal=_number_as_decimal,
        is_canonical=_is_canonical,
        checks=JsonChecks(
            None,
            whole=[NumberCheck(FieldType.INTEGER, _is_whole)],
            finite=[NumberCheck(FieldType.INTEGER, lambda value: _is_in_range(value()))],
            is_rounded=_is_double_rounded,
            is_encoded_once=_is_encoded_once,
        ),
        has_indexes=True,
    ),
    any_element=_any_element,
    any_json_element=_any_json_element,
    any_object=_any_object,
    references=True,
    encode=encoded,
    # asyncpg sends the first and the last date and instant as infinities.
    by_style={"numeric_dollar": {"sends_text": True, "max_binds": 32_767}},
    operand=typed_operand,
    above_nan=lambda node: exp.NEQ(this=node, expression=nodes.cast(nodes.text("NaN"), Type.DOUBLE)),
    non_finite=_NON_FINITE,
    nan_is_largest=True,
    column_type=column_type(Type.JSONB),
    binary_collation=nodes.name("C"),
    casts_lists=True,
    list_holds=_list_holds,
    element_type=scalar_type,
    list_is_empty=_list_is_empty,
    native_lists=True,
    nulls_are_large=True,
    in_array=_in_array,
    seek=Seek.ROWS,
    unsupported=_unsupported,
    max_binds=65_535,
    most_nested_references=11,
)
