"""How a statement's values are bound: one by one, or in arrays when there are very many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.nodes import Binder, Node
from criteria.errors import CriteriaError, Problem

MOST_SINGLE_BINDS = 2000
"""Above so many parameters the lists of `$in` are bound as arrays, where the dialect can."""


def bound(dialect: Dialect, build: Callable[[Binder, bool], Node]) -> tuple[Node, list[Any]]:
    """The node that `build(binder, arrays)` makes, and the values that it bound.

    Raises `CriteriaError` (`unsupported`) when the engine takes fewer parameters than the statement needs.
    """
    binder = Binder()
    node = build(binder, False)
    if len(binder.values) > MOST_SINGLE_BINDS and dialect.in_array is not None:
        binder = Binder()
        node = build(binder, True)
    if dialect.most_binds is not None and len(binder.values) > dialect.most_binds:
        message = f"The statement needs {len(binder.values)} parameters; {dialect.name} takes {dialect.most_binds}."
        raise CriteriaError(Problem("unsupported", message))
    return node, binder.values
