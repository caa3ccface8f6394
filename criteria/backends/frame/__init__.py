"""The frame backend: data frames of many engines, through narwhals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from criteria.errors import CriteriaError, Problem
from criteria.messages import install_hint, quoted

try:
    import narwhals as nw
except ModuleNotFoundError as error:
    message = f"criteria.backends.frame needs narwhals. {install_hint('frames')}"
    raise ModuleNotFoundError(message, name="narwhals") from error

from criteria.backends.asked import asking
from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES, Backend
from criteria.backends.frame.declared import declared_condition, declared_place
from criteria.backends.frame.engines import is_dask
from criteria.backends.frame.expression import ColumnComparison, Compiler
from criteria.backends.frame.filtering import filtered
from criteria.backends.frame.searching import FramePage, searched
from criteria.backends.support import check_support
from criteria.backends.unsupported import Unsupported
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search, check_unique_order
from criteria.tree.nodes import FOLDED, AnyElement, Comparison, Expression
from criteria.tree.query import Query

__all__ = ["BACKEND", "FramePage", "FrameSearch", "filter", "search"]

Frame = TypeVar("Frame")


def filter(frame: Frame, query: Query) -> Frame:
    """The rows of a frame that a query selects, as a frame of the same kind. Lazy frames stay lazy.

    Raises `CriteriaError`: `unfit_column` if a column that the query needs is missing, or if its type cannot hold the
    values that the schema declares or the literal has; `unsupported`, also for an operator or a field type that frames
    do not support; `invalid_parameter`.
    """
    if not isinstance(query, Query):
        raise CriteriaError(Problem("invalid_parameter", f"Expected a query, found {quoted(query)}."))
    with asking(query):
        check_support(BACKEND, query)
        if is_dask(frame):
            from criteria.backends.frame.engines import dask

            return dask.filtered(frame, query)  # type: ignore[no-any-return]
        return _as_given(frame, filtered(frame, query))


def search(frame: Frame, search: Search, *, all_columns: bool = False) -> FramePage[Frame]:
    """A page of a frame: its rows as a frame of the same kind, whether more follow, and the total count.

    The page has the columns that the schema names, or with `all_columns` every column of the frame.

    Raises `CriteriaError` as `filter` does, and `unsupported` for a page without a unique key to end its order.
    """
    if not isinstance(search, Search):
        raise CriteriaError(Problem("invalid_parameter", f"Expected a search, found {quoted(search)}."))
    with asking(search):
        check_support(BACKEND, search.query, search.sort_keys, search)
        if is_dask(frame):
            from criteria.backends.frame.engines import dask

            data, count, following = dask.searched(frame, search, all_columns)
            return FramePage(data, search, count, following)
        rows, count, following = searched(frame, search, all_columns=all_columns)
        return FramePage(_as_given(frame, rows), search, count, following)


@dataclass(frozen=True, slots=True)
class FrameSearch:
    """A compiled search, which can be called with any frame."""

    search: Search

    def __call__(self, frame: Frame) -> FramePage[Frame]:
        """The page of a frame. Raises `CriteriaError` as `criteria.backends.frame.search` does."""
        return search(frame, self.search)


def _as_given(frame: Frame, result: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> Frame:
    """A frame of the caller's kind: a narwhals frame or a native one."""
    given: Any = result if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) else result.to_native()
    return given  # type: ignore[no-any-return]


def _compile_query(normal: Expression, schema: Schema | None) -> nw.Expr:
    def leaf(comparison: Comparison) -> ColumnComparison:
        return declared_place(comparison.field), declared_condition(comparison), nw.Unknown()

    def some(comparison: Comparison) -> nw.Expr:
        message = f"{quoted(comparison.field.name)} is a list, and narwhals has no conditions on elements."
        hint = "Use criteria.backends.frame.filter(frame, query)."
        raise Unsupported([Problem("unsupported", message, hint=hint)], [comparison])

    def any_object(test: AnyElement) -> nw.Expr:
        message = f"{quoted(test.objects.name)} is a list of objects, and narwhals has no conditions on elements."
        hint = "Use criteria.backends.frame.filter(frame, query)."
        raise Unsupported([Problem("unsupported", message, hint=hint)], [test])

    selected = Compiler(leaf, some, any_object, two_valued=True).expression(normal)
    if not isinstance(selected, bool):
        return selected
    first = nw.nth(0).is_null()
    return first | ~first if selected else first & ~first


def _compile_search(search: Search, normal: Expression) -> FrameSearch:
    check_unique_order(search)
    return FrameSearch(search)


BACKEND = Backend(
    "frame",
    _compile_query,
    _compile_search,
    storages={},
    operators=FIRST_OPERATORS | FOLDED,
    types=FIRST_TYPES | {FieldType.DATE},
    pages_by_cursor=True,
    object_lists=True,
)
