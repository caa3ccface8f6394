"""Statements, and how their values are bound: one by one, or in arrays when there are very many."""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import SqlTemplate, render
from criteria.errors import CriteriaError, Problem

MAX_SINGLE_BINDS = 2000
"""Above so many parameters the lists of `$in` are bound as arrays, where the dialect can."""


def template(dialect: Dialect, paramstyle: str, build: Callable[[Binder, bool], Node]) -> SqlTemplate:
    """The text of what `build(binder, arrays)` makes, with the values that it bound.

    Raises `CriteriaError` (`unsupported`) when the engine takes fewer parameters than the statement needs.
    """
    binder = Binder()
    node = build(binder, False)
    if len(binder.bindings) > MAX_SINGLE_BINDS and dialect.in_array is not None:
        binder = Binder()
        node = build(binder, True)
    count = len(binder.bindings)
    if dialect.max_binds is not None and count > dialect.max_binds:
        message = f"The statement needs {count} parameters; {dialect.name} takes {dialect.max_binds}."
        raise CriteriaError(Problem("unsupported", message))
    return render(node, binder.bindings, dialect.sqlglot, paramstyle)
