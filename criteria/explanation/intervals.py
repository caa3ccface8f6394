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
    found: list[Interval] = []
    for start, end in sorted(chain.from_iterable(sets)):
        if not start < end:
            continue
        if found and not found[-1][1] < start:
            if found[-1][1] < end:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def intersection(first: Intervals, second: Intervals) -> Intervals:
    """The values that are in both sets."""
    found: list[Interval] = []
    here = there = 0
    while here < len(first) and there < len(second):
        start = max(first[here][0], second[there][0])
        end = min(first[here][1], second[there][1])
        if start < end:
            found.append((start, end))
        if first[here][1] < second[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def complement(intervals: Intervals, whole: Interval) -> Intervals:
    """The values of the whole line that are not in the set."""
    found: list[Interval] = []
    start, last = whole
    for begin, end in intervals:
        if start < begin:
            found.append((start, min(begin, last)))
        start = max(start, end)
    if start < last:
        found.append((start, last))
    return tuple(found)
