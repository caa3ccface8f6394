"""Status codes of responses, and the error that has one (docs/server.md#responses)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any

from criteria.errors import CriteriaError, Problem


class ApiStatus(Enum):
    """The status codes of the reference API, each with its HTTP code.

    The HTTP code of `SUCCESS` is 201 where an object was created.
    """

    SUCCESS = "Success", 200
    AUTHENTICATION_FAILED = "AuthenticationFailed", 401
    ACCESS_DENIED = "AccessDenied", 403
    OBJECT_NOT_FOUND = "ObjectNotFound", 404
    BAD_REQUEST = "BadRequest", 400
    OBJECT_ALREADY_EXISTS = "ObjectAlreadyExists", 400
    BAD_PARAMETER_VALUE = "BadParameterValue", 400
    API_KEY_INVALID = "ApiKeyInvalid", 400
    CUSTOM_DOMAIN_NAME_ALREADY_USED = "CustomDomainNameAlreadyUsed", 400
    UNIDENTIFIED_ERROR = "UnidentifiedError", 500

    def __init__(self, code: str, http: int) -> None:
        self.code = code
        self.http = http


CREATED = 201
"""The HTTP code of a response to the creation of an object."""


class RequestError(CriteriaError):
    """A request was refused while it was read. Each problem is about what the client sent.

    A `CriteriaError` that is not of this class may be about stored data, which clients must not see.
    """

    @classmethod
    @contextmanager
    def reading(cls) -> Iterator[None]:
        """Raises the `CriteriaError` of a block as this class. The block must read only what the client sent."""
        try:
            yield
        except CriteriaError as error:
            raise cls(*error.problems) from None


class ApiError(Exception):
    """A refused request: its status, a message for people, and the problems for programs.

    `headers` are those that HTTP demands with some statuses.
    """

    def __init__(
        self,
        status: ApiStatus,
        message: str,
        problems: Sequence[Problem] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.headers: dict[str, str] = headers or {}

    @classmethod
    def of(cls, error: CriteriaError, status: ApiStatus = ApiStatus.BAD_PARAMETER_VALUE) -> ApiError:
        """The error for input that the library refused, with every problem."""
        return cls(status, str(error), error.problems)

    def to_json(self) -> dict[str, Any]:
        """The envelope of the response, with `problems` beside the message if there are any."""
        found: dict[str, Any] = {"apiStatusCode": self.status.code, "apiStatusMessage": self.message}
        if self.problems:
            found["problems"] = [problem_json(problem) for problem in self.problems]
        return found


def refusal(error: Exception) -> ApiError | None:
    """The error to send to the client for an exception; None if the server failed, of which clients get no details.

    The client's faults are an `ApiError`, a `RequestError`, and criteria that the engine cannot answer
    (`CriteriaError.is_asked`). That it cannot answer any, because of the schema or of a condition of the server's own,
    is not.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RequestError):
        return ApiError.of(error)
    if isinstance(error, CriteriaError) and error.is_asked:
        return ApiError.of(error)
    return None


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as JSON, without members that are None."""
    names = ("code", "message", "shown_pointer", "line", "column", "hint")
    found = {name.removeprefix("shown_"): getattr(problem, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def success(data: Any = None, **beside: Any) -> dict[str, Any]:
    """The envelope of a successful response; without data it has no `data`."""
    envelope = {"apiStatusCode": ApiStatus.SUCCESS.code, **beside}
    return envelope if data is None else {**envelope, "data": data}
