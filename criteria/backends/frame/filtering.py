"""Filtering a frame: bound to its columns, compiled, and run by its own engine, lazily where that is lazy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw
from narwhals.dtypes import DType

from criteria.ast import And, Comparison, Expression, Not, Or, Query, assert_never
from criteria.backends.frame.columns import Columns
from criteria.backends.frame.conditions import Condition
from criteria.backends.frame.engines import Elements, Engine, engine_of
from criteria.backends.frame.expression import Compiler
from criteria.errors import CriteriaError, Problem, Refusal, quoted
from criteria.normalize import normalize

AnyFrame = nw.DataFrame[Any] | nw.LazyFrame[Any]

_FLAG = "__criteria_{}"


def opened(frame: Any) -> tuple[AnyFrame, Engine]:
    """A frame in narwhals' words, and its engine. Raises `CriteriaError` (`invalid_parameter`, `unsupported`)."""
    try:
        narwhal: AnyFrame = nw.from_native(frame)
    except TypeError:
        message = f"{quoted(type(frame).__name__)} is not a frame that narwhals knows."
        raise CriteriaError(Problem("invalid_parameter", message)) from None
    engine = engine_of(narwhal)
    if engine is None:
        message = f"Frames of {narwhal.implementation} are not known to give the right answer."
        raise CriteriaError(Problem("unsupported", message, hint="Convert the frame to Polars or Arrow."))
    return narwhal, engine


def types_of(frame: AnyFrame, engine: Engine) -> Mapping[str, DType]:
    """The types of a frame's columns."""
    return engine.types(frame.to_native(), dict(frame.collect_schema()))


def checked(columns: Columns, comparisons: Iterator[Comparison]) -> None:
    """Raises `CriteriaError` with a problem for each comparison whose column cannot answer it."""
    problems: dict[Problem, None] = {}
    for comparison in comparisons:
        try:
            columns.condition(comparison, columns.of(comparison.field))
        except Refusal as refusal:
            problems[refusal.at(())] = None
    if problems:
        raise CriteriaError(*problems)


def comparisons_of(normal: Expression) -> Iterator[Comparison]:
    """The comparisons of an expression."""
    match normal:
        case And(terms) | Or(terms):
            for term in terms:
                yield from comparisons_of(term)
        case Not(term):
            yield from comparisons_of(term)
        case Comparison():
            yield normal
        case _:
            assert_never(normal)


def filtered(frame: AnyFrame, engine: Engine, query: Query) -> AnyFrame:
    """The rows that a query selects. Raises `CriteriaError` (`unfit_column`)."""
    columns = Columns(types_of(frame, engine), query.schema is not None)
    normal = normalize(query.expression)
    checked(columns, comparisons_of(normal))
    flags: dict[str, Elements] = {}

    def leaf(comparison: Comparison) -> tuple[nw.Expr, Condition]:
        column = columns.of(comparison.field)
        return column.expression, columns.condition(comparison, column)

    def some(comparison: Comparison) -> nw.Expr | bool:
        column = columns.of(comparison.field)
        condition = columns.condition(comparison, column)
        if condition is False or column.is_empty:
            return False
        name = _FLAG.format(len(flags))
        while name in columns.dtypes:
            name += "_"
        flags[name] = (column, condition)
        return nw.col(name)

    selected = Compiler(leaf, some, two_valued=False).expression(normal)
    if selected is True:
        return frame
    native = frame.to_native()
    if selected is False:
        return nw.from_native(engine.rows(native, 0, 0))  # type: ignore[no-any-return]
    if not flags:
        return frame.filter(selected)
    flagged: AnyFrame = nw.from_native(engine.flagged(native, flags))
    return flagged.filter(selected).drop(*flags)
