"""Dask frames: each partition is filtered as a pandas frame.

Dask reads some types, decimals among them, as strings, and has no operations on lists and structs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas

from criteria.backends.frame.filtering import filtered as filtered_frame
from criteria.backends.frame.searching import searched as searched_frame
from criteria.search.search import Search
from criteria.tree.nodes import EVERYTHING, Query
from criteria.tree.normalize import normalize


def filtered(frame: Any, query: Query) -> Any:
    """The rows that a query selects. Raises `CriteriaError` before anything runs."""
    meta = _filtered(frame._meta, query)
    return frame if normalize(query.expression) == EVERYTHING else frame.map_partitions(_filtered, query, meta=meta)


def searched(frame: Any, search: Search, all_columns: bool) -> tuple[Any, Callable[[int | None], int]]:
    """The rows of a page, in one partition, and a function that counts the rows that the query selects.

    Each partition yields its own first rows, as many as the page may need.
    """
    selected = filtered(frame, search.query)
    meta = _searched(frame._meta, search, all_columns)
    end = None if search.limit is None else search.skip + search.limit
    firsts = selected.map_partitions(_searched, Search(search.query, search.order_by, end), all_columns, meta=meta)
    page = firsts.repartition(npartitions=1).map_partitions(_searched, search, all_columns, meta=meta)

    def count(most: int | None) -> int:
        counts = selected.map_partitions(_length, meta=(None, "int64"))  # len(selected) fails on some decimals
        return int(counts.compute().sum())

    return page, count


def _length(partition: Any) -> Any:
    return pandas.Series([len(partition)])


def _filtered(partition: Any, query: Query) -> Any:
    return filtered_frame(partition, query).to_native()


def _searched(partition: Any, search: Search, all_columns: bool) -> Any:
    return searched_frame(partition, search, all_columns=all_columns)[0].to_native()
