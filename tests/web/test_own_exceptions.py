"""The handlers leave an application's own exceptions as they are: what it raises comes out as without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from criteria import CriteriaError, Field, Problem, Schema
from criteria.web import ApiError, ApiStatus, get_search
from criteria.web.starlette import EXCEPTION_HANDLERS, ApiResponse, Call, endpoint, error_response

FILM = Schema("film", [Field("title", "string"), Field("year", "integer")])
Handlers = dict[Any, Any]

RAISED = {
    401: HTTPException(401, "Who are you?", headers={"WWW-Authenticate": "Bearer", "X-Own": "1"}),
    403: HTTPException(403, "Not you."),
    404: HTTPException(404, "No such film."),
    405: HTTPException(405, headers={"Allow": "PUT"}),
    409: HTTPException(409, "Somebody was faster."),
    418: HTTPException(418),
    503: HTTPException(503, "Back soon.", headers={"Retry-After": "120"}),
}


class SoldOutError(ValueError):
    """An exception of the application. It is a `ValueError`, as `CriteriaError` is."""


def raising(error: Exception) -> Callable[[Request], PlainTextResponse]:
    """An endpoint that raises an error."""

    def raises(request: Request) -> PlainTextResponse:
        raise error

    return raises


def raising_in_a_thread(error: Exception) -> Callable[[Call], dict[str, Any]]:
    """A function for `endpoint` that raises an error."""

    def raises(call: Call) -> dict[str, Any]:
        raise error

    return raises


def sold_out(request: Request, error: Exception) -> PlainTextResponse:
    """The application's own handler."""
    return PlainTextResponse("sold out", 410, {"X-Own": "1"})


ERRORS: dict[str, Exception] = {
    **{str(status): error for status, error in RAISED.items()},
    "sold-out": SoldOutError(),
    "broken": RuntimeError("a secret"),
    "damaged": CriteriaError(Problem("invalid_record", "a secret")),
}
OWN: Handlers = {SoldOutError: sold_out}


def starlette_app(handlers: Handlers) -> Starlette:
    """Endpoints of Starlette, plain ones and those that `endpoint` makes."""
    routes = [Route(f"/plain/{name}", raising(error)) for name, error in ERRORS.items()]
    routes += [Route(f"/made/{name}", endpoint(raising_in_a_thread(error))) for name, error in ERRORS.items()]
    return Starlette(routes=routes, exception_handlers={**OWN, **handlers})


def fastapi_app(handlers: Handlers) -> FastAPI:
    """The same in FastAPI, with a parameter that FastAPI validates."""
    app = FastAPI(exception_handlers={**OWN, **handlers})

    @app.get("/validated")
    def validated(limit: Annotated[int, Query(le=5)]) -> int:
        return limit

    for name, error in ERRORS.items():
        app.get(f"/made/{name}")(endpoint(raising_in_a_thread(error)))
        app.get(f"/plain/{name}")(raising(error))
    return app


async def answer_of(app: Starlette, method: str, path: str) -> httpx.Response:
    """The answer of an application that runs in this process."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.request(method, path)


PATHS = [f"/{kind}/{name}" for kind in ("plain", "made") for name in ERRORS]


@pytest.mark.anyio
@pytest.mark.parametrize("make", [starlette_app, fastapi_app])
@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/validated", "/validated?limit=x", "/validated?limit=6"])
async def test_the_applications_own_errors_are_as_without_the_handlers(
    make: Callable[[Handlers], Starlette], path: str
) -> None:
    """401 with its challenge, 404, 409, 503 with Retry-After, 422, own exceptions, 500: status, headers, body."""
    ours, without = await answer_of(make(EXCEPTION_HANDLERS), "GET", path), await answer_of(make({}), "GET", path)
    assert (ours.status_code, ours.headers, ours.content) == (without.status_code, without.headers, without.content)
    assert "secret" not in ours.text
    name = path.split("/")[-1]
    if name.isdigit():
        error = RAISED[int(name)]
        assert ours.status_code == error.status_code
        assert {**ours.headers, **{key.lower(): value for key, value in (error.headers or {}).items()}} == {
            **ours.headers
        }


@pytest.mark.anyio
@pytest.mark.parametrize("make", [starlette_app, fastapi_app])
async def test_a_method_that_an_address_does_not_take(make: Callable[[Handlers], Starlette]) -> None:
    """405 with `Allow`, as the framework says it."""
    found = await answer_of(make(EXCEPTION_HANDLERS), "DELETE", "/plain/401")
    assert (found.status_code, "GET" in found.headers["Allow"]) == (405, True)


@pytest.mark.anyio
async def test_a_handler_of_validation_errors_of_the_application_is_kept() -> None:
    """An application that answers `RequestValidationError` in its own way goes on to do so."""

    def own(request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse("own", 499)

    app = fastapi_app({RequestValidationError: own, **EXCEPTION_HANDLERS})
    found = await answer_of(app, "GET", "/validated?limit=x")
    assert (found.status_code, found.text) == (499, "own")


@pytest.mark.anyio
async def test_the_librarys_own_errors_are_answered() -> None:
    """An `ApiError`, a `RequestError` and `unsupported`, raised in plain endpoints, are in the envelope."""

    def search(request: Request) -> PlainTextResponse:
        return PlainTextResponse(repr(get_search(dict(request.query_params), FILM)))

    routes = [
        Route("/films", search),
        Route("/denied", raising(ApiError(ApiStatus.AUTHENTICATION_FAILED, "No.", headers={"WWW-Authenticate": "K"}))),
        Route("/unsupported", raising(CriteriaError(Problem("unsupported", "Not here.", asked_fields=())))),
    ]
    app = Starlette(routes=routes, exception_handlers=EXCEPTION_HANDLERS)
    found = await answer_of(app, "GET", '/films?query={"yeer":1}')
    assert (found.status_code, found.json()["problems"][0]["code"]) == (400, "unknown_field")
    found = await answer_of(app, "GET", "/denied")
    assert (found.status_code, found.headers["WWW-Authenticate"]) == (401, "K")
    found = await answer_of(app, "GET", "/unsupported")
    assert (found.status_code, found.json()["problems"][0]["code"]) == (400, "unsupported")


@pytest.mark.anyio
async def test_a_failure_with_a_query_string_in_raw_bytes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the method and the path, whatever bytes come behind it, and the client gets the envelope."""
    scope = {"type": "http", "method": "GET", "path": "/films", "query_string": b"a=\xff", "headers": []}
    found = await error_response(Request(scope), OSError("the disk is gone"))
    assert (found.status_code, json.loads(bytes(found.body))["apiStatusCode"]) == (500, "UnidentifiedError")
    assert "GET /films failed" in caplog.text
    assert "the disk is gone" in caplog.text


@pytest.mark.parametrize("name", ["Cache-Control", "cache-control"])
def test_a_header_of_an_endpoint_takes_the_place_of_the_usual_one(name: str) -> None:
    """In any spelling of its name."""
    response = ApiResponse({}, headers={name: "max-age=1"})
    assert [value for key, value in response.raw_headers if key == b"cache-control"] == [b"max-age=1"]
