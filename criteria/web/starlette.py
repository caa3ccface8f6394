"""The layer for Starlette and FastAPI: bodies, errors and responses (docs/server.md#responses).

    app = Starlette(routes=[...], exception_handlers=EXCEPTION_HANDLERS)

Endpoints may be plain functions wrapped in `endpoint`. They run in threads, take a `Call`, and may raise `ApiError` and
`RequestError`. All other exceptions are the application's own, and its own handlers get them. `ENVELOPE_HANDLERS` and
`endpoint(..., envelope=True)` answer every exception in the envelope of the reference API.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import CriteriaError
from criteria.messages import install_hint, shown_name, shown_text

try:
    from anyio import CapacityLimiter, to_thread
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response
except ModuleNotFoundError as error:
    message = f"criteria.web.starlette needs Starlette. {install_hint('web')}"
    raise ModuleNotFoundError(message, name=error.name) from error

from criteria.web.requests import (
    MAX_BYTES,
    WITH_BODY,
    JsonObject,
    check_content_type,
    check_headers,
    json_object,
    parameters,
    too_large,
)
from criteria.web.status import ApiError, ApiStatus, refusal

_LOG = logging.getLogger("criteria.web")

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class ApiResponse(Response):
    """A JSON response in UTF-8 whose content type browsers must not guess, and which no cache keeps unless the headers
    have a `Cache-Control` of their own."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        given = headers or {}
        names = {name.lower() for name in given}
        own = {name: value for name, value in _HEADERS.items() if name.lower() not in names} if names else _HEADERS
        super().__init__(content, status_code, {**own, **given})

    def render(self, content: Any) -> bytes:
        """The JSON text."""
        return _JSON.encode(content).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Call:
    """A complete request: `method`, `path` parameters, query parameters, headers and body, and the path of its URL.

    Its `repr` shows neither headers nor body, which may hold keys and passwords.
    """

    method: str
    path: Mapping[str, str]
    parameters: dict[str, str]
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    url_path: str = ""

    def json(self) -> JsonObject:
        """The JSON object of the body. Raises `RequestError`."""
        return json_object(self.body)


Answer = tuple[dict[str, Any], int] | tuple[dict[str, Any], int, Mapping[str, str]]
"""The JSON of a response, its HTTP code, and further headers."""


def endpoint(
    function: Callable[[Call], dict[str, Any] | Answer],
    *,
    most_bytes: int = MAX_BYTES,
    threads: Callable[[Call], CapacityLimiter | None] | None = None,
    admit: Callable[[Call], Awaitable[object]] | None = None,
    turn: Callable[[Call], AbstractAsyncContextManager[Any]] | None = None,
    envelope: bool = False,
    response: type[ApiResponse] = ApiResponse,
) -> Callable[[Request], Any]:
    """A Starlette endpoint that runs a function of a `Call` in a thread.

    The body of a POST or PUT must have the content type of JSON, and at most `most_bytes`. `threads` returns the
    limiter of the threads that a call runs in, or None for those that all endpoints share: slow calls with threads of
    their own delay no others. `admit` is awaited with the call before its body is read, and raises `ApiError` for those
    who have no access: nothing of their bodies is kept. `turn` returns what a call enters before it takes a
    thread, such as a lock: calls that wait for it hold no thread.

    Refusals (docs/server.md#responses) become responses. Other exceptions are raised, for the handlers of the
    application; with `envelope` they become responses as well. `response` is the class of successful responses: one
    of your own may render their JSON faster.
    """

    async def answered(request: Request) -> Response:
        try:
            call = await _read(request, most_bytes, admit)
            async with turn(call) if turn else nullcontext():
                found = await to_thread.run_sync(function, call, limiter=threads(call) if threads else None)
            content, *rest = found if isinstance(found, tuple) else (found, ApiStatus.SUCCESS.http)
            return response(content, *rest)  # raises ValueError for what JSON cannot hold
        except Exception as error:
            if not envelope and refusal(error) is None:
                raise
            return await error_response(request, error)  # if Starlette handled it, the connection would be closed

    answered.__name__ = getattr(function, "__name__", "endpoint")
    answered.__doc__ = function.__doc__
    return answered


