"""The values of a field's type on a line, in their order.

All types but string are numbers on a line of integers: the units in the last place of a decimal, milliseconds,
doubles by their place among the doubles. Strings lie on a line of their own, by code point. Guids and references have
no order in the language, but as numbers they can be told apart as well.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.explanation.intervals import Cut, Piece, Pieces, united
from criteria.schema.field import Field, FieldType
from criteria.values.coerce import MAX_INT64, MIN_INT64
from criteria.values.prefix import LAST_CHARACTER


@dataclass(frozen=True, slots=True)
class Line:
    """A line of values: from where to where it reaches, and on which cuts each side of a value lies.

    `sides` gives None for what is no value of the line.
    """

    whole: Piece
    sides: Callable[[Any], Piece | None]

    def points(self, values: tuple[Any, ...]) -> Pieces | None:
        """The set of some values; None when one of them is no value of the line."""
        sides = [self.sides(value) for value in values]
        return None if None in sides else united([tuple(side for side in sides if side is not None)])


def line_of(field: Field, is_conforming: bool) -> Line:
    """The line of a field's values: of those that conform to the field, or of all that its comparisons look at.

    A record may hold numbers that are none of the field's: 5.5 under an integer, or a value finer than the scale.
    Comparisons see them, so only among values that conform is there nothing between 5 and 6.
    """
    if field.field_type is FieldType.STRING:
        return Line((_text_cut("", 0), _END), _text_sides)
    place = _PLACES[field.field_type]
    first, last = _ends(field)
    if is_conforming or field.field_type in _NO_OTHERS:
        if field.field_type is FieldType.DOUBLE and not is_conforming:
            first, last = -_INFINITY, _INFINITY
        return Line((first, last + 1), _number_sides(field, place, 1))
    return Line((-math.inf, math.inf), _number_sides(field, place, 2))


_NO_OTHERS = frozenset({FieldType.BOOLEAN, FieldType.DOUBLE, FieldType.GUID})
"""Types of which comparisons see only values that can be listed: a double is read as one of the doubles."""


def _number_sides(field: Field, place: Callable[[Field, Any], int | None], step: int) -> Callable[[Any], Piece | None]:
    """Values stand `step` apart: where that is 2, the odd places stand for all that may lie between two of them."""

    def sides(value: Any) -> Piece | None:
        at = place(field, value)
        return None if at is None else (at * step, at * step + 1)

    return sides


def _ends(field: Field) -> tuple[int, int]:
    """The places of the least and the greatest value of a field."""
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return MIN_INT64, MAX_INT64
        case FieldType.BOOLEAN:
            return 0, 1
        case FieldType.DECIMAL:
            most = 10 ** (field.precision or 0) - 1
            return -most, most
        case FieldType.DOUBLE:
            return 1 - _INFINITY, _INFINITY - 1
        case FieldType.DATE_TIME:
            unit = _unit(field)
            return 0, (datetime.max - datetime.min) // unit
        case _:
            return 0, 2**128 - 1


def _integer(field: Field, value: Any) -> int | None:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _boolean(field: Field, value: Any) -> int | None:
    return int(value) if isinstance(value, bool) else None


def _decimal(field: Field, value: Any) -> int | None:
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    shift = exponent + (field.scale or 0)
    if shift < 0 or shift > (field.precision or 0):
        return None
    units = int("".join(map(str, digits)) or "0") * int(10**shift)
    return -units if sign else units


def _double(field: Field, value: Any) -> int | None:
    if not isinstance(value, float) or value != value:
        return None
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & _MAGNITUDE)  # so both zeros are one


_MAGNITUDE = 2**63 - 1
_INFINITY: int = struct.unpack("<q", struct.pack("<d", math.inf))[0]


def _moment(field: Field, value: Any) -> int | None:
    if not isinstance(value, datetime) or value.tzinfo is not timezone.utc:
        return None
    since, rest = divmod(value.replace(tzinfo=None) - datetime.min, _unit(field))
    return None if rest else since


def _unit(field: Field) -> timedelta:
    return timedelta(microseconds=1 if field.precision == 6 else 1000)


def _guid(field: Field, value: Any) -> int | None:
    return value.int if isinstance(value, UUID) else None


_PLACES: Mapping[FieldType, Callable[[Field, Any], int | None]] = {
    FieldType.INTEGER: _integer,
    FieldType.OBJECT_REF: _integer,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _decimal,
    FieldType.DOUBLE: _double,
    FieldType.DATE_TIME: _moment,
    FieldType.GUID: _guid,
}

_END = (1,)
"""The cut behind every text."""


def _text_cut(text: str, side: int) -> Cut:
    return (0, text, side)


def _text_sides(value: Any) -> Piece | None:
    return (_text_cut(value, 0), _text_cut(value, 1)) if isinstance(value, str) else None


def texts_with(prefix: str) -> Piece:
    """The texts that start with a prefix. Lone surrogates count as characters: a record may hold them."""
    kept = prefix.rstrip(LAST_CHARACTER)
    end = _text_cut(kept[:-1] + chr(ord(kept[-1]) + 1), 0) if kept else _END
    return _text_cut(prefix, 0), end


def text_at(piece: Piece) -> str | None:
    """The only text of a piece; None when there are more."""
    (start, end) = piece
    is_one = len(start) == len(end) and start[1] == end[1] and (start[2], end[2]) == (0, 1)
    return start[1] if is_one else None
