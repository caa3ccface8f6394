"""Builds statements. Values are bound one by one, or as arrays if there are very many."""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.nodes import Binder, Node, TooManyBinds
from criteria.backends.sql.render import Parameters, SqlTemplate, render
from criteria.errors import CriteriaError, Problem

MAX_SINGLE_BINDS = 2000
"""Statements with more parameters bind the lists of `$in` as arrays, if the dialect can."""


def template(
    dialect: Dialect,
    parameters: Parameters,
    build: Callable[[Binder, bool], Node],
    *,
    is_fitting: bool = False,
    has_next: bool = False,
) -> SqlTemplate:
    """The statement that `build(binder, arrays)` returns, rendered with the values that it bound.

    `is_fitting`: another statement, at least as deep as this one, has passed the check of its depth.
    `has_next`: it is checked as the statement of the next page, whose condition has that of this one in parentheses.

    Raises `CriteriaError` (`unsupported`) if the statement has more parameters than the engine accepts, or is deeper.
    """
    node, binder, with_arrays = built(dialect, build)
    found = render(node, binder.bindings, dialect.sqlglot, parameters)
    if not is_fitting and dialect.is_too_deep is not None and dialect.is_too_deep(found.text.around, int(has_next)):
        raise _too_deep(dialect)
    return found._replace(limit=binder.limit, with_arrays=with_arrays)


def built(
    dialect: Dialect,
    build: Callable[[Binder, bool], Node],
    most_single: int = MAX_SINGLE_BINDS,
    *,
    is_whole: bool = True,
) -> tuple[Node, Binder, bool]:
    """What `build(binder, arrays)` returns, its binder, and whether it was with arrays, as it is with more parameters
    than `most_single` if the dialect has arrays. Unless it `is_whole`, it is a part of a statement of an ORM.
    Raises `CriteriaError` as `template` does."""
    has_arrays = dialect.in_array is not None
    most = dialect.max_binds if is_whole else most_criteria_binds(dialect)
    binder = Binder(most_single if has_arrays else most)
    try:
        return build(binder, False), binder, False
    except TooManyBinds:
        if not has_arrays:
            raise too_many(dialect) from None
    binder = Binder(most)
    joined = dialect.most_joined_arrays
    try:
        node = build(binder, True)
        if joined is not None and len(binder.bindings) > joined:
            binder = Binder(most, are_apart=True)
            node = build(binder, True)
    except TooManyBinds:
        raise too_many(dialect) from None
    return node, binder, True


OTHER_BINDS = 100
"""Parameters that a statement of an ORM has room for beside those of criteria: its limit, the position of a cursor, and
conditions of the server's own."""


def most_criteria_binds(dialect: Dialect) -> int | None:
    """How many parameters the criteria may have in a statement of which an ORM makes the rest; None: any number."""
    return None if dialect.max_binds is None else dialect.max_binds - OTHER_BINDS


def too_many(dialect: Dialect) -> CriteriaError:
    """The error for a statement with more parameters than the engine accepts."""
    message = f"The statement has too many parameters; {dialect.name} accepts at most {dialect.max_binds}."
    return CriteriaError(Problem("unsupported", message, hint="Ask for fewer values.", asked_fields=()))


def check_depth(dialect: Dialect, condition: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for a condition of an ORM's statement that nests too many subqueries."""
    if dialect.is_too_deep is not None and "SELECT" in condition and dialect.is_too_deep(condition, 0):
        raise _too_deep(dialect)


def _too_deep(dialect: Dialect) -> CriteriaError:
    message = f"The statement nests more groups and subqueries than the parser of {dialect.name} takes."
    hint = "Follow fewer references and lists of objects one after the other, or nest fewer groups."
    return CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=()))
