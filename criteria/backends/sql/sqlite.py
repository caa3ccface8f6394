"""SQLite 3.38 and later, through the standard library's driver.

Decimals, dates, dateTimes and guids are canonical text, because SQLite has no exact types for them. Lists and nested
objects are JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite

from criteria.backends.sql import nodes, sqlite_glob
from criteria.backends.sql.decimal_text import computed
from criteria.backends.sql.dialect import (
    Bind,
    Dialect,
    Element,
    JsonForms,
    Maker,
    StoredValue,
    TextForms,
)
from criteria.backends.sql.json_checks import MAX_WHOLE, JsonChecks, NumberCheck, is_finite, is_within, objects_on_path
from criteria.backends.sql.json_values import is_json_null, json_kinds
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.sqlite_json_text import is_canonical_text, number_text
from criteria.backends.sql.sqlite_stack import is_too_deep
from criteria.backends.sql.text_functions import has_position, suffix_start
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never
from criteria.values.glob_text import is_plain
from criteria.values.prefix_range import successor

_KINDS: Mapping[FieldType, tuple[str, ...]] = json_kinds(
    string=("text",), number=("integer", "real"), boolean=("true", "false")
)
"""The JSON types of the values of each field type, as json_type names them."""


class BacktickSQLite(SQLite):
    """SQLite with names in backticks: SQLite reads an unknown name in double quotes as a string."""

    class Tokenizer(SQLite.Tokenizer):
        """sqlglot prints the first kind of quotes."""

        IDENTIFIERS: ClassVar = ["`", '"', ("[", "]")]


def _binary(node: Node) -> Node:
    return nodes.collate(node, "BINARY")


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            from_operand = nodes.compare(exp.GTE, stored.make(), _binary(bind()))
            if successor(operand) is None:
                return from_operand
            return nodes.all_of([from_operand, nodes.compare(exp.LT, stored.make(), _binary(bind(successor)))])
        case Operator.ENDS_WITH:
            if is_plain(operand):
                return sqlite_glob.ends(stored.make, bind)
            ending = nodes.call("SUBSTR", stored.make(), bind(suffix_start))
            return nodes.equal(ending, _binary(bind()))
        case Operator.CONTAINS:
            return has_position("INSTR", stored.make(), bind())
        case _:
            assert_never(operator)


def _scalar(field: Field, column: Maker) -> Node:
    path = nodes.json_path(field)
    kind = nodes.call("JSON_TYPE", column(), nodes.text(path))
    return _of_kind(field, kind, lambda: nodes.call("JSON_EXTRACT", column(), nodes.text(path)))


def _of_kind(field: Field, kind: Node, value: Maker) -> Node:
    is_kind = nodes.is_in(kind, [nodes.text(one) for one in _KINDS[field.field_type]])
    match field.field_type:
        case FieldType.BOOLEAN:
            ifs = [
                exp.If(this=nodes.text("true"), true=nodes.number(1)),
                exp.If(this=nodes.text("false"), true=nodes.number(0)),
            ]
            return exp.Case(this=kind, ifs=ifs)
        case FieldType.DECIMAL | FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return nodes.when(nodes.all_of([is_kind, *is_canonical_text(field, value)]), value())
        case FieldType.DOUBLE:
            return nodes.when(is_kind, nodes.cast(value(), exp.DType.DOUBLE))
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.STRING:
            return nodes.when(is_kind, value())
        case _:
            assert_never(field.field_type)


def _is_canonical(field: Field, text: Maker) -> Node:
    return nodes.all_of(is_canonical_text(field, text))


def _number_as_decimal(field: Field, column: Maker) -> Node:
    path = nodes.json_path(field)
    kind = nodes.call("JSON_TYPE", column(), nodes.text(path))
    is_number = nodes.is_in(kind, [nodes.text(one) for one in _KINDS[FieldType.DOUBLE]])
    value = nodes.call("JSON_EXTRACT", column(), nodes.text(path))
    return nodes.when(is_number, computed(value, lambda number: number_text(number, field.scale or 0)))


def _is_null(field: Field, column: Maker) -> Node:
    kind = nodes.call("JSON_TYPE", column(), nodes.text(nodes.json_path(field)))
    return is_json_null(kind, "null")


def _has_one_value(field: Field, column: Maker) -> Node:
    """JSON_EXTRACT takes the first of repeated keys, and finds no key that is spelled with escapes."""

    def is_read(path: str, key: str, below: str) -> Node:
        is_object = nodes.equal(nodes.call("JSON_TYPE", column(), nodes.text(path)), nodes.text("object"))
        document = nodes.when(is_object, nodes.call("JSON_EXTRACT", column(), nodes.text(path)))
        select = exp.Select(expressions=[exp.Alias(this=document, alias=nodes.name("_object"))])
        each = nodes.aliased(nodes.call("JSON_EACH", nodes.column("_object", "_holder")), "_each")
        found = exp.Select(
            expressions=[nodes.call("COUNT", exp.Star())],
            from_=exp.From(this=nodes.aliased(exp.Subquery(this=select), "_holder")),
            joins=[exp.Join(this=each, kind="CROSS")],
            where=exp.Where(this=nodes.equal(nodes.column("key", "_each"), nodes.text(key))),
        )
        is_found = nodes.is_not_null(nodes.call("JSON_TYPE", column(), nodes.text(below)))
        most = nodes.when(is_found, nodes.number(1), nodes.number(0))
        return nodes.compare(exp.LTE, exp.Subquery(this=found), most)

    return nodes.all_of([is_read(*one) for one in objects_on_path(field)])


def _is_whole(value: Maker) -> Node:
    is_integer = nodes.equal(nodes.call("TYPEOF", value()), nodes.text("integer"))
    is_same = nodes.equal(nodes.cast(value(), exp.DType.BIGINT), value())
    return nodes.any_of([is_integer, nodes.all_of([is_same, is_within(value, MAX_WHOLE)])])


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    """The list comes from a derived table: in JSON_EACH(column), a column named `value` would be JSON_EACH's own."""
    path = nodes.text(nodes.json_path(field))
    is_array = nodes.equal(nodes.call("JSON_TYPE", column(), path), nodes.text("array"))
    array = nodes.when(is_array, nodes.call("JSON_EXTRACT", column(), path))
    select = exp.Select(expressions=[exp.Alias(this=array, alias=nodes.name("_list"))])
    holder = nodes.aliased(exp.Subquery(this=select), "_holder")
    each = nodes.aliased(nodes.call("JSON_EACH", nodes.column("_list", "_holder")), "_each")
    element = Element(
        lambda: _of_kind(field, nodes.column("type", "_each"), lambda: nodes.column("value", "_each")),
        lambda: nodes.equal(nodes.column("type", "_each"), nodes.text("null")),
    )
    return nodes.exists(holder, condition(element), exp.Join(this=each, kind="CROSS"))


