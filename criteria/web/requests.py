"""Reads requests of any framework: searches from parameters and bodies, objects from bodies."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from criteria.errors import CriteriaError, Problem, listed, to_pointer
from criteria.limits import DEFAULT_LIMITS, Limits
from criteria.messages import is_encodable, quoted
from criteria.schema.schema import Schema
from criteria.search.cursor import check_cursor_key
from criteria.search.parameters import parse_search
from criteria.search.search import Search
from criteria.text.ascii_case import ascii_lower
from criteria.text.json_decoding import decode, read_text
from criteria.text.json_problems import located
from criteria.web.status import ApiError, ApiStatus, RequestError

MAX_BYTES = 1 << 20
"""Length of a request's body."""

MAX_PARAMETERS = 100
"""Parameters of a URL. Text of 64 KB has 20,000, and servers read them while all connections wait."""


def parameters(query_string: str | bytes, names: Container[str] | None = None) -> dict[str, str]:
    """The parameters of a URL's query string (`limit=20&skip=0`), decoded; with `names`, only those.

    Raises `RequestError` (`invalid_parameter`) when one is repeated or not UTF-8, and (`too_many_values`) for more than
    `MAX_PARAMETERS`, unless `names` says which are read.
    """
    if not query_string:
        return {}
    # Bytes that are not UTF-8 become lone surrogates, which no UTF-8 decodes to.
    text = query_string if isinstance(query_string, str) else query_string.decode("utf-8", "surrogateescape")
    if names is None and text.removesuffix("&").count("&") >= MAX_PARAMETERS:
        raise RequestError(Problem("too_many_values", f"The URL has more than {MAX_PARAMETERS} parameters."))
    pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    found: dict[str, str] = {}
    repeated: dict[str, None] = {}
    for name, value in pairs:
        if names is not None and name not in names:
            continue
        if not ((name.isascii() and value.isascii()) or (is_encodable(name) and is_encodable(value))):
            raise RequestError(Problem("invalid_parameter", "The query string of the URL is not UTF-8."))
        if name in found:
            repeated[name] = None
        found[name] = value
    if repeated:
        raise RequestError(*listed(_repeated(name) for name in repeated))
    return found


def _repeated(name: str) -> Problem:
    return Problem("invalid_parameter", f"The parameter {quoted(name)} is given twice.", to_pointer([name]))


def get_search(params: dict[str, str], schema: Schema, *, limits: Limits = DEFAULT_LIMITS,
               cursor_key: bytes | None = None) -> Search:  # fmt: skip
    """The search of a GET request (docs/language.md#paging).

    Raises `RequestError` with every problem of the request, and `CriteriaError` for a `cursor_key` that cannot sign.
    """
    check_cursor_key(cursor_key)
    try:
        return parse_search(params, schema, limits=limits, cursor_key=cursor_key)
    except CriteriaError as error:
        raise RequestError(*error.problems) from None


def post_search(params: dict[str, str], body: bytes, schema: Schema, *, limits: Limits = DEFAULT_LIMITS,
                cursor_key: bytes | None = None) -> Search:  # fmt: skip
    """The search of a POST request, whose body is the criteria. Pointers begin with `/query`, as for GET.

    Raises as `get_search` does.
    """
    check_cursor_key(cursor_key)
    if "query" in params:
        message = "A POST request has its criteria in the body, not in the query string."
        raise RequestError(Problem("invalid_parameter", message, "/query"))
    with RequestError.reading():
        return parse_search({**params, "query": body}, schema, limits=limits, cursor_key=cursor_key)


BLANKS = " \t"
"""White space of HTTP (RFC 9110, 5.6.3). Python's has further characters, such as U+00A0."""


def check_content_type(value: str | None) -> None:
    """Raises `ApiError` (`BadRequest`) unless the content type is JSON (docs/server.md#the-example)."""
    kind, _, rest = (value or "").partition(";")
    charset = ascii_lower(rest.strip(BLANKS)).removeprefix("charset=").strip('"')
    if ascii_lower(kind.strip(BLANKS)) != "application/json" or charset not in ("", "utf-8"):
        message = "The Content-Type must be application/json."
        raise ApiError(ApiStatus.BAD_REQUEST, message)


WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The methods whose requests may have a body."""


def check_headers(method: str, headers: Iterable[tuple[str, str]]) -> str | None:
    """The content type of a request, or None.

    Raises `ApiError` (`BadRequest`) for what headers say of a body that a reader of JSON would ignore: a second content
    type, an encoding of the body or of its transfer, two lengths, and a body where the method takes none, whose
    criteria nobody would read.
    """
    content_type = None
    lengths = set()
    for header, value in headers:
        name = ascii_lower(header)
        if name in ("content-length", "transfer-encoding"):
            lengths.add(name)
        if name == "content-type":
            if content_type is not None:
                raise ApiError(ApiStatus.BAD_REQUEST, "The Content-Type is given twice.")
            content_type = value
        elif name == "content-encoding" and value != "identity":
            raise ApiError(ApiStatus.BAD_REQUEST, "The body must not have a Content-Encoding.")
        elif name == "transfer-encoding" and ascii_lower(value.strip(BLANKS)) != "chunked":
            message = "The body must not have a Transfer-Encoding other than chunked."
            raise ApiError(ApiStatus.BAD_REQUEST, message, headers={"Connection": "close"})
        elif method not in WITH_BODY and (name == "transfer-encoding" or (name == "content-length" and value != "0")):
            raise ApiError(ApiStatus.BAD_REQUEST, "This request takes no body.")
    if len(lengths) == 2:  # proxies and servers have read different bodies of such requests
        raise ApiError(ApiStatus.BAD_REQUEST, "The length of the body is given twice.", headers={"Connection": "close"})
    return content_type


def too_large(max_bytes: int = MAX_BYTES) -> ApiError:
    """The error for a body that is too long."""
    problem = Problem("too_long", f"The body is longer than {max_bytes} bytes.")
    return ApiError(ApiStatus.BAD_REQUEST, problem.message, [problem])


class JsonObject(dict[str, Any]):
    """A decoded JSON object with its text, so that the problems of its values have lines and columns."""

    text: str = ""

    def refused(self, problems: Iterable[Problem]) -> RequestError:
        """The error for problems with this object, with lines and columns if its text is known."""
        return RequestError(*(located(tuple(problems), self.text) if self.text else problems))

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Gives lines and columns to the problems of a `RequestError` that the block raises."""
        try:
            yield
        except RequestError as error:
            raise self.refused(error.problems) from None


def json_object(body: bytes) -> JsonObject:
    """The JSON object of a body. Raises `RequestError` (`invalid_json`, `too_deep`, `duplicate_key`, ...)."""
    with RequestError.reading():
        text = read_text(body)
        value, repeated = decode(text)
    if not isinstance(value, dict):
        problem = Problem("invalid_structure", f"The body: expected a JSON object, found {quoted(value)}.")
        raise RequestError(*located([problem], text))
    found = JsonObject(value)
    found.text = text
    if repeated:
        raise found.refused(repeated)
    return found
