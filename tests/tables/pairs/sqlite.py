"""SQLite, as SQLAlchemy, Django and the standard library's driver write it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from criteria import Field, FieldType
from criteria.values.canonical import json_value
from tests.tables.pairs.pair import Pair
from tests.tables.pairs.values import by_turns


def _sqlalchemy(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _django(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ")


def _driver(value: datetime) -> str:
    """As the standard library's driver writes a datetime in UTC."""
    return value.isoformat(" ")


def _zoned(value: datetime) -> str:
    return value.isoformat(" ", "microseconds")


def _canonical(field_type: FieldType, **attributes: Any) -> Callable[[Any], Any]:
    """As the library's own tables spell a value."""
    field = Field("value", field_type, **attributes)
    return lambda value: json_value(field, value)


def _hex(value: Any) -> str:
    return str(value.hex)


def _bytes(value: Any) -> bytes:
    return bytes(value.bytes)


def _document(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_UTC = {"time_zone": "UTC"}
_UTC_MICROSECONDS = {"time_zone": "UTC", "precision": 6}
_LIST = {"is_list": True}
_MONEY = {"precision": 12, "scale": 2}
_MOST_DIGITS = {"precision": 15, "scale": 5}


def _texts(column: str) -> tuple[Pair, ...]:
    """A column of type TEXT, which may hold the canonical form of every type."""
    return (
        Pair(column, FieldType.STRING),
        Pair(column, FieldType.DATE, write=str),
        Pair(column, FieldType.DATE_TIME, write=_canonical(FieldType.DATE_TIME)),
        Pair(column, FieldType.DATE_TIME, {"precision": 6}, write=_canonical(FieldType.DATE_TIME, precision=6)),
        Pair(column, FieldType.DATE_TIME, _UTC_MICROSECONDS, write=by_turns(_sqlalchemy, _django)),
        Pair(column, FieldType.GUID, write=str),
        Pair(column, FieldType.DECIMAL, write=_canonical(FieldType.DECIMAL)),
        Pair(column, FieldType.DECIMAL, _MONEY, write=_canonical(FieldType.DECIMAL, precision=12, scale=2)),
        Pair(column, FieldType.DECIMAL, {"scale": 0}, write=_canonical(FieldType.DECIMAL, scale=0)),
    )


def _integers(column: str) -> tuple[Pair, ...]:
    return (
        Pair(column, FieldType.INTEGER),
        Pair(column, FieldType.OBJECT_REF),
        Pair(column, FieldType.BOOLEAN, write=int),
    )


def _guids(size: int) -> tuple[Pair, ...]:
    write = _hex if size == 32 else str
    return (
        Pair(f"CHAR({size})", FieldType.STRING),
        Pair(f"CHAR({size})", FieldType.GUID, write=write),
        Pair(f"char({size})", FieldType.STRING),
        Pair(f"char({size})", FieldType.GUID, write=lambda value: write(value).upper()),
        Pair(f"varchar({size}) COLLATE NOCASE", FieldType.STRING),
        Pair(
            f"varchar({size}) COLLATE NOCASE",
            FieldType.GUID,
            write=by_turns(write, lambda value: write(value).upper()),
        ),
    )


def _untyped() -> tuple[Pair, ...]:
    """A column without a type, as those of many views are: its values say what it holds."""
    return (
        *_integers(""),
        Pair("", FieldType.STRING),
        Pair("", FieldType.DOUBLE),
        Pair("", FieldType.DECIMAL, _MOST_DIGITS, write=by_turns(float, _whole_or_float)),
        Pair("", FieldType.DATE, write=str),
        Pair("", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=by_turns(_sqlalchemy, _django)),
        Pair("", FieldType.GUID, write=by_turns(str, lambda value: str(value).upper())),
        Pair("", FieldType.STRING, _LIST, write=_document),
    )


def _whole_or_float(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


SQLITE = (
    *_texts("TEXT"),
    *_texts("TEXT COLLATE NOCASE"),
    *_texts("text COLLATE RTRIM"),
    Pair("VARCHAR(20)", FieldType.STRING),
    Pair("VARCHAR(255)", FieldType.STRING),
    Pair("VARCHAR(255)", FieldType.GUID, write=by_turns(str, lambda value: str(value).upper())),
    Pair("varchar", FieldType.STRING),
    Pair("varchar", FieldType.GUID, write=str),
    Pair("varchar(20) COLLATE RTRIM", FieldType.STRING),
    Pair("CLOB", FieldType.STRING),
    Pair("CLOB", FieldType.GUID, write=str),
    Pair("NTEXT", FieldType.STRING),
    Pair("NTEXT", FieldType.GUID, write=str),
    *_guids(32),
    *_guids(36),
    *_integers("INTEGER"),
    *_integers("BIGINT"),
    *_integers("tinyint(1)"),
    *_integers("smallint unsigned"),
    Pair("BOOLEAN", FieldType.BOOLEAN, write=int),
    Pair("bool", FieldType.BOOLEAN, write=int),
    Pair("BIT", FieldType.BOOLEAN, write=int),
    Pair("bit(1)", FieldType.BOOLEAN, write=int),
    Pair("REAL", FieldType.DOUBLE),
    Pair("REAL", FieldType.DECIMAL, _MOST_DIGITS, write=float),
    Pair("FLOAT", FieldType.DOUBLE),
    Pair("DOUBLE PRECISION", FieldType.DOUBLE),
    Pair("FLOAT8", FieldType.DOUBLE),
    Pair("FLOAT8", FieldType.DECIMAL, _MOST_DIGITS, write=float),
    Pair("NUMERIC(12, 2)", FieldType.DECIMAL, _MONEY, write=float),
    Pair("NUMERIC", FieldType.DECIMAL, _MOST_DIGITS, write=by_turns(float, str, _whole_or_float)),
    Pair("NUMERIC(15, 0)", FieldType.DECIMAL, {"precision": 15, "scale": 0}, write=by_turns(float, str)),
    Pair("NUMERIC(15, 15)", FieldType.DECIMAL, {"precision": 15, "scale": 15}, write=by_turns(float, str)),
    Pair("NUMBER(15, 5)", FieldType.DECIMAL, _MOST_DIGITS, write=by_turns(float, str)),
    Pair("decimal(15,5)", FieldType.DECIMAL, _MOST_DIGITS, write=str),
    Pair("DATE", FieldType.DATE, write=str),
    Pair("DATETIME", FieldType.DATE_TIME, _UTC, write=_sqlalchemy),
    Pair("DATETIME", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=by_turns(_sqlalchemy, _django)),
    Pair("datetime", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_django),
    Pair("TIMESTAMP", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_sqlalchemy),
    Pair("TIMESTAMP WITHOUT TIME ZONE", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=by_turns(_sqlalchemy, _django)),
    Pair("TIMESTAMPTZ", FieldType.DATE_TIME, write=_driver),
    Pair("TIMESTAMPTZ", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_sqlalchemy),
    Pair("timestamp with time zone", FieldType.DATE_TIME, {"precision": 6}, write=by_turns(_driver, _zoned)),
    Pair("UUID", FieldType.GUID, write=by_turns(str, lambda value: str(value).upper())),
    Pair("BLOB", FieldType.GUID, write=_bytes),
    Pair("BINARY(16)", FieldType.GUID, write=_bytes),
    *_untyped(),
    Pair("JSON", FieldType.STRING, _LIST, write=_document),
    Pair("JSON", FieldType.INTEGER, _LIST, write=_document),
    Pair("JSON", FieldType.BOOLEAN, _LIST, write=_document),
    Pair("JSONB", FieldType.STRING, _LIST, write=_document),
    Pair("TEXT", FieldType.STRING, _LIST, write=_document),
    Pair("TEXT", FieldType.DOUBLE, _LIST, write=_document),
)
"""Decimals are numbers with at most 15 digits, which a double keeps apart."""
