"""The names that options such as `include` and `exclude` give."""

from __future__ import annotations

from collections.abc import Iterable

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted


def chosen_names(option: str, given: Iterable[str]) -> tuple[str, ...]:
    """The names in the value of an option.

    Raises `CriteriaError` (`unknown_option`) for anything but a collection of names: a string would be its letters.
    """
    names = tuple(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes)) else None
    if names is None or not all(isinstance(one, str) for one in names):
        message = f"{option} is a collection of names, not {quoted(given)}."
        raise CriteriaError(Problem("unknown_option", message, hint=f'Write {option}={{"name"}}.'))
    return names
