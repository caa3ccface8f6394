"""Texts of which SQLite's GLOB is not exact, or slow."""

from __future__ import annotations

import re

_CONFUSED = re.compile("[\ufffd-\uffff]")
_WILDCARDS = frozenset("[*?")
_LONGEST = 32
_MOST_STARTS = 3


def is_confused(text: str) -> bool:
    """Whether a text has a character that GLOB takes for another one."""
    return not text.isascii() and _CONFUSED.search(text) is not None


def is_plain(text: str) -> bool:
    """Whether GLOB finds a text at the end of others, exactly and soon.

    It looks for the first character, which no wildcard is, and compares from there on. So in texts that repeat parts of
    this one, each character of theirs is compared as often as the first one is in it.
    """
    first = text[:1]
    return (
        len(text) <= _LONGEST
        and first not in _WILDCARDS
        and text.count(first) <= _MOST_STARTS
        and not is_confused(text)
    )
