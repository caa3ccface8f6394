"""Requests that mean harm: each is answered with a documented status, tells nothing, and changes nothing.

What is no HTTP (a broken request line, a header with control characters) never comes as far as the application: the
web server refuses it with a text of its own.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from criteria.web import ApiStatus
from tests.server.running import API, API_KEY, MASTER, MASTER_KEY, SECONDS, Api

DOCUMENTED = {(status.code, status.http) for status in ApiStatus} | {("Success", 201)}
TELLTALE = (
    "Traceback",
    "sqlite",
    "psycopg",
    "pymongo",
    "SELECT",
    "site-packages",
    ".py",
    MASTER_KEY,
    API_KEY,
    "$where",
)

INJECTIONS = [
    "' OR '1'='1", "'; DROP TABLE \"user\"; --", '" OR ""="', "1; DELETE FROM user", "%' OR 1=1 --", "\\'; --",
    '{"$gt": ""}', '{"$where": "sleep(1000)"}', "$ne", "user.passwordHash", "../../etc/passwd", "..%2f..%2f", "%00",
    "\x00", "\xed\xa0\x80", "\r\nX-Injected: 1", "<script>alert(1)</script>",
    "${jndi:ldap://127.0.0.1/a}", "{{7*7}}", "__class__", "A" * 10_000, "\U0001d49c\u202e", "NaN", "1e999", "-1",
    "9" * 400, "",
]  # fmt: skip

JSON_TYPE = [("Content-Type", "application/json")]
PARAMETERS = ("query", "orderBy", "limit", "skip", "getTotalCount", "resolve", "type", "unknown")


@pytest.fixture(scope="module")
def victim(api: Api) -> int:
    """The number of a user whom nobody is to change."""
    return api.make("users", username="victim", firstName="Vic", email="victim@example.com", userpassword="secret")


@pytest.fixture(autouse=True)
def unchanged(api: Api, victim: int) -> Iterator[None]:
    """After each request the victim is what it was, it is the only one of its name, and the server lives."""
    before = api.read(f"users/{victim}")
    yield
    assert api.read(f"users/{victim}") == before
    assert api.ids("users", query='{"username": "victim"}') == [victim]


def checked(code: int, text: str, sent: str = "") -> dict[str, Any]:
    """The JSON of an answer that is a documented one, and tells nothing but what was sent."""
    answer: dict[str, Any] = json.loads(text)
    assert (answer["apiStatusCode"], code) in DOCUMENTED
    assert code != 500, text
    assert ("apiStatusMessage" in answer) is (answer["apiStatusCode"] != "Success")
    told = text.replace(json.dumps(sent, ensure_ascii=False)[1:-1], "")
    assert not [word for word in TELLTALE if word in told and word not in sent], text
    return answer


def raw(api: Api, method: str, path: str, headers: Any = (), body: Any = None, **options: Any) -> tuple[int, str]:
    """The answer to a request that is sent as it is, with headers that may stand twice."""
    parts = urlsplit(api.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        connection.putrequest(method, parts.path + path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body, **options)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8")
    finally:
        connection.close()


@pytest.mark.parametrize("text", INJECTIONS)
def test_injections_in_parameters(api: Api, text: str) -> None:
    """Every parameter of a search is data: it is refused, or it means what it says."""
    value = quote(text, safe="")
    for parameter in PARAMETERS:
        path = f"/users?{parameter}={value}" + ("" if parameter == "type" else "&type=all")
        code, body = raw(api, "GET", path, MASTER.items())
        answer = checked(code, body, text)
        assert answer["apiStatusCode"] == "BadParameterValue" or text == "", (parameter, text)


@pytest.mark.parametrize("text", INJECTIONS)
def test_injections_in_criteria(api: Api, text: str) -> None:
    """A value in criteria is compared as it is, and selects nobody by any operator. Names are those of the schema."""
    values: list[Any] = [text, {"$startsWith": text or "nobody"}, {"$in": [text]}]
    for value in values:
        code, answer = api.send("POST", "users/query", json={"username": value})
        checked(code, json.dumps(answer, ensure_ascii=False), text)
        assert answer.get("data", []) == []
    refused: list[Any] = [{text: "x"}, {"username": {f"{text}x": "x"}}, {"username": {"$gt": {"$where": text}}}]
    for query in refused:
        code, answer = api.send("POST", "users/query", json=query)
        checked(code, json.dumps(answer, ensure_ascii=False), text)
        assert code == 400


@pytest.mark.parametrize("text", INJECTIONS)
def test_injections_in_addresses(api: Api, text: str) -> None:
    """A path names an object by its number, or nothing."""
    segment = quote(text, safe="")
    for method in ("GET", "PUT", "DELETE"):
        for path in (f"/users/{segment}", f"/users/customproperties/{segment}", f"/{segment}"):
            sent = [*MASTER.items(), *([*JSON_TYPE, ("Content-Length", "2")] if method == "PUT" else [])]
            code, body = raw(api, method, path, sent, b"{}" if method == "PUT" else None)
            answer = checked(code, body, text)
            is_list = path in ("/users/", "/users/customproperties/", "/")
            assert answer["apiStatusCode"] in ("ObjectNotFound", "BadRequest") or is_list, (method, path)


@pytest.mark.parametrize("text", [text for text in INJECTIONS if len(text) < 1000])
def test_injections_in_objects(api: Api, text: str) -> None:
    """A value that is written comes back as the very text, or was refused; a name that is none is refused."""
    code, answer = api.send("POST", "organizations", json={"name": text})
    checked(code, json.dumps(answer, ensure_ascii=False), text)
    if code == 201:
        assert api.read(f"organizations/{answer['data']['objectId']}")["name"] == text
    code, answer = api.send("POST", "organizations", json={"name": "x", text: "y"})
    checked(code, json.dumps(answer, ensure_ascii=False), text)
    assert code == 400
    code, answer = api.send("POST", "users/customproperties", json={"name": text, "fieldType": "string"})
    checked(code, json.dumps(answer, ensure_ascii=False), text)
    if code == 201:
        assert api.send("DELETE", f"users/customproperties/{answer['data']['objectId']}")[0] == 200


BAD_HEADERS = {
    "no key": [],
    "an empty key": [("X-Instabot-Api-Key", "")],
    "another key": [("X-Instabot-Api-Key", "x")],
    "a key beyond ASCII": [("X-Instabot-Api-Key", "ké\xff")],
    "two keys": [("X-Instabot-Api-Key", API_KEY), ("X-Instabot-Api-Key", API_KEY)],
    "a long key": [("X-Instabot-Api-Key", "k" * 10_000)],
    "no master key": [*API.items()],
    "an empty authorization": [*API.items(), ("Authorization", "")],
    "another master key": [*API.items(), ("Authorization", "X-Instabot-Master-Api-Key x")],
    "two authorizations": [*MASTER.items(), ("Authorization", MASTER["Authorization"])],
    "another scheme": [*API.items(), ("Authorization", f"Basic {MASTER_KEY}")],
    "no scheme": [*API.items(), ("Authorization", MASTER_KEY)],
    "a session that is none": [*API.items(), ("Authorization", "X-Instabot-User-Session ' OR 1=1")],
    "a session beyond ASCII": [*API.items(), ("Authorization", "X-Instabot-User-Session é\xff")],
}


@pytest.mark.parametrize("headers", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_unknown_callers(api: Api, headers: list[tuple[str, str]]) -> None:
    """Without the right keys there are no records, whatever else is right, and no key is shown."""
    for path in ("/users", "/users/1", "/users/customproperties", "/users/query"):
        body = b"{}" if path == "/users/query" else None
        sent = [*headers, *([*JSON_TYPE, ("Content-Length", "2")] if body else [])]
        named = [(key, value.encode("latin-1")) for key, value in sent]
        code, text = raw(api, "POST" if body else "GET", path, named, body)
        answer = checked(code, text)
        assert answer["apiStatusCode"] in ("AccessDenied", "ApiKeyInvalid", "AuthenticationFailed")
        assert "data" not in answer


BAD_BODIES = {
    "nothing": b"",
    "no JSON": b"{'username': 1}",
    "half of it": b'{"username": "x"',
    "two of it": b"{} {}",
    "a list": b"[]",
    "null": b"null",
    "a number": b"5",
    "NaN": b'{"username": NaN}',
    "a key twice": b'{"username": "a", "username": "b"}',
    "a deep list": b"[" * 100_000,
    "a deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep value": b'{"username":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "no UTF-8": b'{"username": "\xff"}',
    "UTF-16": '{"username": "a"}'.encode("utf-16"),
    "a lone surrogate": b'{"username": "\\ud800"}',
    "U+0000": b'{"username": "a\\u0000b"}',
    "a huge number": b'{"username": ' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"username": 1e999999999}',
    "an object for a text": b'{"username": {"$gt": ""}}',
    "a list for a text": b'{"username": ["a"]}',
    "true for a text": b'{"username": true}',
    "a hidden field": b'{"passwordHash": "x", "isDeleted": true, "revision": 0}',
    "too much": b'{"username": "' + b"a" * 2_000_000 + b'"}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_bodies_that_are_not_objects(api: Api, victim: int, body: bytes) -> None:
    """They are refused with a word on why, as objects, logins, properties and criteria, and nothing of them is kept."""
    requests = [("POST", "/users"), ("PUT", f"/users/{victim}"), ("POST", "/usersession"),
                ("POST", "/users/customproperties"), ("POST", "/users/query")]  # fmt: skip
    for method, path in requests:
        headers = [*MASTER.items(), *JSON_TYPE, ("Content-Length", str(len(body)))]
        code, text = raw(api, method, path, headers, body)
        answer = checked(code, text, body.decode("utf-8", "replace")[:60])
        is_criteria = path == "/users/query" and body == BAD_BODIES["an object for a text"]
        assert answer["apiStatusCode"] in ("BadParameterValue", "BadRequest") or is_criteria
        assert len(text) < 10_000


def test_a_body_that_does_not_say_how_long_it_is(api: Api) -> None:
    """A body in chunks is read as far as bodies may be long, and no further."""
    chunks = (b"x" * 65_536 for _ in range(64))
    headers = [*MASTER.items(), *JSON_TYPE, ("Transfer-Encoding", "chunked")]
    try:
        code, text = raw(api, "POST", "/users", headers, chunks, encode_chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        return  # the server has answered and closed before all was sent
    assert checked(code, text)["apiStatusCode"] in ("BadRequest", "BadParameterValue")


CONTENT_TYPES = ("", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16",
                 "application/jsonp", "multipart/form-data; boundary=x")  # fmt: skip


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_content_types(api: Api, kind: str) -> None:
    """A body that is not said to be JSON is not read."""
    headers = [*MASTER.items(), *([("Content-Type", kind)] if kind else []), ("Content-Length", "2")]
    for path in ("/users", "/users/query"):
        code, text = raw(api, "POST", path, headers, b"{}")
        assert checked(code, text)["apiStatusCode"] == "BadRequest"


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "PROPFIND", "X"])
def test_methods_that_are_not_there(api: Api, method: str) -> None:
    """They are refused as BadRequest: the reference API has no status for 405."""
    code, text = raw(api, method, "/users", MASTER.items())
    assert checked(code, text)["apiStatusCode"] == "BadRequest"


def test_repeated_parameters(api: Api) -> None:
    """Nobody guesses which one was meant."""
    code, text = raw(api, "GET", "/users?limit=1&limit=1000", MASTER.items())
    assert [one["pointer"] for one in checked(code, text)["problems"]] == ["/limit"]
