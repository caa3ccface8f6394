"""The layer for Starlette, in an application of Starlette and in one of FastAPI that answer in the envelope."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from criteria import CriteriaError, Field, Page, Problem, Schema
from criteria.web import ApiError, ApiStatus, Entity, get_search, success
from criteria.web.requests import MAX_BYTES
from criteria.web.starlette import ENVELOPE_HANDLERS, Call, endpoint, read_call
from tests.server.running import listening

FILMS = Entity("film", [Field("title", "string"), Field("year", "integer")])
FILM = Schema("film", [Field("title", "string"), Field("year", "integer")])
JSON = {"Content-Type": "application/json"}


def search(call: Call) -> dict[str, Any]:
    """What a search asks for."""
    found = get_search(call.parameters, FILM)
    return success(found.query.to_json(), limit=found.limit)


def create(call: Call) -> tuple[dict[str, Any], int]:
    """What a body holds, and the address."""
    return success({**call.json(), "id": call.path.get("id"), "method": call.method}), 201


def denied(call: Call) -> dict[str, Any]:
    """Nobody may."""
    raise ApiError(ApiStatus.AUTHENTICATION_FAILED, "No.", headers={"WWW-Authenticate": "Key"})


def damaged(call: Call) -> dict[str, Any]:
    """A stored record is damaged."""
    FILM.decode({"title": "a secret", "year": "a secret"})
    return success()


def damaged_page(call: Call) -> dict[str, Any]:
    """A page with a stored record that JSON cannot hold."""
    return Page(({"a secret": float("nan")},), False).to_json(FILM)


def no_json(call: Call) -> dict[str, Any]:
    """A number that JSON cannot hold."""
    return success({"a secret": float("nan")})


def damaged_after(call: Call) -> dict[str, Any]:
    """A valid change of a damaged record, and a block that places the problems of the body."""
    body = call.json()
    with body.placing():
        return success(FILMS.read(body, {"title": 1, "year": "a secret"}))


def unavailable(call: Call) -> dict[str, Any]:
    """A fault of the server in Starlette's words."""
    raise HTTPException(503, "a secret")


def unsupported(call: Call) -> dict[str, Any]:
    """Criteria that the engine cannot answer."""
    raise CriteriaError(Problem("unsupported", "Field 'title' cannot be right here.", asked_fields=("title",)))


def enveloped(function: Callable[[Call], Any], most_bytes: int = MAX_BYTES) -> Callable[[Request], Any]:
    """An endpoint that answers every exception in the envelope."""
    return endpoint(function, most_bytes=most_bytes, envelope=True)


FAULTS = (damaged, damaged_page, no_json, unavailable)


def broken(call: Call) -> dict[str, Any]:
    """A fault of the server."""
    raise RuntimeError("a secret")


def teapot(call: Call) -> dict[str, Any]:
    """What a framework refuses."""
    raise HTTPException(418)


def starlette_app() -> Starlette:
    """The endpoints in Starlette."""
    routes = [
        Route("/films", enveloped(search), methods=["GET"]),
        Route("/films/{id}", enveloped(create, most_bytes=100), methods=["POST", "PUT"]),
        *(Route(f"/{function.__name__}", enveloped(function)) for function in (denied, broken, teapot)),
    ]
    routes.append(Route("/broken/{rest}", enveloped(broken)))
    routes.append(Route("/damaged_after", enveloped(damaged_after), methods=["PUT"]))
    routes += [Route(f"/{function.__name__}", enveloped(function)) for function in (unsupported, *FAULTS)]
    return Starlette(routes=routes, exception_handlers=ENVELOPE_HANDLERS)


def fastapi_app() -> FastAPI:
    """The same endpoints in FastAPI; the search takes its request as a dependency."""
    app = FastAPI(exception_handlers=ENVELOPE_HANDLERS)

    @app.get("/films")
    def films(call: Annotated[Call, Depends(read_call)]) -> dict[str, Any]:
        return search(call)

    app.api_route("/films/{id}", methods=["POST", "PUT"])(enveloped(create, most_bytes=100))
    app.get("/broken/{rest}")(enveloped(broken))
    app.put("/damaged_after")(enveloped(damaged_after))
    for function in (denied, broken, teapot, unsupported, *FAULTS):
        app.get(f"/{function.__name__}")(enveloped(function))
    return app


