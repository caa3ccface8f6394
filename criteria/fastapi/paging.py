"""Headers of a page: `Link` (RFC 8288) and `X-Total-Count`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlencode

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
        links = [_link(request, relation, position) for relation, position in _positions(search, page)]
        if links:
            headers["Link"] = ", ".join(links)
    return headers


def _positions(search: Search, page: Page) -> Iterator[tuple[str, dict[str, str]]]:
    """The parameters that lead to the next and the previous page, by relation: cursors, or of a client that skips
    records the numbers to skip."""
    limit = search.limit or 0
    cursors = {} if search.skip or page.cursors is None else page.cursors.offered()
    if "nextCursor" not in cursors and search.position is None:
        if page.has_more_records and search.position is None:
            yield "next", {"skip": str(search.skip + limit)}
        if search.skip:
            yield "prev", {"skip": str(search.skip - limit)} if search.skip > limit else {}
        return
    for name, relation, parameter in (("nextCursor", "next", "after"), ("previousCursor", "prev", "before")):
        if name in cursors:
            yield relation, {parameter: cursors[name]}


def _link(request: Request, relation: str, position: Mapping[str, str]) -> str:
    """A link to the same search at another position. The address is without a host, which a proxy may change."""
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    kept = [(name, value) for name, value in pairs if name not in _POSITIONS]
    query = urlencode([*kept, *position.items()], encoding="latin-1")
    return f'<{quote(request.url.path)}?{query}>; rel="{relation}"'


_POSITIONS = frozenset({"skip", "after", "before"})
