"""Orders the values of a field's type on a line.

Every type except string becomes a line of integers: units in the last place of a decimal, milliseconds, days, doubles
numbered from least to greatest. Strings have a line of their own, ordered by code point. Guids and references have no
order in the language; their numbers only identify them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from criteria.explanation.intervals import Endpoint, Interval, Intervals, union
from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.text.json_decoders import EXACT
from criteria.tree.normalize import distinct
from criteria.values.coerce import MAX_INT64, MIN_INT64
from criteria.values.prefix_range import LAST_CHARACTER


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A line of values: where it begins and ends, and the cuts on both sides of each value.

    `sides` returns None for what is not a value of the line.
    """

    whole: Interval
    sides: Callable[[Any], Interval | None]

    def points(self, values: tuple[Any, ...]) -> Intervals | None:
        """The set of some values; None when one of them is not a value of the line."""
        sides = [self.sides(value) for value in distinct(values)]
        return None if None in sides else union([tuple(side for side in sides if side is not None)])


def line_of(field: Field, is_conforming: bool) -> ValueLine:
    """The line of a field's values: of those that conform to the field, or of all that its comparisons may see.

    A stored value may not conform: 5.5 in an integer field, or a value finer than the scale. Comparisons see such
    values, so only among conforming values there is nothing between 5 and 6.
    """
    if isinstance(field, UndeclaredField) and field.field_type is FieldType.DOUBLE:
        return _EXACT_DOUBLES(field, is_conforming)
    return _LINES[field.field_type](field, is_conforming)


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A type whose values are numbered in their order.

    `number` returns None for a value that the field cannot hold, `ends` the numbers of the least and the greatest.
    `unlisted` is what else comparisons may see: `between` two values and beyond the ends, only `beyond` the ends
    (where the infinities of a double are), or nothing.
    """

    number: Callable[[Field, Any], int | None]
    ends: Callable[[Field], tuple[int, int]]
    unlisted: Literal["between", "beyond", "nothing"]

    def line(self, field: Field, is_conforming: bool) -> ValueLine:
        first, last = self.ends(field)
        if is_conforming or self.unlisted == "nothing":
            return ValueLine((first, last + 1), self._sides(field, 1))
        if self.unlisted == "beyond":
            return ValueLine((first - 1, last + 2), self._sides(field, 1))
        return ValueLine((-math.inf, math.inf), self._sides(field, 2))

    def _sides(self, field: Field, step: int) -> Callable[[Any], Interval | None]:
        """Numbers `step` apart. With 2, each odd number represents all values that may be between two others."""

        def sides(value: Any) -> Interval | None:
            number = self.number(field, value)
            return None if number is None else (number * step, number * step + 1)

        return sides


def _int64(field: Field) -> tuple[int, int]:
    return MIN_INT64, MAX_INT64


def _decimals(field: Field) -> tuple[int, int]:
    greatest = 10 ** (field.precision or 0) - 1
    return -greatest, greatest


def _doubles(field: Field) -> tuple[int, int]:
    return 1 - _INFINITY, _INFINITY - 1


def _days(field: Field) -> tuple[int, int]:
    return date.min.toordinal(), date.max.toordinal()


def _moments(field: Field) -> tuple[int, int]:
    return 0, (datetime.max - datetime.min) // _unit(field)


def _integer(field: Field, value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _boolean(field: Field, value: Any) -> int | None:
    return int(value) if isinstance(value, bool) else None


def _decimal(field: Field, value: Any) -> int | None:
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    if value.adjusted() > (field.precision or 0) + (field.scale or 0):
        return None
    units = value.scaleb(field.scale or 0, EXACT)
    whole = int(units)
    return whole if whole == units else None


def _double(field: Field, value: Any) -> int | None:
    if not isinstance(value, float) or value != value:
        return None
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & _MAGNITUDE)  # so both zeros are one


_MAGNITUDE = 2**63 - 1
_INFINITY: int = struct.unpack("<q", struct.pack("<d", math.inf))[0]


def _day(field: Field, value: Any) -> int | None:
    return value.toordinal() if isinstance(value, date) and not isinstance(value, datetime) else None


def _moment(field: Field, value: Any) -> int | None:
    if not isinstance(value, datetime) or value.tzinfo is not timezone.utc:
        return None
    since = value - _FIRST_MOMENT
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if field.precision == 6:
        return microseconds
    return None if microseconds % 1000 else microseconds // 1000


_FIRST_MOMENT = datetime.min.replace(tzinfo=timezone.utc)


def _unit(field: Field) -> timedelta:
    return timedelta(microseconds=1 if field.precision == 6 else 1000)


def _guid(field: Field, value: Any) -> int | None:
    return value.int if isinstance(value, UUID) else None


_END = (1,)
"""The cut after every string."""


def _text_cut(text: str, side: int) -> Endpoint:
    return (0, text, side)


def _text_sides(value: Any) -> Interval | None:
    return (_text_cut(value, 0), _text_cut(value, 1)) if isinstance(value, str) else None


def texts_with(prefix: str) -> Interval:
    """The strings that start with a prefix. Lone surrogates count as characters: a record may hold them."""
    kept = prefix.rstrip(LAST_CHARACTER)
    end = _text_cut(kept[:-1] + chr(ord(kept[-1]) + 1), 0) if kept else _END
    return _text_cut(prefix, 0), end


def text_at(interval: Interval) -> str | None:
    """The only string of an interval; None when there are more."""
    (start, end) = interval
    is_one = len(start) == len(end) and start[1] == end[1] and (start[2], end[2]) == (0, 1)
    return start[1] if is_one else None


def _text_line(field: Field, is_conforming: bool) -> ValueLine:
    return ValueLine((_text_cut("", 0), _END), _text_sides)


_EXACT_DOUBLES = _Numbered(_double, _doubles, "between").line
"""Doubles without a schema, which compare with stored integers and decimals between two doubles."""

_LINES: Mapping[FieldType, Callable[[Field, bool], ValueLine]] = {
    FieldType.STRING: _text_line,
    FieldType.INTEGER: _Numbered(_integer, _int64, "between").line,
    FieldType.BOOLEAN: _Numbered(_boolean, lambda field: (0, 1), "nothing").line,
    FieldType.DECIMAL: _Numbered(_decimal, _decimals, "between").line,
    FieldType.DOUBLE: _Numbered(_double, _doubles, "beyond").line,
    FieldType.DATE: _Numbered(_day, _days, "between").line,
    FieldType.DATE_TIME: _Numbered(_moment, _moments, "between").line,
    FieldType.GUID: _Numbered(_guid, lambda field: (0, 2**128 - 1), "nothing").line,
    FieldType.OBJECT_REF: _Numbered(_integer, _int64, "between").line,
}