async def read_call(request: Request) -> Call:
    """A request, read whole: in FastAPI, a dependency. Raises `ApiError` (`BadRequest`) and `RequestError`."""
    return await _read(request, MAX_BYTES)


async def _read(request: Request, max_bytes: int, admit: Callable[[Call], Awaitable[object]] | None = None) -> Call:
    scope = request.scope
    method = scope["method"]
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    content_type = check_headers(method, headers)
    params = parameters(scope["query_string"])
    call = Call(method, dict(request.path_params), params, headers, b"", scope["path"])
    if admit is not None:
        await admit(call)
    body = await read_body(request, max_bytes) if method in WITH_BODY else b""
    if body and method in ("POST", "PUT"):
        check_content_type(content_type)
    return Call(method, call.path, params, headers, body, call.url_path) if body else call


async def read_body(request: Request, max_bytes: int = MAX_BYTES) -> bytes:
    """A request's body, of which at most `max_bytes` are read. Raises `ApiError` (`BadRequest`)."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 18 or int(declared) > max_bytes):
        raise too_large(max_bytes)
    chunks: list[bytes] = []
    length = 0
    try:
        async for chunk in request.stream():
            length += len(chunk)
            if length > max_bytes:
                raise too_large(max_bytes)
            chunks.append(chunk)
    except ClientDisconnect:
        raise ApiError(ApiStatus.BAD_REQUEST, "The body ended too early.") from None
    return b"".join(chunks)


async def refusal_response(request: Request, error: Exception) -> ApiResponse:
    """The response for an `ApiError`, a `RequestError`, and criteria that the engine cannot answer.

    Raises the error if it is none of these: a `CriteriaError` about stored data is a fault of the server.
    """
    refused = refusal(error)
    if refused is None:
        raise error
    return ApiResponse(refused.to_json(), refused.status.http, refused.headers)


async def error_response(request: Request, error: Exception) -> ApiResponse:
    """The response for any exception, in the envelope.

    Errors of the server itself are logged, and clients get no details.
    """
    shown = _shown(request, error)
    return ApiResponse(shown.to_json(), shown.status.http, shown.headers)


def _shown(request: Request, error: Exception) -> ApiError:
    refused = refusal(error)
    if refused is not None:
        return refused
    if not isinstance(error, HTTPException) or error.status_code >= 500:
        _LOG.error("%s %s failed", shown_name(request.method), shown_name(request.scope["path"]), exc_info=error)
        return ApiError(ApiStatus.UNIDENTIFIED_ERROR, "The server failed.")
    if error.status_code == 404:
        return ApiError(ApiStatus.OBJECT_NOT_FOUND, "There is nothing at this address.")
    if error.status_code == 405:  # the reference API has no status for this
        message = f"The method {shown_text(request.method)} is not allowed at this address."
        return ApiError(ApiStatus.BAD_REQUEST, message, headers=dict(error.headers or {}))
    return ApiError(ApiStatus.BAD_REQUEST, "The request cannot be read.")


EXCEPTION_HANDLERS: dict[Any, Any] = dict.fromkeys((ApiError, CriteriaError), refusal_response)
"""Handlers of the library's own exceptions: `Starlette(exception_handlers=EXCEPTION_HANDLERS)`, or `FastAPI(...)`.

The application's own exceptions, such as `HTTPException` and `RequestValidationError`, are left to it.
"""

ENVELOPE_HANDLERS: dict[Any, Any] = dict.fromkeys((ApiError, CriteriaError, HTTPException, Exception), error_response)
"""Handlers that answer every exception in the envelope of the reference API (docs/server.md#responses).

They replace the application's own: an `HTTPException` of 401 becomes HTTP 400, without its headers.
"""

__all__ = [
    "ENVELOPE_HANDLERS",
    "EXCEPTION_HANDLERS",
    "Answer",
    "ApiResponse",
    "Call",
    "endpoint",
    "error_response",
    "read_body",
    "read_call",
    "refusal_response",
]
