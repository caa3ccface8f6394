"""Filters a frame: binds it to the query, compiles the query, and lets the frame's engine run it, lazily if it can."""

from __future__ import annotations

from typing import Any

from criteria.backends.frame.bound import AnyFrame, Bound
from criteria.tree.nodes import Expression
from criteria.tree.normalize import normalize
from criteria.tree.query import Query


def filtered(frame: Any, query: Query) -> AnyFrame:
    """The rows of a frame that a query selects, as a narwhals frame."""
    bound = Bound(frame, query.schema)
    normal = normalize(query.expression)
    bound.check(normal)
    return bound.without_added(select(bound, normal))


def select(bound: Bound, normal: Expression) -> AnyFrame:
    """The selected rows, with the added columns; the frame itself if there is nothing to filter."""
    expression = bound.expression(normal)
    if expression is True:
        return bound.added()
    if expression is False:
        return bound.rows(bound.added(), 0, 0)
    return bound.added().filter(expression)
