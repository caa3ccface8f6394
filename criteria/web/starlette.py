"""The layer for Starlette, and for FastAPI, which is built on it: bodies, errors and responses as the documents say.

    app = Starlette(routes=[...], exception_handlers=EXCEPTION_HANDLERS)

Endpoints may be plain functions, which Starlette runs in threads, with `endpoint` around them: they get a `Call`, and
raise `ApiError` and `CriteriaError` as they like.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from criteria.errors import CriteriaError
from criteria.web.requests import MAX_BYTES, JsonObject, check_content_type, json_object, parameters, too_large
from criteria.web.status import ApiError, ApiStatus

_LOG = logging.getLogger("criteria.web")


class ApiResponse(Response):
    """A JSON response in UTF-8, without what browsers might make of it."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status_code, {"X-Content-Type-Options": "nosniff", **(headers or {})})

    def render(self, content: Any) -> bytes:
        """The JSON text."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was read whole: `method`, `path` parameters, query string, headers and body.

    Its `repr` shows neither headers nor body, which hold keys and passwords.
    """

    method: str
    path: Mapping[str, str]
    parameters: dict[str, str]
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> JsonObject:
        """The JSON object of the body. Raises `CriteriaError`."""
        return json_object(self.body)


Answer = tuple[dict[str, Any], int]
"""The JSON of a response, and its HTTP code."""


def endpoint(
    function: Callable[[Call], dict[str, Any] | Answer], *, max_bytes: int = MAX_BYTES
) -> Callable[[Request], Any]:
    """An endpoint of Starlette from a function of a `Call`, which runs in a thread. A POST or PUT with a body needs
    the content type of JSON."""

    async def answered(request: Request) -> Response:
        try:
            found = await run_in_threadpool(function, await _read(request, max_bytes))
        except Exception as error:  # where Starlette handles it the server would end the connection
            return await error_response(request, error)
        content, code = found if isinstance(found, tuple) else (found, ApiStatus.SUCCESS.http)
        return ApiResponse(content, code)

    answered.__name__ = getattr(function, "__name__", "endpoint")
    answered.__doc__ = function.__doc__
    return answered


async def read_call(request: Request) -> Call:
    """A request, read whole: in FastAPI, a dependency. Raises `ApiError` (`BadRequest`) and `CriteriaError`."""
    return await _read(request, MAX_BYTES)


async def _read(request: Request, max_bytes: int) -> Call:
    body = await read_body(request, max_bytes) if request.method in ("POST", "PUT", "PATCH", "DELETE") else b""
    if body and request.method in ("POST", "PUT"):
        check_content_type(request.headers.get("content-type"))
    params = parameters(request.scope["query_string"])
    return Call(request.method, dict(request.path_params), params, tuple(request.headers.items()), body)


async def read_body(request: Request, max_bytes: int = MAX_BYTES) -> bytes:
    """A request's body, of which no more is read than a server wants. Raises `ApiError` (`BadRequest`)."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > max_bytes:
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


async def error_response(request: Request, error: Exception) -> ApiResponse:
    """What a client is told of a request that raised this. A fault of the server's own is logged, and not told."""
    told = _told(request, error)
    return ApiResponse(told.to_json(), told.status.http, told.headers)


def _told(request: Request, error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, CriteriaError):
        return ApiError.of(error)
    if not isinstance(error, HTTPException):
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return ApiError(ApiStatus.UNIDENTIFIED_ERROR, "The server failed. Nothing more is told here.")
    if error.status_code == 404:
        return ApiError(ApiStatus.OBJECT_NOT_FOUND, "There is nothing at this address.")
    if error.status_code == 405:  # the documents' table of codes has none like it
        message = f"The method {request.method} is not there at this address."
        return ApiError(ApiStatus.BAD_REQUEST, message, headers=dict(error.headers or {}))
    return ApiError(ApiStatus.BAD_REQUEST, "The request cannot be read.")


EXCEPTION_HANDLERS: dict[Any, Any] = dict.fromkeys((ApiError, CriteriaError, HTTPException, Exception), error_response)
"""What an application does with what is raised: `Starlette(exception_handlers=EXCEPTION_HANDLERS)`, or the same of
`FastAPI`."""

__all__ = [
    "EXCEPTION_HANDLERS",
    "Answer",
    "ApiResponse",
    "Call",
    "endpoint",
    "error_response",
    "read_body",
    "read_call",
]
