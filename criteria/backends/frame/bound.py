"""A frame bound to a query: its engine, the columns of the query's fields, and the columns that are added for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw
from narwhals.dtypes import DType
from narwhals.exceptions import NarwhalsError

from criteria.backends.frame.columns import Column, FrameColumns
from criteria.backends.frame.elements import object_test
from criteria.backends.frame.engines import FrameEngine, ListCondition, engine_of
from criteria.backends.frame.expression import ColumnComparison, Compiler
from criteria.errors import CriteriaError, Listing, Problem, Refusal
from criteria.messages import quoted, shown_text
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.tree.nodes import AnyElement, Comparison, Expression, element_tests, leaves

AnyFrame = nw.DataFrame[Any] | nw.LazyFrame[Any]

_ADDED = "__criteria_{}"


class Bound:
    """A frame and its columns.

    Raises `CriteriaError`: `invalid_parameter` for an object that is not a frame, `unsupported` for a frame of an
    engine that is not known to give the right answer.
    """

    def __init__(self, frame: Any, schema: Schema | None) -> None:
        self.frame, self.engine = _opened(frame)
        known = self._known()
        types = self.engine.types(self.frame.to_native(), known)
        self.columns = FrameColumns(types, schema is not None, self.engine.remedy, schema=schema)
        self._flags: dict[str, ListCondition] = {}
        self._projected: dict[str, Column] = {}

    def _known(self) -> dict[str, DType]:
        try:
            return dict(self.frame.collect_schema())
        except ValueError:  # narwhals has no decimals of more than 38 digits
            from criteria.backends.frame.engines.polars import known_type

            types = self.frame.to_native().collect_schema()
            return {name: known_type(dtype) for name, dtype in types.items()}

    def check(self, normal: Expression, fields: Iterable[Field] = ()) -> None:
        """Raises `CriteriaError` (`unfit_column`) with a problem for each column that the query cannot use."""
        problems = Listing()
        told: set[str] = set()
        asked: list[Comparison | AnyElement | Field] = [*leaves(normal), *element_tests(normal), *fields]
        for one in asked:
            try:
                if isinstance(one, Field):
                    self.columns.of(one)
                elif isinstance(one, AnyElement):
                    object_test(one, self.columns)
                else:
                    self.columns.condition(one, self.columns.of(one.field))
            except Refusal as refusal:
                if refusal.message not in told:  # the second one would take a hint of others
                    told.add(refusal.message)
                    problems.report(refusal.at((), problems.hints))
        problems.refuse()

    def expression(self, normal: Expression) -> nw.Expr | bool:
        """The expression that filters the frame after `added` has added columns."""
        words = self.engine.words(self.frame.to_native())
        compiler = Compiler(
            self._leaf, self._some, self._any_object, two_valued=False, words=words, is_list=self._is_list
        )
        return compiler.expression(normal)

    def place(self, field: Field) -> nw.Expr | None:
        """The values of a field; None when the column's type holds no values."""
        column = self.columns.of(field)
        if column.is_empty:
            return None
        if self.engine.projected is None or not self.engine.needs_projection(column.dtype):
            return column.expression(self.engine.quoted)
        known = next((name for name, one in self._projected.items() if one == column), None)
        if known is None:
            known = self.new_name()
            self._projected[known] = column
        return nw.col(known)

    def new_name(self) -> str:
        """A name that no column of the frame and no added column has."""
        name = _ADDED.format(len(self._flags) + len(self._projected))
        while name in self.columns.dtypes:
            name += "_"
        return name

    def added(self) -> AnyFrame:
        """The frame with the additional columns that the expressions need; the frame itself if they need none."""
        native = self.frame.to_native()
        if self._flags:
            native = self.engine.flagged(native, self._flags)
        if self._projected and self.engine.projected is not None:
            native = self.engine.projected(native, self._projected)
        return nw.from_native(native) if self._flags or self._projected else self.frame

    def without_added(self, frame: AnyFrame) -> AnyFrame:
        """The frame without the added columns."""
        names = [*self._flags, *self._projected]
        return frame.drop(names) if names else frame

    def rows(self, frame: AnyFrame, skip: int, count: int | None) -> AnyFrame:
        """The rows of a frame of this engine after the first `skip`, at most `count` of them."""
        return nw.from_native(self.engine.rows(frame.to_native(), skip, count))  # type: ignore[no-any-return]

    def length(self, frame: AnyFrame) -> int:
        """The number of rows of a frame of this engine."""
        return self.engine.length(frame.to_native())

    def _is_list(self, field: Field) -> bool:
        return field.is_list or (field.has_elements and self.columns.of(field).has_lists)

    def _leaf(self, comparison: Comparison) -> ColumnComparison:
        column = self.columns.of(comparison.field)
        condition = self.columns.condition(comparison, column)
        if isinstance(condition, bool) and not column.is_empty:  # compares only with null, which has no collation
            return column.expression(self.engine.quoted), condition, column.dtype
        return self.place(comparison.field), condition, column.dtype

    def _any_object(self, test: AnyElement) -> nw.Expr | bool:
        found = object_test(test, self.columns)
        if found is None:
            return False
        name = self.new_name()
        self._flags[name] = found
        return nw.col(name)

    def _some(self, comparison: Comparison) -> nw.Expr | bool:
        column = self.columns.of(comparison.field)
        condition = self.columns.condition(comparison, column)
        if condition is False or column.is_empty:
            return False
        name = self.new_name()
        self._flags[name] = (column, condition)
        return nw.col(name)


def _opened(frame: Any) -> tuple[AnyFrame, FrameEngine]:
    try:
        narwhal: AnyFrame = nw.from_native(frame)
    except TypeError:
        message = f"{quoted(type(frame).__name__)} is not a frame that narwhals knows."
        raise CriteriaError(Problem("invalid_parameter", message)) from None
    except NarwhalsError as fault:  # two columns of one name
        said = shown_text(next(iter(str(fault).splitlines()), ""), 1000)
        message = f"The columns of the frame cannot be told apart. {said}".rstrip()
        raise CriteriaError(Problem("invalid_parameter", message)) from None
    engine = engine_of(narwhal)
    if engine is None:
        message = f"Frames of {narwhal.implementation.value} are not known to give the right answer."
        raise CriteriaError(Problem("unsupported", message, hint="Convert the frame to a Polars or an Arrow one."))
    taken = engine.unusable.intersection(narwhal.collect_schema().names()) if engine.unusable else None
    if taken:
        message = f"{narwhal.implementation.value} mistakes the column {quoted(min(taken))} for something else."
        raise CriteriaError(Problem("unsupported", message, hint="Rename the column."))
    return narwhal, engine
