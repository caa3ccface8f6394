"""Patterns of file names in configurations: `*`, `?` and `[...]` within a name, `**` for any folders."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


def matches(parts: Sequence[str], pattern: str) -> bool:
    """Whether a path, given as its parts, matches a pattern."""
    return _matches(tuple(parts), tuple(pattern.removeprefix("./").split("/")))


def matches_or_holds(parts: Sequence[str], pattern: str) -> bool:
    """Whether a path, or a folder around it, matches a pattern."""
    pattern = pattern.rstrip("/")
    return any(matches(parts[:end], pattern) for end in range(1, len(parts) + 1))


def _matches(parts: tuple[str, ...], names: tuple[str, ...]) -> bool:
    if not names:
        return not parts
    if names[0] == "**":
        rest = names[1:]
        if not rest:
            return bool(parts)
        return any(_matches(parts[start:], rest) for start in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], names[0]) and _matches(parts[1:], names[1:])
