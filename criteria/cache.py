"""Bounded caches of results that depend only on a query's shape, or on its form.

A cache changes how long an answer takes, never the answer. Reading takes no lock: of two threads that miss at once both
compute the result, and one of the equal results is kept. A full cache drops its oldest entry.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

CACHES: WeakSet[Cache] = WeakSet()  # type: ignore[type-arg]
"""Every cache of the library."""


class Cache(Generic[Key, Result]):
    """At most `size` results by their keys; a size of 0 turns the cache off."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._results: dict[Key, Result] = {}
        self._lock = Lock()
        self.get = self._results.get
        """The result of a key, or None."""
        CACHES.add(self)

    def put(self, key: Key, result: Result) -> None:
        """Keep a result."""
        with self._lock:
            self._results[key] = result
            while len(self._results) > self.size:
                del self._results[next(iter(self._results))]

    def clear(self) -> None:
        """Drop every result."""
        with self._lock:
            self._results.clear()

    def __len__(self) -> int:
        return len(self._results)
