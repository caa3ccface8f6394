"""The columns of SQLite, by their declared types.

SQLite stores what it is given, whatever the declared type says: only numbers are converted, by the type's affinity. So
a declared type says what programs mean by it: those of SQLAlchemy and Django, and those that the standard library's
driver reads back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from criteria.backends.sql.codec import Codec
from criteria.backends.sql.columns.column_types import ColumnType, ColumnTypes, Decide, always
from criteria.backends.sql.fit import Fit, Unfit
from criteria.backends.sql.representation import Representation
from criteria.schema.field import Field, FieldType
from criteria.tables.column import Column

_DECLARED = re.compile(r"\s*([^(]*?)\s*(?:\(([^)]*)\)\s*(.*))?\Z", re.DOTALL)

_MAX_EXACT_DIGITS = 15
"""The digits of a decimal that survive in a binary64, as SQLite stores numbers that are not whole."""


def _read_type(column: Column) -> ColumnType:
    found = _DECLARED.match(column.type)
    assert found is not None
    name = " ".join(f"{found[1]} {found[3] or ''}".upper().split())
    sizes = [size.strip() for size in (found[2] or "").split(",")]
    return ColumnType(_SYNONYMS.get(name, name), tuple(int(size) for size in sizes if size.isdigit()))


_SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(
        ("INT", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "INT2", "INT4", "INT8", "SMALLINT UNSIGNED",
         "INTEGER UNSIGNED", "BIG INTEGER", "BIGINT UNSIGNED", "UNSIGNED BIG INT"), "INTEGER"
    ),
    **dict.fromkeys(("VARCHAR", "CHAR", "NVARCHAR", "NCHAR", "CLOB", "CHARACTER", "VARYING CHARACTER",
                     "CHARACTER VARYING", "NATIVE CHARACTER"), "TEXT"),
    **dict.fromkeys(("DOUBLE", "DOUBLE PRECISION", "FLOAT"), "REAL"),
    "DECIMAL": "NUMERIC",
    "BOOL": "BOOLEAN",
    "TIMESTAMP": "DATETIME",
    "GUID": "UUID",
}  # fmt: skip

_TEXT = Codec(Representation.TEXT)
_NATIVE = Codec(Representation.NATIVE)


def _decimal(field: Field, column: Column, kind: ColumnType) -> Fit:
    if (field.precision or 0) > _MAX_EXACT_DIGITS:
        return Unfit(
            f"stores decimals as doubles, which are exact up to {_MAX_EXACT_DIGITS} digits",
            f'Declare the field with "precision": {_MAX_EXACT_DIGITS} or less.',
        )
    return Codec(Representation.NATIVE, spellings=(_number,))


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _date_time(field: Field, column: Column, kind: ColumnType) -> Fit:
    if field.time_zone is None and column.time_zone is None:
        return Unfit("has no time zone", 'If it holds UTC, add "timeZone": "UTC" to the field.')
    return Codec(Representation.TEXT, spellings=(_shortest, _longest))


def _shortest(value: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS`, and a fraction only where there is one: Django's spelling, and CURRENT_TIMESTAMP's."""
    return value.replace(tzinfo=None).isoformat(" ")


def _longest(value: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS.ffffff`: SQLAlchemy's spelling. It sorts after the shortest one of the same value."""
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _guid(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.sizes == (32,):
        return Codec(Representation.TEXT, spellings=(lambda value: value.hex,))
    return _TEXT


_SCALARS: Mapping[str, Mapping[FieldType, Decide]] = {
    "TEXT": {
        FieldType.STRING: always(_TEXT),
        FieldType.DATE: always(_TEXT),
        FieldType.DATE_TIME: always(_TEXT),
        FieldType.GUID: _guid,
        FieldType.DECIMAL: always(Codec(Representation.DECIMAL_TEXT)),
    },
    "INTEGER": {
        FieldType.INTEGER: always(_NATIVE),
        FieldType.OBJECT_REF: always(_NATIVE),
        FieldType.BOOLEAN: always(_NATIVE),
    },
    "BOOLEAN": {FieldType.BOOLEAN: always(_NATIVE)},
    "REAL": {FieldType.DOUBLE: always(_NATIVE), FieldType.DECIMAL: _decimal},
    "NUMERIC": {FieldType.DECIMAL: _decimal},
    "DATE": {FieldType.DATE: always(_TEXT)},
    "DATETIME": {FieldType.DATE_TIME: _date_time},
    "UUID": {FieldType.GUID: _guid},
}

_REMEDIES: Mapping[str, Mapping[FieldType, str]] = {
    "DATE": {FieldType.DATE_TIME: 'Declare the field as "date".'},
    "STRING": {FieldType.STRING: "SQLite stores 007 there as the number 7: declare the column as TEXT."},
}


def _document(field: Field, column: Column, kind: ColumnType) -> Fit:
    if kind.name in ("JSON", "TEXT"):
        return _NATIVE
    return Unfit("does not hold JSON", "Lists and paths need a column of type JSON or TEXT.")


SQLITE_COLUMNS = ColumnTypes(_read_type, _SCALARS, _document, _REMEDIES)
