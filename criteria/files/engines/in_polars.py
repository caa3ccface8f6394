"""Polars: scans Parquet and Arrow IPC itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl

from criteria.backends import frame as frames
from criteria.files.engines import ROW, Rows
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.partitions import integers
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import Query


@contextmanager
def scanned(inputs: Inputs, search: Search) -> Iterator[pl.LazyFrame]:
    """The selected records."""
    every = lazily(inputs, search.query.schema)
    if search.order_by:
        yield frames.search(every, search).data
    else:
        yield frames.filter(every, search.query).slice(search.skip, search.limit)


def lazily(inputs: Inputs, schema: Schema | None) -> pl.LazyFrame:
    """All records; the schema tells of values in the names of folders whether they are text."""
    paths = list(inputs.paths)
    if inputs.format is Format.ARROW:
        return pl.scan_ipc(paths, glob=False)
    hive: Any = None
    if inputs.is_partitioned:
        known = integers(inputs, schema)
        hive = {name: pl.Int64 if is_integer else pl.String for name, is_integer in known.items()}
    return pl.scan_parquet(paths, glob=False, hive_partitioning=hive is not None, hive_schema=hive)


@contextmanager
def row_filter(query: Query) -> Iterator[Rows]:
    """The rows that a query selects."""
    yield lambda frame: frames.filter(frame, query)[ROW].to_list()