@pytest.fixture(scope="module", params=[starlette_app, fastapi_app])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A client of each application, which runs."""
    app: Callable[[], Starlette] = request.param
    with listening(app()) as address, httpx.Client(base_url=address) as found:
        yield found


def test_a_search(client: httpx.Client) -> None:
    """The parameters of a request become a search."""
    answer = client.get("/films", params={"query": '{"year": {"$gt": 2000}}', "limit": "3"})
    assert answer.json() == {"apiStatusCode": "Success", "limit": 3, "data": {"year": {"$gt": 2000}}}
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def test_problems_of_a_search(client: httpx.Client) -> None:
    """`RequestError` is `BadParameterValue` with its problems; so is a parameter that nobody knows."""
    answer = client.get("/films", params={"query": '{"yeer": 1}', "max_bytes": "5"})
    assert (answer.status_code, answer.json()["apiStatusCode"]) == (400, "BadParameterValue")
    assert [problem["code"] for problem in answer.json()["problems"]] == ["unknown_parameter", "unknown_field"]
    assert client.get("/films?limit=1&limit=2").status_code == 400


def test_a_body(client: httpx.Client) -> None:
    """A body is read with its address and method, and its endpoint gives the HTTP code."""
    for method in ("POST", "PUT"):
        answer = client.request(method, "/films/7", json={"title": "é"})
        assert (answer.status_code, answer.json()["data"]) == (201, {"title": "é", "id": "7", "method": method})


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({}, b"{}", "BadRequest"),
        ({"Content-Type": "text/plain"}, b"{}", "BadRequest"),
        (JSON, b"[]", "BadParameterValue"),
        (JSON, b"{", "BadParameterValue"),
        (JSON, b'{"title": "' + b"x" * 100 + b'"}', "BadRequest"),
    ],
)
def test_bodies_that_are_refused(client: httpx.Client, headers: dict[str, str], content: bytes, status: str) -> None:
    """They need the content type of JSON, an object, and no more bytes than the endpoint takes."""
    answer = client.post("/films/7", headers=headers, content=content)
    assert (answer.status_code, answer.json()["apiStatusCode"]) == (400, status)


@pytest.mark.parametrize(
    ("method", "headers", "content"),
    [
        ("POST", [("Content-Type", "application/json"), ("Content-Type", "text/plain")], b"{}"),
        ("POST", [("Content-Type", "application/json"), ("Content-Type", "application/json")], b"{}"),
        ("POST", [("Content-Type", "application/json"), ("Content-Encoding", "gzip")], b"{}"),
        ("POST", [("Content-Type", "application/json"), ("Content-Encoding", "deflate, identity")], b"{}"),
        ("GET", [("Content-Type", "application/json")], b'{"title": "a"}'),
        ("GET", [("Transfer-Encoding", "chunked")], b""),
        ("HEAD", [], b"{}"),
    ],
)
def test_what_headers_say_of_a_body_is_not_ignored(
    client: httpx.Client, method: str, headers: list[tuple[str, str]], content: bytes
) -> None:
    """An endpoint that reads JSON as it is would ignore an encoding, a second type, and the body of a GET."""
    path = "/films" if method != "POST" else "/films/5"
    chunks = iter([b"{}"]) if ("Transfer-Encoding", "chunked") in headers else content
    answer = client.request(method, path, headers=headers, content=chunks)
    assert answer.status_code == 400
    if method != "HEAD":
        assert answer.json()["apiStatusCode"] == "BadRequest"


def test_bodies_without_a_length_are_bounded(client: httpx.Client) -> None:
    """A body that comes in pieces and says no length is not read beyond the bound."""
    answer = client.post("/films/7", headers=JSON, content=iter([b'{"title": "', b"x" * 60, b"x" * 60, b'"}']))
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (400, "too_long")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/denied", (401, "AuthenticationFailed")),
        ("GET", "/nothing", (404, "ObjectNotFound")),
        ("DELETE", "/films", (400, "BadRequest")),
        ("GET", "/teapot", (400, "BadRequest")),
    ],
)
def test_errors_in_the_documents_words(client: httpx.Client, method: str, path: str, expected: tuple[int, str]) -> None:
    """What is raised, by an endpoint or by the framework, has a status in the envelope (docs/server.md#responses)."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["apiStatusCode"]) == expected
    assert set(answer.json()) == {"apiStatusCode", "apiStatusMessage"}
    if path == "/denied":
        assert answer.headers["WWW-Authenticate"] == "Key"


def test_faults_of_the_server_are_logged_and_not_shown(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """An exception of another class is `UnidentifiedError`: the log has it, the client does not."""
    with caplog.at_level(logging.ERROR):
        answer = client.get("/broken")
    assert (answer.status_code, answer.json()["apiStatusCode"]) == (500, "UnidentifiedError")
    assert "secret" not in answer.text
    assert "a secret" in caplog.text


def test_logged_addresses_are_escaped(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """A terminal that shows the log gets no control characters of an address."""
    with caplog.at_level(logging.ERROR):
        assert client.get("/broken/a%1B%5B31m%E2%80%AE").status_code == 500
    assert [record.getMessage() for record in caplog.records if record.name == "criteria.web"] == [
        r"GET /broken/a\u001b[31m\u202e failed"
    ]


@pytest.mark.parametrize("function", FAULTS)
def test_faults_of_stored_data_are_not_the_clients(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, function: Callable[[Call], dict[str, Any]]
) -> None:
    """An error about a stored record is logged, and answered like every other fault of the server."""
    with caplog.at_level(logging.ERROR):
        answer = client.get(f"/{function.__name__}")
    assert (answer.status_code, answer.json()["apiStatusCode"]) == (500, "UnidentifiedError")
    assert "secret" not in answer.text
    assert f"GET /{function.__name__} failed" in caplog.text


def test_a_damaged_record_is_not_a_fault_of_the_body(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """A change of a damaged record fails without its values, and one that is invalid itself is refused."""
    answer = client.put("/damaged_after", json={"title": "x"})
    assert (answer.status_code, answer.json()["apiStatusCode"]) == (500, "UnidentifiedError")
    assert "secret" not in answer.text
    assert "a secret" in caplog.text
    answer = client.put("/damaged_after", json={"nothing": "x"})
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (400, "unknown_field")


def test_criteria_that_the_engine_cannot_answer_are_the_clients(client: httpx.Client) -> None:
    """`unsupported` is reported to the client, because it is about the criteria alone."""
    answer = client.get("/unsupported")
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (400, "unsupported")


def test_a_call_hides_secrets() -> None:
    """Its `repr` has neither headers nor body."""
    call = Call("GET", {}, {"limit": "1"}, (("Authorization", "hidden-key"),), b"hidden-body")
    assert "limit" in repr(call)
    assert "hidden" not in repr(call)
