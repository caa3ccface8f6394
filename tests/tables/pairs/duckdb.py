"""DuckDB, as SQL and files declare columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from struct import pack, unpack
from typing import Any

from criteria import FieldType
from tests.tables.pairs.pair import Pair


def _naive(value: datetime) -> datetime:
    return value.replace(tzinfo=None)


def _all_naive(values: Any) -> Any:
    return [one and _naive(one) for one in values]


def _document(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _signed(bits: int) -> Callable[[Any], bool]:
    return lambda value: -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def _is_unsigned(value: Any) -> bool:
    return bool(value >= 0)


def _is_single(value: Any) -> bool:
    """Whether a double is one of 32 bits."""
    try:
        return bool(unpack("<f", pack("<f", value))[0] == value)
    except OverflowError:
        return False


def _is_label(value: Any) -> bool:
    return value in ("sad", "OK", "a", "é", "B", "it's")


def _is_whole(value: datetime) -> bool:
    return value.microsecond == 0


_UTC = {"time_zone": "UTC"}
_UTC_MICROSECONDS = {"time_zone": "UTC", "precision": 6}
_LIST = {"is_list": True}
_MONEY = {"precision": 12, "scale": 2}
_ENUM = "ENUM('sad', 'OK', 'a', 'é', 'B', 'it''s')"

DUCKDB = (
    Pair("VARCHAR", FieldType.STRING),
    Pair("VARCHAR", FieldType.GUID, write=str),
    Pair("VARCHAR COLLATE NOCASE", FieldType.STRING),
    Pair("VARCHAR COLLATE NOCASE", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair(_ENUM, FieldType.STRING, holds=_is_label),
    Pair("BOOLEAN", FieldType.BOOLEAN),
    Pair("TINYINT", FieldType.INTEGER, holds=_signed(8)),
    Pair("TINYINT", FieldType.OBJECT_REF, holds=_signed(8)),
    Pair("INTEGER", FieldType.INTEGER, holds=_signed(32)),
    Pair("INTEGER", FieldType.OBJECT_REF, holds=_signed(32)),
    Pair("BIGINT", FieldType.INTEGER),
    Pair("BIGINT", FieldType.OBJECT_REF),
    Pair("HUGEINT", FieldType.INTEGER),
    Pair("HUGEINT", FieldType.OBJECT_REF),
    Pair("UBIGINT", FieldType.INTEGER, holds=_is_unsigned),
    Pair("UBIGINT", FieldType.OBJECT_REF, holds=_is_unsigned),
    Pair("FLOAT", FieldType.DOUBLE, holds=_is_single),
    Pair("DOUBLE", FieldType.DOUBLE),
    Pair("DECIMAL(12, 2)", FieldType.DECIMAL, _MONEY),
    Pair("DECIMAL(38, 10)", FieldType.DECIMAL),
    Pair("DATE", FieldType.DATE),
    Pair("TIMESTAMP", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_naive),
    Pair("TIMESTAMP_S", FieldType.DATE_TIME, _UTC, write=_naive, holds=_is_whole),
    Pair("TIMESTAMP_MS", FieldType.DATE_TIME, _UTC, write=_naive),
    Pair("TIMESTAMPTZ", FieldType.DATE_TIME, {"precision": 6}),
    Pair("UUID", FieldType.GUID),
    Pair("VARCHAR[]", FieldType.STRING, _LIST),
    Pair(f"{_ENUM}[]", FieldType.STRING, _LIST, holds=_is_label),
    Pair("INTEGER[]", FieldType.INTEGER, _LIST, holds=_signed(32)),
    Pair("FLOAT[]", FieldType.DOUBLE, _LIST, holds=_is_single),
    Pair("DECIMAL(12, 2)[]", FieldType.DECIMAL, _MONEY | _LIST),
    Pair("TIMESTAMP[]", FieldType.DATE_TIME, _UTC | _LIST, write=_all_naive),
    Pair("UUID[]", FieldType.GUID, _LIST),
    Pair("JSON", FieldType.STRING, _LIST, write=_document),
    Pair("JSON", FieldType.INTEGER, _LIST, write=_document),
)
