"""The HTTP server: uvicorn, with bounds for clients that are slow or many (docs/server.md#in-production)."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.auto import AutoHTTPProtocol

REQUEST_SECONDS = 20.0
"""Time in which a client sends a whole request."""

MAX_CONNECTIONS = 200
"""Connections at a time. Systems often give a process 256 descriptors, of which the store needs some."""

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Http
else:
    Http = AutoHTTPProtocol


MAX_HEAD = 1 << 16
"""Bytes of a request line with its headers. h11 has this bound, httptools, which uvicorn prefers, has none."""

LOG_SECONDS = 1.0
"""Time in which uvicorn logs a message once. Anybody can send requests that it cannot read, and fill a disk."""


class Once(logging.Filter):
    """Lets each message through once in `LOG_SECONDS`. Messages with a traceback always pass."""

    def __init__(self) -> None:
        super().__init__()
        self._times: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a message is logged."""
        now = monotonic()
        if record.exc_info or now >= self._times.get(str(record.msg), 0.0) + LOG_SECONDS:
            self._times[str(record.msg)] = now
            return True
        return False


class BoundedProtocol(Http):
    """uvicorn's protocol, which by itself waits for the rest of a request for ever."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Closes a connection that is one too many."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            transport.close()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        """Reads a part of a request. A head that is too long closes the connection."""
        before = self.cycle
        super().data_received(data)
        is_of_a_head = self.cycle is before and not (self.cycle is not None and self.cycle.more_body)
        self._head = self._head + len(data) if is_of_a_head else 0
        if self._head > MAX_HEAD:
            self.transport.close()
        else:
            self._watch()

    def on_response_complete(self) -> None:
        """Goes on with the next request, a part of which may have arrived already."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Gives the client a time for the whole request, however often it sends a part of it."""
        if self._is_complete():
            self._forget()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_SECONDS, self._end)

    def _end(self) -> None:
        self._deadline = None
        if not self._is_complete() and not self.transport.is_closing():
            self.transport.close()

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_complete(self) -> bool:
        """Whether a whole request has arrived that is not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body


def configured(app: Starlette) -> uvicorn.Config:
    """The configuration of uvicorn."""
    found = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_level="warning",
        lifespan="off",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
    )
    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(one, Once) for one in log.filters):
        log.addFilter(Once())
    return found
