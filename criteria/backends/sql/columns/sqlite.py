"""The columns of SQLite, by their declared types.

SQLite stores what it is given, whatever the declared type says: only numbers are converted, by the type's affinity. So
a declared type says what programs mean by it: those of SQLAlchemy and Django, and those that the standard library's
driver reads back. Each codec names the form that it relies on, which `criteria.tables.reflect` verifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns import sqlite_forms as forms
from criteria.backends.sql.columns.codecs import DIGITS_OF_GUID, HYPHENATED_GUID, IN_JSON, declared_utc
from criteria.backends.sql.columns.column_types import ColumnType, ColumnTypes, Decide, always, sizes_of
from criteria.backends.sql.decimal_text import MAX_EXACT_DIGITS
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column
from criteria.text.ascii_case import ascii_upper


def _read_type(column: Column) -> ColumnType:
    before, opening, inside = column.type.partition("(")
    written, closing, after = inside.partition(")")
    if opening and not closing:  # which a quoted type may have
        return ColumnType(None)
    name = " ".join(ascii_upper(f"{before} {after}").split())
    sizes = [size.strip() for size in written.split(",")]
    return ColumnType(_SYNONYMS.get(name, name), sizes_of(sizes))


_UNTYPED = "no type"
"""The name of the type of a column without one, as many columns of views are. Its values alone say what it holds."""

_SYNONYMS: Mapping[str, str] = {
    "": _UNTYPED,
    **dict.fromkeys(
        ("INT", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "INT2", "INT4", "INT8", "BIG INTEGER", "UNSIGNED BIG INT",
         *(f"{one} UNSIGNED" for one in ("INTEGER", "INT", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT"))), "INTEGER"
    ),
    **dict.fromkeys(
        ("CHAR", "NVARCHAR", "NCHAR", "CLOB", "CHARACTER", "VARYING CHARACTER", "CHARACTER VARYING",
         "NATIVE CHARACTER", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "NTEXT", "LONGVARCHAR", "VARCHAR2"), "VARCHAR"
    ),
    **dict.fromkeys(("DOUBLE", "DOUBLE PRECISION", "FLOAT", "FLOAT4", "FLOAT8"), "REAL"),
    **dict.fromkeys(("DECIMAL", "DEC", "NUM", "NUMBER", "MONEY"), "NUMERIC"),
    **dict.fromkeys(("BOOL", "BIT"), "BOOLEAN"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME2"), "DATETIME"),
    **dict.fromkeys(("TIMESTAMP WITH TIME ZONE", "DATETIMEOFFSET"), "TIMESTAMPTZ"),
    "JSONB": "JSON",
    "GUID": "UUID",
    "UNIQUEIDENTIFIER": "UUID",
    "BINARY": "BLOB",
    "VARBINARY": "BLOB",
}  # fmt: skip
"""All names of a type have the same affinity, or one that leaves its values alone."""

_TEXT = Codec(Representation.TEXT, binds_arrays=True, form=forms.TEXT)
_DATE = Codec(Representation.TEXT, binds_arrays=True, form=forms.DATE)
_INTEGER = Codec(Representation.NATIVE, binds_arrays=True, form=forms.INTEGER)
_BOOLEAN = Codec(Representation.NATIVE, form=forms.BOOLEAN)
_DOUBLE = Codec(Representation.NATIVE, form=forms.DOUBLE)
_DOCUMENT = Codec(Representation.NATIVE, form=forms.DOCUMENT)


def _decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    precision, scale = field.precision or 0, field.scale or 0
    if precision > MAX_EXACT_DIGITS:
        return Unfit(
            f"stores decimals as doubles, which are exact up to {MAX_EXACT_DIGITS} digits",
            f'Declare the field with "precision": {MAX_EXACT_DIGITS} or less.',
        )
    return Codec(Representation.NATIVE, spellings=(_number,), form=forms.number(precision, scale))


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal_text(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Canonical text, as the library's own tables store decimals."""
    return Codec(
        Representation.DECIMAL_TEXT,
        binds_arrays=True,
        form=forms.canonical_decimal(field.precision or 0, field.scale or 0),
    )


def _date_time(field: Field, column: Column, kind: ColumnType) -> Fit:
    return Codec(
        Representation.TEXT,
        spellings=(_shortest, _longest),
        sort_keys=_with_microseconds,
        form=forms.zoneless(field.precision or 3),
    )


