"""The HTTP server: uvicorn, with bounds for clients that are slow or many (docs/server.md#in-production)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from threading import Timer
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.auto import AutoHTTPProtocol

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

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Http
else:
    Http = AutoHTTPProtocol


TELLS_BODIES = hasattr(Http, "on_body")
"""Whether the parser is httptools, which gives the parts of a request to methods."""

MAX_HEAD = 1 << 16
"""Bytes of a request line with its headers, and of what comes after a body or between its chunks. h11 has this bound,
httptools, which uvicorn prefers, has none."""

MAX_WAITING = 20
"""Requests that wait on a connection for the answer of one before them. h11 reads them one by one, httptools all that
have arrived: 15,000 of them, which take 30 MB, are in a quarter of a megabyte."""

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
        self._unread: asyncio.TimerHandle | None = None
        self._head = 0
        self._has_body = False
        self._begun: list[Any] = []  # by httptools: requests without an answer, the next one first

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
        self._has_body = not TELLS_BODIES and before is not None and before.more_body
        super().data_received(data)
        if self.cycle is not None and self.cycle is not before and _has_two_lengths(self.cycle.scope["headers"]):
            self.cycle.keep_alive = False
        self._head = 0 if self._has_body or self.cycle is not before else self._head + len(data)
        if self._head > MAX_HEAD:
            self._close()
        else:
            self._watch()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header, by httptools. What stands behind a body is no header, though httptools gives it as one: a
        proxy that looks at headers has not seen it (RFC 9110, 6.5.1)."""
        if self.cycle is None or self.cycle.scope is not self.scope:
            super().on_header(name, value)  # type: ignore[misc]

    def on_headers_complete(self) -> None:
        """Begins a request, by httptools, or lets it wait for those before it. One that is too many is refused with
        them."""
        if len(self._begun) > MAX_WAITING:
            self._forget_requests()
            raise ValueError("too many requests at a time")  # for the parser, which refuses what it reads
        super().on_headers_complete()  # type: ignore[misc]
        self._begun.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        """Takes a part of a body, by httptools. Extensions of chunks and what stands behind a body are none."""
        self._has_body = True
        super().on_body(body)  # type: ignore[misc]

    def on_response_complete(self) -> None:
        """Goes on with the next request, a part of which may have arrived already."""
        self._begun = [one for one in self._begun if not one.response_complete]
        super().on_response_complete()
        if not self.transport.is_closing():
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self._forget()
        self._forget_answer()
        self._forget_requests()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Gives the client a time to read a part of an answer, which the system has no more room for."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """Goes on: the client has read most of it."""
        self._forget_answer()
        super().resume_writing()

    def _close(self) -> None:
        self._forget_requests()
        self.transport.close()

    def _forget_requests(self) -> None:
        """Lets nobody write to the connection. uvicorn tells that to the last request alone, and the one before it
        would fail, with a traceback in the log."""
        for one in self._begun:
            one.disconnected = True
            one.message_event.set()

    def _watch_answer(self) -> None:
        size = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(ANSWER_SECONDS, self._end_unread, size)

    def _end_unread(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._watch_answer()
        else:
            self._forget_requests()
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
            self._close()

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
