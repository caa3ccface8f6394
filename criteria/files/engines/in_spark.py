"""Spark: scans Parquet itself, on all of its workers. Other formats are converted to Parquet or a frame first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from criteria.backends import frame as frames
from criteria.files.column_agreement import check_columns
from criteria.files.column_writers import sink
from criteria.files.engine_errors import unreadable
from criteria.files.engines.in_polars import lazily, named_by
from criteria.files.faults import needing
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.partitions import partition_types
from criteria.files.share import Share
from criteria.search.search import Search

_ROW = "__criteria_row"
"""A column for a frame that otherwise would have none."""


@contextmanager
def scanned(inputs: Inputs, search: Search, share: Share) -> Iterator[pl.LazyFrame]:
    """The selected records. The workers write them in parts, which are then read as one frame."""
    with _session() as spark, TemporaryDirectory(prefix="criteria-") as folder:
        from criteria.files.engines.spark_session import progress_of, spark_errors

        check_columns(inputs, "spark", named_by(search))
        parts = os.path.join(folder, "parts")
        share.told = lambda: progress_of(spark)
        try:
            _shown(_selected(_frame(spark, inputs, search, folder), search), inputs.shown).write.parquet(parts)
        except spark_errors() as error:
            raise unreadable(inputs, error) from None
        finally:
            share.told = None
        files = sorted(name for name in os.listdir(parts) if name.endswith(".parquet"))
        yield pl.scan_parquet([os.path.join(parts, name) for name in files], glob=False)


def _selected(frame: Any, search: Search) -> Any:
    if search.order_by:
        return frames.search(frame, search, all_columns=True).data
    found: Any = frames.filter(frame, search.query)
    found = found.offset(search.skip) if search.skip else found
    return found if search.limit is None else found.limit(search.limit)


@contextmanager
def _session() -> Iterator[Any]:
    with needing("spark", "The engine spark"):
        from criteria.files.engines.spark_session import session
    with session() as spark:
        yield spark


def _shown(frame: Any, names: tuple[str, ...] | None) -> Any:
    """The columns that the output needs: others may differ from file to file."""
    if names is None or any(name not in frame.columns and name.split(".")[0] not in frame.columns for name in names):
        return frame  # with all names, for the refusal to tell the nearest
    from pyspark.sql.functions import lit

    kept = ["`" + name.replace("`", "``") + "`" for name in dict.fromkeys(names) if name in frame.columns]
    return frame.select(*kept) if kept else frame.select(lit(True).alias(_ROW))


def _frame(spark: Any, inputs: Inputs, search: Search, folder: str) -> Any:
    schema = search.query.schema
    if inputs.format is Format.ARROW or inputs.is_union:  # Spark unites files, and casts their columns as it likes
        copy = Path(folder, "input.parquet")
        sink(lazily(inputs, schema, named_by(search)), copy, Format.PARQUET)
        return spark.read.parquet(str(copy))
    if inputs.folder is not None and inputs.is_partitioned:
        from criteria.files.engines.spark_session import read_folder

        return read_folder(spark, inputs.folder, inputs.paths, partition_types(inputs, schema))
    return spark.read.parquet(*inputs.paths)
