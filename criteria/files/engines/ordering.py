"""Orders of files. Rows of a file have an order of their own, so a page of them needs no unique key: rows with equal
sort keys keep the order of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criteria.backends.frame.searching import ordered_stably
from criteria.search.search import Search

if TYPE_CHECKING:
    import polars as pl


def is_by_file(search: Search) -> bool:
    """Whether rows with equal sort keys are told apart by nothing but their place in the file."""
    schema = search.query.schema
    return bool(search.order_by) and (schema is None or not schema.key)


def in_order(selected: pl.LazyFrame, search: Search) -> pl.LazyFrame:
    """The page of selected rows that are in the order of the file. Raises `CriteriaError` (`unfit_column`)."""
    page: pl.LazyFrame = ordered_stably(selected, search)
    return page
