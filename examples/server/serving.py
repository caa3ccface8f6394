"""The HTTP server: uvicorn, with bounds for clients that are slow or many (docs/server.md#in-production)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from threading import Timer
from time import monotonic
from types import FrameType
from typing import Any

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 20.0
"""Time in which a client sends a whole request."""

ANSWER_SECONDS = 20.0
"""Time in which a client reads some of an answer. One that reads nothing would keep it in memory for ever."""

GRACE_SECONDS = 10
"""Time for requests to end when the server is asked to."""

STOP_SECONDS = 15.0
"""Time after which the server ends anyway. A database that does not answer keeps threads for ever."""

MAX_CONNECTIONS = 200
"""Connections at a time. Systems often give a process 256 descriptors, of which the store needs some."""

MAX_HEAD = 1 << 16
"""Bytes of a request line with its headers, and of what stands between and behind the chunks of a body."""

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


class BoundedConnection(h11.Connection):
    """h11's connection, which by itself bounds a head only while a part of it is missing."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD)

    def next_event(self) -> Any:
        """What has arrived. Raises `h11.RemoteProtocolError` for a head that is too long, in one piece or in many."""
        before = self._unread() if self.their_state is h11.IDLE else 0
        event = super().next_event()
        if isinstance(event, h11.Request) and before - self._unread() > MAX_HEAD:
            raise h11.RemoteProtocolError("The head is too long.", error_status_hint=431)
        return event

    def _unread(self) -> int:
        return len(self.trailing_data[0])


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol, which by itself waits for the rest of a request for ever.

    It is that of h11, also where httptools is installed, which uvicorn would prefer: httptools bounds neither heads nor
    the requests that arrive at once, and gives what stands behind a body as headers.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self.conn = BoundedConnection()

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
        if self.cycle is not None and self.cycle is not before and _has_two_lengths(self.cycle.scope["headers"]):
            self.cycle.keep_alive = False
        if not self.transport.is_closing():
            self._watch()

    def on_response_complete(self) -> None:
        """Goes on with the next request, a part of which may have arrived already."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._forget()
        self._forget_answer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Gives the client a time to read a part of an answer, which the system has no more room for."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """Goes on: the client has read most of it."""
        self._forget_answer()
        super().resume_writing()

    def _watch_answer(self) -> None:
        size = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(ANSWER_SECONDS, self._end_unread, size)

    def _end_unread(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._watch_answer()
        else:
            self.transport.abort()  # close would wait for the client to read the rest

    def _forget_answer(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

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


def _has_two_lengths(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request says twice how long its body is (RFC 9112, 6.1). A proxy may have read the other length, so
    that what comes after it on the connection may be a part of the body that somebody else has made look like a
    request: it is not answered."""
    return {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}


class Server(uvicorn.Server):
    """uvicorn's server, which by itself waits for ever for threads that wait for a database."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends the server by a signal: the process is gone in `STOP_SECONDS`."""
        timer = Timer(STOP_SECONDS, _end_process)
        timer.daemon = True
        timer.start()
        super().handle_exit(sig, frame)


def _end_process() -> None:
    logging.getLogger("examples.server").critical("The server has ended without requests that take too long.")
    os._exit(0)


def configured(app: Starlette) -> uvicorn.Config:
    """The configuration of uvicorn."""
    found = uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        log_level="warning",
        lifespan="off",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    log = logging.getLogger("uvicorn.error")
    if not any(isinstance(one, Once) for one in log.filters):
        log.addFilter(Once())
    return found
