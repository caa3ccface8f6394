"""SQLite, as SQLAlchemy, Django and the standard library's driver write it."""

from __future__ import annotations

from datetime import datetime

from criteria import FieldType
from tests.tables.pairs.pair import Pair


def _sqlalchemy(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _django(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ")


_UTC = {"time_zone": "UTC"}
_UTC_MICROSECONDS = {"time_zone": "UTC", "precision": 6}

SQLITE = (
    Pair("VARCHAR(20)", FieldType.STRING),
    Pair("TEXT COLLATE NOCASE", FieldType.STRING),
    Pair("varchar(20) COLLATE RTRIM", FieldType.STRING),
    Pair("INTEGER", FieldType.INTEGER),
    Pair("BIGINT", FieldType.INTEGER),
    Pair("smallint unsigned", FieldType.OBJECT_REF),
    Pair("BOOLEAN", FieldType.BOOLEAN, write=int),
    Pair("bool", FieldType.BOOLEAN, write=int),
    Pair("REAL", FieldType.DOUBLE),
    Pair("FLOAT", FieldType.DOUBLE),
    Pair("DOUBLE PRECISION", FieldType.DOUBLE),
    Pair("NUMERIC(12, 2)", FieldType.DECIMAL, {"precision": 12, "scale": 2}, write=float),
    Pair("decimal(15,5)", FieldType.DECIMAL, {"precision": 15, "scale": 5}, write=str),
    Pair("DATE", FieldType.DATE, write=str),
    Pair("DATETIME", FieldType.DATE_TIME, _UTC, write=_sqlalchemy),
    Pair("datetime", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_django),
    Pair("TIMESTAMP", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_sqlalchemy),
    Pair("CHAR(32)", FieldType.GUID, write=lambda value: value.hex),
    Pair("CHAR(36)", FieldType.GUID, write=str),
)
"""Decimals are numbers with at most 15 digits, which a double keeps apart."""
