"""Filtering a frame: bound to its columns, compiled, and run by its own engine, lazily where that is lazy."""

from __future__ import annotations

from typing import Any

from criteria.backends.frame.bound import AnyFrame, Bound
from criteria.tree.nodes import Expression, Query
from criteria.tree.normalize import normalize


def filtered(frame: Any, query: Query) -> AnyFrame:
    """The rows of a frame that a query selects, in narwhals' words."""
    bound = Bound(frame, query.schema is not None)
    normal = normalize(query.expression)
    bound.check(normal)
    return bound.without_added(select(bound, normal))


def select(bound: Bound, normal: Expression) -> AnyFrame:
    """The rows that are selected, with the columns that were added; the frame itself when nothing has to be done."""
    expression = bound.expression(normal)
    if expression is True:
        return bound.added()
    if expression is False:
        return bound.rows(bound.added(), 0, 0)
    return bound.added().filter(expression)
