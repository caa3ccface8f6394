"""The threads that requests run in, and the turns that they take, so that slow ones delay no others."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import cached_property

from anyio import CapacityLimiter

from criteria.web.starlette import Call

HASHING_THREADS = max(1, (os.cpu_count() or 2) // 2)
"""Threads that hash passwords: they leave processors to other requests."""

SEARCHING_THREADS = 4
"""Threads that search. More of them take turns on the interpreter, and slow each other down."""

WRITING_THREADS = 32
"""Threads that write single objects, at most one for each: its writers delay neither readers nor other writers. Those
with long bodies and passwords have other threads. However many wait for their turn, they hold none meanwhile, but for
those with passwords."""

HEALTH_THREADS = 4
"""Threads that answer health checks, however many other requests wait for the database in theirs."""

READING_THREADS = 2
"""Threads that read long bodies. More of them take turns on the interpreter with all others."""

LONG_BODY = 1 << 14
"""Bytes of a body that takes long to read: JSON of a megabyte may take a second, and to refuse it another one."""

_ESCAPED_LETTER = re.compile(rb"\\u00[67]")
"""JSON may spell each letter of a name as an escape. Most escapes are of other characters."""


class Threads:
    """The limiters of the threads that calls run in; None stands for the threads that all others share.

    A limiter is made for the first call that needs it: those that anyio makes without an event loop are slower.
    """

    def of(self, call: Call) -> CapacityLimiter | None:
        """Long bodies are read, and passwords are hashed, in threads of their own: many at once delay no other
        request."""
        if len(call.body) > LONG_BODY:
            return self._reading
        return self._hashing if _may_hash(call) else None

    def of_sessions(self, call: Call) -> CapacityLimiter | None:
        """A login hashes the password."""
        return self._hashing if call.method == "POST" else None

    def of_many(self, call: Call) -> CapacityLimiter | None:
        """As `of`, at an address whose GET is a search: searches have threads of their own, too."""
        return self._searching if call.method in ("GET", "HEAD") else self.of(call)

    def of_one(self, call: Call) -> CapacityLimiter | None:
        """As `of`, at the address of an object: those who write have threads of their own."""
        if call.method in ("GET", "HEAD"):
            return None
        return self.of(call) or self._writing

    def of_definitions(self, call: Call) -> CapacityLimiter | None:
        """Searches have their threads, and definitions one, so that those that wait for their turn hold no other."""
        return self._searching if call.method in ("GET", "HEAD") else self._defining

    def of_definition(self, call: Call) -> CapacityLimiter | None:
        """As `of_definitions`, at the address of one."""
        return None if call.method in ("GET", "HEAD") else self._defining

    def searching(self, call: Call) -> CapacityLimiter:
        """Those of searches."""
        return self._searching

    def checking(self, call: Call) -> CapacityLimiter:
        """Those of health checks."""
        return self._checking

    def turn_of_one(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Those who may write an object take turns before they take a thread. Those who hash a password do it before
        their turn: nobody waits for it, such as a user with a new password for somebody who has stolen a session."""
        is_free = call.method in ("GET", "HEAD") or _may_hash(call)
        return nullcontext() if is_free else self._writers.turn(_written(call))

    @cached_property
    def _hashing(self) -> CapacityLimiter:
        return CapacityLimiter(HASHING_THREADS)

    @cached_property
    def _searching(self) -> CapacityLimiter:
        return CapacityLimiter(SEARCHING_THREADS)

    @cached_property
    def _reading(self) -> CapacityLimiter:
        return CapacityLimiter(READING_THREADS)

    @cached_property
    def _writing(self) -> CapacityLimiter:
        return CapacityLimiter(WRITING_THREADS)

    @cached_property
    def _defining(self) -> CapacityLimiter:
        return CapacityLimiter(1)  # definitions change one after the other

    @cached_property
    def _checking(self) -> CapacityLimiter:
        return CapacityLimiter(HEALTH_THREADS)

    @cached_property
    def _writers(self) -> Writers:
        return Writers()


class Writers:
    """The turns of those who write the same object, as long as anybody has one or waits for one."""

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, written: tuple[str, str]) -> AsyncIterator[None]:
        """A block that no two requests are in for the same object."""
        lock = self._counted(written, 1)
        try:
            async with lock:
                yield
        finally:
            self._counted(written, -1)

    def _counted(self, written: tuple[str, str], more: int) -> asyncio.Lock:
        lock, users = self._locks.pop(written) if written in self._locks else (asyncio.Lock(), 0)
        if users + more:
            self._locks[written] = lock, users + more
        return lock


def _may_hash(call: Call) -> bool:
    """Whether a body may have a password."""
    if call.method not in ("POST", "PUT"):
        return False
    # One pattern for both takes ten times as long, and everybody waits meanwhile.
    return b"userpassword" in call.body or _ESCAPED_LETTER.search(call.body) is not None


def _written(call: Call) -> tuple[str, str]:
    """The address of an object without its id, and the id, whose number has more than one spelling."""
    return call.url_path.removesuffix(call.path["id"]), call.path["id"].lstrip("0")