def _shortest(value: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS`, and a fraction only where there is one: Django's spelling, and CURRENT_TIMESTAMP's."""
    return value.replace(tzinfo=None).isoformat(" ")


def _longest(value: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS.ffffff`: SQLAlchemy's spelling. It sorts after the shortest one of the same value."""
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _with_microseconds(make: Maker) -> tuple[Node, ...]:
    """The longest spelling of what a column holds, so that two spellings of one instant sort as one."""
    longest = nodes.number(len("YYYY-MM-DD HH:MM:SS.ffffff"))
    padded = nodes.call("SUBSTR", nodes.concatenated(make(), nodes.text(".000000")), nodes.number(1), longest)
    return (nodes.collate(padded, "BINARY"),)


def _zoned_date_time(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Python's own driver writes a datetime in UTC with its offset. Other programs write none."""
    if field.time_zone is not None or column.time_zone is not None:
        return _date_time(field, column, kind)
    return Codec(
        Representation.TEXT,
        spellings=(lambda value: f"{_shortest(value)}+00:00", lambda value: f"{_longest(value)}+00:00"),
        sort_keys=lambda make: _with_microseconds(lambda: _without_offset(make)),
        form=forms.zoned(field.precision or 3),
    )


def _without_offset(make: Maker) -> Node:
    return nodes.call("REPLACE", make(), nodes.text("+00:00"), nodes.text(""))


def _text_date_time(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Canonical text, as the library's own tables store dateTimes; without a zone if the field says that it is UTC."""
    if field.time_zone is not None:
        return _date_time(field, column, kind)
    return Codec(Representation.TEXT, binds_arrays=True, form=forms.canonical_time(field.precision or 3))


def _canonical_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    return Codec(Representation.TEXT, binds_arrays=True, form=forms.guid(hyphens=True, upper=False))


def _lower(make: Maker) -> tuple[Node, ...]:
    """Guids in upper case sort among those in lower case."""
    return (nodes.collate(nodes.call("LOWER", make()), "BINARY"),)


def _hyphenated_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    return Codec(Representation.TEXT, spellings=HYPHENATED_GUID, sort_keys=_lower, form=forms.guid(hyphens=True))


def _sized_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    """Guids as 32 digits or with hyphens, in lower case or in upper case."""
    if kind.sizes == (32,):
        return Codec(Representation.TEXT, spellings=DIGITS_OF_GUID, sort_keys=_lower, form=forms.guid(hyphens=False))
    if kind.sizes and kind.sizes[0] < 36:
        return Unfit("is too short for a guid", "A guid takes 32 digits, or 36 characters with its hyphens.")
    return _hyphenated_guid(field, column, kind)


def _binary_guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.sizes not in ((), (16,)):
        return Unfit("is not 16 bytes long", "A guid takes CHAR(32), CHAR(36), TEXT or BLOB.")
    return Codec(Representation.NATIVE, spellings=(lambda value: value.bytes,), form=forms.BINARY_GUID)


_SCALARS: Mapping[str, Mapping[FieldType, Decide]] = {
    "TEXT": {
        FieldType.STRING: always(_TEXT),
        FieldType.DATE: always(_DATE),
        FieldType.DATE_TIME: _text_date_time,
        FieldType.GUID: _canonical_guid,
        FieldType.DECIMAL: _decimal_text,
    },
    "VARCHAR": {FieldType.STRING: always(_TEXT), FieldType.GUID: _sized_guid},
    "INTEGER": {
        FieldType.INTEGER: always(_INTEGER),
        FieldType.OBJECT_REF: always(_INTEGER),
        FieldType.BOOLEAN: always(_BOOLEAN),
    },
    "BOOLEAN": {FieldType.BOOLEAN: always(_BOOLEAN)},
    "REAL": {FieldType.DOUBLE: always(_DOUBLE), FieldType.DECIMAL: _decimal},
    "NUMERIC": {FieldType.DECIMAL: _decimal},
    "DATE": {FieldType.DATE: always(_DATE)},
    "DATETIME": {FieldType.DATE_TIME: declared_utc(_date_time)},
    "TIMESTAMPTZ": {FieldType.DATE_TIME: _zoned_date_time},
    "UUID": {FieldType.GUID: _hyphenated_guid},
    "BLOB": {FieldType.GUID: _binary_guid},
    _UNTYPED: {
        FieldType.STRING: always(_TEXT),
        FieldType.INTEGER: always(_INTEGER),
        FieldType.OBJECT_REF: always(_INTEGER),
        FieldType.BOOLEAN: always(_BOOLEAN),
        FieldType.DOUBLE: always(_DOUBLE),
        FieldType.DECIMAL: _decimal,
        FieldType.DATE: always(_DATE),
        FieldType.DATE_TIME: declared_utc(_date_time),
        FieldType.GUID: _hyphenated_guid,
    },
}

_ONLY_TEXT = "If it holds the canonical form, query a view that casts it: CAST(column AS TEXT)."

_AS_TEXT = "SQLite makes numbers of texts that look like them. Query a view that casts it: CAST(column AS TEXT)."

_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    "DATE": {FieldType.DATE_TIME: 'Declare the field as "date".'},
    "DATETIME": {FieldType.DATE: 'Declare the field as "dateTime", with "timeZone": "UTC" if it holds UTC.'},
    "TIMESTAMPTZ": {FieldType.DATE: 'Declare the field as "dateTime".'},
    "VARCHAR": {
        FieldType.DATE: _ONLY_TEXT,
        FieldType.DATE_TIME: _ONLY_TEXT,
        FieldType.DECIMAL: "Query a view that casts it: CAST(column AS NUMERIC).",
    },
    "INTEGER": {
        FieldType.DATE_TIME: "Query a view that converts it: DATETIME(column, 'unixepoch').",
        FieldType.DECIMAL: 'Declare the field as "integer".',
    },
    "NUMERIC": {
        FieldType.INTEGER: 'Declare the field as "decimal", with the column\'s precision and scale.',
        FieldType.DOUBLE: 'Declare the field as "decimal", with the column\'s precision and scale.',
    },
    "STRING": {FieldType.STRING: _AS_TEXT},
    "JSON": {FieldType.STRING: IN_JSON},
    "UUID": {FieldType.STRING: 'Declare the field as "guid".'},
}


def _document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name in ("JSON", "TEXT", _UNTYPED):
        return _DOCUMENT
    return Unfit("does not hold JSON", "Lists and paths need a column of type JSON or TEXT.")


SQLITE_COLUMNS = ColumnTypes(_read_type, _SCALARS, _document, _REMEDIES)
