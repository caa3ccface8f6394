"""The envelope of a page, and its `Link` header (RFC 8288), which leads to the next and the previous page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from criteria.search.page import Page
from criteria.search.search import Search
from criteria.web.status import ApiStatus


def page_json(page: Page) -> dict[str, Any]:
    """The envelope of a page of JSON objects, as `Entity.to_json` and `resolved` make them (docs/server.md).

    `Page.to_json` takes records of any classes, and looks at each value for that.
    Raises `CriteriaError` as `Page.next_cursor` does.
    """
    found: dict[str, Any] = {"apiStatusCode": ApiStatus.SUCCESS.code, "hasMoreRecords": page.has_more_records}
    if page.total_count is not None:
        found["totalCount"] = page.total_count
    found["data"] = list(page.data)
    return found if page.cursors is None else {**found, **page.cursors.offered()}


def page_link(
    path: str, parameters: Iterable[tuple[str, str]], search: Search, page: Page, *, encoding: str = "utf-8"
) -> str | None:
    """The value of the header for a page of a GET request; None if there are no other pages, or no limit, or if it
    would be longer than `MAX_LINK`. The cursors are in the page, too.

    `path` is that of the URL, decoded, and `parameters` are those of its query string, decoded with `encoding`. All of
    them are in the links, but other positions. The links are without a host, which a proxy may change.
    """
    if not search.limit:
        return None
    kept = [(name, value) for name, value in parameters if name not in _POSITIONS]
    found = list(_positions(search, page))
    if not found:
        return None
    begin = "".join(f"{_quoted(name, encoding)}={_quoted(value, encoding)}&" for name, value in kept)
    address = path if _PLAIN.fullmatch(path) else quote(path)
    if address.startswith("//"):  # what follows would be the host
        address = f"/.{address}"  # the same path (RFC 3986, 5.2.4)
    links = []
    for relation, position in found:
        end = "&".join([f"{name}={value}" for name, value in position.items()])
        links.append(f'<{address}?{begin + end if end else begin.removesuffix("&")}>; rel="{relation}"')
    link = ", ".join(links)
    return link if len(link) <= MAX_LINK else None


MAX_LINK = 2048
"""Characters of the header. The links repeat the criteria, and proxies refuse answers with long headers: nginx has room
for 4 or 8 KiB of them."""

_PLAIN = re.compile("[A-Za-z0-9_.~/-]*")
"""Paths that `quote` leaves as they are."""


_ESCAPES = [quote_plus(chr(code)) for code in range(128)]


def _quoted(text: str, encoding: str) -> str:
    """What `quote_plus` returns. Criteria are long, and most of them are ASCII: for these it takes half of the time."""
    is_plain = encoding == "utf-8" and text.isascii()
    return text.translate(_ESCAPES) if is_plain else quote_plus(text, encoding=encoding)


def _positions(search: Search, page: Page) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The parameters that lead to the next and the previous page, by relation: cursors, or of a client that skips
    records the numbers to skip. None of their characters needs an escape in a query string."""
    limit = search.limit or 0
    cursors = {} if search.skip or page.cursors is None else page.cursors.offered()
    if "nextCursor" not in cursors and search.position is None:
        if page.has_more_records:
            yield "next", {"skip": str(search.skip + limit)}
        if search.skip:
            yield "prev", {"skip": str(search.skip - limit)} if search.skip > limit else {}
        return
    for name, relation, parameter in (("nextCursor", "next", "after"), ("previousCursor", "prev", "before")):
        if name in cursors:
            yield relation, {parameter: cursors[name]}


_POSITIONS = frozenset({"skip", "after", "before"})