def _any_object(field: Field, column: Maker, name: str, condition: Callable[[Maker], Node]) -> Node:
    """As `_any_element`. An element that is text would be read as JSON, so only objects are."""
    path = nodes.text(nodes.json_path(field))
    is_array = nodes.equal(nodes.call("JSON_TYPE", column(), path), nodes.text("array"))
    array = nodes.when(is_array, nodes.call("JSON_EXTRACT", column(), path))
    select = exp.Select(expressions=[exp.Alias(this=array, alias=nodes.name("_list"))])
    holder = nodes.aliased(exp.Subquery(this=select), f"_of{name}")
    each = nodes.aliased(nodes.call("JSON_EACH", nodes.column("_list", f"_of{name}")), name)

    def is_object() -> Node:
        return nodes.equal(nodes.column("type", name), nodes.text("object"))

    fulfilled = condition(lambda: nodes.when(is_object(), nodes.column("value", name)))
    return nodes.exists(holder, nodes.all_of([is_object(), fulfilled]), exp.Join(this=each, kind="CROSS"))


def _any_of(stored: StoredValue, operand: Maker) -> Node:
    return nodes.is_in(_binary(stored.make()), nodes.each(operand()))


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _in_array(stored: StoredValue, bind: Bind) -> Node | None:
    if stored.field.field_type is FieldType.DOUBLE:
        return None  # SQLite rounds JSON numbers, but not bound ones
    each = exp.Table(this=nodes.call("JSON_EACH", bind(_json)))
    select = exp.Select(expressions=[nodes.column("value")], from_=exp.From(this=each))
    is_text = stored.representation is not Representation.NATIVE
    return exp.In(this=_binary(stored.make()) if is_text else stored.make(), query=exp.Subquery(this=select))


