"""PostgreSQL, as SQLAlchemy, Django and hand-written DDL declare columns."""

from __future__ import annotations

from typing import Any

from criteria import FieldType
from tests.tables.pairs.pair import Pair
from tests.tables.pairs.values import (
    LIST,
    MONEY,
    UTC,
    UTC_MICROSECONDS,
    all_naive,
    document,
    is_short,
    is_single,
    naive,
    signed,
)


def _is_label(value: Any) -> bool:
    return value in _LABELS


def _prices(values: Any) -> str:
    """A list of decimals as the text of JSON: in canonical form, and short ones as numbers."""
    return document([one if one is None else float(one) if one == int(one) else f"{one:.2f}" for one in values])


_LABELS = ("sad", "OK", "a", "é", "B")
_MOOD = ('DROP TYPE IF EXISTS "My mood" CASCADE', "CREATE TYPE \"My mood\" AS ENUM ('sad', 'OK', 'a', 'é', 'B')")


def _domain_over_a_domain(name: str, base: str, *before: str) -> tuple[str, ...]:
    """The statements that create a domain over a domain over a type, which people who have domains do."""
    return (
        *before,
        f"DROP DOMAIN IF EXISTS {name}_of_shop CASCADE",
        f"DROP DOMAIN IF EXISTS {name}_of_all CASCADE",
        f"CREATE DOMAIN {name}_of_all AS {base} CHECK (VALUE IS NULL OR TRUE)",
        f"CREATE DOMAIN {name}_of_shop AS {name}_of_all",
    )


_DOMAIN = "a domain over a domain over "
_PRICE = _domain_over_a_domain("price", "numeric(12, 2)")
_CODE = _domain_over_a_domain("code", "varchar(60)")
_INSTANT = _domain_over_a_domain("instant", "timestamptz")
_FEELING = _domain_over_a_domain("mood", '"My mood"', *_MOOD)

POSTGRES = (
    Pair("text", FieldType.STRING),
    Pair("text", FieldType.GUID, write=str),
    Pair("varchar(60)", FieldType.STRING, holds=is_short),
    Pair("varchar(60)", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair("varchar(32)", FieldType.STRING, holds=lambda value: len(value) <= 32),
    Pair("varchar(32)", FieldType.GUID, write=lambda value: value.hex),
    Pair('text COLLATE "C"', FieldType.STRING),
    Pair('text COLLATE "C"', FieldType.GUID, write=str),
    Pair("char(32)", FieldType.GUID, write=lambda value: value.hex),
    Pair("char(36)", FieldType.GUID, write=lambda value: str(value).upper()),
    Pair('"My mood"', FieldType.STRING, holds=_is_label, before=_MOOD),
    Pair("smallint", FieldType.INTEGER, holds=signed(16)),
    Pair("smallint", FieldType.OBJECT_REF, holds=signed(16)),
    Pair("integer", FieldType.INTEGER, holds=signed(32)),
    Pair("integer", FieldType.OBJECT_REF, holds=signed(32)),
    Pair("bigint", FieldType.INTEGER),
    Pair("bigint", FieldType.OBJECT_REF),
    Pair("boolean", FieldType.BOOLEAN),
    Pair("numeric(12, 2)", FieldType.DECIMAL, MONEY),
    Pair("numeric", FieldType.DECIMAL),
    Pair("double precision", FieldType.DOUBLE),
    Pair("real", FieldType.DOUBLE, holds=is_single),
    Pair("date", FieldType.DATE),
    Pair("timestamp", FieldType.DATE_TIME, UTC_MICROSECONDS, write=naive),
    Pair("timestamp(3)", FieldType.DATE_TIME, UTC, write=naive),
    Pair("timestamp(6) without time zone", FieldType.DATE_TIME, UTC_MICROSECONDS, write=naive),
    Pair("timestamptz", FieldType.DATE_TIME, {"precision": 6}),
    Pair("timestamptz(3)", FieldType.DATE_TIME),
    Pair("uuid", FieldType.GUID),
    Pair("price_of_shop", FieldType.DECIMAL, MONEY, before=_PRICE, shown=_DOMAIN + "`numeric(12, 2)`"),
    Pair("code_of_shop", FieldType.STRING, holds=is_short, before=_CODE, shown=_DOMAIN + "`varchar(60)`"),
    Pair(
        "code_of_shop",
        FieldType.GUID,
        write=lambda value: str(value).upper(),
        before=_CODE,
        shown=_DOMAIN + "`varchar(60)`",
    ),
    Pair("instant_of_shop", FieldType.DATE_TIME, {"precision": 6}, before=_INSTANT, shown=_DOMAIN + "`timestamptz`"),
    Pair("mood_of_shop", FieldType.STRING, holds=_is_label, before=_FEELING, shown=_DOMAIN + "an enumerated type"),
    Pair("text[]", FieldType.STRING, LIST),
    Pair("varchar(60)[]", FieldType.STRING, LIST, holds=is_short),
    Pair('"My mood"[]', FieldType.STRING, LIST, holds=_is_label, placeholder='CAST(? AS "My mood"[])', before=_MOOD),
    Pair("integer[]", FieldType.INTEGER, LIST, holds=signed(32)),
    Pair("bigint[]", FieldType.INTEGER, LIST),
    Pair("numeric(12, 2)[]", FieldType.DECIMAL, MONEY | LIST),
    Pair("real[]", FieldType.DOUBLE, LIST, holds=is_single),
    Pair("timestamp[]", FieldType.DATE_TIME, UTC_MICROSECONDS | LIST, write=all_naive),
    Pair("uuid[]", FieldType.GUID, LIST),
    Pair("jsonb", FieldType.STRING, LIST, write=document),
    Pair("jsonb", FieldType.DECIMAL, MONEY | LIST, write=_prices),
    Pair("json", FieldType.STRING, LIST, write=document),
    Pair("json", FieldType.INTEGER, LIST, write=document),
)
