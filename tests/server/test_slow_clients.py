"""Clients that send half of a request, and more of them than the server has room for."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Thread

import h11
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from criteria.web.starlette import Call, endpoint
from examples.server import serving
from tests.server.running import SECONDS

pytestmark = pytest.mark.heavy("waits for seconds")

LONG = 20_000_000
"""Characters of an answer that no system takes at once."""

MUCH = 400_000
"""Characters of an answer that systems take most of."""

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"\r\nConnection: close\r\n\r\n"
PARTS = {
    "nothing": b"",
    "half a line": b"GE",
    "half of the headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ",
    "half of a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
    "half of a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    "half of a second request": WHOLE + b"GET / HTTP/1.1\r\nX-Half: ",
}


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server that waits half a second for a request, and has room for ten connections."""
    monkeypatch.setattr(serving, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(serving, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(serving, "MAX_CONNECTIONS", 10)

    def slow(call: Call) -> dict[str, str]:
        time.sleep(1.0 if "slow" in call.parameters else 0.0)
        echoed = "".join(value for name, value in call.headers if name == "x-echoed")
        size = LONG if "long" in call.parameters else MUCH if "much" in call.parameters else 0
        return {"apiStatusCode": "Success", "data": "x" * size + echoed}

    def plain(request: Request) -> Response:
        time.sleep(0.02)
        return Response(b"x" * 8000)

    app = Starlette(routes=[Route("/", endpoint(slow), methods=["GET", "POST"]), Route("/plain", plain)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(serving.configured(app))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join(SECONDS)


def ended(client: socket.socket) -> bool:
    """Whether the server closes a connection within two seconds."""
    client.settimeout(2.0)
    try:
        while client.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize("target", [b"/", b"/nothing"], ids=["an endpoint", "nothing"])
def test_a_request_with_two_lengths_is_the_last_of_its_connection(address: tuple[str, int], target: bytes) -> None:
    """A proxy may have taken what comes next as its body, so it is not answered."""
    headers = b"Host: x\r\nContent-Type: application/json\r\nContent-Length: 45\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(address) as client:
        client.settimeout(SECONDS)
        client.sendall(b"POST " + target + b" HTTP/1.1\r\n" + headers + b"2\r\n{}\r\n0\r\n\r\n" + WHOLE)
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_half_a_request_is_not_waited_for(address: tuple[str, int], part: bytes) -> None:
    """Its connection is closed in time, also if single bytes keep coming."""
    with socket.create_connection(address) as client, socket.create_connection(address) as drip:
        client.sendall(part)
        drip.sendall(part)
        begin = time.monotonic()
        try:
            while time.monotonic() < begin + 1.0:
                drip.sendall(b"x" if part else b"")
                time.sleep(0.1)
        except ConnectionError:
            pass
        assert ended(client)
        assert ended(drip)
        assert time.monotonic() < begin + 2.0


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\n", WHOLE + b"GET / HTTP/1.1\r\n"])
def test_a_head_without_end_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, address: tuple[str, int], start: bytes
) -> None:
    """Its connection is closed after some kilobytes."""
    monkeypatch.setattr(serving, "REQUEST_SECONDS", SECONDS)
    part = b"a" * 4096 if start == b"GET /" else b"X-Y: z\r\n" * 500
    assert taken(address, start, part, 4 << 20) < 4 << 20


def answered(address: tuple[str, int], request: bytes, *, pieces: int, before: bytes = b"") -> int:
    """How many requests are answered with success, until the server closes the connection: one is sent in pieces, the
    first piece behind another request."""
    size = -(-len(request) // pieces)
    parts = [request[start : start + size] for start in range(0, len(request), size)]
    found = b""
    with socket.create_connection(address) as client, suppress(ConnectionError):
        client.settimeout(SECONDS)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at, part in enumerate(parts):
            client.sendall(part if at else before + part)
            time.sleep(0.0 if pieces == 1 else 0.02)
        while part := client.recv(1 << 16):
            found += part
    return found.count(b"HTTP/1.1 200")


LONGEST = serving.MAX_HEAD
HEADS = {
    "a header": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: *\r\n\r\n",
    "blanks before a header": b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long:*\r\n\r\n",
    "the target": b"GET /?a=* HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


def head(form: bytes, size: int) -> bytes:
    """A head of so many bytes."""
    filled = b" " if b":*" in form else b"a"
    return form.replace(b"*", filled * (size - len(form) + 1))


@pytest.mark.parametrize("before", [b"", WHOLE], ids=["alone", "behind a request"])
@pytest.mark.parametrize("pieces", [1, 2, 7])
@pytest.mark.parametrize("form", HEADS.values(), ids=HEADS)
def test_a_head_has_a_bound_however_it_arrives(
    form: bytes, pieces: int, before: bytes, address: tuple[str, int]
) -> None:
    """In one piece or in many: 64 KiB are read, and a byte more closes the connection."""
    others = len(before) // len(WHOLE)
    assert answered(address, head(form, LONGEST), pieces=pieces, before=before) == others + 1
    for size in (LONGEST + 1, 100_000, 250_000):
        assert answered(address, head(form, size), pieces=pieces, before=before) <= others


def test_a_body_behind_a_long_head_is_read(address: tuple[str, int]) -> None:
    """The bound is that of the head, not of what arrives with it."""
    body = b"[" + b"1," * 60_000 + b"1]"
    form = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    form += b"Content-Length: %d\r\nX-Long: *\r\n\r\n" % len(body)
    for pieces in (1, 5):
        assert answered(address, head(form, LONGEST) + body, pieces=pieces) == 1


def taken(address: tuple[str, int], start: bytes, part: bytes, most: int) -> int:
    """How many bytes the server takes of one part after the other, until it closes the connection or has the most."""
    sent = 0
    with socket.create_connection(address) as client, suppress(ConnectionError):
        client.settimeout(5.0)
        client.sendall(start)
        while sent < most:
            sent += client.send(part)
    return sent


CHUNKED = (
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
)


@pytest.mark.parametrize("part", [b"X-Y: z\r\n" * 500, b"a" * 4096], ids=["many lines", "one line"])
@pytest.mark.parametrize("start", [CHUNKED + b"0\r\nX-Z: ", CHUNKED + b"2;"], ids=["behind a body", "in a chunk"])
def test_what_is_no_body_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, address: tuple[str, int], start: bytes, part: bytes
) -> None:
    """Trailers and extensions of chunks have the bound of a head."""
    monkeypatch.setattr(serving, "REQUEST_SECONDS", SECONDS)
    assert taken(address, start, part, 8 << 20) < 8 << 20


CHUNK = b"1;" + b"x" * 800 + b"\r\n \r\n"


def test_a_body_in_small_chunks_is_read(monkeypatch: pytest.MonkeyPatch, address: tuple[str, int]) -> None:
    """The lines between chunks may be longer than a head together."""
    monkeypatch.setattr(serving, "REQUEST_SECONDS", SECONDS)
    chunks = CHUNK * (serving.MAX_CHUNKS - 1)
    assert len(chunks) > serving.MAX_HEAD
    request = CHUNKED.replace(b"Host: x", b"Host: x\r\nConnection: close") + chunks + b"0\r\n\r\n"
    for pieces in (1, 7):
        assert answered(address, request, pieces=pieces) == 1


@pytest.mark.parametrize("target", [b"/", b"/nothing"], ids=["a body", "a body that nobody reads"])
def test_chunks_are_counted(address: tuple[str, int], target: bytes) -> None:
    """One beyond those that are allowed closes the connection, also behind an answer; long ones may be as many as they
    like."""
    for pieces in (1, 7):
        request = CHUNKED.replace(b"POST /", b"POST " + target) + CHUNK * serving.MAX_CHUNKS
        assert answered(address, request, pieces=pieces) == 0
    long = b"400\r\n" + b" " * 1024 + b"\r\n"
    request = CHUNKED.replace(b"Host: x", b"Host: x\r\nConnection: close") + long * 500 + b"0\r\n\r\n"
    assert answered(address, request, pieces=3) == 1


@pytest.mark.parametrize("pieces", [1, 5])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"], ids=["CR LF", "LF"])
def test_lines_of_a_head_are_counted(address: tuple[str, int], end: bytes, pieces: int) -> None:
    """They have a bound, and so have those behind a body: h11 takes long for each."""
    start = b"GET / HTTP/1.1" + end + b"Host: x" + end + b"Connection: close" + end
    room = serving.MAX_LINES - 3
    for lines, expected in ((room, 1), (room + 1, 0), (10_000, 0)):
        assert answered(address, start + (b"a:" + end) * lines + end, pieces=pieces) == expected
    start = CHUNKED.replace(b"Host: x", b"Host: x\r\nConnection: close") + b"0\r\n"
    for lines, expected in ((serving.MAX_LINES, 1), (serving.MAX_LINES + 1, 0), (10_000, 0)):
        assert answered(address, start + (b"a:" + end) * lines + end, pieces=pieces) == expected


def test_very_many_lines_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server refuses sixteen thousand headers in less time than it takes to read a few hundred."""

    def used(lines: int) -> float:
        connection = serving.BoundedConnection()
        connection.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a:\r\n" * lines + b"\r\n")
        begin = time.process_time()
        with suppress(h11.RemoteProtocolError):
            connection.next_event()
        return time.process_time() - begin

    refused = min(used(16_000) for _ in range(5))
    monkeypatch.setattr(serving, "MAX_LINES", 20_000)
    assert refused < min(used(16_000) for _ in range(5)) / 10


@contextmanager
def logged(name: str, caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """What a logger writes, beyond its filters."""
    log = logging.getLogger(name)
    log.addHandler(caplog.handler)
    try:
        yield caplog.records
    finally:
        log.removeHandler(caplog.handler)


UNREAD = {
    "nothing at the address": b"POST /nothing HTTP/1.1\r\n",
    "no such method": b"PUT / HTTP/1.1\r\n",
    "a body of GET": b"GET / HTTP/1.1\r\n",
    "an endpoint that reads no body": b"GET /plain HTTP/1.1\r\n",
    "an endpoint that reads one": b"POST / HTTP/1.1\r\nContent-Type: application/json\r\n",
}


@pytest.mark.parametrize("pause", [0.0, 0.05])
@pytest.mark.parametrize("start", UNREAD.values(), ids=UNREAD)
def test_no_chunk_behind_an_answer_fills_no_log(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture, start: bytes, pause: float
) -> None:
    """A request that is answered before its body has come, and goes on with what is no chunk, is closed, and no
    traceback is written."""
    request = start + b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with logged("asyncio", caplog), logged("uvicorn.error", caplog) as records:
        for _ in range(3):
            with socket.create_connection(address) as client, suppress(ConnectionError):
                client.sendall(request)
                time.sleep(pause)
                client.sendall(b"ZZ\r\n")
                assert ended(client)
        time.sleep(0.2)
    assert [one for one in records if one.exc_info] == []


def test_the_same_traceback_of_the_event_loop_comes_once(address: tuple[str, int]) -> None:
    """Clients cause some of them, such as one for each connection that has no descriptor; addresses differ."""
    [once] = [one for one in logging.getLogger("asyncio").filters if isinstance(one, serving.Once)]
    messages = [f"Fatal error: there is none\ntransport: {number}" for number in range(100)]
    error = (OSError, OSError(), None)
    records = [logging.LogRecord("asyncio", logging.ERROR, "", 0, one, (), error) for one in messages]
    assert sum(map(once.filter, records)) == 1


def test_what_stands_behind_a_body_is_no_header(address: tuple[str, int]) -> None:
    """A proxy that takes headers of clients away, or adds its own, has not looked there."""
    trailer = b"0\r\nX-Echoed: yes\r\n\r\n"
    with socket.create_connection(address) as client:
        client.settimeout(SECONDS)
        client.sendall(CHUNKED.replace(b"POST /", b"POST /?echo=1") + trailer + WHOLE.replace(b"\r\n\r\n", LAST))
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"yes" not in answer


AT_ONCE = 20


def test_some_requests_at_once_are_answered(address: tuple[str, int]) -> None:
    """A client need not wait for an answer before it sends the next request."""
    with socket.create_connection(address) as client:
        client.settimeout(SECONDS)
        client.sendall(WHOLE * AT_ONCE + WHOLE.replace(b"\r\n\r\n", LAST))
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    assert answer.count(b"HTTP/1.1 200") == AT_ONCE + 1


def test_very_many_requests_at_once_delay_nobody(address: tuple[str, int], caplog: pytest.LogCaptureFixture) -> None:
    """Clients that send twelve thousand requests each, and read nothing, keep no other waiting and fill no log."""
    log = logging.getLogger("uvicorn.error")
    log.addHandler(caplog.handler)
    try:
        with ExitStack() as stack:
            for _ in range(9):
                client = stack.enter_context(socket.create_connection(address))
                try:
                    client.sendall(b"GET / HTTP/1.1\r\n\r\n" * 12_000)
                except ConnectionError:
                    continue
            begin = time.monotonic()
            assert httpx.get(f"http://{address[0]}:{address[1]}/", timeout=SECONDS).status_code == 200
            assert time.monotonic() < begin + 2.0
    finally:
        log.removeHandler(caplog.handler)
    assert [one for one in caplog.records if one.exc_info] == []


def test_a_client_that_goes_fills_no_log(address: tuple[str, int], caplog: pytest.LogCaptureFixture) -> None:
    """Its requests that are not answered yet write nothing to a connection that is closed."""
    log = logging.getLogger("uvicorn.error")
    log.addHandler(caplog.handler)
    try:
        for _ in range(5):
            with socket.create_connection(address) as client:
                client.sendall(b"GET /?long=1 HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
                time.sleep(0.2)
        time.sleep(0.5)
    finally:
        log.removeHandler(caplog.handler)
    assert [one for one in caplog.records if one.exc_info] == []


def test_requests_that_cannot_be_read_do_not_fill_the_log(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """The same message comes once a second."""
    log = logging.getLogger("uvicorn.error")
    log.addHandler(caplog.handler)  # uvicorn's loggers do not propagate
    for one in [one for one in log.filters if isinstance(one, serving.Once)]:
        log.removeFilter(one)
        log.addFilter(serving.Once(tracebacks=True))
    try:
        for request in (b"\0\r\n\r\n", PARTS["half of a chunk"].replace(b"5", b"z")) * 25:
            with socket.create_connection(address) as client:
                client.sendall(request)
                assert ended(client)
    finally:
        log.removeHandler(caplog.handler)
    assert 1 <= len(caplog.records) <= 10


def test_an_answer_may_take_longer(address: tuple[str, int]) -> None:
    """The time is that of the request, not of the answer."""
    url = f"http://{address[0]}:{address[1]}/"
    with httpx.Client(timeout=SECONDS) as client:
        assert client.get(url, params={"slow": "1"}).json()["apiStatusCode"] == "Success"
        for length in (0, 100_000, 1_000_000):  # a body arrives in several pieces
            assert client.post(url, json={"a": "b" * length}).json()["apiStatusCode"] == "Success"


def unread(address: tuple[str, int]) -> socket.socket:
    """A connection whose answer waits to be read."""
    client = socket.create_connection(address)
    client.sendall(b"GET /?long=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    return client


def test_an_answer_that_nobody_reads_is_not_kept(address: tuple[str, int]) -> None:
    """As many clients as there is room for read nothing, and their connections are closed for others."""
    with ExitStack() as stack:
        clients = [stack.enter_context(unread(address)) for _ in range(10)]
        until = time.monotonic() + SECONDS
        while True:
            try:
                assert httpx.get(f"http://{address[0]}:{address[1]}/").status_code == 200
                break
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.1)
        time.sleep(1.5)
        assert max(map(received, clients)) < LONG


def as_over_a_network(address: tuple[str, int]) -> socket.socket:
    """A connection for which the systems at its ends have little room."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    client.connect(address)
    return client


@pytest.mark.parametrize("requests", [12, 14, 16, 18, 20])
def test_a_little_that_nobody_reads_is_not_kept(address: tuple[str, int], requests: int) -> None:
    """Also less than what asyncio takes for much: nothing else ends a connection that waits for it to be sent."""
    with ExitStack() as stack:
        for _ in range(10):
            client = stack.enter_context(as_over_a_network(address))
            client.sendall(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n" * requests)
        wait_for_room(address)


@pytest.mark.parametrize("rest", [2_000, 100_000, 140_000])
def test_the_end_of_an_answer_that_nobody_reads_is_not_kept(address: tuple[str, int], rest: int) -> None:
    """Clients read most of a long answer, and then nothing."""
    with ExitStack() as stack:
        for _ in range(10):
            client = stack.enter_context(as_over_a_network(address))
            client.settimeout(SECONDS)
            client.sendall(b"GET /?much=1 HTTP/1.1\r\nHost: x\r\n\r\n")
            left = MUCH - rest
            while left > 0:
                left -= len(client.recv(min(left, 1 << 16)))
        wait_for_room(address)


def wait_for_room(address: tuple[str, int]) -> None:
    """Ends when another client is answered."""
    until = time.monotonic() + 20.0
    while True:
        try:
            assert httpx.get(f"http://{address[0]}:{address[1]}/", timeout=1.0).status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_an_answer_that_is_read_slowly_arrives(address: tuple[str, int]) -> None:
    """The time is that between two parts of it."""
    with unread(address) as client:
        assert received(client, pause=0.05) > LONG


def received(client: socket.socket, pause: float = 0.0) -> int:
    """How many bytes arrive until the connection is idle or closed."""
    client.settimeout(2.0)
    size = 0
    try:
        while part := client.recv(1 << 20):
            size += len(part)
            time.sleep(pause)
    except (TimeoutError, ConnectionError):
        pass
    return size


def test_others_are_served_after_a_flood(address: tuple[str, int]) -> None:
    """Three hundred half-sent headers take no more connections than there may be, and none for long."""
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.create_connection(address)) for _ in range(300)]
        for client in clients:
            try:
                client.sendall(PARTS["half of the headers"])
            except ConnectionError:
                continue
        until = time.monotonic() + SECONDS
        while True:
            try:
                answer = httpx.get(f"http://{address[0]}:{address[1]}/")
                break
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert answer.status_code == 200
