"""Headers of a page: `Link` (RFC 8288) and `X-Total-Count`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from criteria.search.page import Page
from criteria.search.search import Search
from criteria.web.openapi import link_header
from criteria.web.pages import page_link

PAGE_HEADERS: dict[str, Any] = {
    **link_header(),
    "X-Total-Count": {
        "description": "How many records match, if the request has getTotalCount=true.",
        "schema": {"type": "integer", "minimum": 0},
    },
}
"""The headers of `page_headers` for the OpenAPI document: `responses={200: {"headers": PAGE_HEADERS}}`."""


def page_headers(request: Request, search: Search, page: Page) -> dict[str, str]:
    """The headers of the response with a page.

    `X-Total-Count` is there if the search counts. `Link` leads to the next and the previous page, with all parameters
    of the request; only for requests without a body, not for searches without a limit, and not where it would be longer
    than 2048 characters.
    """
    headers: dict[str, str] = {}
    if page.total_count is not None:
        headers["X-Total-Count"] = str(page.total_count)
    if request.method in ("GET", "HEAD"):
        query = request.scope["query_string"].decode("latin-1")
        pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
        link = page_link(request.scope["path"], pairs, search, page, encoding="latin-1")
        if link is not None:
            headers["Link"] = link
    return headers
