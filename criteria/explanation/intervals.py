"""Sets of values on a line, as the pieces of the line that they fill.

A cut is a place between two values: before one, or behind one. Cuts of one line compare with each other, and with
nothing else. A piece reaches from a cut to a later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

Cut = Any
"""An integer, an infinity or a tuple: whatever the line is cut by (see `line`)."""

Piece = tuple[Cut, Cut]

Pieces = tuple[Piece, ...]
"""Pieces in order, none of them empty, with a gap between each two."""


def united(sets: Iterable[Pieces]) -> Pieces:
    """What is in some of the sets."""
    found: list[Piece] = []
    for start, end in sorted(chain.from_iterable(sets)):
        if not start < end:
            continue
        if found and not found[-1][1] < start:
            if found[-1][1] < end:
                found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)


def common(first: Pieces, second: Pieces) -> Pieces:
    """What is in both sets."""
    found: list[Piece] = []
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


def without(pieces: Pieces, whole: Piece) -> Pieces:
    """What of the whole line is not in the set."""
    found: list[Piece] = []
    start, last = whole
    for begin, end in pieces:
        if start < begin:
            found.append((start, min(begin, last)))
        start = max(start, end)
    if start < last:
        found.append((start, last))
    return tuple(found)
