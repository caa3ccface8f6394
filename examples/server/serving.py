"""The HTTP server: uvicorn, with bounds for clients that are slow or many (docs/server.md#in-production)."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from threading import Timer
from time import monotonic
from types import FrameType
from typing import Any

import h11
import uvicorn
from h11._receivebuffer import ReceiveBuffer
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
"""Connections at a time, if the process may have as many descriptors (`most_connections`)."""

OTHER_DESCRIPTORS = 128
"""Descriptors beside those of connections: for the store, and for connections that are closed as one too many."""

ACCEPTED = 16
"""Connections that are accepted in one turn of the loop. Only a later turn closes those that are too many."""

QUEUE = 1024
"""Connections that the system holds until they are accepted."""

MAX_HEAD = 1 << 16
"""Bytes of a request line with its headers, and of what stands between and behind the chunks of a body."""

MAX_LINES = 100
"""Lines of a head, and behind the chunks of a body. h11 takes microseconds for each, while all connections wait."""

MAX_CHUNKS = 100
"""Chunks of a body beside one for each KiB of it, for the same reason."""

LOG_SECONDS = 1.0
"""Time in which uvicorn logs a message once. Anybody can send requests that it cannot read, and fill a disk."""


class Once(logging.Filter):
    """Lets each message through once in `LOG_SECONDS`; with `tracebacks` those with a traceback always pass."""

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__()
        self._tracebacks = tracebacks
        self._times: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a message is logged."""
        now = monotonic()
        kind = str(record.msg).partition("\n")[0]  # asyncio goes on with addresses, which are others each time
        if (record.exc_info and self._tracebacks) or now >= self._times.get(kind, 0.0) + LOG_SECONDS:
            self._times[kind] = now
            return True
        return False


class BoundedBuffer(ReceiveBuffer):
    """h11's buffer, which by itself bounds a head only while a part of it is missing, and never counts its lines."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """The lines of a head, or of what stands behind a body, once they have arrived.

        Raises `h11.LocalProtocolError` if they are too long, and for too many of them before h11 looks at any.
        """
        first = self._data.split(b"\n", MAX_LINES + 1)
        if len(first) > MAX_LINES + 1 and not any(bytes(line) in (b"", b"\r") for line in first[:-1]):
            raise h11.LocalProtocolError("The head has too many lines.", error_status_hint=431)
        before = len(self)
        lines: list[bytearray] | None = super().maybe_extract_lines()
        if before - len(self) > MAX_HEAD:
            raise h11.LocalProtocolError("The head is too long.", error_status_hint=431)
        return lines


class BoundedConnection(h11.Connection):
    """h11's connection, which by itself reads any number of headers and chunks."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, MAX_HEAD)
        self._receive_buffer = BoundedBuffer()
        self._chunks = 0
        self._size = 0

    def next_event(self) -> Any:
        """What has arrived. Raises `h11.RemoteProtocolError` for a request that exceeds a bound."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._size = 0
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._size += len(event.data)
            if self._chunks > MAX_CHUNKS + (self._size >> 10):
                raise h11.RemoteProtocolError("The body has too many chunks.")
        return event


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol, which by itself waits for the rest of a request for ever.

    It is that of h11, also where httptools is installed, which uvicorn would prefer: httptools bounds neither heads nor
    the requests that arrive at once, and gives what stands behind a body as headers.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._most = most_connections()
        self.conn = BoundedConnection()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Closes a connection that is one too many."""
        super().connection_made(transport)
        # The client gets its time for each byte that waits to be sent, also once the connection is being closed.
        transport.set_write_buffer_limits(0)
        if len(self.connections) > self._most:
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

    def send_400_response(self, msg: str) -> None:
        """Refuses what cannot be read, and closes the connection: without an answer if one has begun already."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # what the application answers would be a second answer
            self.cycle.message_event.set()

    def pause_writing(self) -> None:
        """Gives the client a time to read a part of an answer, which the system has no more room for."""
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        """Goes on: the system has all of it."""
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


def most_connections() -> int:
    """How many connections are served at a time: fewer than `MAX_CONNECTIONS` if the system gives the process too few
    descriptors for them."""
    return max(1, min(MAX_CONNECTIONS, _descriptors() - OTHER_DESCRIPTORS))


def _descriptors() -> int:
    """How many descriptors the process may have. Its limit is raised as far as the server needs and the system lets it:
    macOS begins with 256."""
    wanted = MAX_CONNECTIONS + OTHER_DESCRIPTORS
    try:
        import resource
    except ImportError:  # Windows has no limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Server(uvicorn.Server):
    """uvicorn's server, which by itself waits for ever for threads that wait for a database."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens. asyncio has one number for connections that it accepts in a turn and for those that wait."""
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(QUEUE)

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
        backlog=ACCEPTED,
    )
    # asyncio has tracebacks of what clients cause, such as more connections than the process may open.
    for name, tracebacks in (("uvicorn.error", True), ("asyncio", False)):
        log = logging.getLogger(name)
        if not any(isinstance(one, Once) for one in log.filters):
            log.addFilter(Once(tracebacks=tracebacks))
    return found
