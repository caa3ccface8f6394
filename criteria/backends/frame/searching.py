"""Searches on frames: the page's rows in their order, whether more follow, and the total count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import narwhals as nw

from criteria.backends.frame.bound import AnyFrame, Bound
from criteria.backends.frame.filtering import select
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey
from criteria.search.search import Search, check_unique_order
from criteria.tree.normalize import normalize

Frame = TypeVar("Frame")


class FramePage(Generic[Frame]):
    """A page of a frame: its rows as a frame of the same kind, with the columns that the schema names.

    A lazy frame stays lazy: `data` has not been run, and `has_more_records` and `total_count` (None if the search does
    not ask for it) count when they are first read. Neither reads more rows than it needs.
    """

    __slots__ = ("_count", "_search", "_total", "data")

    def __init__(self, data: Frame, search: Search, count: Callable[[int | None], int]) -> None:
        """`count(most)` counts the selected rows, and may stop at `most`."""
        self.data = data
        self._search, self._count = search, count
        self._total: dict[int | None, int] = {}

    @property
    def has_more_records(self) -> bool:
        """Whether records follow the page."""
        search = self._search
        if search.limit is None or (search.limit == 0 and not search.get_total_count):
            return False
        end = search.skip + search.limit
        return self._counted(None if search.get_total_count else end + 1) > end

    @property
    def total_count(self) -> int | None:
        """The number of records that the query selects."""
        return self._counted(None) if self._search.get_total_count else None

    def _counted(self, most: int | None) -> int:
        if most not in self._total:
            self._total[most] = self._count(most)
        return self._total[most]

    def __repr__(self) -> str:
        return f"FramePage({type(self.data).__module__.split('.')[0]} {type(self.data).__name__})"


def searched(frame: Any, search: Search, *, all_columns: bool = False) -> tuple[AnyFrame, Callable[[int | None], int]]:
    """The rows of the page as a narwhals frame, and a function that counts the rows that the query selects.

    The page has the columns that the schema names, or all of the frame.
    """
    check_unique_order(search)
    bound = Bound(frame, search.query.schema is not None)
    normal = normalize(search.query.expression)
    bound.check(normal, (key.field for key in search.sort_keys))
    keys = _keys(bound, search.sort_keys)
    selected = select(bound, normal)

    def count(most: int | None) -> int:
        return bound.length(selected if most is None else bound.rows(selected, 0, most))

    page = bound.rows(_ordered(selected, keys), search.skip, search.limit)
    return page.select(*_shown(bound, None if all_columns else search.query.schema)), count


SortColumns = Sequence[tuple[str, nw.Expr, bool]]
"""The columns that order the rows: name, expression, and whether the order is descending."""


def _keys(bound: Bound, keys: Sequence[SortKey]) -> SortColumns:
    """Two columns for each sort key: engines place nulls differently, but sort flags alike. Records without a value
    come first when ascending and last when descending."""
    found: list[tuple[nw.Expr, bool]] = []
    for key in keys:
        place = bound.place(key.field)
        if place is not None:
            if key.field.nullable or key.field.is_nested:
                found.append((~place.is_null(), key.descending))
            found.append((place, key.descending))
    name = bound.new_name()
    return [(f"{name}_{number}", place, descending) for number, (place, descending) in enumerate(found)]


def _ordered(frame: AnyFrame, keys: SortColumns) -> AnyFrame:
    if not keys:
        return frame
    names = [name for name, _, _ in keys]
    placed = frame.with_columns(*(place.alias(name) for name, place, _ in keys))
    return placed.sort(names, descending=[descending for _, _, descending in keys])


def _shown(bound: Bound, schema: Schema | None) -> list[Any]:
    """The columns of the page, in the order of the frame: those that a schema names, or all."""
    named = None if schema is None else {field.column for field in schema.fields}
    return [nw.nth(position) for position, name in enumerate(bound.columns.dtypes) if named is None or name in named]
