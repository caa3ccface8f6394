"""Decimals that are JSON numbers: which decimal a number is, and between which doubles an operand is.

Programs read JSON numbers as doubles. A number is the decimal of the shortest spelling of its double, as Python, Java
and JavaScript print it: with at most 15 significant digits that is the number as it was written.
"""

from __future__ import annotations

import math
from decimal import Decimal

_NO_NUMBER = 1.7976931348623157e308
"""A double that is the decimal of no field: they have at most 34 digits."""


def decimal_of(value: int | float | Decimal) -> Decimal | None:
    """The decimal that a JSON number is; None beyond the doubles."""
    try:
        double = float(value)
    except (OverflowError, ValueError):
        return None
    return Decimal(repr(double)) if math.isfinite(double) else None


def nearest(operand: Decimal) -> float:
    """The double that is an operand; when there is none, one that is the decimal of no field."""
    double = float(operand)
    return double + 0.0 if Decimal(repr(double)) == operand else _NO_NUMBER


def below(operand: Decimal) -> float:
    """The greatest double whose decimal is not greater than an operand."""
    double = float(operand)
    return double if Decimal(repr(double)) <= operand else math.nextafter(double, -math.inf)


def above(operand: Decimal) -> float:
    """The least double whose decimal is not less than an operand."""
    double = float(operand)
    return double if Decimal(repr(double)) >= operand else math.nextafter(double, math.inf)