_COLUMN_TYPES: Mapping[FieldType, exp.DType] = {
    FieldType.STRING: exp.DType.TEXT,
    FieldType.INTEGER: exp.DType.BIGINT,
    FieldType.BOOLEAN: exp.DType.BIGINT,
    FieldType.DECIMAL: exp.DType.TEXT,
    FieldType.DOUBLE: exp.DType.DOUBLE,
    FieldType.DATE: exp.DType.TEXT,
    FieldType.DATE_TIME: exp.DType.TEXT,
    FieldType.GUID: exp.DType.TEXT,
    FieldType.OBJECT_REF: exp.DType.BIGINT,
}


def _column_type(field: Field, is_key: bool) -> exp.DataType:
    is_scalar = not field.is_list and not field.is_nested
    return nodes.plain_type(_COLUMN_TYPES[field.field_type] if is_scalar else exp.DType.TEXT)


_REPRESENTATIONS: Mapping[FieldType, Representation] = {
    FieldType.STRING: Representation.TEXT,
    FieldType.INTEGER: Representation.NATIVE,
    FieldType.BOOLEAN: Representation.NATIVE,
    FieldType.DECIMAL: Representation.DECIMAL_TEXT,
    FieldType.DOUBLE: Representation.NATIVE,
    FieldType.DATE: Representation.TEXT,
    FieldType.DATE_TIME: Representation.TEXT,
    FieldType.GUID: Representation.TEXT,
    FieldType.OBJECT_REF: Representation.NATIVE,
}

_NON_FINITE = frozenset({FieldType.DOUBLE})
"""SQLite stores NULL for NaN."""

SQLITE = Dialect(
    name="sqlite",
    sqlglot="backticksqlite",
    folds_names=True,
    paramstyle="qmark",
    representations=_REPRESENTATIONS,
    text=TextForms(
        equal=lambda stored, operand: nodes.equal(stored.make(), _binary(operand)),
        any_of=_any_of,
        operand=lambda stored, operand: _binary(operand),
        match=_match,
        sort_keys=lambda stored: (_binary(stored.make()),),
        folded=sqlite_glob.folded,
    ),
    json=JsonForms(
        scalar=_scalar,
        is_null=_is_null,
        number_as_decimal=_number_as_decimal,
        is_canonical=_is_canonical,
        checks=JsonChecks(
            _has_one_value,
            whole=[NumberCheck(FieldType.INTEGER, _is_whole)],
            finite=[NumberCheck(FieldType.INTEGER, is_finite)],
            is_rounded=lambda value, scale: nodes.equal(nodes.call("ROUND", value(), nodes.number(scale)), value()),
        ),
        has_indexes=True,
    ),
    any_element=_any_element,
    any_object=_any_object,
    is_too_deep=is_too_deep,
    references=True,
    encode=lambda value: int(value) if isinstance(value, bool) else value,
    operand=lambda stored, node: node,
    non_finite=_NON_FINITE,
    column_type=_column_type,
    in_array=_in_array,
    seek=Seek.APART,
    max_binds=32_766,
)
