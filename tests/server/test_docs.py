"""What the page about servers shows is what happens."""

from __future__ import annotations

import doctest
import io
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from examples.server.__main__ import _parser
from tests.conftest import require
from tests.server.running import SECONDS, listening

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the Python blocks define, run one after the other in the project's folder."""
    monkeypatch.chdir(ROOT)
    found: dict[str, Any] = {"__name__": "page"}
    for block in blocks("python"):
        exec(compile(block, "server.md", "exec", dont_inherit=True), found)  # noqa: S102
    return found


PARAMS = {"query": '{"year": {"$gte": 2014}}', "orderBy": "title", "limit": "2"}
WRONG = {**PARAMS, "query": '{"yeer": 1}'}


def test_flask_answers_alike(names: dict[str, Any]) -> None:
    """Flask gives the same records as the others, by GET and by POST, and the same errors."""
    require("Flask", None if find_spec("flask") else 'pip install -e ".[test,orm-test]"')
    [block] = blocks("python flask")
    exec(compile(block, "server.md", "exec", dont_inherit=True), names)  # noqa: S102
    expected = names["page_of"](names["criteria"].parse_search(PARAMS, names["FILMS"]))
    client = names["app"].test_client()
    order = {name: PARAMS[name] for name in ("orderBy", "limit")}
    assert client.get("/films", query_string=PARAMS).json == expected
    assert client.post("/films/query", query_string=order, json=json.loads(PARAMS["query"])).json == expected
    wrong = client.get("/films", query_string=WRONG)
    assert (wrong.status_code, refusal(wrong.json)) == (400, 'Did you mean "year"?')
    assert client.get("/nowhere").status_code == 404


IGNORED: dict[str, tuple[str, dict[str, str]]] = {
    "criteria in the body of a GET": ("GET", {"CONTENT_TYPE": "application/json"}),
    "a GET with a body without a length": ("GET", {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}),
    "an encoding": ("POST", {"CONTENT_TYPE": "application/json", "HTTP_CONTENT_ENCODING": "gzip"}),
    "two lengths": ("POST", {"CONTENT_TYPE": "application/json", "HTTP_TRANSFER_ENCODING": "chunked"}),
    "another type": ("POST", {"CONTENT_TYPE": "text/plain"}),
    "a form": ("POST", {"CONTENT_TYPE": "application/x-www-form-urlencoded"}),
    "no type": ("POST", {}),
}


@pytest.mark.parametrize(("method", "headers"), IGNORED.values(), ids=IGNORED)
def test_what_headers_say_of_a_body_is_not_ignored(names: dict[str, Any], method: str, headers: dict[str, str]) -> None:
    """WSGI and Flask refuse a body that they would not read as it is sent; they gave records of another search."""
    require("Flask", None if find_spec("flask") else 'pip install -e ".[test,orm-test]"')
    [block] = blocks("python flask")
    flask = dict(names)
    exec(compile(block, "server.md", "exec", dont_inherit=True), flask)  # noqa: S102
    body = PARAMS["query"].encode()
    for app in (names["wsgi_app"], flask["app"].wsgi_app):
        path = "/films" if method == "GET" else "/films/query"
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "CONTENT_LENGTH": str(len(body)),
                   "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
                   "wsgi.input": io.BytesIO(body), **headers}  # fmt: skip
        codes: list[str] = []
        text = b"".join(app(environ, lambda code, headers, codes=codes: codes.append(code)))
        assert (codes[0][:3], json.loads(text)["apiStatusCode"]) == ("400", "BadRequest")


def test_the_applications_answer_alike(names: dict[str, Any]) -> None:
    """Starlette, FastAPI and WSGI give the same records, by GET and by POST, and the same errors."""
    search = names["criteria"].parse_search(PARAMS, names["FILMS"])
    expected = (200, names["page_of"](search))
    assert len(expected[1]["data"]) == 2
    order = {name: PARAMS[name] for name in ("orderBy", "limit")}
    for app in (names["app"], names["fastapi_app"]):
        with listening(app) as address, httpx.Client(base_url=address, timeout=SECONDS) as client:
            answers = [
                client.get("/films", params=PARAMS),
                client.post("/films/query", params=order, json=json.loads(PARAMS["query"])),
            ]
            assert [(answer.status_code, answer.json()) for answer in answers] == [expected] * 2
            assert refusal(client.get("/films", params=WRONG).json()) == 'Did you mean "year"?'
    query = str(httpx.QueryParams(PARAMS))
    assert wsgi(names["wsgi_app"], "GET", query) == expected
    body = PARAMS["query"].encode()
    assert wsgi(names["wsgi_app"], "POST", str(httpx.QueryParams(order)), body, "application/json") == expected
    assert refusal(wsgi(names["wsgi_app"], "GET", str(httpx.QueryParams(WRONG)))[1]) == 'Did you mean "year"?'
    assert wsgi(names["wsgi_app"], "POST", "", body, "text/plain")[1]["apiStatusCode"] == "BadRequest"
    assert wsgi(names["wsgi_app"], "POST", "", b" " * (2 << 20), "application/json")[0] == 400


