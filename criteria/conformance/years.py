"""Days and instants that some engines cannot hold: those before 1900 and after 2299."""

from __future__ import annotations

import re
from calendar import isleap
from typing import Any

_YEAR = re.compile(r"(\d{4})(?=-\d\d-\d\d(?:T|\Z))")


def are_beyond(value: Any) -> bool:
    """Whether decoded JSON has a day or an instant of such a year."""
    if isinstance(value, dict):
        return any(are_beyond(one) for one in value.values())
    if isinstance(value, list):
        return any(are_beyond(one) for one in value)
    found = _YEAR.match(value) if isinstance(value, str) else None
    return found is not None and not 1900 <= int(found[1]) <= 2299


def moved(value: Any) -> Any:
    """Decoded JSON with such days and instants moved into the range, the same day of a year that has it."""
    if isinstance(value, dict):
        return {key: moved(one) for key, one in value.items()}
    if isinstance(value, list):
        return [moved(one) for one in value]
    return _YEAR.sub(_near, value) if isinstance(value, str) else value


def _near(found: re.Match[str]) -> str:
    year = int(found[1])
    if year < 1901:
        return "1904" if isleap(year) else "1901"
    if year > 2298:
        return "2296" if isleap(year) else "2297"
    return found[1]
