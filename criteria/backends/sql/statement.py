"""Builds statements. Values are bound one by one, or as arrays if there are very many."""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.nodes import Binder, Binding, Node, TooManyBinds
from criteria.backends.sql.render import Parameters, SqlTemplate, render
from criteria.errors import CriteriaError, Problem

MAX_SINGLE_BINDS = 2000
"""Statements with more parameters bind the lists of `$in` as arrays, if the dialect can."""


def template(dialect: Dialect, parameters: Parameters, build: Callable[[Binder, bool], Node]) -> SqlTemplate:
    """The statement that `build(binder, arrays)` returns, rendered with the values that it bound.

    Raises `CriteriaError` (`unsupported`) if the statement has more parameters than the engine accepts.
    """
    return render(*built(dialect, build), dialect.sqlglot, parameters)


def built(dialect: Dialect, build: Callable[[Binder, bool], Node]) -> tuple[Node, list[Binding]]:
    """What `build(binder, arrays)` returns, and the values that it bound. Raises `CriteriaError` as `template` does."""
    has_arrays = dialect.in_array is not None
    binder = Binder(MAX_SINGLE_BINDS if has_arrays else dialect.max_binds)
    try:
        node = build(binder, False)
    except TooManyBinds:
        if not has_arrays:
            raise _too_many(dialect) from None
        binder = Binder(dialect.max_binds)
        try:
            node = build(binder, True)
        except TooManyBinds:
            raise _too_many(dialect) from None
    return node, binder.bindings


def _too_many(dialect: Dialect) -> CriteriaError:
    message = f"The statement has too many parameters; {dialect.name} accepts at most {dialect.max_binds}."
    return CriteriaError(Problem("unsupported", message, hint="Ask for fewer values."))
