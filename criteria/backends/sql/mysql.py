"""MariaDB 10.11.19 and later, and MySQL 8.0.28 and later.

Text is compared as `mysql_text` says; the two servers have different names for the collation. Lists and nested objects
are JSON; dateTimes are DATETIME in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlglot import exp

from criteria.backends.sql import json_values, nodes
from criteria.backends.sql.dialect import (
    NATIVE_TYPES_BUT_GUID,
    Bind,
    Dialect,
    Element,
    JsonForms,
    Maker,
    StoredValue,
)
from criteria.backends.sql.json_checks import (
    MAX_DOUBLE,
    JsonChecks,
    NumberCheck,
    has_64_bits,
    is_rounded,
    is_same_decimal,
    is_within,
    objects_on_path,
)
from criteria.backends.sql.mysql_text import constant, exact, text_forms
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.whole_patterns import mysql_matches
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import assert_never

Type = exp.DType

MARIADB_BINARY = "utf8mb4_nopad_bin"
MYSQL_BINARY = "utf8mb4_0900_bin"

_KINDS: Mapping[FieldType, tuple[str, ...]] = json_values.json_kinds(
    string=("STRING",), number=("INTEGER", "DOUBLE", "UNSIGNED INTEGER", "DECIMAL"), boolean=("BOOLEAN",)
)
"""The JSON types of the values of each field type, as JSON_TYPE names them."""

_MAX_SCALE = 30
_MAX_CODE_POINT = 0xFFFF
_MAX_NAME_LENGTH = 64

_MAX_KEY_STRINGS = 2
"""An index takes 3,072 bytes, and 255 characters up to 1,020 of them."""

_MAX_SORT_KEYS = 120
"""With more than about 150 sort expressions the server runs out of sort memory."""


def _scalar(field: Field, column: Maker) -> Node:
    return _of_kind(field, lambda: nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field))))


def _of_kind(field: Field, json: Maker) -> Node:
    is_kind = _has_kind(json(), _KINDS[field.field_type])

    def text() -> Node:
        return nodes.call("JSON_UNQUOTE", json())

    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return nodes.when(is_kind, nodes.cast(text(), nodes.decimal_type(65, 20)))
        case FieldType.DOUBLE:
            return nodes.when(is_kind, nodes.cast(text(), Type.DOUBLE))
        case FieldType.BOOLEAN:
            return nodes.when(is_kind, exp.Paren(this=nodes.equal(text(), constant("true"))))
        case FieldType.DECIMAL:
            exact = nodes.decimal_type(field.precision or 0, field.scale or 0)
            return nodes.when(nodes.all_of([is_kind, _is_canonical(field, text)]), nodes.cast(text(), exact))
        case FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return nodes.when(nodes.all_of([is_kind, _is_canonical(field, text)]), text())
        case FieldType.STRING:
            return nodes.when(is_kind, text())
        case _:
            assert_never(field.field_type)


def _has_kind(json: Node, kinds: Sequence[str]) -> Node:
    """Whether a JSON value has one of some types. NULL if there is no value."""
    first, *others = kinds  # the collation of one decides for all
    return nodes.is_in(nodes.call("JSON_TYPE", json), [constant(first), *map(nodes.text, others)])


def _has_one_value(field: Field, column: Maker) -> Node:
    """MariaDB takes the first of repeated keys, and finds no key that is spelled with escapes. JSON_KEYS names each
    once, and is NULL of anything but an object."""

    def is_read(path: str) -> Node:
        keys = nodes.call("JSON_KEYS", column(), nodes.text(path))
        size = nodes.call("JSON_LENGTH", column(), nodes.text(path))
        escape = nodes.call("REGEXP_INSTR", nodes.call("HEX", keys.copy()), nodes.text(_ESCAPES))
        has_each_once = nodes.equal(size, nodes.call("JSON_LENGTH", keys.copy()))
        is_plain = nodes.all_of([has_each_once, nodes.equal(escape, nodes.number(0))])
        return nodes.any_of([nodes.is_null(keys.copy()), is_plain])

    return nodes.all_of([is_read(path) for path, _, _ in objects_on_path(field)])


_ESCAPES = rb"\u00".hex().upper() + "3[3-7]"
"""The escapes of ASCII letters, digits and underscores begin so. In hexadecimal no SQL mode changes a backslash."""


def _written(number: Node) -> Node:
    """The text of a number, which is cast to read it."""
    found: Node = number.transform(lambda node: node.this if isinstance(node, exp.Cast) else node)
    return found


def _is_integer_or_exact(text: Maker) -> Node:
    """A number with a point or an exponent is a double for Python, and from 2^53 on its text may be another number."""
    size = nodes.call("ABS", nodes.cast(text(), nodes.decimal_type(65, 20)))
    return nodes.any_of([mysql_matches(text, "-?[0-9]+"), nodes.compare(exp.LTE, size, nodes.number(2**53))])


_WHOLE = [
    NumberCheck(FieldType.DOUBLE, is_rounded("FLOOR")),
    NumberCheck(FieldType.INTEGER, is_rounded("FLOOR")),
    NumberCheck(FieldType.INTEGER, has_64_bits),
    NumberCheck(FieldType.INTEGER, _is_integer_or_exact, _written),
]
"""A cast to DECIMAL rounds very small numbers to 0, and one to DOUBLE others to whole ones."""


def _is_finite(value: Maker) -> Node:
    """MariaDB reads larger numbers as the greatest double, which is known by its text."""

    is_greatest = mysql_matches(
        lambda: _written(value()), f"-?{MAX_DOUBLE.replace('.', '[.]').replace('e', '[eE][+]?')}"
    )
    return nodes.any_of([is_within(value, MAX_DOUBLE), is_greatest])


_FINITE = [NumberCheck(FieldType.DOUBLE, _is_finite)]

_MAX_SCALE = 30


def _is_double_rounded(value: Maker, scale: int) -> Node:
    return is_same_decimal(value, nodes.decimal_type(65, min(scale, _MAX_SCALE)))


def _is_canonical(field: Field, text: Maker) -> Node:
    return mysql_matches(text, json_values.canonical_pattern(field) or "")


def _number_as_decimal(field: Field, column: Maker) -> Node:
    def json() -> Node:
        return nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field)))

    exact = nodes.decimal_type(65, field.scale or 0)
    is_number = _has_kind(json(), _KINDS[FieldType.DOUBLE])
    return nodes.when(is_number, nodes.cast(nodes.cast(nodes.call("JSON_UNQUOTE", json()), Type.DOUBLE), exact))


def _is_null(field: Field, column: Maker) -> Node:
    extracted = nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field)))
    return json_values.is_json_null(nodes.call("JSON_TYPE", extracted), "NULL", constant)


_Elements = Callable[[Field, Maker], Node]
"""From a list and its column to the list's elements as a table."""


