"""Conditions on the elements of ARRAY columns, by functions that take a lambda."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Element, Maker
from criteria.backends.sql.nodes import Node
from criteria.schema.field import Field


def any_element(function: str) -> Callable[[Field, Maker, Callable[[Element], Node]], Node]:
    """`Dialect.any_element` by a function of an array and a lambda, such as ANY_MATCH.

    The function may return NULL, for a NULL array or a lambda that returned NULL; the result never does.
    """

    def never_null(condition: Node) -> Node:
        return nodes.call("COALESCE", condition, exp.Boolean(this=False))

    def item() -> Node:
        return nodes.column("_item")

    def tested(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
        holds = never_null(condition(Element(item, lambda: nodes.is_null(item()))))
        test = exp.Lambda(this=holds, expressions=[nodes.name("_item")])
        return never_null(nodes.call(function, column(), test))

    return tested
