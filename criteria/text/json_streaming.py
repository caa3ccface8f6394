"""Reads JSON values from data, one after the other: the exact value, and where its text ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from criteria.text.json_decoders import TOO_DEEP, NotJson, decoder_of_doubles, exact_decoders

_BLANKS = re.compile(r"[ \t\n\r]*")


class JsonError(ValueError):
    """The text is not JSON: why, and at which character. `is_unclosed`: the text ends inside a string."""

    def __init__(self, message: str, position: int, is_unclosed: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.is_unclosed = is_unclosed


def past_blanks(text: str, start: int) -> int:
    """The position of the first character from `start` on that is not white space."""
    blanks = _BLANKS.match(text, start)
    return blanks.end() if blanks else start


def decode(text: str, start: int) -> tuple[Any, int]:
    """The value that starts at a character, and the position of its end. Numbers stay exact. Raises `JsonError`."""
    try:
        try:
            return _EXACT.raw_decode(text, start)
        except (json.JSONDecodeError, NotJson):
            raise
        except (ValueError, ArithmeticError):  # an integer or an exponent with more digits than int() takes
            return _HUGE.raw_decode(text, start)
    except json.JSONDecodeError as fault:
        from criteria.text.json_faults import fault_words

        is_unclosed = fault.msg.startswith("Unterminated")
        raise JsonError(f"This is not JSON: {fault_words(fault)}.", fault.pos, is_unclosed) from None
    except NotJson as fault:
        raise JsonError(f"{fault} is not a JSON number.", start) from None
    except RecursionError:
        raise JsonError(TOO_DEEP, start) from None


def kind(value: object) -> str:
    """The kind of a decoded value, for a message."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "a string" if isinstance(value, str) else "a number"


_EXACT, _HUGE = exact_decoders()
scan_exactly: Callable[[str, int], tuple[Any, int]] = _EXACT.scan_once  # type: ignore[attr-defined]  # not in typeshed
"""The value that starts at a character, and the position of its end. Raises `StopIteration`, `ValueError`,
`ArithmeticError` or `RecursionError`, without a message, for text that is not JSON."""

scan: Callable[[str, int], tuple[Any, int]] = decoder_of_doubles().scan_once  # type: ignore[attr-defined]
"""The same, with doubles for numbers that have a fraction. If `has_long_numbers` is False, these doubles compare with
each other and with every operand as the exact numbers do."""

_LONG_NUMBERS = tuple(
    re.compile(pattern).search
    for pattern in (r"\.(?:[0-9]{9}|(?<=[0-9]{7}\.)[0-9])", "e(?<=[0-9]e)[-+0-9]", "E(?<=[0-9]E)[-+0-9]")
)
"""The regular expression engine finds patterns that start with a letter many times faster than others."""


def has_long_numbers(text: str) -> bool:
    """Whether a text may contain a number with a fraction and more than 15 digits (a double keeps 15), or an
    exponent."""
    return any(search(text) for search in _LONG_NUMBERS)
