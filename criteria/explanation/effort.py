"""Bounds the effort of an analysis, so that explaining the largest query takes less than a second.

Effort is counted, not timed: a query is judged as far on a slow machine as on a fast one.
"""

from __future__ import annotations

MAX_EFFORT = 1_000_000
"""Intervals and text tests that an analysis may combine. A million take about half a second."""


class NotJudged(Exception):
    """The analysis has no effort left, so this part of the query is not judged."""


class Effort:
    """What an analysis has left to spend. `is_spent`: whether a part of the query was not judged."""

    def __init__(self, left: int = MAX_EFFORT) -> None:
        self.left = left
        self.is_spent = False

    def spend(self, amount: int) -> None:
        """Take some effort away. Raises `NotJudged` when less is left: that part is given up, a smaller one may fit."""
        if amount > self.left:
            self.is_spent = True
            raise NotJudged
        self.left -= amount
