"""Searches on frames: the page's rows in their order, whether more follow, and the total count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, Generic, TypeVar

import narwhals as nw

from criteria.backends.frame.bound import AnyFrame, Bound
from criteria.backends.frame.dtypes import is_float
from criteria.backends.frame.engines import is_dask
from criteria.backends.frame.filtering import select
from criteria.backends.frame.positions import beyond, may_be_empty
from criteria.schema.schema import Schema
from criteria.schema.stored_names import stored_name
from criteria.search.order_by import SortKey
from criteria.search.search import Search, check_unique_order
from criteria.tree.nodes import EVERYTHING, And
from criteria.tree.normalize import normalize

Frame = TypeVar("Frame")


class FramePage(Generic[Frame]):
    """A page of a frame: its rows as a frame of the same kind, with the columns that the schema names.

    A lazy frame stays lazy: `data` has not been run, and `has_more_records` and `total_count` (None if the search does
    not ask for it) count when they are first read. Neither reads more rows than it needs.
    """

    __slots__ = ("_count", "_following", "_search", "_total", "data")

    def __init__(
        self, data: Frame, search: Search, count: Callable[[int | None], int], following: Callable[[int | None], int]
    ) -> None:
        """`count(most)` counts the rows that the query selects, `following(most)` those of them that come after the
        position of the search. Both may stop at `most`."""
        self.data = data
        self._search, self._count, self._following = search, count, following
        self._total: dict[int | None, int] = {}

    @property
    def has_more_records(self) -> bool:
        """Whether records follow the page."""
        search = self._search
        if search.position is not None and search.limit:
            return self._following(search.limit + 1) > search.limit
        if search.limit is None or (search.limit == 0 and not search.get_total_count):
            return False
        end = search.skip + search.limit
        return self._counted(None if search.get_total_count else end + 1) > end

    @property
    def total_count(self) -> int | None:
        """The number of records that the query selects."""
        return self._counted(None) if self._search.get_total_count else None

    @property
    def next_cursor(self) -> str | None:
        """The cursor that the search of the next page takes as `after` (docs/paging.md); None on the last page.

        It reads the last row. Raises `CriteriaError` (`invalid_record`, `unsupported`) as `Search.cursor` does.
        """
        is_there = self._search.before is not None or self.has_more_records
        return self._cursor(last=True) if is_there else None

    @property
    def previous_cursor(self) -> str | None:
        """The cursor that the search of the previous page takes as `before`; None on the first page."""
        search = self._search
        is_there = self.has_more_records if search.before is not None else search.after is not None or search.skip > 0
        return self._cursor(last=False) if is_there else None

    def _cursor(self, *, last: bool) -> str | None:
        data: Any = self.data
        rows = nw.from_native(data.compute() if is_dask(data) else data, pass_through=False)
        eager = rows.collect() if isinstance(rows, nw.LazyFrame) else rows
        if not len(eager):
            return None
        [record] = (eager.tail(1) if last else eager.head(1)).rows(named=True)
        return self._search.cursor(record, json_columns="decoded")

    def _counted(self, most: int | None) -> int:
        if most not in self._total:
            self._total[most] = self._count(most)
        return self._total[most]

    def __repr__(self) -> str:
        return f"FramePage({type(self.data).__module__.split('.')[0]} {type(self.data).__name__})"


Count = Callable[[int | None], int]
"""Counts rows, and may stop at a number of them."""


def searched(frame: Any, search: Search, *, all_columns: bool = False) -> tuple[AnyFrame, Count, Count]:
    """The rows of the page as a narwhals frame, and functions that count the rows that the query selects, and those of
    them that come after the position of the search.

    The page has the columns that the schema names, or all of the frame.
    """
    check_unique_order(search)
    following = beyond(search)
    bound = Bound(frame, search.query.schema)
    normal = normalize(search.query.expression)
    bound.check(And((normal, following)), (key.field for key in search.sort_keys))
    fetched, keys = _keys(bound, search.fetched_keys), _keys(bound, search.sort_keys)
    selected = select(bound, normal)
    rest = selected if search.position is None else select(bound, normalize(And((normal, following))))

    def counting(rows: AnyFrame) -> Count:
        return lambda most: bound.length(rows if most is None else bound.rows(rows, 0, most))

    page = bound.rows(_ordered(rest, fetched), search.skip, search.limit)
    if search.before is not None:
        page = _ordered(page, keys)
    shown = page.select(*_shown(bound, None if all_columns else search.query.schema))
    return shown, counting(selected), counting(rest)


def ordered_stably(frame: Any, search: Search) -> Any:
    """The page of a Polars frame without its filter and position, with all columns. Rows with equal sort keys keep the
    order that they have in the frame, so no unique key is needed. Raises `CriteriaError` as `searched` does."""
    bound = Bound(frame, search.query.schema)
    bound.check(EVERYTHING, (key.field for key in search.sort_keys))
    keys = _keys(bound, search.sort_keys)
    names = [name for name, _, _ in keys]
    placed = bound.added().with_columns(*(place.alias(name) for name, place, _ in keys)).to_native()
    descending = [is_descending for _, _, is_descending in keys]
    rows = placed.sort(names, descending=descending, maintain_order=True) if names else placed
    return bound.without_added(nw.from_native(rows).drop(names)).to_native().slice(search.skip, search.limit)


SortColumns = Sequence[tuple[str, nw.Expr, bool]]
"""The columns that order the rows: name, expression, and whether the order is descending."""


def _keys(bound: Bound, keys: Sequence[SortKey]) -> SortColumns:
    """Two columns for each sort key: engines place nulls differently, but sort flags alike. Records without a value
    come first when ascending and last when descending, and so do those with NaN.

    The sum with 0.0 makes 0.0 of -0.0, which is the same value. pandas numbers the distinct values of an Arrow column
    before it sorts by several. Arrow tells both zeros apart, and pandas then refuses them because they are equal.
    """
    found: list[tuple[nw.Expr, bool]] = []
    for key in keys:
        place = bound.place(key.field)
        if place is not None:
            if is_float(bound.columns.of(key.field).dtype):
                place = nw.when(place <= inf).then(place + 0.0)
            if may_be_empty(key.field):
                found.append((~place.is_null(), key.descending))
            found.append((place, key.descending))
    name = bound.new_name()
    return [(f"{name}_{number}", place, descending) for number, (place, descending) in enumerate(found)]


def _ordered(frame: AnyFrame, keys: SortColumns) -> AnyFrame:
    """The rows in order. Flags place nulls, so engines are asked for nulls last, wherever that is.

    With nulls first and a limit, DuckDB before 1.5.3 returns too few rows of an Arrow table: of the condition
    `key IS NULL OR key < bound`, which it pushes down to the scan, only `key IS NULL` is kept.
    """
    if not keys:
        return frame
    names = [name for name, _, _ in keys]
    placed = frame.with_columns(*(place.alias(name) for name, place, _ in keys))
    descending = [is_descending for _, _, is_descending in keys]
    return placed.sort(names, descending=descending, nulls_last=True)


def _shown(bound: Bound, schema: Schema | None) -> list[Any]:
    """The columns of the page, in the order of the frame: those that a schema names, or all."""
    places = () if schema is None else (*schema.fields, *(one.place for one in schema.object_lists))
    named = None if schema is None else {stored_name(field, bound.columns.dtypes, schema) for field in places}
    return [nw.nth(position) for position, name in enumerate(bound.columns.dtypes) if named is None or name in named]
