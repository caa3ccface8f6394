"""Column formats: scanned lazily by an engine of frames, which is given the filter and takes it down to the files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from criteria.ast import Query
from criteria.errors import Problem
from criteria.files.faults import DataFault, UsageFault, needing
from criteria.files.footers import check_columns
from criteria.files.formats import STDIN, Format
from criteria.files.inputs import Inputs
from criteria.files.page import Page
from criteria.files.partitions import integers
from criteria.search import Search

if TYPE_CHECKING:
    import polars as pl

ROW_ENGINES = ("python",)
FRAME_ENGINES: Mapping[str, tuple[Format, ...]] = {
    "polars": (Format.PARQUET, Format.ARROW),
    "duckdb": (Format.PARQUET,),
    "spark": (Format.PARQUET,),
}
"""The formats that each engine of frames reads."""


def engine_for(inputs: Inputs, wanted: str | None) -> str:
    """The engine that filters these files. Raises `UsageFault` when the wanted one does not read them rightly."""
    known = ROW_ENGINES if inputs.format.is_rows else tuple(
        name for name, formats in FRAME_ENGINES.items() if inputs.format in formats
    )  # fmt: skip
    if wanted is None:
        return known[0]
    if wanted not in known:
        message = f"The engine {wanted} does not filter {inputs.format.value} files."
        hint = f"Of {inputs.format.value} files the engines are: {', '.join(known)}."
        raise UsageFault("--engine", message, hint)
    return wanted


def selected(inputs: Inputs, query: Query, page: Page, engine: str) -> AbstractContextManager[pl.LazyFrame]:
    """The selected records as a lazy Polars frame, inside a block.

    Raises `UsageFault` without the engine's package, `CriteriaError` as `criteria.backends.frame.filter` does, and
    inside and at the end of the block `DataFault` for files that cannot be read.
    """
    if STDIN in inputs.paths:
        message = f"{inputs.format.value} data are read from files: their end is read first."
        raise UsageFault("DATA", message, "Name a file.")
    with needing("files", f"Filtering {inputs.format.value} files"):
        import narwhals  # noqa: F401
        import polars  # noqa: F401
    empty = next((path for path in inputs.paths if os.path.isfile(path) and not os.path.getsize(path)), None)
    if empty is not None:
        raise DataFault(empty, Problem("unreadable_file", "The file is empty."))
    opens: Callable[[Inputs, Query, Page], AbstractContextManager[pl.LazyFrame]] = {
        "polars": _of_polars,
        "duckdb": _of_duckdb,
        "spark": _of_spark,
    }[engine]
    return _readable(inputs, opens(inputs, query, page))


@contextmanager
def _readable(inputs: Inputs, opened: AbstractContextManager[pl.LazyFrame]) -> Iterator[pl.LazyFrame]:
    """Turns what Polars says of files that it cannot read into faults of the data."""
    import polars as pl
    from narwhals.exceptions import NarwhalsError

    try:
        with opened as frame:
            yield frame
    except (pl.exceptions.PolarsError, NarwhalsError, FileNotFoundError) as error:
        raise unreadable(inputs, error) from None


def unreadable(inputs: Inputs, error: Exception) -> DataFault | OSError:
    """What an engine says of files that it cannot read: a file that is not there, or no file of the format."""
    for path in inputs.paths:
        if not os.path.exists(path):
            return FileNotFoundError(2, "No such file or directory", path)
    name = inputs.paths[0] if len(inputs.paths) == 1 else f"{inputs.paths[0]} ..."
    said = " ".join(str(error).split("\n\n", 1)[0].split())
    return DataFault(name, Problem("unreadable_file", f"The {inputs.format.value} data cannot be read: {said}."))


def filtered(frame: Any, query: Query, page: Page) -> Any:
    """The wanted records of a frame, as a frame of the same engine. Raises `CriteriaError`."""
    from criteria.backends import frame as frames

    if page.order:
        return frames.search(frame, Search(query, page.order, page.limit, page.skip)).data
    return frames.filter(frame, query)


@contextmanager
def _of_polars(inputs: Inputs, query: Query, page: Page) -> Iterator[pl.LazyFrame]:
    import polars as pl

    paths = list(inputs.paths)
    if inputs.format is Format.ARROW:
        frame = pl.scan_ipc(paths, glob=False)
    else:
        hive: Any = None
        if inputs.is_partitioned:
            known = integers(inputs, query.schema)
            hive = {name: pl.Int64 if is_integer else pl.String for name, is_integer in known.items()}
        frame = pl.scan_parquet(paths, glob=False, hive_partitioning=hive is not None, hive_schema=hive)
    found = filtered(frame, query, page)
    yield found if page.order else found.slice(page.skip, page.limit)


@contextmanager
def _of_duckdb(inputs: Inputs, query: Query, page: Page) -> Iterator[pl.LazyFrame]:
    with needing("duckdb", "The engine duckdb"):
        import duckdb
        import pyarrow  # noqa: F401  # through which DuckDB hands out its batches

    import polars as pl
    from polars.io.plugins import register_io_source

    check_columns(inputs, "duckdb")
    failed: list[str] = []
    with duckdb.connect() as connection:
        try:
            relation = _relation(connection, inputs, query)
            found = filtered(relation, query, page)
            if not page.order and (page.limit is not None or page.skip):
                found = found.limit(2**62 if page.limit is None else page.limit, page.skip)
            found = _without_uuids(found)
            schema = _in_utc(pl.DataFrame(found.limit(0).to_arrow_table())).schema

            def batches(
                with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
            ) -> Iterator[pl.DataFrame]:
                try:
                    for batch in found.to_arrow_reader(100_000):
                        frame = _in_utc(pl.DataFrame(batch))
                        frame = frame if predicate is None else frame.filter(predicate)
                        yield frame if with_columns is None else frame.select(with_columns)
                except (duckdb.Error, OSError) as error:  # OSError: what Arrow makes of it
                    failed.append(str(error))
                    raise

            yield register_io_source(batches, schema=schema)
        except duckdb.Error as error:
            raise unreadable(inputs, error) from None
        except (OSError, pl.exceptions.PolarsError):  # Polars makes one of these of what a batch raises
            if not failed:
                raise
            raise unreadable(inputs, OSError(failed[0])) from None


def _relation(connection: Any, inputs: Inputs, query: Query) -> Any:
    if not inputs.is_partitioned:
        return connection.read_parquet(list(inputs.paths), hive_partitioning=False)
    paths = ", ".join(map(_literal, inputs.paths))
    types = ", ".join(
        f"{_literal(name)}: {'BIGINT' if is_integer else 'VARCHAR'}"
        for name, is_integer in integers(inputs, query.schema).items()
    )
    return connection.sql(f"FROM read_parquet([{paths}], hive_partitioning = true, hive_types = {{{types}}})")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    """Instants in UTC: DuckDB hands them out in the zone of the session, which it cannot be told without extensions."""
    zones = {name: getattr(dtype, "time_zone", None) for name, dtype in frame.schema.items()}
    return frame.with_columns(frame[name].dt.convert_time_zone("UTC") for name, zone in zones.items() if zone)


def _without_uuids(relation: Any) -> Any:
    """UUIDs as text: Arrow and Polars have no type for them."""
    if not any(native.id == "uuid" for native in relation.types):
        return relation
    from duckdb import ColumnExpression

    columns = zip(relation.columns, relation.types, strict=True)
    return relation.select(*(
        ColumnExpression(name).cast("VARCHAR").alias(name) if native.id == "uuid" else ColumnExpression(name)
        for name, native in columns
    ))  # fmt: skip


@contextmanager
def _of_spark(inputs: Inputs, query: Query, page: Page) -> Iterator[pl.LazyFrame]:
    """Spark writes what it selects in parts, each by the worker that has it; the parts are then one lazy frame."""
    from tempfile import TemporaryDirectory

    import polars as pl

    with needing("spark", "The engine spark"):
        from criteria.files.spark import read_folder, session, spark_errors

    check_columns(inputs, "spark")
    with TemporaryDirectory(prefix="criteria-") as folder, session() as spark:
        parts = os.path.join(folder, "parts")
        try:
            if inputs.folder is not None and inputs.is_partitioned:
                frame = read_folder(spark, inputs.folder, inputs.paths, integers(inputs, query.schema))
            else:
                frame = spark.read.parquet(*inputs.paths)
            found = filtered(frame, query, page)
            if not page.order:
                found = found.offset(page.skip) if page.skip else found
                found = found if page.limit is None else found.limit(page.limit)
            found.write.parquet(parts)
        except spark_errors() as error:
            raise unreadable(inputs, error) from None
        files = sorted(name for name in os.listdir(parts) if name.endswith(".parquet"))
        yield pl.scan_parquet([os.path.join(parts, name) for name in files], glob=False)
