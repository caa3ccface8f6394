"""How deep JSON text nests, which is bounded before it is decoded.

Python's decoder reads as deep as the stack allows: about 1,000 levels up to Python 3.11, more than 10,000 from 3.13 on.
A fixed bound gives the same answer everywhere.
"""

from __future__ import annotations

import re

from criteria.errors import CriteriaError, Problem
from criteria.limits import MAX_JSON_LEVELS
from criteria.text.json_positions import Lines

_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
"""A string that is not closed goes to the end of the text: its brackets are characters."""


def check_levels(text: str) -> None:
    """Raises `CriteriaError` (`too_deep`) for text with more than `MAX_JSON_LEVELS` objects and lists inside each other
    (docs/language.md#bounds)."""
    if text.count("{") + text.count("[") <= MAX_JSON_LEVELS:
        return
    level = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        part = found[0]
        if part in "{[":
            level += 1
            if level > MAX_JSON_LEVELS:
                line, column = Lines(text).at(found.start())
                message = f"Objects and lists are nested more than {MAX_JSON_LEVELS} levels deep."
                raise CriteriaError(Problem("too_deep", message, line=line, column=column))
        elif part in "}]":
            level -= 1
