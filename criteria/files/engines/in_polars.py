"""Polars: scans Parquet and Arrow IPC itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from criteria.ast import Query
from criteria.backends import frame as frames
from criteria.files.engines.wanted import wanted
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.masks import ROW, Rows
from criteria.files.page import Page


@contextmanager
def scanned(inputs: Inputs, query: Query, page: Page) -> Iterator[pl.LazyFrame]:
    """The selected records."""
    found = wanted(lazily(inputs), query, page)
    yield found if page.order else found.slice(page.skip, page.limit)


def lazily(inputs: Inputs) -> pl.LazyFrame:
    """All records."""
    paths = list(inputs.paths)
    if inputs.format is Format.ARROW:
        return pl.scan_ipc(paths, glob=False)
    return pl.scan_parquet(paths, glob=False, hive_partitioning=inputs.is_partitioned, try_parse_hive_dates=False)


@contextmanager
def row_filter(query: Query) -> Iterator[Rows]:
    """The rows that a query selects."""
    yield lambda frame: frames.filter(frame, query)[ROW].to_list()
