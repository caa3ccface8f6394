"""MariaDB 10.6 and later, and MySQL 8.0.17 and later.

Columns commonly fold case and pad blanks, so operands carry a collation that does neither: the operand's side keeps a
column's index. The two servers name it differently. Lists and nested objects are JSON; dateTimes are DATETIME in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlglot import exp

from criteria.backends.sql import json_texts, nodes
from criteria.backends.sql.dialect import (
    Bind,
    Dialect,
    Element,
    JsonForms,
    Maker,
    Representation,
    StoredValue,
    TextForms,
)
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Operator, TextOperator, assert_never

Type = exp.DType

MARIADB_BINARY = "utf8mb4_nopad_bin"
MYSQL_BINARY = "utf8mb4_0900_bin"

_NUMBERS = ("INTEGER", "DOUBLE", "UNSIGNED INTEGER", "DECIMAL")
_STRING = ("STRING",)
_KINDS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.STRING: _STRING,
    FieldType.INTEGER: _NUMBERS,
    FieldType.BOOLEAN: ("BOOLEAN",),
    FieldType.DECIMAL: _STRING,
    FieldType.DOUBLE: _NUMBERS,
    FieldType.DATE: _STRING,
    FieldType.DATE_TIME: _STRING,
    FieldType.GUID: _STRING,
    FieldType.OBJECT_REF: _NUMBERS,
}
"""The JSON types of the values of each field type, as JSON_TYPE names them."""

_END = "(?!.|[[:space:]])"
"""The dollar would also stand before a line break at the end, and a backslash is another thing in some sessions."""

_MAX_SCALE = 30
_LAST_IN_NAMES = 0xFFFF
_MAX_NAME_LENGTH = 64

_SORTED = 256
_SORT_KEYS = 32
"""The server sorts by the first 1,024 bytes of a string: 256 characters. So many such pieces are sorted by."""

_MAX_SORT_KEYS = 120
"""With more than about 150 of them the server runs out of memory to sort in."""


def _text_forms(collation: str, *, searches_by_column: bool = False) -> TextForms:
    """`searches_by_column`: LOCATE compares by the collation of the searched text, whatever the operand's is."""

    def exact(node: Node) -> Node:
        return nodes.collate(nodes.cast(node, _utf8()), collation)

    def operand(stored: StoredValue, node: Node) -> Node:
        return node if stored.is_binary else exact(node)

    def any_of(stored: StoredValue, operands: Sequence[Maker]) -> Node:
        values = nodes.is_in(stored.make(), [one() for one in operands])
        if stored.is_binary:
            return values
        folded = nodes.is_in(nodes.collate(_as_utf8(stored), collation), [one() for one in operands])
        return folded if stored.in_json else nodes.all_of([values, folded])

    def match(operator: TextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
        match operator:
            case Operator.STARTS_WITH:
                exactly = nodes.equal(nodes.call("LEFT", stored.make(), bind(len)), exact(bind()))
                if stored.in_json:
                    return exactly
                pattern = exp.Like(this=stored.make(), expression=bind(_begins_with))
                return nodes.all_of([exp.Escape(this=pattern, expression=nodes.text("!")), exactly])
            case Operator.ENDS_WITH:
                return nodes.equal(nodes.call("RIGHT", stored.make(), bind(len)), exact(bind()))
            case Operator.CONTAINS:
                is_folded = searches_by_column and not stored.is_binary
                searched = nodes.collate(_as_utf8(stored), collation) if is_folded else stored.make()
                return nodes.compare(exp.GT, nodes.call("LOCATE", exact(bind()), searched), nodes.number(0))
            case _:
                assert_never(operator)

    def sort_keys(stored: StoredValue) -> Sequence[Node]:
        def key(node: Node) -> Node:
            return node if stored.is_binary else nodes.collate(node, collation)

        whole = _as_utf8(stored) if not stored.is_binary else stored.make()
        pieces = [
            nodes.call("SUBSTRING", stored.make(), nodes.number(1 + _SORTED * at), nodes.number(_SORTED))
            for at in range(1, _SORT_KEYS)
        ]
        return [key(whole), *(key(nodes.cast(piece, _utf8())) for piece in pieces)]

    return TextForms(
        equal=lambda stored, node: nodes.equal(stored.make(), operand(stored, node)),
        any_of=any_of,
        operand=operand,
        match=match,
        sort_keys=sort_keys,
    )


def _utf8() -> exp.DataType:
    return exp.DataType(this=Type.CHARACTER_SET, kind=exp.Var(this="utf8mb4"))


def _as_utf8(stored: StoredValue) -> Node:
    return nodes.cast(stored.make(), _utf8())


def _begins_with(text: str) -> str:
    """The pattern of what begins with a text, with `!` before what is no wildcard."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def _scalar(field: Field, column: Maker) -> Node:
    return _of_kind(field, lambda: nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field.path[1:]))))


def _of_kind(field: Field, json: Maker) -> Node:
    kinds = [nodes.text(kind) for kind in _KINDS[field.field_type]]
    is_kind = nodes.is_in(nodes.call("JSON_TYPE", json()), kinds)

    def text() -> Node:
        return nodes.call("JSON_UNQUOTE", json())

    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.when(is_kind, nodes.cast(text(), nodes.decimal_type(65, 20)))
        case FieldType.DOUBLE:
            return nodes.when(is_kind, nodes.cast(text(), Type.DOUBLE))
        case FieldType.BOOLEAN:
            return nodes.when(is_kind, exp.Paren(this=nodes.equal(text(), nodes.text("true"))))
        case FieldType.DECIMAL:
            exact = nodes.decimal_type(field.precision or 0, field.scale or 0)
            return nodes.when(nodes.all_of([is_kind, _matches(text(), json_texts.DECIMAL)]), nodes.cast(text(), exact))
        case FieldType.DATE:
            return nodes.when(nodes.all_of([is_kind, _matches(text(), json_texts.DATE)]), text())
        case FieldType.STRING | FieldType.DATE_TIME | FieldType.GUID:
            return nodes.when(is_kind, text())
        case _:
            assert_never(field.field_type)


def _matches(text: Node, pattern: str) -> Node:
    return nodes.equal(nodes.call("REGEXP_INSTR", text, nodes.text(f"^{pattern}{_END}")), nodes.number(1))


def _is_null(field: Field, column: Maker) -> Node:
    extracted = nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field.path[1:])))
    kind = nodes.call("COALESCE", nodes.call("JSON_TYPE", extracted), nodes.text("NULL"))
    return nodes.equal(kind, nodes.text("NULL"))


def _exists_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    """Whether some element fulfils a condition, on MariaDB."""
    return nodes.exists(*_elements(field, column, condition))


def _counts_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    """Whether some element fulfils a condition, on MySQL.

    MySQL makes a semijoin of EXISTS, and on tables of some size it reads the list of the first row for all of them.
    """
    return nodes.any_row(*_elements(field, column, condition))


def _elements(field: Field, column: Maker, condition: Callable[[Element], Node]) -> tuple[Node, Node]:
    """The elements of a list as a table, and the condition on one of them."""
    item_column = exp.JSONColumnDef(
        this=nodes.name("_item"),
        kind=exp.DataType(this=Type.JSON, nested=False),
        path=nodes.text("$"),
        ordinality=False,
        format_json=False,
    )
    each = exp.JSONTable(
        this=column(),
        schema=exp.JSONSchema(expressions=[item_column]),
        path=nodes.text(nodes.json_path(field.path[1:]) + "[*]"),
    )

    def item() -> Node:
        return nodes.column("_item", "_each")

    element = Element(
        lambda: _of_kind(field, item),
        lambda: nodes.equal(nodes.call("JSON_TYPE", item()), nodes.text("NULL")),
    )
    return nodes.aliased(each, "_each"), condition(element)


def _in_array(collation: str) -> Callable[[StoredValue, list[Any], Callable[[Any], Node]], Node]:
    """The values as one JSON text, read as a table. Its texts carry the collation, so that a column keeps its index."""

    def in_array(stored: StoredValue, values: list[Any], bind: Callable[[Any], Node]) -> Node:
        field = stored.field
        is_text = stored.representation is not Representation.NATIVE
        column = exp.JSONColumnDef(
            this=nodes.name("_item"),
            kind=nodes.plain_type(Type.LONGTEXT) if is_text else _item_type(field),
            path=nodes.text("$"),
            ordinality=False,
            format_json=False,
        )
        table = exp.JSONTable(
            this=bind(json.dumps(values, ensure_ascii=False, default=str)),
            schema=exp.JSONSchema(expressions=[column]),
            path=nodes.text("$[*]"),
        )
        item = nodes.column("_item", "_values")
        select = exp.Select(
            expressions=[nodes.collate(nodes.cast(item, _utf8()), collation) if is_text else item],
            from_=exp.From(this=nodes.aliased(table, "_values")),
        )
        return exp.In(this=stored.make(), query=exp.Subquery(this=select))

    return in_array


def _item_type(field: Field) -> exp.DataType:
    match field.field_type:
        case FieldType.DECIMAL:
            return nodes.decimal_type(field.precision or 0, field.scale or 0)
        case FieldType.DATE:
            return nodes.plain_type(Type.DATE)
        case FieldType.DATE_TIME:
            return nodes.sized_type(Type.DATETIME, 6)
        case FieldType.DOUBLE:
            return nodes.plain_type(Type.DOUBLE)
        case FieldType.BOOLEAN:
            return nodes.plain_type(Type.BOOLEAN)
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.plain_type(Type.BIGINT)
        case FieldType.STRING | FieldType.GUID:
            return nodes.plain_type(Type.LONGTEXT)
        case _:
            assert_never(field.field_type)


def _encode(value: Any) -> Any:
    """Drivers send an aware datetime without converting it: operands are in UTC, and the column is too."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _operand(stored: StoredValue, node: Node) -> Node:
    if stored.field.field_type is FieldType.DATE_TIME:
        return nodes.cast(node, exp.DataType(this=Type.DATETIME, expressions=[nodes.number(6)], nested=False))
    if stored.field.field_type is FieldType.DATE:
        return nodes.cast(node, Type.DATE)
    return node


def _unsupported(field: Field) -> str | None:
    if any(ord(character) > _LAST_IN_NAMES for character in field.column):
        return "A column's name holds no characters above U+FFFF there."
    if len(field.column) > _MAX_NAME_LENGTH or field.column.endswith(" "):
        return f"A column's name has at most {_MAX_NAME_LENGTH} characters there, and no blank at its end."
    if field.field_type is FieldType.DECIMAL and (field.scale or 0) > _MAX_SCALE:
        return f"MariaDB and MySQL keep at most {_MAX_SCALE} digits after the point."
    return None


def _column_type(field: Field, is_key: bool) -> exp.DataType:
    if field.is_list or field.is_nested:
        return nodes.plain_type(Type.JSON)
    match field.field_type:
        case FieldType.STRING:
            return nodes.sized_type(Type.VARCHAR, 255) if is_key else nodes.plain_type(Type.LONGTEXT)
        case FieldType.DATE:
            return nodes.plain_type(Type.DATE)
        case FieldType.DATE_TIME:
            return nodes.sized_type(Type.DATETIME, field.precision or 3)
        case FieldType.GUID:
            return nodes.sized_type(Type.CHAR, 36)
        case FieldType.DECIMAL:
            return nodes.decimal_type(field.precision or 0, field.scale or 0)
        case FieldType.DOUBLE:
            return nodes.plain_type(Type.DOUBLE)
        case FieldType.BOOLEAN:
            return nodes.plain_type(Type.BOOLEAN)
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.plain_type(Type.BIGINT)
        case _:
            assert_never(field.field_type)


_REPRESENTATIONS: Mapping[FieldType, Representation] = {
    FieldType.STRING: Representation.TEXT,
    FieldType.INTEGER: Representation.NATIVE,
    FieldType.BOOLEAN: Representation.NATIVE,
    FieldType.DECIMAL: Representation.NATIVE,
    FieldType.DOUBLE: Representation.NATIVE,
    FieldType.DATE: Representation.NATIVE,
    FieldType.DATE_TIME: Representation.NATIVE,
    FieldType.GUID: Representation.TEXT,
    FieldType.OBJECT_REF: Representation.NATIVE,
}

MARIADB = Dialect(
    name="mariadb",
    sqlglot="mysql",
    folds_names=True,
    paramstyle="format",
    representations=_REPRESENTATIONS,
    text=_text_forms(MARIADB_BINARY),
    json=JsonForms(scalar=_scalar, is_null=_is_null),
    any_element=_exists_element,
    encode=_encode,
    operand=_operand,
    column_type=_column_type,
    binary_collation=exp.Var(this=MARIADB_BINARY),
    unsupported=_unsupported,
    in_array=_in_array(MARIADB_BINARY),
    max_key_characters=255,
    max_sort_keys=_MAX_SORT_KEYS,
)

MYSQL = replace(
    MARIADB,
    name="mysql",
    text=_text_forms(MYSQL_BINARY, searches_by_column=True),
    any_element=_counts_element,
    binary_collation=exp.Var(this=MYSQL_BINARY),
    in_array=_in_array(MYSQL_BINARY),
)
