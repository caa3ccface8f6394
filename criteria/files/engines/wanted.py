"""The wanted records of a frame."""

from __future__ import annotations

from typing import Any

from criteria.backends import frame as frames
from criteria.files.page import Page
from criteria.search.search import Search
from criteria.tree.nodes import Query


def wanted(frame: Any, query: Query, page: Page) -> Any:
    """The selected records as a frame of the same engine, and the page of them where there is an order.

    Raises `CriteriaError` as `criteria.backends.frame.filter` does.
    """
    if page.order:
        return frames.search(frame, Search(query, page.order, page.limit, page.skip)).data
    return frames.filter(frame, query)
