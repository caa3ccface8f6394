"""Generated requests, odd parameters, lengths and bytes: each answer is a documented one, and nothing changes.

What is no HTTP at all (a header name with spaces, a request line of no form) uvicorn refuses before any code of this
server sees it, with a plain 400: those answers are outside of this promise, and only looked at for what they tell.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criteria.web import ApiStatus
from tests.conftest import capped
from tests.server.running import API_KEY, MASTER, MASTER_KEY, SECONDS, Api, name

STATUSES = {status.code: {status.http} for status in ApiStatus} | {"Success": {200, 201}}
LEAKS = ("Traceback", "File \"", ".py", "SELECT ", "INSERT ", "sqlite3", "psycopg", "pymongo", "unique_values",
         "passwordHash", "keyHash", "uniqueValues", "isForgotten", API_KEY, MASTER_KEY, "site-packages")  # fmt: skip

INJECTIONS = (
    "' OR '1'='1", "'; DROP TABLE \"contentGroup\"; --", '"; DELETE FROM users; --', "1; SELECT pg_sleep(9)", "\\'; --",
    "%' OR 1=1 /*", "$where", "$ne", '{"$gt": ""}', "[$ne]", "'; return true; var x='", "../../etc/passwd",
    "..\\..\\windows", "/etc/passwd\0.txt", "a\r\nX-Injected: yes", "\r\n\r\nHTTP/1.1 200 OK", "${7*7}", "{{7*7}}",
    "%s%s%n", "<script>alert(1)</script>", "\ufeff", "\u202e", "\u0000", "a" * 5000, "NaN", "-0", "1e999", "null",
    "true", "[]", "{}", "constructor", "__proto__", "__class__",
)  # fmt: skip
JSON_TYPE = {"Content-Type": "application/json"}
PATH = "contentgroups"


def checked(answer: httpx.Response, sent: str = "") -> str:
    """The status of an answer, after everything that has to hold for each answer."""
    found: dict[str, Any] = json.loads(answer.text)
    code = str(found["apiStatusCode"])
    assert answer.status_code in STATUSES[code], answer.text
    assert code != "UnidentifiedError", answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert "X-Injected" not in answer.headers
    if code != "Success":
        assert set(found) <= {"apiStatusCode", "apiStatusMessage", "problems"}
        assert isinstance(found["apiStatusMessage"], str)
        assert [leak for leak in LEAKS if leak in answer.text and leak not in sent] == []
    return code


class Kept:
    """Objects that are there, which no hostile request may change."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.name = name().replace("-", "")  # no injected text is a part of it
        self.number = api.make(PATH, name=self.name, description="kept")
        self._before = self._all()

    def _all(self) -> Any:
        return [self._api.send("GET", path, params={"limit": "1000", "orderBy": "objectId"})[1]["data"]
                for path in (PATH, f"{PATH}/customproperties", "files")]  # fmt: skip

    def is_unchanged(self) -> None:
        """Raises `AssertionError` when anything came, went or changed; the server has to be there to tell."""
        before, self._before = self._before, self._all()
        assert self._before == before


@pytest.fixture(scope="module")
def kept(api: Api) -> Kept:
    """The objects of the module."""
    return Kept(api)


def send(api: Api, method: str, path: str, headers: Any = MASTER, **request: Any) -> httpx.Response:
    """An answer to a request with these headers and no others."""
    return api.bare.request(method, f"{api.url}/{path}" if path else api.url, headers=headers, **request)


@pytest.mark.parametrize(
    "query_string",
    ["limit=1&limit=2", "query={}&query={}", "limit=-1", "limit=1001", "limit=1e3", "limit=", "limit=٣", "skip=-1",
     "skip=" + "9" * 4000, "limit=9223372036854775808", "skip=1.5", "orderBy=", "orderBy=nothing", "orderBy=name;name",
     "orderBy=name,,name", "orderBy=isDeleted", "orderBy=revision", "resolve=nothing", "resolve=__class__",
     "getTotalCount=yes", "nothing=1", "query=", "query=[]", "query=%ff", "query=%00", "query[$ne]=1", "%00=1", "=1",
     "query={%22isDeleted%22:true}", "query={%22revision%22:1}", "query={%22uniqueValues%22:null}",
     "query={%22name%22:{%22$regex%22:%22.*%22}}", "query={%22name%22:NaN}", "query={%22_id%22:null}",
     "query={%22objectId%22:" + "9" * 400 + "}", "query=" + "[" * 20_000],
)  # fmt: skip
def test_invalid_parameters(api: Api, kept: Kept, query_string: str) -> None:
    """Repeated, unknown, huge and hidden things in a query string are `BadParameterValue`."""
    assert checked(send(api, "GET", f"{PATH}?{query_string}"), query_string) == "BadParameterValue"
    kept.is_unchanged()


