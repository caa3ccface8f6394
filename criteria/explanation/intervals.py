"""Sets of values as intervals of an ordered line.

An endpoint is between two values: just before one, or just after one. Endpoints of one line compare with each other
and with nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

Endpoint = Any
"""An integer, an infinity or a tuple, as the line has them (see `number_line`)."""

Interval = tuple[Endpoint, Endpoint]
"""The values between two endpoints, the smaller one first."""

Intervals = tuple[Interval, ...]
"""Intervals in ascending order, none of them empty, with a gap between each two."""


def union(sets: Iterable[Intervals]) -> Intervals:
    """The values that are in at least one of the sets."""
    ascending = sorted(one for one in chain.from_iterable(sets) if one[0] < one[1])
    if not ascending:
        return ()
    found: list[Interval] = []
    begun, reached = ascending[0]
    for start, end in ascending:
        if reached < start:
            found.append((begun, reached))
            begun, reached = start, end
        elif reached < end:
            reached = end
    return (*found, (begun, reached))


def intersection(first: Intervals, second: Intervals) -> Intervals:
    """The values that are in both sets."""
    found: list[Interval] = []
    here, there, count, other_count = 0, 0, len(first), len(second)
    while here < count and there < other_count:
        (start, end), (other_start, other_end) = first[here], second[there]
        if start < other_start:
            start = other_start
        if end < other_end:
            here += 1
        else:
            there, end = there + 1, other_end
        if start < end:
            found.append((start, end))
    return tuple(found)


def complement(intervals: Intervals, whole: Interval) -> Intervals:
    """The values of the whole line that are not in the set."""
    found: list[Interval] = []
    start, last = whole
    for begin, end in intervals:
        if start < begin:
            found.append((start, begin if begin < last else last))
        if start < end:
            start = end
    if start < last:
        found.append((start, last))
    return tuple(found)
