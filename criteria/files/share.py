"""How much of the files an engine of columns has read."""

from __future__ import annotations

from collections.abc import Callable

TELLING = frozenset({"python", "duckdb", "spark"})
"""The engines that say how far they are. Polars does not."""


class Share:
    """The part of its work that an engine has done, from 0 to 1. It never becomes less."""

    def __init__(self) -> None:
        self.told: Callable[[], float] | None = None
        """What the engine says, while it works."""
        self._done = 0.0

    @property
    def done(self) -> float:
        """The part that is done."""
        told = self.told
        if told is not None:
            self._done = min(max(self._done, told()), 1.0)
        return self._done
