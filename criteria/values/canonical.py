"""Canonical form: each value as JSON in one spelling (docs/language.md#canonical-form).

JSON columns and SQLite's text columns hold it, because its strings compare as the values do: dates and dateTimes by
order, decimals and guids for equality.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timezone
from decimal import Context, Decimal
from functools import cache
from typing import Any
from uuid import UUID

from criteria.errors import assert_never
from criteria.schema.field import Field, FieldType, Value

_WIDE = Context(prec=80)


def json_value(field: Field, value: Value) -> Any:
    """A value of a field's type as a JSON value: date, dateTime, decimal and guid as canonical strings."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Decimal):
        return decimal_text(value, field.scale or 0)
    if isinstance(value, datetime):
        return date_time_text(value, field.precision or 3)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    assert_never(value)


@cache
def last_place(scale: int) -> Decimal:
    """One unit of the last of `scale` digits after the point."""
    return Decimal((0, (1,), -scale))


def decimal_text(value: Decimal, scale: int) -> str:
    """A decimal with exactly `scale` digits after the point, without an exponent, and never `-0`."""
    fixed = value.quantize(last_place(scale), context=_WIDE)
    return format(fixed if fixed else fixed.copy_abs(), "f")  # abs would use the context of the thread


def json_values(field: Field, values: Sequence[Value]) -> list[Any]:
    """Values of a field's type as `json_value` gives each. Lists of decimals are long: they are written in one loop."""
    if field.field_type is not FieldType.DECIMAL:
        return [json_value(field, value) for value in values]
    place, found = last_place(field.scale or 0), []
    for value in values:
        if isinstance(value, Decimal):
            fixed = value.quantize(place, None, _WIDE)
            found.append(format(fixed if fixed else fixed.copy_abs(), "f"))
        else:
            found.append(json_value(field, value))
    return found


def date_time_text(value: datetime, precision: int) -> str:
    """An aware datetime in UTC, `YYYY-MM-DDTHH:MM:SS.fffZ` with `precision` digits of a second (more are cut off)."""
    utc = value if value.tzinfo is timezone.utc else value.astimezone(timezone.utc)
    year, microsecond, two = utc.year, utc.microsecond, _TWO_DIGITS
    # Of all ways, this is the fastest one: a page of a search has many dateTimes.
    second = (
        f"{year if year > 999 else f'{year:04}'}-{two[utc.month]}-{two[utc.day]}T"
        f"{two[utc.hour]}:{two[utc.minute]}:{two[utc.second]}"
    )
    if precision == 3:
        return f"{second}.{_THREE_DIGITS[microsecond // 1000]}Z"
    return f"{second}.{f'{microsecond:06}'[:precision]}Z"


_TWO_DIGITS = [f"{number:02}" for number in range(60)]
_THREE_DIGITS = [f"{number:03}" for number in range(1000)]
