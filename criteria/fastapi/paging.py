"""Headers of a page: `Link` (RFC 8288) and `X-Total-Count`."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from criteria.search.page import Page
from criteria.search.search import Search


def page_headers(request: Request, search: Search, page: Page) -> dict[str, str]:
    """The headers of the response with a page.

    `X-Total-Count` is there if the search counts. `Link` leads to the next and the previous page, with all parameters
    of the request; only for requests without a body, and not for searches without a limit.
    """
    headers: dict[str, str] = {}
    if page.total_count is not None:
        headers["X-Total-Count"] = str(page.total_count)
    if search.limit and request.method in ("GET", "HEAD"):
        links = []
        if page.has_more_records:
            links.append(_link(request, "next", search.skip + search.limit))
        if search.skip:
            links.append(_link(request, "prev", max(search.skip - search.limit, 0)))
        if links:
            headers["Link"] = ", ".join(links)
    return headers


def _link(request: Request, relation: str, skip: int) -> str:
    """A link to the same search from another record on. The address is without a host, which a proxy may change."""
    pairs = parse_qsl(request.scope["query_string"], keep_blank_values=True)
    texts = [(name.decode(), value.decode()) for name, value in pairs]
    kept = [(name, value) for name, value in texts if name != "skip"]
    query = urlencode([*kept, *([("skip", str(skip))] if skip else [])])
    return f'<{request.url.path}?{query}>; rel="{relation}"'
