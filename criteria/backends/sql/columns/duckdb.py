"""The columns of DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns.column_types import ColumnType, ColumnTypes, Decide, always, each
from criteria.backends.sql.columns.sqlglot_types import read_type
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column

Type = exp.DType

_OWN = Codec(Representation.NATIVE, binds_arrays=True)
"""As the library's own tables store the type."""


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
        spellings=(lambda value: str(value).upper(), str),
        sort_keys=lambda make: (nodes.collate(nodes.call("LOWER", make()), "C", quoted=True),),
    )


def _single(field: Field, column: Column, kind: ColumnType) -> Fit:
    """32 bits, widened: the value that is stored, and not the decimal that it was written as."""
    return Codec(Representation.NATIVE, read=lambda node: nodes.cast(node, Type.DOUBLE), binds_arrays=True)


def _timestamp(field: Field, column: Column, kind: ColumnType) -> Fit:
    if field.time_zone is None and column.time_zone is None:
        return Unfit("has no time zone", 'If it holds UTC, add "timeZone": "UTC" to the field.')
    is_coarse = kind.name in ("TIMESTAMP_S", "TIMESTAMP_MS")
    return Codec(
        Representation.NATIVE,
        read=_as_timestamp if is_coarse else None,
        spellings=(_without_zone,),
        operand=_as_timestamp,
    )


def _as_timestamp(node: Node) -> Node:
    return nodes.cast(node, Type.TIMESTAMP)


def _without_zone(value: datetime) -> datetime:
    return value.replace(tzinfo=None)


def _label(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Compared and sorted as text: a comparison would use the session's collation, and an order the labels' places."""
    return Codec(
        Representation.NATIVE,
        read=lambda node: nodes.collate(nodes.cast(node, Type.TEXT), "C", quoted=True),
        operand=lambda node: node,
        labels=column.labels,
    )


_SCALARS: Mapping[str, Mapping[FieldType, Decide]] = {
    **each(
        ("TINYINT", "SMALLINT", "INT", "BIGINT", "INT128", "UTINYINT", "USMALLINT", "UINT", "UBIGINT", "UINT128"),
        {FieldType.INTEGER: always(_OWN), FieldType.OBJECT_REF: always(_OWN)},
    ),
    **each(("TIMESTAMP", "TIMESTAMPNTZ", "TIMESTAMP_S", "TIMESTAMP_MS"), {FieldType.DATE_TIME: _timestamp}),
    "TEXT": {FieldType.STRING: always(_TEXT), FieldType.GUID: _text_guid},
    "ENUM": {FieldType.STRING: _label},
    "BOOLEAN": {FieldType.BOOLEAN: always(_OWN)},
    "DECIMAL": {FieldType.DECIMAL: always(_OWN)},
    "DOUBLE": {FieldType.DOUBLE: always(_OWN)},
    "FLOAT": {FieldType.DOUBLE: _single},
    "DATE": {FieldType.DATE: always(_OWN)},
    "TIMESTAMPTZ": {FieldType.DATE_TIME: always(_OWN)},
    "UUID": {FieldType.GUID: always(_OWN)},
}

_VIEW = "query a view that casts it"

_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    "DATE": {FieldType.DATE_TIME: 'Declare the field as "date": a day is not an instant.'},
    "TIMESTAMP": {FieldType.DATE: 'Declare the field as "dateTime", with "timeZone": "UTC" if it holds UTC.'},
    "TIMESTAMPTZ": {FieldType.DATE: 'Declare the field as "dateTime".'},
    "TIMESTAMP_NS": {FieldType.DATE_TIME: f"It holds nanoseconds: {_VIEW} to TIMESTAMP."},
    "UUID": {FieldType.STRING: 'Declare the field as "guid".'},
    "DOUBLE": {FieldType.DECIMAL: f'Declare the field as "double", or {_VIEW} to DECIMAL.'},
    "FLOAT": {FieldType.DECIMAL: f'Declare the field as "double", or {_VIEW} to DECIMAL.'},
    "DECIMAL": {
        FieldType.INTEGER: 'Declare the field as "decimal", with the column\'s precision and scale.',
        FieldType.DOUBLE: 'Declare the field as "decimal", with the column\'s precision and scale.',
    },
}


def _list(field: Field, column: Column, kind: ColumnType) -> Fit:
    element = replace(kind, is_list=False)
    held = DUCKDB_COLUMNS.held_by(element)
    if field.field_type not in held:
        return Unfit(f"does not hold lists of type {field.field_type.value}", "Declare the type of its elements.")
    return held[field.field_type](field, column, element)


def _document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name == "JSON" and not kind.is_list:
        return Codec(Representation.NATIVE, is_document=True)
    if field.is_nested:
        return Unfit("does not hold JSON", "Paths need a column of type JSON.")
    return Unfit("holds no list", "Lists need a LIST, an array, or a column of type JSON.")


DUCKDB_COLUMNS = ColumnTypes(_read_type, _SCALARS, _document, _REMEDIES, _list)
