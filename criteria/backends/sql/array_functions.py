"""Lists that are ARRAY columns, tested by a function that takes a lambda."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Element
from criteria.backends.sql.nodes import Node


def item() -> Node:
    """The element that a lambda is about."""
    return exp.Column(this=nodes.name("_item"))


def test_of(condition: Callable[[Element], Node], otherwise: Node) -> Node:
    """The lambda `_item -> COALESCE(condition, otherwise)`: such functions ask for more than TRUE or not."""
    element = Element(item, lambda: nodes.is_null(item()))
    two_valued = nodes.call("COALESCE", condition(element), otherwise)
    return exp.Lambda(this=two_valued, expressions=[nodes.name("_item")])


def any_element(function: str) -> Callable[..., Node]:
    """`any_element` of a dialect whose function takes an array and a lambda, and is NULL for a NULL array."""

    def any_element_of(field: object, column: Callable[[], Node], condition: Callable[[Element], Node]) -> Node:
        found = nodes.call(function, column(), test_of(condition, exp.Boolean(this=False)))
        return nodes.call("COALESCE", found, exp.Boolean(this=False))

    return any_element_of
