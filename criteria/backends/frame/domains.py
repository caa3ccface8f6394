"""The numbers and instants that a column's type can hold, and the position of an operand among them.

An operand that the column's type cannot hold (300 in 8 bits, 0.125 with two digits after the point, a microsecond in
milliseconds) is replaced by the nearest member of the type's domain. Engines would round the operand, overflow, or
fail.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Protocol

from criteria.backends.frame.conditions import Compare, Condition, several
from criteria.text.json_decoders import EXACT
from criteria.tree.nodes import Operator, OrderingOperator, is_ordering

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=timezone.utc)


class Outside(Enum):
    """The position of an operand that no member of a domain is near."""

    BELOW = "below"
    ABOVE = "above"


class Domain(Protocol):
    """The values of a column's type."""

    def around(self, operand: Any) -> tuple[Any, Any] | Outside:
        """The least member that is not less than the operand, and the greatest that is not greater."""
        ...


@dataclass(frozen=True, slots=True)
class Grid:
    """Whole multiples of a unit between two bounds: integers, decimals, instants.

    `units` counts an operand in units, exactly; `value` is the literal of a number of units. A float represents every
    member that rounds to it, because a record's value is compared as the double that it becomes.
    """

    least: int
    most: int
    units: Callable[[Any], Fraction | int]
    value: Callable[[int], Any]

    def around(self, operand: Any) -> tuple[Any, Any] | Outside:
        """See `Domain`."""
        if isinstance(operand, float):
            if math.isinf(operand):
                return Outside.ABOVE if operand > 0 else Outside.BELOW
            lower, upper = self._that_become(operand)
        else:
            counted = self.units(operand)
            lower, upper = math.ceil(counted), math.floor(counted)
        if lower > self.most or upper < self.least:
            return Outside.ABOVE if lower > self.most else Outside.BELOW
        return self.value(max(lower, self.least)), self.value(min(upper, self.most))

    def _that_become(self, double: float) -> tuple[int, int]:
        """As `around`, in units: the members that round to the float, which are at most half the distance to the next
        one away."""
        lower, upper = (
            round_to_whole((self.units(double) + self.units(_next(double, towards))) / 2)
            for round_to_whole, towards in ((math.ceil, -math.inf), (math.floor, math.inf))
        )
        is_lower_less = float(self.value(lower)) < double  # a tie is rounded to even
        is_upper_greater = float(self.value(upper)) > double
        return lower + is_lower_less, upper - is_upper_greater


def _next(double: float, towards: float) -> float:
    beyond = math.nextafter(double, towards)
    return double if math.isinf(beyond) else beyond


class Doubles:
    """64-bit floats."""

    def around(self, operand: Any) -> tuple[Any, Any] | Outside:
        """See `Domain`."""
        if isinstance(operand, float) and math.isinf(operand):
            return operand, operand
        nearest = float(operand)
        difference = Fraction(nearest) - Fraction(operand)
        lower = nearest if difference >= 0 else math.nextafter(nearest, math.inf)
        upper = nearest if difference <= 0 else math.nextafter(nearest, -math.inf)
        return lower, upper


DOUBLES = Doubles()


class Singles:
    """32-bit floats, and the two infinities. Each of them is a double, too, and compares as that double."""

    def around(self, operand: Any) -> tuple[Any, Any] | Outside:
        """See `Domain`."""
        near = _as_single(float(operand))
        lower = near if near >= operand else _next_single(near, 1)
        upper = near if near <= operand else _next_single(near, -1)
        return lower, upper


SINGLES = Singles()


def _as_single(double: float) -> float:
    """The 32-bit float that is nearest to a double."""
    try:
        found: float = struct.unpack("<f", struct.pack("<f", double))[0]
    except OverflowError:
        return math.copysign(math.inf, double)
    return found


