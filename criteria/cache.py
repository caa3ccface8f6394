"""Bounded memories of what was worked out once, and is the same for every query of one shape or form.

A memory changes how long an answer takes and nothing else. Reading takes no lock; of two threads that miss at once both
work the answer out, and one of the equal answers is kept. When a memory is full, the oldest entry goes.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")

MEMORIES: WeakSet[Remembered] = WeakSet()  # type: ignore[type-arg]
"""Every memory of the library."""


class Remembered(Generic[Key, Answer]):
    """At most `most` answers by their keys; with 0 nothing is remembered."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._answers: dict[Key, Answer] = {}
        self._lock = Lock()
        self.get = self._answers.get
        """The answer of a key, or None."""
        MEMORIES.add(self)

    def keep(self, key: Key, answer: Answer) -> None:
        """Remember an answer."""
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > self.most:
                del self._answers[next(iter(self._answers))]

    def forget(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._answers.clear()

    def __len__(self) -> int:
        return len(self._answers)
