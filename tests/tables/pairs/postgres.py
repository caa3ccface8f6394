"""PostgreSQL, as SQLAlchemy, Django and hand-written DDL declare columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from struct import pack, unpack
from typing import Any

from criteria import FieldType
from tests.tables.pairs.pair import Pair


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None)


def _all_naive(values: Any) -> Any:
    return [one and _naive(one) for one in values]


def _within(bits: int) -> Callable[[Any], bool]:
    return lambda value: -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def _is_short(value: Any) -> bool:
    return len(value) <= 60


def _is_single(value: Any) -> bool:
    """Whether a double is one of 32 bits."""
    try:
        return bool(unpack("<f", pack("<f", value))[0] == value)
    except OverflowError:
        return False


def _is_label(value: Any) -> bool:
    return value in _LABELS


def _document(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_UTC = {"time_zone": "UTC"}
_UTC_MICROSECONDS = {"time_zone": "UTC", "precision": 6}
_LIST = {"is_list": True}
_LABELS = ("sad", "OK", "a", "é", "B")
_MOOD = ('DROP TYPE IF EXISTS "My mood"', "CREATE TYPE \"My mood\" AS ENUM ('sad', 'OK', 'a', 'é', 'B')")
_MONEY = {"precision": 12, "scale": 2}

POSTGRES = (
    Pair("text", FieldType.STRING),
    Pair("text", FieldType.GUID, write=str),
    Pair("varchar(60)", FieldType.STRING, holds=_is_short),
    Pair("varchar(60)", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair('text COLLATE "C"', FieldType.STRING),
    Pair('text COLLATE "C"', FieldType.GUID, write=str),
    Pair("char(32)", FieldType.GUID, write=lambda value: value.hex),
    Pair("char(36)", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair('"My mood"', FieldType.STRING, holds=_is_label, before=_MOOD),
    Pair("smallint", FieldType.INTEGER, holds=_within(16)),
    Pair("smallint", FieldType.OBJECT_REF, holds=_within(16)),
    Pair("integer", FieldType.INTEGER, holds=_within(32)),
    Pair("integer", FieldType.OBJECT_REF, holds=_within(32)),
    Pair("bigint", FieldType.INTEGER),
    Pair("bigint", FieldType.OBJECT_REF),
    Pair("boolean", FieldType.BOOLEAN),
    Pair("numeric(12, 2)", FieldType.DECIMAL, _MONEY),
    Pair("numeric", FieldType.DECIMAL),
    Pair("double precision", FieldType.DOUBLE),
    Pair("real", FieldType.DOUBLE, holds=_is_single),
    Pair("date", FieldType.DATE),
    Pair("timestamp", FieldType.DATE_TIME, _UTC, write=_naive),
    Pair("timestamp(6) without time zone", FieldType.DATE_TIME, _UTC_MICROSECONDS, write=_naive),
    Pair("timestamptz", FieldType.DATE_TIME, {"precision": 6}),
    Pair("uuid", FieldType.GUID),
    Pair("text[]", FieldType.STRING, _LIST),
    Pair("varchar(60)[]", FieldType.STRING, _LIST, holds=_is_short),
    Pair('"My mood"[]', FieldType.STRING, _LIST, holds=_is_label, placeholder='CAST(? AS "My mood"[])', before=_MOOD),
    Pair("integer[]", FieldType.INTEGER, _LIST, holds=_within(32)),
    Pair("bigint[]", FieldType.INTEGER, _LIST),
    Pair("numeric(12, 2)[]", FieldType.DECIMAL, _MONEY | _LIST),
    Pair("real[]", FieldType.DOUBLE, _LIST, holds=_is_single),
    Pair(
        "timestamp[]", FieldType.DATE_TIME, _UTC | _LIST, write=lambda values: [one and _naive(one) for one in values]
    ),
    Pair("uuid[]", FieldType.GUID, _LIST),
    Pair("jsonb", FieldType.STRING, _LIST, write=_document),
    Pair("json", FieldType.STRING, _LIST, write=_document),
    Pair("json", FieldType.INTEGER, _LIST, write=_document),
)
