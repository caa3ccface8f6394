"""The decoders of JSON text: the standard library's, with numbers that stay exact, and without `NaN` and `Infinity`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import (
    MAX_EMAX,
    MAX_PREC,
    MIN_EMIN,
    Clamped,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    Underflow,
)
from typing import Any, NoReturn

Pairs = list[tuple[str, Any]]
"""The members of an object, repeated keys included."""

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""The spelling of a JSON number."""

TOO_DEEP = "The JSON is nested too deep to read."

EXACT = Context(
    prec=MAX_PREC,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[Clamped, Inexact, InvalidOperation, Overflow, Rounded, Underflow],
)
"""Converts any number that a Decimal can hold, and raises for others, independently of the caller's context."""


class NotJson(ValueError):
    """A token that the standard library reads as a number and JSON does not have."""


def number(text: str) -> int | Decimal:
    """The exact value of a JSON number of any length and exponent."""
    try:
        return int(text)
    except ValueError:  # it has a fraction, an exponent, or more digits than int() takes
        pass
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if found.is_nan():  # an exponent of more than 18 digits: any exponent beyond every range will do
        mantissa, exponent = re.split("[eE]", text)
        found = Decimal(f"{mantissa}E{'-' if exponent.startswith('-') else ''}999999")
    return found


def exact_decoders(hook: Callable[[Pairs], Any] | None = None) -> tuple[json.JSONDecoder, json.JSONDecoder]:
    """A decoder for usual numbers, and one for all numbers.

    The first raises `ValueError` or `ArithmeticError` for an integer with more digits than `int` takes, and for an
    exponent with as many. Both raise `NotJson` for `NaN` and `Infinity`.
    """
    return (
        json.JSONDecoder(object_pairs_hook=hook, parse_float=EXACT.create_decimal, parse_constant=_refuse),
        json.JSONDecoder(object_pairs_hook=hook, parse_float=number, parse_int=number, parse_constant=_refuse),
    )


def msgspec_decoder() -> Callable[[str], Any] | None:
    """A function that decodes as the first of `exact_decoders`, or raises any `Exception`; None without msgspec."""
    try:
        import msgspec
    except ModuleNotFoundError:
        return None
    decode: Callable[[str], Any] = msgspec.json.Decoder(float_hook=EXACT.create_decimal).decode
    return decode


def decoder_of_doubles() -> json.JSONDecoder:
    """A decoder that rounds numbers with a fraction or an exponent to doubles."""
    return json.JSONDecoder(parse_constant=_refuse)


def decoder_of_texts(make: Callable[[str], Any] = str) -> json.JSONDecoder:
    """A decoder that keeps numbers as text, because `int` refuses some. It accepts `NaN`."""
    return json.JSONDecoder(parse_int=make, parse_float=make)


def _refuse(token: str) -> NoReturn:
    raise NotJson(token)
