"""Strings that seem to be numbers or times, and whose order by code point is not that of these."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.[0-9]+)?", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ])[0-9:.]{5,}?(Z|[+-][0-9]{2}:?[0-9]{2}| UTC|)", re.ASCII)

_NUMBERS = 'has numbers in strings, which compare by code point: "9" is greater than "10".'
_TIMES = "has times in strings, which compare by code point, whatever their offsets and digits."


class TextOrder:
    """The strings of one field, seen one by one, so that none is kept."""

    __slots__ = ("_forms", "_pattern")

    def __init__(self) -> None:
        self._pattern: re.Pattern[str] | None = None
        self._forms: set[tuple[object, ...]] | None = set()
        """How the strings are written; None once one is neither a number nor a time, or they are both."""

    def see(self, text: str) -> None:
        """Takes note of a string."""
        if self._forms is None:
            return
        if self._pattern is None:
            self._pattern = _NUMBER if _NUMBER.fullmatch(text) else _INSTANT
        found = self._pattern.fullmatch(text)
        if found is None:
            self._forms = None
        elif self._pattern is _NUMBER:
            self._forms.add((found[1], len(found[2])))
        else:
            self._forms.add((len(found[0]), found[1], found[2]))

    def told(self) -> str | None:
        """What is to be said of the field, if its strings have another order than what they seem to be."""
        if self._forms is None or len(self._forms) < 2:
            return None
        return _NUMBERS if self._pattern is _NUMBER else _TIMES

    @property
    def are_numbers(self) -> bool:
        """Whether the strings are numbers."""
        return self._forms is not None and self._pattern is _NUMBER
