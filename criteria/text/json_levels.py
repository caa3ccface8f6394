"""How deep JSON text nests, which is bounded before it is decoded.

Python's decoder reads as deep as the stack allows: about 1,000 levels up to Python 3.11, more than 10,000 from 3.13 on.
A fixed bound gives the same answer everywhere.
"""

from __future__ import annotations

import re

from criteria.errors import CriteriaError, Problem
from criteria.limits import MAX_JSON_LEVELS

STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
"""A string that is not closed goes to the end of the text: its brackets are characters."""

_STRING_OR_RUN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]+|[\]}]+', re.DOTALL)
"""The same, with brackets beside each other in one piece."""

_ALIKE = bytes.maketrans(b"[]", b"{}")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_BY_ONE, _AT_ONCE = 10_000, 8
"""Strings and brackets that are looked at before a quicker way is tried, and levels up to which that is quicker."""


def check_levels(text: str) -> None:
    """Raises `CriteriaError` (`too_deep`) for text with more than `MAX_JSON_LEVELS` objects and lists inside each other
    (docs/language.md#bounds)."""
    if len(text) <= MAX_JSON_LEVELS or text.count("{") + text.count("[") <= MAX_JSON_LEVELS:
        return
    level = 0
    for number, found in enumerate(_STRING_OR_RUN.finditer(text)):
        if number == _ONE_BY_ONE and _are_few(text):
            return
        part = found[0]
        if part[0] in "{[":
            level += len(part)
            if level > MAX_JSON_LEVELS:
                from criteria.text.json_positions import Lines

                line, column = Lines(text).at(found.end() - (level - MAX_JSON_LEVELS))
                message = f"Objects and lists are nested more than {MAX_JSON_LEVELS} levels deep."
                raise CriteriaError(Problem("too_deep", message, line=line, column=column))
        elif part[0] in "}]":
            level -= len(part)


def _are_few(text: str) -> bool:
    """Whether the levels are quickly seen to be few: without the innermost pairs of brackets there is one less."""
    if "\\" in text:
        return False
    outside_strings = b"".join(text.encode("utf-8", "surrogatepass").split(b'"')[::2])
    brackets = outside_strings.translate(_ALIKE, _OTHERS)
    for level in range(_AT_ONCE):
        outer = brackets.replace(b"{}", b"")
        if len(outer) == len(brackets):
            return level + outer.count(b"{") <= MAX_JSON_LEVELS
        brackets = outer
    return False
