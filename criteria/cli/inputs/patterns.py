"""Patterns of file names in configurations: `*`, `?` and `[...]` within a name, `**` for any folders."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import zip_longest


def matches(parts: Sequence[str], pattern: str) -> bool:
    """Whether a path, given as its parts, matches a pattern."""
    return _matches(tuple(parts), tuple(pattern.removeprefix("./").split("/")))


def matches_or_holds(parts: Sequence[str], pattern: str) -> bool:
    """Whether a path, or a folder around it, matches a pattern."""
    pattern = pattern.rstrip("/")
    return any(matches(parts[:end], pattern) for end in range(1, len(parts) + 1))


def _matches(parts: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """The names of the pattern that may come next are known together, so that each part is looked at once for each."""
    names = tuple(name for name, after in zip_longest(names, names[1:]) if (name, after) != ("**", "**"))
    last = len(names) - 1
    at = _with_skipped({0}, names)
    for part in parts:
        found: set[int] = set()
        for place in at:
            if place > last:
                continue
            if names[place] == "**":
                found |= {place, last + 1} if place == last else {place}
            elif fnmatchcase(part, names[place]):
                found.add(place + 1)
        at = _with_skipped(found, names)
    return last + 1 in at


def _with_skipped(places: set[int], names: tuple[str, ...]) -> set[int]:
    """The places in a pattern, and those after a `**`, which may stand for no folder. At its end it stands for one name
    or more."""
    return places | {at + 1 for at in places if at < len(names) - 1 and names[at] == "**"}
