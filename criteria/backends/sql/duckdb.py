"""DuckDB 1.5 and later. List fields are lists, nested fields JSON.

Every text comparison uses COLLATE "C", because the column or the session may have another collation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from criteria.backends.sql import json_values, nodes
from criteria.backends.sql.dialect import (
    NATIVE_TYPES,
    Bind,
    Dialect,
    Element,
    JsonForms,
    Maker,
    StoredValue,
    TextForms,
    with_explicit_nulls,
)
from criteria.backends.sql.folded_text import by_pattern
from criteria.backends.sql.json_checks import (
    JsonChecks,
    NumberCheck,
    is_finite,
    is_rounded,
    objects_on_path,
)
from criteria.backends.sql.native_types import bound_array, column_type, encoded, typed_operand
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.whole_patterns import duckdb_matches
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never

Type = exp.DType

_KINDS: Mapping[FieldType, tuple[str, ...]] = json_values.json_kinds(
    string=("VARCHAR",), number=("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"), boolean=("BOOLEAN",)
)
"""The JSON types of the values of each field type, as json_type names them."""

_FUNCTIONS: Mapping[ExactTextOperator, str] = {
    Operator.STARTS_WITH: "STARTS_WITH",
    Operator.ENDS_WITH: "ENDS_WITH",
    Operator.CONTAINS: "CONTAINS",
}


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    return nodes.call(_FUNCTIONS[operator], _collate_c(stored.make()), bind())


def _collate_c(node: Node) -> Node:
    """Also for columns that are declared to compare by code point: their collation may be the session's default."""
    return nodes.collate(node, "C", quoted=True)


def _scalar(field: Field, column: Maker) -> Node:
    path = nodes.json_path(field)
    return _of_kind(
        field,
        nodes.call("JSON_TYPE", column(), nodes.text(path)),
        lambda: nodes.call("JSON_EXTRACT_STRING", column(), nodes.text(path)),
    )


def _of_kind(field: Field, kind: Node, text: Maker) -> Node:
    kinds = [nodes.text(one) for one in _KINDS[field.field_type]]
    is_kind = nodes.is_in(kind, kinds)
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.when(is_kind, _try_cast(text(), nodes.decimal_type(38, 10)))
        case FieldType.DOUBLE:
            return nodes.when(is_kind, _try_cast(text(), nodes.plain_type(Type.DOUBLE)))
        case FieldType.BOOLEAN:
            return nodes.when(is_kind, _try_cast(text(), nodes.plain_type(Type.BOOLEAN)))
        case FieldType.DECIMAL:
            exact = nodes.decimal_type(field.precision or 0, field.scale or 0)
            return nodes.when(nodes.all_of([is_kind, _is_canonical(field, text)]), _try_cast(text(), exact))
        case FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return nodes.when(nodes.all_of([is_kind, _is_canonical(field, text)]), text())
        case FieldType.STRING:
            return nodes.when(is_kind, text())
        case _:
            assert_never(field.field_type)


def _has_one_value(field: Field, column: Maker) -> Node:
    """JSON_EXTRACT takes the first of repeated keys."""

    def is_read(path: str) -> Node:
        keys = nodes.call("JSON_KEYS", column(), nodes.text(path))
        has_each_once = nodes.equal(
            nodes.call("LEN", keys), nodes.call("LEN", nodes.call("LIST_DISTINCT", keys.copy()))
        )
        return nodes.any_of([nodes.is_null(keys.copy()), has_each_once])

    return nodes.all_of([is_read(path) for path, _, _ in objects_on_path(field)])


def _written(number: Node) -> Node:
    """The text of a number, which is read from it."""
    found: Node = number.transform(lambda node: node.this if isinstance(node, exp.TryCast) else node)
    return found


def _is_whole(text: Maker) -> Node:
    """DuckDB reads a number with a point as the shortest decimal of its double, which from 2^53 on may be another."""
    integer = nodes.cast(_try_cast(text(), nodes.plain_type(Type.BIGINT)), Type.TEXT)

    def double() -> Node:
        return _try_cast(text(), nodes.plain_type(Type.DOUBLE))

    is_exact = nodes.compare(exp.LTE, nodes.call("ABS", double()), nodes.number(2**53))
    return nodes.any_of([nodes.equal(integer, text()), nodes.all_of([is_rounded("FLOOR")(double), is_exact])])


def _is_double_rounded(value: Maker, scale: int) -> Node:
    decimal = _try_cast(nodes.cast(value(), Type.TEXT), nodes.decimal_type(38, scale))
    return nodes.equal(nodes.cast(nodes.cast(decimal, Type.TEXT), Type.DOUBLE), value())


def _is_canonical(field: Field, text: Maker) -> Node:
    return duckdb_matches(text, json_values.canonical_pattern(field) or "")


def _number_as_decimal(field: Field, column: Maker) -> Node:
    path = nodes.text(nodes.json_path(field))
    kinds = [nodes.text(one) for one in _KINDS[FieldType.DOUBLE]]
    is_number = nodes.is_in(nodes.call("JSON_TYPE", column(), path), kinds)
    double = _try_cast(nodes.call("JSON_EXTRACT_STRING", column(), path.copy()), nodes.plain_type(Type.DOUBLE))
    text = nodes.cast(double, Type.TEXT)  # a double that is cast to a decimal is multiplied, and rounded
    exact = nodes.decimal_type(38, field.scale or 0)
    most = "9" * (38 - (field.scale or 0))
    is_less = nodes.compare(exp.LT, double.copy(), nodes.number(0))
    beyond = nodes.when(is_less, nodes.cast(nodes.text(f"-{most}"), exact), nodes.cast(nodes.text(most), exact.copy()))
    return nodes.when(is_number, nodes.call("COALESCE", _try_cast(text, exact.copy()), beyond))