UTF_8 = "\u00e9\u6f22"
HOSTILE: dict[str, tuple[bytes, int]] = {
    "raw UTF-8": (b'query={"title":"' + UTF_8.encode() + b'"}', 200),
    "raw Latin-1": (b'query={"title":"\xe9"}', 400),
    "escaped Latin-1": (b'query={"title":"%E9"}', 400),
    "half a character": (b'query={"title":"\xe6\xbc"}', 400),
    "an escaped surrogate": (b'query={"title":"%ED%A0%80"}', 400),
    "a parameter twice": (b"limit=1&limit=2", 400),
    "an unknown parameter": (b"limit=1&x=2", 400),
    "half an escape": (b"limit=%", 400),
    "no value": (b"limit", 400),
    "U+0000": (b'query={"title":"%00"}', 400),
    "nothing": (b"", 200),
}


@pytest.mark.parametrize(("query", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_query_strings(names: dict[str, Any], query: bytes, code: int) -> None:
    """The three applications answer alike."""
    found, body = wsgi(names["wsgi_app"], "GET", query.decode("latin-1"))
    assert found == code
    for app in (names["app"], names["fastapi_app"]):
        status, text = asgi(app, "GET", "/films", query)
        assert (status, json.loads(text)) == (code, body)


def test_text_beyond_ascii_is_found(names: dict[str, Any]) -> None:
    """What is sent raw or escaped is the same text."""
    names["RECORDS"][:] = [{**names["RECORDS"][0], "title": UTF_8}]
    for sent in (UTF_8.encode().decode("latin-1"), str(httpx.QueryParams({"t": UTF_8}))[2:]):
        [film] = wsgi(names["wsgi_app"], "GET", f'query={{"title":"{sent}"}}')[1]["data"]
        assert film["title"] == UTF_8


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "\u0662", "9" * 5000, "1.0", " 2", "+2", "99999999999"])
@pytest.mark.heavy("long requests")
def test_hostile_lengths(names: dict[str, Any], length: str) -> None:
    """A Content-Length that is no number, or too large, is refused, and nothing is read."""
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": length}
    codes: list[str] = []
    text = b"".join(names["wsgi_app"](environ, lambda code, headers: codes.append(code)))
    assert (codes, json.loads(text)["apiStatusCode"]) == (["400 Answer"], "BadRequest")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"title": 1}', b'{"title": "a", "title": "b"}', b"[" * 9999]
)
def test_hostile_bodies(names: dict[str, Any], body: bytes) -> None:
    """They are refused alike."""
    found = wsgi(names["wsgi_app"], "POST", "", body, "application/json")
    assert (found[0], found[1]["apiStatusCode"]) == (400, "BadParameterValue")
    for app in (names["app"], names["fastapi_app"]):
        status, text = asgi(app, "POST", "/films/query", b"", body)
        assert (status, json.loads(text)) == found


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "TRACE", "x"])
def test_methods_that_are_not_there(names: dict[str, Any], method: str) -> None:
    """WSGI refuses them itself, the frameworks in their own way."""
    assert wsgi(names["wsgi_app"], method, "")[0] == 400
    for app in (names["app"], names["fastapi_app"]):
        status, text = asgi(app, method, "/films", b"")
        assert (status, b"Method Not Allowed" in text) == (405, True)


def test_faults_of_the_server_reach_the_server(names: dict[str, Any]) -> None:
    """A damaged record is no answer to the client."""
    names["RECORDS"].append({"title": float("nan")})
    with pytest.raises(names["criteria"].CriteriaError):
        wsgi(names["wsgi_app"], "GET", "")


def asgi(app: Any, method: str, path: str, query: bytes, body: bytes = b"") -> tuple[int, bytes]:
    """The HTTP code and the body that an application of ASGI gives to bytes that clients of HTTP do not send."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query, "client": None,
        "server": ("127.0.0.1", 80), "headers": [(b"content-type", b"application/json")] if method == "POST" else [],
    }  # fmt: skip
    anyio.run(app, scope, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


def refusal(answer: dict[str, Any]) -> str:
    """The hint of a refused search."""
    assert answer["apiStatusCode"] == "BadParameterValue"
    return str(answer["problems"][0]["hint"])


def wsgi(app: Any, method: str, query: str, body: bytes = b"", kind: str = "") -> tuple[int, dict[str, Any]]:
    """The HTTP code and the JSON that an application of WSGI gives."""
    codes: list[str] = []
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": query, "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)),
               "wsgi.input": io.BytesIO(body)}  # fmt: skip
    text = b"".join(app(environ, lambda code, headers: codes.append(code)))
    return int(codes[0].partition(" ")[0]), json.loads(text)


def test_the_examples_do_what_they_show(names: dict[str, Any]) -> None:
    """The interactive examples, run one after the other, print what is shown below them."""
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("pycon")), dict(names), "server", "server.md", 0)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    runner.run(test, out=report.append)
    assert report == []
    assert runner.summarize(verbose=False).attempted > 20


def test_every_block_is_tested() -> None:
    """There are no other blocks."""
    fences = re.findall(r"^```", PAGE, re.MULTILINE)
    assert len(fences) == 2 * sum(len(blocks(kind)) for kind in ("pycon", "python", "python flask", "dockerfile"))


def test_the_container_starts_the_server() -> None:
    """The command has the options of the program, and the health check asks an address that there is."""
    [dockerfile] = blocks("dockerfile")
    commands = {line.split()[0]: line for line in dockerfile.splitlines()}
    python, module, name, *options = json.loads(commands["CMD"].removeprefix("CMD "))
    assert (python, module, name) == ("python", "-m", "examples.server")
    parsed = _parser().parse_args(options)
    assert (parsed.host, parsed.port, parsed.sample) == ("0.0.0.0", 8000, False)  # noqa: S104
    assert "http://127.0.0.1:8000/health" in commands["HEALTHCHECK"]
