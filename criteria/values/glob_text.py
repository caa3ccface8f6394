"""Texts of which SQLite's GLOB is not exact, or slow."""

from __future__ import annotations

import re

_CONFUSED = re.compile("[\ufffd-\uffff]")
_LONGEST = 32


def is_confused(text: str) -> bool:
    """Whether a text has a character that GLOB takes for another one."""
    return not text.isascii() and _CONFUSED.search(text) is not None


def is_plain(text: str) -> bool:
    """Whether GLOB finds a text at the end of others, exactly and soon: a longer one may take as many steps for each
    character of theirs."""
    return len(text) <= _LONGEST and not is_confused(text)
