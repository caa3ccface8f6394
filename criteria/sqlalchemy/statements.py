"""Checks the statement that a page is selected from: one row for each row of the class or table, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList
from sqlalchemy.sql.selectable import Join

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.sqlalchemy.source import Source


def check_statement(statement: Any, source: Source) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a statement that cannot be a page's.

    An order of its own would come before that of the search, and a limit of its own would be replaced.
    """
    if statement is None:
        return
    check_rows(statement, source)
    if statement._order_by_clauses:
        message = "The statement has an ORDER BY, and so has the search."
        raise CriteriaError(Problem("invalid_parameter", message, hint="Remove it: statement.order_by(None)."))
    if any(one is not None for one in (statement._limit_clause, statement._offset_clause, statement._fetch_clause)):
        message = "The statement has a LIMIT or an OFFSET, and so has the page."
        hint = "Remove it, or select the keys of its rows in a condition: Invoice.id.in_(...)."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def check_rows(statement: Any, source: Source) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a statement of other rows than those of the class or table, or
    of the same row several times: a page counts each row once."""
    if not isinstance(statement, Select):
        message = f"Expected a SELECT, found {quoted(type(statement).__name__)}."
        raise CriteriaError(
            Problem("invalid_parameter", message, hint="Pass select(...), with conditions and options.")
        )
    if not _is_of(statement, source):
        message = f"The statement does not select {source.name} alone."
        hint = f"Pass select({source.name}). For an alias use where(query, alias) and order_by(search, alias)."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))
    if statement._distinct_on or getattr(statement, "_pre_columns_clause", None) is not None:
        message = "The statement has DISTINCT ON, whose rows depend on the order."
        hint = f"Select the keys of its rows in a condition of select({source.name}): ...in_(...)."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))
    if not statement._distinct and not statement._group_by_clauses and _may_repeat(statement, source):
        message = f"The statement joins other rows, so a row of {source.name} may appear several times."
        hint = (
            "Ask for related rows in a condition, such as Invoice.lines.any(...), or group by the primary key. To load "
            "them, use selectinload or joinedload."
        )
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def check_distinct(statement: Any, source: Source, sa_dialect: Any) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for DISTINCT on PostgreSQL, which sorts such rows by what it selects
    and by nothing that is made of it."""
    if statement is not None and statement._distinct and sa_dialect.name == "postgresql":
        message = "The statement is DISTINCT, and PostgreSQL does not sort such rows by expressions."
        hint = f"Group by the primary key of {source.name}, or ask for related rows in a condition."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def check_objects(statement: Any, source: Source) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a statement of columns: a page of a class has objects."""
    if statement is None or source.mapper is None:
        return
    check_rows(statement, source)
    found = statement.column_descriptions
    if len(found) != 1 or found[0]["expr"] is not source.entity:
        message = f"The statement selects columns, and a page has objects of {source.name}."
        hint = f"Pass select({source.name}), or run what select(search, statement) returns."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def with_options_of(statement: Any, outer: Any) -> Any:
    """A statement around another one, with the options of that one that decide which rows it has: SQLAlchemy reads the
    options of the outermost statement alone. How related objects are loaded is none of them."""
    options = [one for one in statement._with_options if not getattr(one, "_is_strategy_option", False)]
    return outer.options(*options).execution_options(**statement.get_execution_options())


def _is_of(statement: Any, source: Source) -> bool:
    """Whether it selects the class, or columns of it, and neither an alias nor another class."""
    if source.mapper is None:
        return any(source.entity in _tables(one) for one in statement.get_final_froms())
    found = [one for one in statement.column_descriptions if one.get("entity") is not None]
    return bool(found) and all(one["entity"] is source.entity and not one["aliased"] for one in found)


def _tables(selectable: Any) -> Iterator[Any]:
    if isinstance(selectable, Join):
        yield from _tables(selectable.left)
        yield from _tables(selectable.right)
    else:
        yield selectable


def _may_repeat(statement: Any, source: Source) -> bool:
    if source.mapper is not None:  # without what options join: SQLAlchemy puts the page into a subquery then
        keys = [source.element(source.entity, key) for key in source.primary_key()]
        statement = statement.with_only_columns(*keys, maintain_column_froms=True)
    found = statement.get_final_froms()
    return len(found) > 1 or any(_multiplies(one) for one in found)


def _multiplies(selectable: Any) -> bool:
    """Whether a join may have several rows for one of its first table."""
    if not isinstance(selectable, Join):
        return False
    return _multiplies(selectable.left) or selectable.full or not _finds_one(selectable.right, selectable.onclause)


def _finds_one(joined: Any, on: Any) -> bool:
    """Whether a condition is true of at most one row: it has the whole primary key on one side of equalities."""
    key = set(getattr(joined, "primary_key", ()))
    equated = {side for one in _equalities(on) for side in (one.left, one.right)}
    return bool(key) and key <= equated


def _equalities(condition: Any) -> Iterator[BinaryExpression[Any]]:
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for one in condition.clauses:
            yield from _equalities(one)
    elif isinstance(condition, BinaryExpression) and condition.operator is operators.eq:
        yield condition