def _elements(field: Field, column: Maker) -> Node:
    return _json_table(column(), nodes.json_path(field) + "[*]", nodes.plain_type(Type.JSON))


def _elements_of_extract(field: Field, column: Maker) -> Node:
    """MySQL refuses a bare column in JSON_TABLE if the column is one of a merged view or derived table, or if the
    condition is in GROUP BY. Of MariaDB's repeated keys JSON_EXTRACT reads the first, and JSON_TABLE each."""
    document = nodes.call("JSON_EXTRACT", column(), nodes.text(nodes.json_path(field)))
    return _json_table(document, "$[*]", nodes.plain_type(Type.JSON))


def _any_element(elements: _Elements) -> Callable[[Field, Maker, Callable[[Element], Node]], Node]:
    """`Dialect.any_element`: a count of elements. MySQL turns EXISTS into a semijoin and then, on larger tables, reads
    the first row's list for every row. MariaDB does not, but its statements may be sent to MySQL by mistake."""

    def item() -> Node:
        return nodes.column("_item", "_each")

    def any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
        element = Element(
            lambda: _of_kind(field, item),
            lambda: nodes.equal(nodes.call("JSON_TYPE", item()), constant("NULL")),
        )
        each = nodes.aliased(elements(field, column), "_each")
        return nodes.any_row(each, nodes.all_of([condition(element), _is_of_row(column)]))

    return any_element


def _any_object(elements: _Elements) -> Callable[[Field, Maker, str, Callable[[Maker], Node]], Node]:
    """`Dialect.any_object`, a count for the reason of `_any_element`."""

    def any_object(field: Field, column: Maker, name: str, condition: Callable[[Maker], Node]) -> Node:
        def item() -> Node:
            return nodes.column("_item", name)

        is_object = nodes.equal(nodes.call("JSON_TYPE", item()), constant("OBJECT"))
        each = nodes.aliased(elements(field, column), name)
        return nodes.any_row(each, nodes.all_of([is_object, condition(item), _is_of_row(column)]))

    return any_object


def _is_of_row(column: Maker) -> Node:
    """A condition that every element fulfils. In a subquery MySQL 8 forgets that JSON_TABLE reads the row, and counts
    once for all rows, unless a condition names its column too."""
    return nodes.is_not_null(column())


