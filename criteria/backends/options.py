"""Checks the options of a backend's functions: their keyword-only parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import signature
from typing import Any

from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import Hints, nearest, quoted


def check_options(name: str, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Raises `CriteriaError` (`unknown_option`) for options that the function does not take, and for missing ones.

    Options without a hash, but mappings, are refused: they cannot be part of the key of a cached template.
    """
    named = _options(function)
    if named is None:
        return
    hints = Hints()
    problems = [
        Problem("unknown_option", f"{quoted(name)} has no option {quoted(option)}.", hint=nearest(option, named, hints))
        for option in options
        if option not in named
    ]
    problems += [
        Problem("unknown_option", f"{quoted(name)} needs the option {quoted(option)}.")
        for option, is_needed in named.items()
        if is_needed and option not in options
    ]
    problems += [
        Problem("unknown_option", f"The option {quoted(option)} of {quoted(name)} is not {quoted(value)}.")
        for option, value in options.items()
        if type(value).__hash__ is None and not isinstance(value, Mapping)
    ]
    if problems:
        raise CriteriaError(*listed(problems))


@lru_cache(64)
def _options(function: Callable[..., Any]) -> Mapping[str, bool] | None:
    """The options of a function, each with whether it is required; None when the function takes any option."""
    parameters = signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return {one.name: one.default is one.empty for one in parameters if one.kind is one.KEYWORD_ONLY}