def _next_single(single: float, direction: int) -> float:
    """The next 32-bit float above or below. The bits of floats of one sign count like integers."""
    if single == 0:
        return direction * 2.0**-149
    (bits,) = struct.unpack("<i", struct.pack("<f", single))
    found: float = struct.unpack("<f", struct.pack("<i", bits + (direction if single > 0 else -direction)))[0]
    return found


def integers(bits: int, is_signed: bool) -> Grid:
    """The domain of an integer type."""
    least = -(2 ** (bits - 1)) if is_signed else 0
    return Grid(least, least + 2**bits - 1, Fraction, int)


def decimals(precision: int, scale: int) -> Grid:
    """The domain of a decimal type."""
    most = 10**precision - 1

    def units(operand: Any) -> Fraction | int:
        if isinstance(operand, Decimal):
            shifted = operand.scaleb(scale, EXACT)
            if shifted == (whole := int(shifted)):
                return whole
        exact: Fraction = Fraction(operand) * 10**scale
        return exact

    def value(count: int) -> Decimal:
        return Decimal(count).scaleb(-scale, EXACT)

    return Grid(-most, most, units, value)


_PER_SECOND = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}


def instants(unit: str, has_zone: bool = True) -> Grid:
    """The domain of a 64-bit count of a unit since 1970; only nanoseconds do not reach the years 1 to 9999.

    Without a zone its members are in UTC, and written without one.
    """
    per_second = _PER_SECOND[unit]

    def units(operand: Any) -> Fraction:
        return Fraction((operand - _EPOCH) // _MICROSECOND * per_second, 1_000_000)

    def value(count: int) -> datetime:
        try:
            found = _EPOCH + timedelta(microseconds=count * 1_000_000 // per_second)
        except OverflowError:  # the member after the last instant of the year 9999
            found = _LAST
        return found if has_zone else found.replace(tzinfo=None)

    return Grid(1 - 2**63, 2**63 - 1, units, value)


_OF_THE_LESSER: Mapping[OrderingOperator, OrderingOperator] = {
    Operator.GT: Operator.GT,
    Operator.GTE: Operator.GT,
    Operator.LT: Operator.LTE,
    Operator.LTE: Operator.LTE,
}
"""The operator that compares with the lower of two neighbours as the original does with an operand between them."""

_LESS = frozenset({Operator.LT, Operator.LTE})
GREATER = frozenset({Operator.GT, Operator.GTE})

_CHANGES_BEHIND = frozenset({Operator.GT, Operator.LTE})
"""Operators whose result changes after the greatest member that equals the operand, not before the least one."""


def fitted(domain: Domain, operator: Operator, operand: Any) -> Condition:
    """The condition of a comparison, with literals that the domain holds."""
    if operator is Operator.IN:
        return _among([fitted(domain, Operator.EQ, one) for one in operand])
    around = domain.around(operand)
    if isinstance(around, Outside):
        return operator in (_LESS if around is Outside.ABOVE else GREATER)
    lower, upper = around
    if operator is Operator.EQ:
        return _equal(lower, upper)
    assert is_ordering(operator)
    if lower > upper:  # the operand is between two neighbours, and the greater one may have no literal
        return Compare(_OF_THE_LESSER[operator], upper)
    return Compare(operator, upper if operator in _CHANGES_BEHIND else lower)


def _equal(lower: Any, upper: Any) -> Condition:
    """Equality with an operand that the members from `lower` to `upper` equal; False if `lower` is above `upper`."""
    if lower == upper:
        return Compare(Operator.EQ, lower)
    return lower < upper and several("all", [Compare(Operator.GTE, lower), Compare(Operator.LTE, upper)])


def _among(conditions: list[Condition]) -> Condition:
    """The conditions joined by OR, with the equalities merged into one `$in`."""
    points: list[Any] = []
    rest: list[Condition] = []
    for one in conditions:
        if isinstance(one, Compare):
            points.append(one.value)
        else:
            rest.append(one)
    if points:
        rest.append(Compare(Operator.EQ, points[0]) if len(points) == 1 else Compare(Operator.IN, tuple(points)))
    return several("any", rest)
