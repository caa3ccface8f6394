"""The parameters of Django's requests, read as the UTF-8 that URLs are.

Django decodes them by the charset that the Content-Type of the request names, or by DEFAULT_CHARSET, and reads U+FFFD
in place of what does not decode. Each would be a search for another text.
"""

from __future__ import annotations

from codecs import lookup
from collections.abc import Container, Mapping
from typing import Any

from django.conf import settings
from django.http import QueryDict

from criteria.errors import CriteriaError, Problem
from criteria.web.requests import parameters


def query_params(request: Any, read: Any) -> Any:
    """The parameters of a request as UTF-8. `read` is how Django has read them, or what the application made of that.

    Raises `CriteriaError` (`invalid_parameter`) for another charset if the application has changed them.
    """
    if _is_utf8(getattr(read, "encoding", None)):
        return read
    sent = _query_string(request)
    if QueryDict(sent, encoding=read.encoding) != read:
        message = f"The request names the charset {read.encoding}."
        raise CriteriaError(Problem("invalid_parameter", message, hint="Send the parameters as UTF-8."))
    return QueryDict(sent, encoding="utf-8")


def check_encoding(request: Any, names: Container[str]) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for parameters that are not UTF-8, or are given twice."""
    sent = _query_string(request)
    parameters(sent.encode("utf-8", "surrogateescape") if isinstance(sent, str) else sent, names)


def check_charset(request: Any, names: Container[str]) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for parameters of a page in DEFAULT_CHARSET that are not in it."""
    encoding = request.GET.encoding
    if lookup(encoding).name != lookup(settings.DEFAULT_CHARSET).name:
        raise CriteriaError(Problem("invalid_parameter", f"The request names the charset {encoding}."))
    if _is_utf8(encoding):
        check_encoding(request, names)


def _is_utf8(encoding: str | None) -> bool:
    return encoding is None or lookup(encoding).name == "utf-8"


def _query_string(request: Any) -> bytes | str:
    """The query string: its bytes from WSGI, which has them as Latin-1, and its text from ASGI."""
    meta: Mapping[str, Any] = getattr(request, "META", {})
    text: str = meta.get("QUERY_STRING", "")
    return text.encode("latin-1") if "wsgi.input" in meta else text
