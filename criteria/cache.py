"""Bounded caches of results that depend only on a query's shape or form.

Caches affect only speed. Reading takes no lock: when two threads miss at once, both compute the result, and one of the
equal results is kept. A full cache drops its oldest entry.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakSet

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")

CACHES: WeakSet[Cache] = WeakSet()  # type: ignore[type-arg]
"""Every cache of the library: tests clear and resize them."""


class Cache(Generic[Key, Result]):
    """Keeps at most `size` results by key. A size of 0 turns the cache off."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._results: dict[Key, Result] = {}
        self._lock = Lock()
        self.get = self._results.get
        """The result of a key, or None. The method of the dict itself: a method of ours would cost a call more."""
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
