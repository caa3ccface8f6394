"""What cells seem to be that are strings only because of how they are written."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from criteria.messages import quoted


class Spelling(NamedTuple):
    """How the cells of a column are written: what is said of it, and what to do if that is known."""

    told: str
    remedy: str | None = None

    def __str__(self) -> str:
        return f"{self.told} {self.remedy}" if self.remedy else self.told


_AS_CODE_POINTS = "so they are strings here, which compare by code point."

_SPELLINGS = (
    (",./", r"(?:[0-9]{1,2}([./])[0-9]{1,2}\1[0-9]{2}(?:[0-9]{2})?|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})(?:[ T].*)?",
     Spelling(f"the dates are not written as 2024-01-31, {_AS_CODE_POINTS}")),
    (",", r"[+-]?[0-9]{1,3}(?:,[0-9]{3})?|[+-]?[0-9]+",
     Spelling("the numbers have commas, so they are strings here.",
              "If these are decimal commas, add --decimal-comma.")),
    (",", r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[+-]?[0-9]+(?:\.[0-9]+)?",
     Spelling(f"the numbers have commas between thousands, {_AS_CODE_POINTS}")),
    (",", r"[+-]?[0-9]+(?:,[0-9]+)?",
     Spelling("the numbers have decimal commas, so they are strings here.",
              "To read them as numbers, add --decimal-comma.")),
    (".", r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?",
     Spelling(f"the numbers have points between thousands, {_AS_CODE_POINTS}")),
    (" ", r" *[+-]?[0-9]+(?:[.,][0-9]+)? *",
     Spelling(f"the numbers have spaces beside them, {_AS_CODE_POINTS}")),
    (" ", r"(?s) .+",
     Spelling("each cell begins with a space, which is part of its value.")),
)  # fmt: skip
"""Characters of which cells have one, the pattern of all cells, and what is said of a column of them."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LONG = re.compile(r"-?[0-9]{16}")
"""How a cell begins that has more digits than a number keeps, if it is a number."""

_ZEROS = re.compile(r"-?0[0-9]+")
_MAX_ODD = 5
"""Distinct cells that may be no numbers in what is called a column of numbers."""


def spelling(cells: Collection[str]) -> Spelling | None:
    """How all of these cells are written, if they seem to be numbers or days."""
    if any(_LONG.match(cell) for cell in cells) and all(map(_NUMBER.fullmatch, cells)):
        told = "some numbers have more digits than a number keeps here, so all of them are strings."
        return Spelling(told, "To compare them as numbers, declare a decimal in a schema.")
    for marks, pattern, found in _SPELLINGS:
        if any(mark in cell for cell in cells for mark in marks) and all(re.fullmatch(pattern, cell) for cell in cells):
            return found
    return None


def why_no_numbers(cells: Collection[str]) -> str | None:
    """Why a column of these cells is one of strings, for a query that compares it with a number."""
    padded = sorted(filter(_ZEROS.fullmatch, cells))
    if padded and all(cell.lstrip("-").isdigit() for cell in cells):
        return f"The cells have leading zeros, such as {quoted(padded[0])}: write a string like it."
    odd = sorted(cell for cell in cells if not _NUMBER.fullmatch(cell))
    if len(odd) <= _MAX_ODD and len(odd) < len(cells) - len(odd):
        return f"All cells are numbers except {', '.join(map(quoted, odd))}."
    return None
