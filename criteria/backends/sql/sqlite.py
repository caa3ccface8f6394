"""SQLite 3.38 and later, through the standard library's driver.

Decimals, dateTimes and guids are canonical text: SQLite has no type that keeps them exact. Lists and nested objects
are JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Dialect, Element, JsonForms, Maker, Place, Representation, TextForms
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.paths import json_path
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Operator
from criteria.values.prefix import successor

_KINDS = {
    FieldType.STRING: ("text",),
    FieldType.INTEGER: ("integer", "real"),
    FieldType.DOUBLE: ("integer", "real"),
    FieldType.DECIMAL: ("text",),
    FieldType.DATE_TIME: ("text",),
    FieldType.GUID: ("text",),
    FieldType.OBJECT_REF: ("integer", "real"),
}


class BacktickSQLite(SQLite):
    """SQLite with names in backticks: it takes a name in double quotes that it does not know for a text."""

    class Tokenizer(SQLite.Tokenizer):
        """The first kind of quotes is the one that is printed."""

        IDENTIFIERS: ClassVar = ["`", '"', ("[", "]")]


def _binary(node: Node) -> Node:
    return nodes.collate(node, "BINARY")


def _from_the_end(text: str) -> int:
    """Where SUBSTR begins to give as many characters as a text has."""
    return -len(text)


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            from_operand = nodes.compare(exp.GTE, place.make(), _binary(bind()))
            if successor(operand) is None:
                return from_operand
            return nodes.all_of([from_operand, nodes.compare(exp.LT, place.make(), _binary(bind(successor)))])
        case Operator.ENDS_WITH:
            ending = nodes.call("SUBSTR", place.make(), bind(_from_the_end))
            return nodes.equal(ending, _binary(bind()))
        case Operator.CONTAINS:
            return nodes.compare(exp.GT, nodes.call("INSTR", place.make(), bind()), nodes.number(0))
        case _:
            raise AssertionError(f"no text operator: {operator}")


def _scalar(field: Field, column: Maker) -> Node:
    path = json_path(field.path[1:])
    kind = nodes.call("JSON_TYPE", column(), nodes.text(path))
    return _of_kind(field, kind, lambda: nodes.call("JSON_EXTRACT", column(), nodes.text(path)))


def _of_kind(field: Field, kind: Node, value: Maker) -> Node:
    if field.field_type is FieldType.BOOLEAN:
        ifs = [
            exp.If(this=nodes.text("true"), true=nodes.number(1)),
            exp.If(this=nodes.text("false"), true=nodes.number(0)),
        ]
        return exp.Case(this=kind, ifs=ifs)
    is_kind = nodes.is_in(kind, [nodes.text(one) for one in _KINDS[field.field_type]])
    if field.field_type is FieldType.DECIMAL:
        is_kind = nodes.all_of([is_kind, *_spells_decimal(value)])
    return nodes.when(is_kind, value())


def _spells_decimal(value: Maker) -> list[Node]:
    """Whether a text is digits with at most one point between them, and a sign at most before: SQLite has no regular
    expressions."""

    def fits(pattern: str) -> Node:
        return exp.Glob(this=value(), expression=nodes.text(pattern))

    begins = nodes.any_of([fits("[0-9]*"), fits("-[0-9]*")])
    return [begins, fits("*[0-9]"), nodes.negated(fits("?*[^0-9.]*")), nodes.negated(fits("*.*.*"))]


def _is_null(field: Field, column: Maker) -> Node:
    kind = nodes.call("JSON_TYPE", column(), nodes.text(json_path(field.path[1:])))
    return nodes.equal(nodes.call("COALESCE", kind, nodes.text("null")), nodes.text("null"))


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    """The list is a derived table of its own: named directly, a column `value` would be json_each's."""
    path = nodes.text(json_path(field.path[1:]))
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


def _any_of(place: Place, operands: Sequence[Maker]) -> Node:
    return nodes.is_in(_binary(place.make()), [operand() for operand in operands])


def _in_array(place: Place, values: list[Any], bind: Callable[[Any], Node]) -> Node | None:
    if place.field.field_type is FieldType.DOUBLE:
        return None  # SQLite reads JSON numbers less exactly than it takes bound ones
    each = exp.Table(this=nodes.call("JSON_EACH", bind(json.dumps(values, ensure_ascii=False))))
    select = exp.Select(expressions=[nodes.column("value")], from_=exp.From(this=each))
    is_text = place.representation is not Representation.NATIVE
    return exp.In(this=_binary(place.make()) if is_text else place.make(), query=exp.Subquery(this=select))


_COLUMN_TYPES = {
    FieldType.INTEGER: exp.DType.BIGINT,
    FieldType.BOOLEAN: exp.DType.BIGINT,
    FieldType.OBJECT_REF: exp.DType.BIGINT,
    FieldType.DOUBLE: exp.DType.DOUBLE,
}


def _column_type(field: Field, is_key: bool) -> exp.DataType:
    is_scalar = not field.is_list and not field.is_nested
    return nodes.plain_type(_COLUMN_TYPES.get(field.field_type, exp.DType.TEXT) if is_scalar else exp.DType.TEXT)


SQLITE = Dialect(
    name="sqlite",
    sqlglot="backticksqlite",
    folds_names=True,
    paramstyle="qmark",
    representations={
        FieldType.DECIMAL: Representation.DECIMAL_TEXT,
        FieldType.DATE_TIME: Representation.TEXT,
        FieldType.GUID: Representation.TEXT,
    },
    text=TextForms(
        equal=lambda place, operand: nodes.equal(place.make(), _binary(operand)),
        any_of=_any_of,
        operand=lambda place, operand: _binary(operand),
        match=_match,
        sort_keys=lambda place: (_binary(place.make()),),
    ),
    json=JsonForms(scalar=_scalar, is_null=_is_null, has_indexes=True),
    any_element=_any_element,
    encode=lambda value: int(value) if isinstance(value, bool) else value,
    operand=lambda place, node: node,
    column_type=_column_type,
    in_array=_in_array,
)
