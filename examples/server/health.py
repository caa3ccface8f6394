"""Whether the database answers, for proxies: they ask often, and do not wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitTimeout
from threading import Lock, Thread
from time import monotonic

SECONDS = 2.0
"""Time in which the database answers a health check. Other requests may wait for it longer."""


LOG = logging.getLogger("examples.server.health")
LOG_SECONDS = 1.0
"""Time in which a failure is logged once: anybody may ask, without a key, and fill a disk."""


class Health:
    """Asks the database in a thread of its own, one question at a time, however many checks wait for the answer."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._asking = Lock()
        self._asked: Future[None] | None = None
        self._end = 0.0
        self._next_log = 0.0

    def log(self, error: Exception) -> None:
        """Logs what `check` raised."""
        with self._asking:
            if monotonic() < self._next_log:
                return
            self._next_log = monotonic() + LOG_SECONDS
        LOG.error("The database cannot be used", exc_info=error)

    def check(self) -> None:
        """Raises what the database raises, and `TimeoutError` if it has not answered in `SECONDS`.

        A check that finds a question which nobody has answered for that long does not wait, nor do those behind it.
        """
        with self._asking:
            if self._asked is None or self._asked.done():
                question: Future[None] = Future()
                Thread(target=self._answer, args=(question,), name="health", daemon=True).start()
                self._asked, self._end = question, monotonic() + SECONDS  # only now: it may be that no thread starts
            asked, end = self._asked, self._end
        try:
            asked.result(max(0.0, end - monotonic()))
        except WaitTimeout:  # before Python 3.11 not the built-in one
            if asked.done():
                raise
            raise TimeoutError(f"The database has not answered for {SECONDS} seconds.") from None

    def _answer(self, asked: Future[None]) -> None:
        try:
            self._ask()
        except BaseException as error:
            asked.set_exception(error)
        else:
            asked.set_result(None)
