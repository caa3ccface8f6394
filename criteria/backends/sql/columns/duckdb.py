"""The columns of DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns import digits, forms
from criteria.backends.sql.columns.codecs import (
    HYPHENATED_GUID,
    NOT_A_DATE,
    OWN,
    REMEDIES,
    as_double,
    declared_utc,
    without_zone,
)
from criteria.backends.sql.columns.column_types import ColumnType, ColumnTypes, Decide, always, each
from criteria.backends.sql.columns.sqlglot_types import read_type
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.whole_patterns import duckdb_matches
from criteria.schema.field import MAX_DIGITS, Field, FieldType
from criteria.tables.column import Column

Type = exp.DType


def _read_type(column: Column) -> ColumnType:
    return read_type(column.type, "duckdb")


def _by_code_point(node: Node) -> Node:
    """DuckDB does not tell the collation of a column, and refuses to compare two different ones."""
    return nodes.collate(node, "C", quoted=True)


_TEXT = Codec(Representation.TEXT, read=_by_code_point, binds_arrays=True)


def _text_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Guids as text, in lower case or in upper case, with hyphens."""
    return Codec(
        Representation.TEXT,
        read=_by_code_point,
        spellings=HYPHENATED_GUID,
        sort_keys=lambda make: (nodes.collate(nodes.call("LOWER", make()), "C", quoted=True),),
        form=forms.guid_text(duckdb_matches, hyphens=True),
    )


def _decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    return digits.decimals(OWN, field, kind)


_DATE = OWN._replace(form=forms.day(*(nodes.cast(nodes.text(one), Type.DATE) for one in ("0001-01-01", "9999-12-31"))))


def _years(kind: Type, zone: str) -> tuple[Node, Node]:
    first, end = (nodes.cast(nodes.text(f"{year}-01-01 00:00:00{zone}"), kind) for year in ("0001", "10000"))
    return first, end


def _instant(field: Field, column: Column, kind: ColumnType) -> Fit:
    codec = OWN._replace(form=forms.instant(*_years(Type.TIMESTAMPTZ, "+00")))
    return digits.instants(codec, field, digits.MICROSECONDS)


_COARSE: Mapping[str, int] = {"TIMESTAMP_S": 0, "TIMESTAMP_MS": 3}
"""The digits of a second in the types of times that have fewer than microseconds."""


def _timestamp(field: Field, column: Column, kind: ColumnType) -> Fit:
    held = _COARSE.get(kind.name or "", digits.MICROSECONDS)
    codec = Codec(
        Representation.NATIVE,
        read=None if held == digits.MICROSECONDS else _as_timestamp,
        spellings=(without_zone,),
        operand=_as_timestamp,
        form=forms.instant(*_years(Type.TIMESTAMP, "")),
    )
    return digits.instants(codec, field, held)


def _as_timestamp(node: Node) -> Node:
    return nodes.cast(node, Type.TIMESTAMP)


def _label(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Compared and sorted as text: a comparison would use the session's collation, and an order the labels' places."""
    return Codec(
        Representation.NATIVE,
        read=lambda node: nodes.collate(nodes.cast(node, Type.TEXT), "C", quoted=True),
        operand=lambda node: node,
        labels=column.labels,
    )


_UNSIGNED_128 = Codec(
    Representation.NATIVE,
    read=lambda node: exp.TryCast(this=node, to=exp.DataType(this=Type.INT128)),
    may_be_null=True,
)
"""DuckDB compares an UHUGEINT with a signed integer as doubles, to which neighbours of 2^53 are equal. What no signed
integer of 128 bits can be is NULL."""

_DIGITS: Mapping[str, int] = {"UBIGINT": 20, "INT128": 39, "UINT128": 39}
"""The digits of the integers of each type that has some with more than 64 bits."""


def _of_type(kind: str) -> Callable[[int], Node]:
    return lambda value: nodes.cast(nodes.text(str(value)), exp.DType[kind])


def _wide(kind: str) -> Mapping[FieldType, Decide]:
    """A type of integers that has some with more than 64 bits."""
    codec = _UNSIGNED_128 if kind == "UINT128" else OWN
    digits_of_decimal = min(_DIGITS[kind], MAX_DIGITS)
    whole = always(codec._replace(form=forms.whole(_of_type(kind), digits_of_decimal, kind == "INT128")))
    return {FieldType.INTEGER: whole, FieldType.OBJECT_REF: whole, FieldType.DECIMAL: _wide_decimal}


def _wide_decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Integers as decimals, of whose digits a comparison has enough: it would take some for doubles."""
    name = kind.name or ""
    exact = nodes.decimal_type(field.precision or 0, field.scale or 0)
    codec = Codec(Representation.NATIVE, read=lambda node: nodes.cast(node, exact.copy()), binds_arrays=True)
    return digits.whole_decimals(codec, field, _DIGITS[name], _of_type(name), name == "INT128")


_SCALARS: Mapping[str, Mapping[FieldType, Decide]] = {
    **each(
        ("TINYINT", "SMALLINT", "INT", "BIGINT", "UTINYINT", "USMALLINT", "UINT"),
        {FieldType.INTEGER: always(OWN), FieldType.OBJECT_REF: always(OWN)},
    ),
    **{kind: _wide(kind) for kind in _DIGITS},
    **each(
        ("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS"), {FieldType.DATE_TIME: declared_utc(_timestamp)}
    ),
    "TEXT": {FieldType.STRING: always(_TEXT), FieldType.GUID: _text_guid},
    "ENUM": {FieldType.STRING: _label},
    "BOOLEAN": {FieldType.BOOLEAN: always(OWN)},
    "DECIMAL": {FieldType.DECIMAL: _decimal},
    "DOUBLE": {FieldType.DOUBLE: always(OWN)},
    "FLOAT": {FieldType.DOUBLE: always(OWN._replace(read=as_double, is_single=True))},
    "DATE": {FieldType.DATE: always(_DATE)},
    "TIMESTAMPTZ": {FieldType.DATE_TIME: _instant},
    "UUID": {FieldType.GUID: always(OWN)},
}

_VIEW = "query a view that casts it"

_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    **REMEDIES,
    "TIMESTAMP": {FieldType.DATE: NOT_A_DATE},
    "TIMESTAMP_NS": {FieldType.DATE_TIME: f"It holds nanoseconds: {_VIEW} to TIMESTAMP."},
    "DOUBLE": {FieldType.DECIMAL: f'Declare the field as "double", or {_VIEW} to DECIMAL.'},
    "FLOAT": {FieldType.DECIMAL: f'Declare the field as "double", or {_VIEW} to DECIMAL.'},
}


def _document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name == "JSON" and not kind.is_list:
        return Codec(Representation.NATIVE, is_document=True)
    if field.is_nested:
        return Unfit("does not hold JSON", "Paths need a column of type JSON.")
    return Unfit("holds no list", "Lists need a LIST, an array, or a column of type JSON.")


DUCKDB_COLUMNS = ColumnTypes(_read_type, _SCALARS, _document, _REMEDIES, lists=lambda element, kind: element)
