"""DuckDB, as SQL and files declare columns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from criteria import FieldType
from tests.tables.pairs.pair import Pair
from tests.tables.pairs.values import LIST, MONEY, UTC, UTC_MICROSECONDS, all_naive, document, is_single, naive, signed


def _is_unsigned(value: Any) -> bool:
    return bool(value >= 0)


def _is_within_64(value: Any) -> bool:
    return bool(0 <= value < 2**64)


def _is_unsigned_whole(value: Any) -> bool:
    return bool(value >= 0 and int(value) == value)


def _all_whole(values: Any) -> Any:
    return [None if one is None else int(one) for one in values]


def _is_label(value: Any) -> bool:
    return value in ("sad", "OK", "a", "é", "B", "it's")


def _is_whole(value: datetime) -> bool:
    return value.microsecond == 0


_ENUM = "ENUM('sad', 'OK', 'a', 'é', 'B', 'it''s')"

DUCKDB = (
    Pair("VARCHAR", FieldType.STRING),
    Pair("VARCHAR", FieldType.GUID, write=str),
    Pair("VARCHAR COLLATE NOCASE", FieldType.STRING),
    Pair("VARCHAR COLLATE NOCASE", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair(_ENUM, FieldType.STRING, holds=_is_label),
    Pair("BOOLEAN", FieldType.BOOLEAN),
    Pair("TINYINT", FieldType.INTEGER, holds=signed(8)),
    Pair("TINYINT", FieldType.OBJECT_REF, holds=signed(8)),
    Pair("INTEGER", FieldType.INTEGER, holds=signed(32)),
    Pair("INTEGER", FieldType.OBJECT_REF, holds=signed(32)),
    Pair("BIGINT", FieldType.INTEGER),
    Pair("BIGINT", FieldType.OBJECT_REF),
    Pair("HUGEINT", FieldType.INTEGER),
    Pair("HUGEINT", FieldType.OBJECT_REF),
    Pair("UBIGINT", FieldType.INTEGER, holds=_is_unsigned),
    Pair("UBIGINT", FieldType.OBJECT_REF, holds=_is_unsigned),
    Pair("UHUGEINT", FieldType.INTEGER, holds=_is_unsigned),
    Pair("UHUGEINT", FieldType.OBJECT_REF, holds=_is_unsigned),
    Pair("HUGEINT", FieldType.DECIMAL, {"precision": 34, "scale": 0}, write=int),
    Pair("UBIGINT", FieldType.DECIMAL, {"precision": 20, "scale": 0}, write=int, holds=_is_within_64),
    Pair("UHUGEINT", FieldType.DECIMAL, {"precision": 34, "scale": 2}, write=int, holds=_is_unsigned_whole),
    Pair("FLOAT", FieldType.DOUBLE, holds=is_single),
    Pair("DOUBLE", FieldType.DOUBLE),
    Pair("DECIMAL(12, 2)", FieldType.DECIMAL, MONEY),
    Pair("DECIMAL(38, 10)", FieldType.DECIMAL),
    Pair("DATE", FieldType.DATE),
    Pair("TIMESTAMP", FieldType.DATE_TIME, UTC_MICROSECONDS, write=naive),
    Pair("TIMESTAMP_S", FieldType.DATE_TIME, UTC, write=naive, holds=_is_whole),
    Pair("TIMESTAMP_MS", FieldType.DATE_TIME, UTC, write=naive),
    Pair("TIMESTAMPTZ", FieldType.DATE_TIME, {"precision": 6}),
    Pair("UUID", FieldType.GUID),
    Pair("VARCHAR[]", FieldType.STRING, LIST),
    Pair(f"{_ENUM}[]", FieldType.STRING, LIST, holds=_is_label),
    Pair("INTEGER[]", FieldType.INTEGER, LIST, holds=signed(32)),
    Pair("UBIGINT[]", FieldType.INTEGER, LIST, holds=_is_unsigned),
    Pair("UBIGINT[]", FieldType.DECIMAL, {"precision": 20, "scale": 0} | LIST, write=_all_whole, holds=_is_within_64),
    Pair("FLOAT[]", FieldType.DOUBLE, LIST, holds=is_single),
    Pair("DECIMAL(12, 2)[]", FieldType.DECIMAL, MONEY | LIST),
    Pair("TIMESTAMP[]", FieldType.DATE_TIME, UTC_MICROSECONDS | LIST, write=all_naive),
    Pair("UUID[]", FieldType.GUID, LIST),
    Pair("JSON", FieldType.STRING, LIST, write=document),
    Pair("JSON", FieldType.INTEGER, LIST, write=document),
)
