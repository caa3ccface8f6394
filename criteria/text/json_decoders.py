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

EXACT = Context(
    prec=MAX_PREC,
    Emin=MIN_EMIN,
    Emax=MAX_EMAX,
    traps=[Clamped, Inexact, InvalidOperation, Overflow, Rounded, Underflow],
)
"""Makes a Decimal of any number that a Decimal can hold, and raises for others, whatever the caller's context is."""


class NotJson(ValueError):
    """A token that the standard library takes for a number and JSON does not have."""


def number(text: str) -> int | Decimal:
    """A JSON number by its exact value, whatever its length and exponent are."""
    try:
        return int(text)
    except ValueError:  # a fraction, an exponent, or more digits than int() takes
        pass
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if found.is_nan():  # an exponent of more than 18 digits: as good as any that is out of every range
        mantissa, exponent = re.split("[eE]", text)
        found = Decimal(f"{mantissa}E{'-' if exponent.startswith('-') else ''}999999")
    return found


def exact_decoders(hook: Callable[[Pairs], Any] | None = None) -> tuple[json.JSONDecoder, json.JSONDecoder]:
    """A decoder for the numbers that are usual, and one for all that there are.

    The first raises `ValueError` or `ArithmeticError` for an integer of more digits than `int` takes, and for an
    exponent of that kind. Both raise `NotJson` for `NaN` and `Infinity`.
    """
    return (
        json.JSONDecoder(object_pairs_hook=hook, parse_float=EXACT.create_decimal, parse_constant=_refuse),
        json.JSONDecoder(object_pairs_hook=hook, parse_float=number, parse_int=number, parse_constant=_refuse),
    )


def decoder_of_doubles() -> json.JSONDecoder:
    """A decoder that rounds numbers with a fraction or an exponent to doubles."""
    return json.JSONDecoder(parse_constant=_refuse)


def decoder_of_texts(make: Callable[[str], Any] = str) -> json.JSONDecoder:
    """A decoder whose numbers are made of their texts: there are some that `int` refuses. It takes `NaN`."""
    return json.JSONDecoder(parse_int=make, parse_float=make)


def _refuse(token: str) -> NoReturn:
    raise NotJson(token)


_SAID = {
    "Unterminated string starting at": "the string that starts here is not closed",
    "Invalid control character at": "control characters must be escaped",
}


def fault_words(fault: json.JSONDecodeError) -> str:
    """What the decoder says, as the end of a sentence."""
    return _SAID.get(fault.msg) or (fault.msg[0].lower() + fault.msg[1:]).removesuffix(" at")