def _json_table(document: Node, path: str, kind: exp.DataType) -> Node:
    """The values at a path of a JSON document as a table with one column, `_item`."""
    column = exp.JSONColumnDef(
        this=nodes.name("_item"), kind=kind, path=nodes.text("$"), ordinality=False, format_json=False
    )
    return exp.JSONTable(this=document, schema=exp.JSONSchema(expressions=[column]), path=nodes.text(path))


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, default=str)


def _in_array(collation: str) -> Callable[[StoredValue, Bind], Node]:
    """Binds the values as one JSON array, read as a table. Its texts get the collation, so that the column's index can
    be used."""

    def in_array(stored: StoredValue, bind: Bind) -> Node:
        field = stored.field
        is_text = stored.representation is not Representation.NATIVE
        document = bind(_json)
        table = _json_table(document, "$[*]", nodes.plain_type(Type.LONGTEXT) if is_text else _scalar_type(field))
        item = nodes.column("_item", "_values")
        select = exp.Select(
            expressions=[exact(item, collation) if is_text else item],
            from_=exp.From(this=nodes.aliased(table, "_values")),
        )
        return exp.In(this=stored.make(), query=exp.Subquery(this=select))

    return in_array


def _scalar_type(field: Field) -> exp.DataType:
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
    """Removes the offset of dateTimes, which are in UTC like the column: drivers would send them unconverted."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _operand(stored: StoredValue, node: Node) -> Node:
    match stored.field.field_type:
        case FieldType.DATE_TIME:
            return nodes.cast(node, exp.DataType(this=Type.DATETIME, expressions=[nodes.number(6)], nested=False))
        case FieldType.DATE:
            return nodes.cast(node, Type.DATE)
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DOUBLE | FieldType.DECIMAL | FieldType.BOOLEAN:
            return node
        case FieldType.STRING | FieldType.GUID:
            return node
        case _:
            assert_never(stored.field.field_type)


def _unsupported(field: Field) -> str | None:
    if any(ord(character) > _MAX_CODE_POINT for character in field.column):
        return "A column name cannot contain characters above U+FFFF."
    if len(field.column) > _MAX_NAME_LENGTH or field.column.endswith(" "):
        return f"A column name has at most {_MAX_NAME_LENGTH} characters, and no trailing space."
    if field.field_type is FieldType.DECIMAL and (field.scale or 0) > _MAX_SCALE:
        return f"MariaDB and MySQL store at most {_MAX_SCALE} digits after the point."
    return None


def _column_type(field: Field, is_key: bool) -> exp.DataType:
    if field.is_list or field.is_nested:
        return nodes.plain_type(Type.JSON)
    match field.field_type:
        case FieldType.STRING:
            return nodes.sized_type(Type.VARCHAR, 255) if is_key else _scalar_type(field)
        case FieldType.DATE_TIME:
            return nodes.sized_type(Type.DATETIME, field.precision or 3)
        case FieldType.GUID:
            return nodes.sized_type(Type.CHAR, 36)
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DOUBLE | FieldType.DECIMAL:
            return _scalar_type(field)
        case FieldType.BOOLEAN | FieldType.DATE:
            return _scalar_type(field)
        case _:
            assert_never(field.field_type)


MARIADB = Dialect(
    name="mariadb",
    sqlglot="mysql",
    folds_names=True,
    paramstyle="format",
    representations=NATIVE_TYPES_BUT_GUID,
    text=text_forms(MARIADB_BINARY),
    json=JsonForms(
        scalar=_scalar,
        is_null=_is_null,
        number_as_decimal=_number_as_decimal,
        is_canonical=_is_canonical,
        checks=JsonChecks(_has_one_value, _WHOLE, _FINITE, _is_double_rounded),
    ),
    any_element=_any_element(_elements),
    any_object=_any_object(_elements),
    references=True,
    encode=_encode,
    operand=_operand,
    column_type=_column_type,
    binary_collation=exp.Var(this=MARIADB_BINARY),
    unsupported=_unsupported,
    in_array=_in_array(MARIADB_BINARY),
    max_binds=65_535,
    max_key_characters=255,
    max_key_strings=_MAX_KEY_STRINGS,
    max_sort_keys=_MAX_SORT_KEYS,
    looks_up_equal=True,
)

MYSQL = MARIADB._replace(
    name="mysql",
    text=text_forms(MYSQL_BINARY, searches_by_column=True),
    binary_collation=exp.Var(this=MYSQL_BINARY),
    any_element=_any_element(_elements_of_extract),
    any_object=_any_object(_elements_of_extract),
    in_array=_in_array(MYSQL_BINARY),
    has_arrays_in_subqueries=False,
    most_joined_arrays=4,
    looks_up_equal=False,
    max_binds=65_535,
)
