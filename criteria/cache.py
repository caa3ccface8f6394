"""Bounded caches of results that depend only on a query's shape or form.

Caches affect only speed. Reading takes no lock: when two threads miss at once, both compute the result, and one of the
equal results is kept. A full cache drops its oldest entries.
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
    """Keeps at most `size` results by key, of at most `max_bytes` together. A size of 0 turns the cache off.

    What a result takes is the caller's estimate: only the caller knows what its results are made of. A count alone
    would not bound memory, because clients choose how long queries are.
    """

    def __init__(self, size: int, max_bytes: int) -> None:
        self.size = size
        self.max_bytes = max_bytes
        self.bytes = 0
        """The estimated size of all results."""
        self._sizes: dict[Key, int] = {}
        self._results: dict[Key, Result] = {}
        self._lock = Lock()
        self.get = self._results.get
        """The result of a key, or None. The method of the dict itself: a method of ours would cost a call more."""
        CACHES.add(self)

    def put(self, key: Key, result: Result, size: int) -> None:
        """Keep a result that takes about `size` bytes with its key, unless it alone exceeds `max_bytes`."""
        if size > self.max_bytes:
            return
        with self._lock:
            self._results[key] = result
            self.bytes += size - self._sizes.get(key, 0)
            self._sizes[key] = size
            while len(self._results) > self.size or self.bytes > self.max_bytes:
                oldest = next(iter(self._results))
                del self._results[oldest]
                self.bytes -= self._sizes.pop(oldest)

    def clear(self) -> None:
        """Drop every result."""
        with self._lock:
            self._results.clear()
            self._sizes.clear()
            self.bytes = 0

    def __len__(self) -> int:
        return len(self._results)
