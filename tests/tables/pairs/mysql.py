"""MySQL and MariaDB, as SQLAlchemy, Django and hand-written DDL declare columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import RFC_4122

from criteria import FieldType
from tests.tables.pairs.pair import Pair
from tests.tables.pairs.values import (
    LIST,
    MONEY,
    UTC,
    UTC_MICROSECONDS,
    by_turns,
    document,
    is_short,
    is_single,
    naive,
    signed,
)


def _unsigned(bits: int) -> Callable[[Any], bool]:
    return lambda value: 0 <= value < 2**bits


def _is_positive(value: Any) -> bool:
    return bool(value >= 0)


def _is_single(value: Any) -> bool:
    """Whether a double is one of 32 bits, and not too small for the server."""
    return is_single(value) and (value == 0 or abs(value) > 1e-37)


def _fits(length: int) -> Callable[[Any], bool]:
    """CHAR loses blanks at the end."""
    return lambda value: len(value) <= length and not str(value).endswith(" ")


def _is_standard(value: Any) -> bool:
    """Whether MariaDB takes a guid: one of RFC 4122, or all zeros. Some of version 8 are refused."""
    return value.int == 0 or (value.variant == RFC_4122 and value.version in range(1, 8))


def _is_within(length: int) -> Callable[[Any], bool]:
    return lambda value: len(value) <= length


def _is_basic(value: Any) -> bool:
    return len(value) <= 60 and all(ord(one) < 0x10000 for one in value)


def _is_latin(value: Any) -> bool:
    return len(value) <= 60 and all(ord(one) < 0x80 or 0xA0 <= ord(one) <= 0xFF for one in value)


def _is_label(value: Any) -> bool:
    return value in ("sad", "OK", "a", "é", "B")


def _has_no_fraction(value: Any) -> bool:
    return bool(value.microsecond == 0 and value.year >= 1000)


def _is_modern(value: Any) -> bool:
    return bool(value.year >= 1000)


def _is_in_unix_time(value: Any) -> bool:
    return bool(datetime(1970, 1, 2, tzinfo=timezone.utc) < value < datetime(2038, 1, 1, tzinfo=timezone.utc))


def _seconds(value: Any) -> Decimal:
    return Decimal((value - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)).scaleb(-6)


def _upper(value: Any) -> str:
    return str(value).upper()


def _hex(value: Any) -> str:
    return str(value.hex)


def _bytes(value: Any) -> bytes:
    return bytes(value.bytes)


_COMMON = (
    Pair("varchar(60)", FieldType.STRING, holds=is_short),
    Pair("varchar(60)", FieldType.GUID, write=str),
    Pair("varchar(300) COLLATE utf8mb4_bin", FieldType.STRING, holds=_is_within(300)),
    Pair("varchar(300) COLLATE utf8mb4_bin", FieldType.GUID, write=str),
    Pair("varchar(60) CHARACTER SET latin1", FieldType.STRING, holds=_is_latin),
    Pair("varchar(60) CHARACTER SET utf8mb3", FieldType.STRING, holds=_is_basic),
    Pair("varchar(60) CHARACTER SET utf8mb3", FieldType.GUID, write=str),
    Pair("varchar(60) CHARACTER SET latin1", FieldType.GUID, write=str),
    Pair("char(60)", FieldType.STRING, holds=_fits(60)),
    Pair("char(60)", FieldType.GUID, write=str),
    Pair("longtext", FieldType.STRING),
    Pair("longtext", FieldType.GUID, write=str),
    Pair("text", FieldType.STRING),
    Pair("text", FieldType.GUID, write=by_turns(str, _upper)),
    Pair("varchar(255) COLLATE utf8mb4_unicode_ci", FieldType.STRING, holds=_is_within(255)),
    Pair("varchar(255) COLLATE utf8mb4_unicode_ci", FieldType.GUID, write=by_turns(str, _upper)),
    Pair("varchar(32)", FieldType.STRING, holds=_is_within(32)),
    Pair("varchar(32)", FieldType.GUID, write=_hex),
    Pair("char(36)", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair("char(36)", FieldType.STRING, holds=_fits(36)),
    Pair("char(32)", FieldType.GUID, write=_hex),
    Pair("char(32)", FieldType.STRING, holds=_fits(32)),
    Pair("binary(16)", FieldType.GUID, write=_bytes),
    Pair("enum('sad', 'OK', 'a', 'é', 'B')", FieldType.STRING, holds=_is_label),
    Pair("tinyint(1)", FieldType.BOOLEAN),
    Pair("tinyint(1)", FieldType.INTEGER, holds=signed(8)),
    Pair("tinyint(1)", FieldType.OBJECT_REF, holds=signed(8)),
    Pair("tinyint(1) unsigned", FieldType.BOOLEAN),
    Pair("tinyint(1) unsigned", FieldType.INTEGER, holds=_unsigned(8)),
    Pair("tinyint(1) unsigned", FieldType.OBJECT_REF, holds=_unsigned(8)),
    Pair("bit(1)", FieldType.BOOLEAN),
    Pair("smallint", FieldType.INTEGER, holds=signed(16)),
    Pair("smallint", FieldType.OBJECT_REF, holds=signed(16)),
    Pair("int unsigned", FieldType.INTEGER, holds=_unsigned(32)),
    Pair("int unsigned", FieldType.OBJECT_REF, holds=_unsigned(32)),
    Pair("bigint", FieldType.INTEGER),
    Pair("bigint", FieldType.OBJECT_REF),
    Pair("bigint unsigned", FieldType.INTEGER, holds=_unsigned(64)),
    Pair("bigint unsigned", FieldType.OBJECT_REF, holds=_unsigned(64)),
    Pair("bigint unsigned", FieldType.DECIMAL, {"precision": 20, "scale": 0}, write=int, holds=_unsigned(64)),
    Pair("decimal(12, 2)", FieldType.DECIMAL, MONEY),
    Pair("decimal(12, 2) unsigned", FieldType.DECIMAL, MONEY, holds=_is_positive),
    Pair("double", FieldType.DOUBLE),
    Pair("double unsigned", FieldType.DOUBLE, holds=_is_positive),
    Pair("float", FieldType.DOUBLE, holds=_is_single),
    Pair("date", FieldType.DATE, holds=_is_modern),
    Pair("datetime", FieldType.DATE_TIME, UTC, write=naive, holds=_has_no_fraction),
    Pair("datetime(6)", FieldType.DATE_TIME, UTC_MICROSECONDS, write=naive, holds=_is_modern),
    Pair(
        "timestamp(6) NULL",
        FieldType.DATE_TIME,
        {"precision": 6},
        write=_seconds,
        placeholder="FROM_UNIXTIME(?)",
        holds=_is_in_unix_time,
    ),
    Pair("json", FieldType.STRING, LIST, write=document),
    Pair("json", FieldType.INTEGER, LIST, write=document),
)

MYSQL = _COMMON

MARIADB = (*_COMMON, Pair("uuid", FieldType.GUID, write=str, holds=_is_standard))
