"""JSON values of data: read exactly, and where each one ends in its text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from criteria.text.json_decoders import NotJson, decoder_of_doubles, exact_decoders, fault_words

_BLANKS = re.compile(r"[ \t\n\r]*")


class JsonError(ValueError):
    """Why a text is not JSON, and at which character. `is_unclosed`: the text ends inside a string."""

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
    """The value that begins at a character, and where it ends. Numbers stay exact. Raises `JsonError`."""
    try:
        try:
            return _EXACT.raw_decode(text, start)
        except (json.JSONDecodeError, NotJson):
            raise
        except (ValueError, ArithmeticError):  # more digits than int() takes, or an exponent of that kind
            return _HUGE.raw_decode(text, start)
    except json.JSONDecodeError as fault:
        is_unclosed = fault.msg.startswith("Unterminated")
        raise JsonError(f"This is not JSON: {fault_words(fault)}.", fault.pos, is_unclosed) from None
    except NotJson as fault:
        raise JsonError(f"{fault} is not a JSON number.", start) from None
    except RecursionError:
        raise JsonError("The JSON is nested too deep to read.", start) from None


def kind(value: object) -> str:
    """What a decoded value is, in a message."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return "a string" if isinstance(value, str) else "a number"


_EXACT, _HUGE = exact_decoders()
scan_exactly: Callable[[str, int], tuple[Any, int]] = _EXACT.scan_once  # type: ignore[attr-defined]  # not in typeshed
"""The value that begins at a character, and where it ends, without words for what is none: raises `StopIteration`,
`ValueError`, `ArithmeticError` or `RecursionError`."""

scan: Callable[[str, int], tuple[Any, int]] = decoder_of_doubles().scan_once  # type: ignore[attr-defined]
"""The same with doubles for numbers with a fraction: where `has_long_numbers` says no, they are told apart as the
numbers themselves are, and compare with every operand as those do."""

_LONG_NUMBERS = tuple(
    re.compile(pattern).search
    for pattern in (r"\.(?:[0-9]{9}|(?<=[0-9]{7}\.)[0-9])", "e(?<=[0-9]e)[-+0-9]", "E(?<=[0-9]E)[-+0-9]")
)
"""Patterns that begin with a letter are found many times faster than others."""


def has_long_numbers(text: str) -> bool:
    """Whether a text may have a number with a fraction that has more than 15 digits (those a double keeps), or an
    exponent."""
    return any(search(text) for search in _LONG_NUMBERS)