def _try_cast(node: Node, kind: exp.DataType) -> Node:
    return exp.TryCast(this=node, to=kind)


def _is_null(field: Field, column: Maker) -> Node:
    kind = nodes.call("JSON_TYPE", column(), nodes.text(nodes.json_path(field)))
    return json_values.is_json_null(kind, "NULL")


def _item() -> Node:
    return exp.Column(this=nodes.name("_item"))


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    return _any_item(column(), condition(Element(_item, lambda: nodes.is_null(_item()))))


def _any_json_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    return _any_item(_json_items(field, column), condition(_json_element(field)))


def _json_items(field: Field, column: Maker) -> Node:
    return nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field) + "[*]"))


def _json_element(field: Field) -> Element:
    return Element(
        lambda: _of_kind(field, nodes.call("JSON_TYPE", _item()), lambda: _text_of(_item())),
        lambda: nodes.equal(nodes.call("JSON_TYPE", _item()), nodes.text("NULL")),
    )


def _any_id(field: Field, column: Maker, value: Callable[[Element], Node], in_json: bool, ids: Node) -> Node:
    """LIST_HAS_ANY with one list of all ids. A lambda cannot have a subquery; and in a subquery DuckDB takes the name
    of a column outside for a function if there is one, as of "user"."""
    items = _json_items(field, column) if in_json else column()
    element = _json_element(field) if in_json else Element(_item, lambda: nodes.is_null(_item()))
    held = nodes.call("LIST_TRANSFORM", items, exp.Lambda(this=value(element), expressions=[nodes.name("_item")]))
    one_list = nodes.call("ARRAY", ids)
    return nodes.call("COALESCE", nodes.call("LIST_HAS_ANY", held, one_list), nodes.false())


def _any_object(field: Field, column: Maker, name: str, condition: Callable[[Maker], Node]) -> Node:
    items = nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field) + "[*]"))

    def item() -> Node:
        return exp.Column(this=nodes.name(name))

    is_object = nodes.equal(nodes.call("JSON_TYPE", item()), nodes.text("OBJECT"))
    return _any_item(items, nodes.all_of([is_object, condition(item)]), name)


def _any_item(items: Node, condition: Node, name: str = "_item") -> Node:
    """LIST_FILTER, because DuckDB's planner takes minutes for hundreds of EXISTS subqueries over lists.

    A cast and no comparison: beside AND the planner looks for pairs of comparisons that contradict each other, which
    takes minutes for hundreds of long ones.
    """
    test = exp.Lambda(this=condition, expressions=[nodes.name(name)])
    found = nodes.call("LEN", nodes.call("LIST_FILTER", items, test))
    return nodes.call("COALESCE", nodes.cast(found, Type.BOOLEAN), nodes.false())


def _text_of(item: Node) -> Node:
    return nodes.call("JSON_EXTRACT_STRING", item, nodes.text("$"))


def _in_array(stored: StoredValue, bind: Bind) -> Node:
    is_text = stored.representation is Representation.TEXT
    value = _collate_c(stored.make()) if is_text else stored.make()
    return nodes.call("LIST_CONTAINS", bound_array(stored, bind()), value)


_NON_FINITE = frozenset({FieldType.DOUBLE})

DUCKDB = Dialect(
    name="duckdb",
    sqlglot=with_explicit_nulls(DuckDB),
    folds_names=True,
    paramstyle="qmark",
    representations=NATIVE_TYPES,
    text=TextForms(
        equal=lambda stored, operand: nodes.equal(stored.make(), _collate_c(operand)),
        any_of=lambda stored, operand: nodes.is_in(_collate_c(stored.make()), nodes.each(operand())),
        operand=lambda stored, operand: _collate_c(operand),
        match=_match,
        sort_keys=lambda stored: (_collate_c(stored.make()),),
        folded=by_pattern(lambda stored, node: nodes.call("REGEXP_MATCHES", stored.make(), node)),
    ),
    json=JsonForms(
        scalar=_scalar,
        is_null=_is_null,
        number_as_decimal=_number_as_decimal,
        is_canonical=_is_canonical,
        checks=JsonChecks(
            _has_one_value,
            whole=[NumberCheck(FieldType.INTEGER, _is_whole, _written)],
            finite=[NumberCheck(FieldType.DOUBLE, is_finite)],
            is_rounded=_is_double_rounded,
        ),
    ),
    seek=Seek.APART,
    any_element=_any_element,
    any_json_element=_any_json_element,
    any_object=_any_object,
    references=True,
    any_id=_any_id,
    most_references=150,  # each is a join: 150 take about a second and 300 a quarter of a minute
    most_conjuncts=100,  # each is compared with the others: 1,000 take nine seconds
    encode=encoded,
    operand=typed_operand,
    # NaN is above infinity. An upper bound, because an index serves a range, but not a function such as ISNAN.
    above_nan=lambda node: nodes.compare(exp.LTE, node, nodes.cast(nodes.text("Infinity"), exp.DType.DOUBLE)),
    non_finite=_NON_FINITE,
    nan_is_largest=True,
    tests_truth=True,
    column_type=column_type(Type.JSON),
    casts_lists=True,
    native_lists=True,
    nulls_are_large=True,
    in_array=_in_array,
)
