"""The frame backend: data frames of many engines, through narwhals."""

from __future__ import annotations

from typing import Any, TypeVar

import narwhals as nw

from criteria.ast import Comparison, Expression, Query
from criteria.backends import Backend
from criteria.backends.frame.conditions import Condition
from criteria.backends.frame.declared import declared_condition, declared_place
from criteria.backends.frame.expression import Compiler
from criteria.backends.frame.filtering import filtered, opened
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema import Schema
from criteria.search import Search

__all__ = ["BACKEND", "filter"]

Frame = TypeVar("Frame")


def filter(frame: Frame, query: Query) -> Frame:
    """The rows of a frame that a query selects, as a frame of the same kind; what is lazy stays lazy.

    Raises `CriteriaError` (`unfit_column`: a column that the query needs is missing, or its type cannot hold what the
    schema declares or the literal says; `unsupported`, `invalid_parameter`).
    """
    if not isinstance(query, Query):
        raise CriteriaError(Problem("invalid_parameter", f"{quoted(query)} is no query."))
    narwhal, engine = opened(frame)
    selected = filtered(narwhal, engine, query)
    result: Any = selected if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else selected.to_native()
    return result  # type: ignore[no-any-return]


def _compile_query(normal: Expression, schema: Schema | None) -> nw.Expr:
    def leaf(comparison: Comparison) -> tuple[nw.Expr, Condition]:
        return declared_place(comparison.field), declared_condition(comparison)

    def some(comparison: Comparison) -> nw.Expr:
        message = f"{quoted(comparison.field.name)} is a list, and narwhals has no words for conditions on elements."
        raise CriteriaError(Problem("unsupported", message, hint="Use criteria.backends.frame.filter(frame, query)."))

    selected = Compiler(leaf, some, two_valued=True).expression(normal)
    if not isinstance(selected, bool):
        return selected
    first = nw.nth(0).is_null()
    return first | ~first if selected else first & ~first


def _compile_search(search: Search, normal: Expression) -> Any:
    raise NotImplementedError


BACKEND = Backend("frame", _compile_query, _compile_search, storages={})
