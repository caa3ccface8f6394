"""Dask frames: each partition is filtered as a pandas frame.

Dask reads some types, decimals among them, as strings, and has no operations on lists and structs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas

from criteria.backends.frame.filtering import filtered as filtered_frame
from criteria.backends.frame.positions import beyond
from criteria.backends.frame.searching import Count
from criteria.backends.frame.searching import searched as searched_frame
from criteria.limits import MAX_RECORDS
from criteria.search.search import Search
from criteria.tree.nodes import EVERYTHING, And
from criteria.tree.normalize import normalize
from criteria.tree.query import Query


def filtered(frame: Any, query: Query) -> Any:
    """The rows that a query selects. Raises `CriteriaError` before anything runs."""
    meta = _filtered(frame._meta, query)
    return frame if normalize(query.expression) == EVERYTHING else frame.map_partitions(_filtered, query, meta=meta)


def searched(frame: Any, search: Search, all_columns: bool) -> tuple[Any, Count, Count]:
    """The rows of a page, in one partition, and functions that count the rows that the query selects, and those of them
    that come after the position of the search.

    Each partition yields its own first rows, as many as the page may need.
    """
    selected = filtered(frame, search.query)
    meta = _searched(frame._meta, search, all_columns)
    end = None if search.limit is None else min(search.skip + search.limit, MAX_RECORDS)
    firsts = selected.map_partitions(_searched, replace(search, limit=end, skip=0), all_columns, meta=meta)
    page = firsts.repartition(npartitions=1).map_partitions(_searched, search, all_columns, meta=meta)

    rest = filtered(frame, Query(And((search.query.expression, beyond(search))), search.query.schema))
    return page, _counting(selected), _counting(rest)


def _counting(frame: Any) -> Count:
    def count(most: int | None) -> int:
        counts = frame.map_partitions(_length, meta=(None, "int64"))  # len(frame) fails on some decimals
        return int(counts.compute().sum())

    return count


def _length(partition: Any) -> Any:
    return pandas.Series([len(partition)])


def _filtered(partition: Any, query: Query) -> Any:
    return filtered_frame(partition, query).to_native()


def _searched(partition: Any, search: Search, all_columns: bool) -> Any:
    return searched_frame(partition, search, all_columns=all_columns)[0].to_native()
