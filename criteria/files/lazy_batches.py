"""A lazy frame of batches of records."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

_MAX_WAIT = 10.0
"""Seconds to wait for a source that reads something slow, such as a pipe."""

_STEP = 0.01
"""Seconds after which Polars is called again."""

_changed = threading.Condition()
_running: set[object] = set()


@contextmanager
def _counted() -> Iterator[None]:
    source = object()
    with _changed:
        _running.add(source)
    try:
        yield
    finally:
        with _changed:
            _running.discard(source)
            _changed.notify_all()


@contextmanager
def sources_end() -> Iterator[None]:
    """Waits for the sources of frames that a block has read, when it ends with an exception.

    Polars raises when a file cannot be written, while its threads still run the sources. If Python exits before they
    end, the process crashes.
    """
    with _changed:
        before = set(_running)
    try:
        yield
    except BaseException:
        _wait_for_others(before)
        raise


def _wait_for_others(before: set[object]) -> None:
    until = monotonic() + _MAX_WAIT
    with _changed:
        while not _running <= before and monotonic() < until:
            pl.thread_pool_size()  # any call: Polars' threads leave it to the next one to release a source
            _changed.wait(_STEP)


def as_frame(batches: Callable[[list[str] | None], Iterator[pl.DataFrame]], schema: Mapping[str, Any]) -> pl.LazyFrame:
    """A lazy frame of the batches that `batches` returns at each call, with the columns asked for, and possibly more.

    Polars pushes either `head` or a filter down to its source, never both, and then does not apply it again itself.
    """

    def source(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        if n_rows == 0:
            return
        given = 0
        with _counted():
            for batch in batches(with_columns):
                found = batch if predicate is None else batch.filter(predicate)
                found = found if n_rows is None else found.head(n_rows - given)
                given += found.height
                yield found if with_columns is None else found.select(with_columns)
                if given == n_rows:
                    return

    return register_io_source(source, schema=dict(schema))