def test_numbers_at_the_ends_of_what_fits(api: Api, kept: Kept) -> None:
    """Numbers of any size are compared or refused; no engine's limit shows."""
    for number in (2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30):
        for query in ({"objectId": number}, {"objectId": {"$gt": -number}}, {"size": {"$in": [number]}}):
            checked(send(api, "POST", "files/query", json=query))
        checked(send(api, "GET", f"{PATH}/{number}"))
        assert checked(send(api, "POST", "files", json={"name": "x", "size": number, "nothing": 1})) != "Success"
    for skip in (2**31, 2**63 - 1):
        checked(send(api, "GET", PATH, params={"skip": str(skip)}))
    kept.is_unchanged()


def raw(api: Api, *pieces: bytes) -> bytes:
    """What the server answers to bytes, after which nothing more is sent."""
    address = urlsplit(api.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0)), SECONDS) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while chunk := connection.recv(65_536):
            found += chunk
    return found


def request_bytes(headers: Iterable[str], body: bytes, line: str = f"POST /v1/{PATH} HTTP/1.1") -> bytes:
    """A request, byte by byte."""
    keys = [f"{key}: {value}" for key, value in {**MASTER, **JSON_TYPE}.items()]
    return "\r\n".join([line, "Host: localhost", *keys, *headers, "", ""]).encode("latin-1") + body


def test_lengths_that_are_wrong(api: Api, kept: Kept) -> None:
    """A body that is shorter than declared, or not what its framing says, changes nothing and keeps nobody waiting."""
    body = b'{"name": "hostile"}'
    for headers in (["Content-Length: 500"], ["Content-Length: -1"], ["Content-Length: x"], ["Content-Length: 5"],
                    ["Content-Length: 5", "Content-Length: 19"], ["Transfer-Encoding: chunked"],
                    ["Transfer-Encoding: gzip"], ["Content-Length: 99999999999999999999"], []):  # fmt: skip
        answer = raw(api, request_bytes(headers, body))
        assert b" 201 " not in answer
        assert not any(leak.encode() in answer for leak in LEAKS)
    kept.is_unchanged()


@pytest.mark.parametrize(
    "line",
    ["GET /v1/../../etc/passwd HTTP/1.1", "GET /v1/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", "GET //v1 HTTP/1.1",
     "GET /v1/contentgroups/%00 HTTP/1.1", "GET /v1/contentgroups/%ff HTTP/1.1", "GET /v1/contentgroups%2f1 HTTP/1.1",
     "GET /" + "a" * 60_000 + " HTTP/1.1", "BREW /v1/users HTTP/1.1", "GET http://example.com/v1 HTTP/1.1",
     "GET /v1/contentgroups?query=%0d%0aX-Injected:%20yes HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT a:1 HTTP/1.1",
     "nothing", "GET / HTTP/9.9", "\x00\x01\x02"],
)  # fmt: skip
def test_invalid_addresses(api: Api, kept: Kept, line: str) -> None:
    """Odd addresses, methods and bytes that are no HTTP: nothing is disclosed, and the server keeps running."""
    answer = raw(api, request_bytes(["Connection: close"], b"", line))
    assert not any(leak.encode() in answer for leak in LEAKS)
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"root:" not in answer
    assert b"\r\nx-injected" not in head
    assert b" 500 " not in head.partition(b"\r\n")[0]
    kept.is_unchanged()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(INJECTIONS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["name", "AND", "OR", "NOT", "$in", "$ne", "$gt", "$where", "objectId", "isDeleted"])
        | st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def is_object(content: bytes) -> bool:
    """Whether bytes are nothing or a JSON object, which may change something."""
    try:
        return not content or isinstance(json.loads(content), dict)
    except ValueError:
        return False


@settings(max_examples=capped(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(value=JSON, text=st.text(max_size=20), bytes_=st.binary(max_size=40))
def test_generated_requests(api: Api, kept: Kept, value: Any, text: str, bytes_: bytes) -> None:
    """Generated JSON, texts and bytes at every place have a documented status, and change nothing."""
    sent = json.dumps(value) + text + bytes_.decode("latin-1")
    headers = {**MASTER, **JSON_TYPE}
    content = json.dumps(value).encode()
    checked(send(api, "POST", f"{PATH}/query", headers, content=content), sent)
    checked(send(api, "POST", PATH, headers, content=json.dumps({"nothing": value, "name": value}).encode()), sent)
    checked(send(api, "PUT", f"{PATH}/{kept.number}", headers, content=b"[" if is_object(bytes_) else bytes_), sent)
    step = quote(text.encode("utf-8", "surrogatepass"), safe="")
    checked(send(api, "GET", f"{PATH}/x{step}"), sent)
    checked(send(api, "GET", PATH, params={"query": content.decode(), "orderBy": step}), sent)
    checked(send(api, "GET", f"{PATH}?{quote(bytes_, safe='=&')}"), sent)
    kept.is_unchanged()
