"""Patterns of other languages that say no more than how a text begins, ends, or what it contains."""

from __future__ import annotations

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """The letters of a pattern, whether anything may be before and after them, and whether letter case matters."""

    letters: str
    is_open: tuple[bool, bool]
    ignores_case: bool = False


def like(text: str) -> Pattern | None:
    """A pattern of LIKE whose only wildcards are `%` at its ends; None for another one."""
    return _with_wildcard(text, "%", "%_\\")


def glob(text: str) -> Pattern | None:
    """A pattern whose only wildcards are `*` at its ends; None for another one."""
    return _with_wildcard(text, "*", "*?[\\")


def _with_wildcard(text: str, wildcard: str, special: str) -> Pattern | None:
    letters = text.removeprefix(wildcard).removesuffix(wildcard)
    if any(one in letters for one in special):
        return None
    return Pattern(letters, (text.startswith(wildcard), text.endswith(wildcard)))


def regex(text: str) -> Pattern | None:
    """A regular expression of letters and anchors, which searches in a text; None for another one."""
    delimited = _DELIMITED.fullmatch(text)
    body, flags = delimited.groups() if delimited else (text, "")
    inline = body.removeprefix("(?i)")
    found = _LITERAL.fullmatch(inline)
    if found is None or flags.strip("giu"):
        return None
    letters = _ESCAPED.sub(r"\1", found["letters"])
    starts, ends = found["start"] not in ("^", "\\A"), found["end"] not in ("$", "\\Z", "\\z")
    return Pattern(letters, (starts, ends), ignores_case="i" in flags or inline != body)


_DELIMITED = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)
_LITERAL = re.compile(
    r"(?P<start>\^(?!\.\*)|\\A|\^?\.\*|)(?P<letters>(?:[^\\.^$*+?()\[\]{}|]|\\[^A-Za-z0-9])*?)"
    r"(?P<end>\$|\\Z|\\z|\.\*\$?|)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
