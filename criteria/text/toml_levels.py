"""The depth of TOML text, looked at before it is decoded: the decoder takes quadratic time for a key of many parts."""

from __future__ import annotations

import re

_MAX_PARTS = 100
_MAX_LEVELS = 100

_TOKEN = re.compile(
    r'(?P<text>"{3}(?:\\?.)*?(?:"{3,5}|\Z)|'
    r"'{3}.*?(?:'{3,5}|\Z)|#[^\n]*)"
    r'|(?P<part>"(?:[^"\\\n]|\\[^\n])*"?|'
    r"'[^'\n]*'?|[A-Za-z0-9_+-]+)"
    r"|(?P<dot>\.)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<blank>[ \t]+)|(?P<other>[^ \t])",
    re.DOTALL,
)
"""A text that is not closed goes to the end, so that none is read again. One of many lines may end with a quote or
two of its own, before the three that close it."""


def too_deep(text: str) -> tuple[str, int] | None:
    """What is too deep in a TOML text, as a message, and its offset: a key of more than 100 parts, or tables and lists
    inside more than 100 others. None if nothing is. The text may be no TOML."""
    parts = levels = 0
    is_joined = False
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "part":
            parts = parts + 1 if is_joined else 1
            is_joined = False
            if parts > _MAX_PARTS:
                return f"A key has more than {_MAX_PARTS} parts.", found.start()
        elif kind == "dot":
            is_joined = True
        elif kind != "blank":
            parts, is_joined = 0, False
            levels += (kind == "open") - (kind == "close")
            if levels > _MAX_LEVELS:
                return f"Tables and lists are nested more than {_MAX_LEVELS} levels deep.", found.start()
    return None
