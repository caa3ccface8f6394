"""Builds statements. Values are bound one by one, or as arrays if there are very many."""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import SqlTemplate, render
from criteria.errors import CriteriaError, Problem

MAX_SINGLE_BINDS = 2000
"""Statements with more parameters bind the lists of `$in` as arrays, if the dialect can."""


def template(dialect: Dialect, paramstyle: str, build: Callable[[Binder, bool], Node]) -> SqlTemplate:
    """The statement that `build(binder, arrays)` returns, rendered with the values that it bound.

    Raises `CriteriaError` (`unsupported`) if the statement has more parameters than the engine accepts.
    """
    binder = Binder()
    node = build(binder, False)
    if len(binder.bindings) > MAX_SINGLE_BINDS and dialect.in_array is not None:
        binder = Binder()
        node = build(binder, True)
    count = len(binder.bindings)
    if dialect.max_binds is not None and count > dialect.max_binds:
        message = f"The statement has {count} parameters; {dialect.name} accepts at most {dialect.max_binds}."
        raise CriteriaError(Problem("unsupported", message))
    return render(node, binder.bindings, dialect.sqlglot, paramstyle)
