"""DuckDB: scans Parquet itself, and Arrow IPC through pyarrow datasets, to which it pushes down the filter.

DuckDB does not read the Arrow schema that writers put into Parquet. Polars does, and says what the columns are, so that
a query that one engine refuses is refused by all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from threading import Event
from typing import TYPE_CHECKING, Any

import polars as pl

from criteria.backends import frame as frames
from criteria.errors import Problem
from criteria.files.column_agreement import check_columns
from criteria.files.engine_errors import intervals, unreadable
from criteria.files.engine_names import escaped_pattern, literal_name
from criteria.files.engines import in_polars
from criteria.files.engines.in_polars import lazily, named_by
from criteria.files.engines.ordering import in_order, is_by_file
from criteria.files.faults import FaultKind, FileFault, needing
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.lazy_batches import as_frame
from criteria.files.partitions import PartitionType, partition_types
from criteria.files.share import Share
from criteria.files.utc import utc_type
from criteria.messages import quoted
from criteria.schema.stored_names import stored_name
from criteria.search.search import Search

if TYPE_CHECKING:
    import duckdb

_PARTITIONS: Mapping[PartitionType, str] = {
    PartitionType.INTEGER: "BIGINT",
    PartitionType.DAY: "DATE",
    PartitionType.TEXT: "VARCHAR",
}

_ROW = "__criteria_row"
"""A column for a relation that otherwise would have none."""

_PATIENCE = 5.0
"""Seconds to wait for a thread to stop."""


@contextmanager
def scanned(inputs: Inputs, search: Search, share: Share) -> Iterator[pl.LazyFrame]:
    """The selected records."""
    with _connected() as connection:
        import duckdb

        check_columns(inputs, "duckdb", named_by(search))
        with in_polars.scanned(inputs, search, Share()) as known:  # raises for columns that do not fit the query
            types = known.collect_schema()
        share.told = lambda: _progress(connection)
        failed: list[str] = []
        ended = Event()
        ended.set()
        try:
            every = (_united if inputs.is_union else _relation)(connection, inputs, search)
            if search.query.schema is None:  # it compares them with strings
                every = _without_uuids(every)
            found = _selected(every, search)
            needed = _needed(inputs, search, found.columns)
            found = _without_uuids(_shown(found, needed))
            if not _lacks(found.columns, needed):
                if any(map(_has_intervals, found.types)):  # of which Polars crashes
                    raise intervals(inputs)
                _refuse_durations(inputs, [name for name in found.columns if _has_durations(types.get(name))])
            _refuse_cut_instants({name: types[name] for name in (*found.columns, *named_by(search)) if name in types})
            schema = _in_utc(pl.DataFrame(found.limit(0).to_arrow_table())).schema

            def batches(_: list[str] | None) -> Iterator[pl.DataFrame]:
                ended.clear()
                try:
                    for batch in found.to_arrow_reader(100_000):
                        yield _in_utc(pl.DataFrame(batch))
                except (duckdb.Error, OSError) as error:  # OSError: raised by Arrow
                    failed.append(str(error))
                    raise
                finally:
                    ended.set()

            rows = as_frame(batches, schema)
            yield in_order(rows, search) if is_by_file(search) else rows
        except duckdb.Error as error:
            raise unreadable(inputs, error) from None
        except (OSError, pl.exceptions.PolarsError):  # Polars wraps the exception of a batch in one of these
            if not failed:
                raise
            raise unreadable(inputs, OSError(failed[0])) from None
        finally:
            share.told = None
            connection.interrupt()
            ended.wait(_PATIENCE)  # a Polars thread holds the batches, and no DuckDB object may outlive the interpreter


def _refuse_durations(inputs: Inputs, names: Sequence[str]) -> None:
    """Raises `FileFault` (`unsupported`) for columns of durations. Parquet has them as integers, whose unit only the
    Arrow schema beside them says, and DuckDB does not read that."""
    if names:
        listed = ", ".join(map(quoted, names))
        message = f"DuckDB reads durations in Parquet as integers: {listed}."
        raise FileFault(FaultKind.DURATIONS_IN_DUCKDB, Problem("unsupported", message))


def _refuse_cut_instants(types: Mapping[str, Any]) -> None:
    """Raises `FileFault` (`unfit_column`) for instants in nanoseconds and a time zone. From version 2 on DuckDB has a
    type for them, which queries may not name; before, it cuts them to microseconds."""
    from criteria.backends.frame.engines.duckdb import IS_BEFORE_2

    cut = [name for name, dtype in types.items() if re.search(r"time_unit='ns', time_zone='", repr(dtype))]
    if IS_BEFORE_2 and cut:
        listed = ", ".join(map(quoted, cut))
        message = f"DuckDB before version 2 cuts instants in nanoseconds to microseconds: {listed}."
        raise FileFault(FaultKind.NANOSECONDS_IN_DUCKDB, Problem("unfit_column", message))


def _has_durations(dtype: Any) -> bool:
    """Whether values of a type of Polars have durations."""
    inner = getattr(dtype, "inner", None) or getattr(dtype, "value", None)  # the latter of maps
    if inner is not None:
        return _has_durations(inner)
    if isinstance(dtype, pl.Struct):
        return any(_has_durations(one.dtype) for one in dtype.fields)
    return isinstance(dtype, pl.Duration)


def _has_intervals(native: Any) -> bool:
    """Whether values of a type have intervals."""
    if native.id not in ("list", "array", "struct", "map", "union"):
        return bool(native.id == "interval")
    return any(_has_intervals(inner) for _, inner in native.children if hasattr(inner, "id"))


def _progress(connection: duckdb.DuckDBPyConnection) -> float:
    """The part of the running statement that is done; 0 while none runs."""
    import duckdb

    try:
        return connection.query_progress() / 100
    except duckdb.Error:  # it was closed in the meantime
        return 0.0


def _selected(relation: Any, search: Search) -> Any:
    if is_by_file(search):  # which is the order of the relation's rows: they are sorted afterwards
        return frames.filter(relation, search.query)
    if search.order_by:
        return frames.search(relation, search, all_columns=True).data
    found: Any = frames.filter(relation, search.query)
    if search.limit is None and not search.skip:
        return found
    return found.limit(2**62 if search.limit is None else search.limit, search.skip)


def _needed(inputs: Inputs, search: Search, columns: Collection[str]) -> tuple[str, ...] | None:
    """The columns that the output needs, and those that order it afterwards; None: all."""
    if inputs.shown is None or not is_by_file(search):
        return inputs.shown
    schema = search.query.schema
    return (*inputs.shown, *(stored_name(key.field, columns, schema) for key in search.sort_keys))


def _shown(relation: Any, names: tuple[str, ...] | None) -> Any:
    """The columns that the output needs: Arrow and Polars may have no type for others."""
    if names is None or _lacks(relation.columns, names):
        return relation  # with all names, for the refusal to tell the nearest
    from duckdb import ColumnExpression, ConstantExpression

    kept = [ColumnExpression(name) for name in dict.fromkeys(names) if name in relation.columns]
    return relation.select(*(kept or [ConstantExpression(True).alias(_ROW)]))


def _lacks(columns: Collection[str], names: tuple[str, ...] | None) -> bool:
    """Whether a name is none of the columns, and no member of one."""
    return any(name not in columns and name.split(".")[0] not in columns for name in names or ())


@contextmanager
def _connected() -> Iterator[duckdb.DuckDBPyConnection]:
    with needing("duckdb", "The engine duckdb"):
        import duckdb
        import pyarrow.dataset  # noqa: F401  # DuckDB reads Arrow IPC and returns batches through it

        from criteria.backends.frame.engines.duckdb import PRUNED_EXACTLY

    with duckdb.connect() as connection:
        connection.execute(PRUNED_EXACTLY)
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        yield connection


def _relation(connection: duckdb.DuckDBPyConnection, inputs: Inputs, search: Search) -> Any:
    if inputs.format is Format.ARROW:
        return _of_arrow(connection, inputs)
    known = partition_types(inputs, search.query.schema) if inputs.is_partitioned else None
    return _of_parquet(connection, inputs.paths, known)


def _united(connection: duckdb.DuckDBPyConnection, inputs: Inputs, search: Search) -> Any:
    """The files one after the other. Columns have the types that hold the values of all files, which Polars knows."""
    from duckdb import ColumnExpression, ConstantExpression

    from criteria.backends.frame.engines.duckdb import check_names

    schema = search.query.schema
    targets = lazily(inputs, schema, named_by(search)).collect_schema()
    check_names(targets)
    natives = connection.from_arrow(pl.DataFrame(schema=targets).to_arrow())
    types = dict(zip(natives.columns, natives.types, strict=True))
    known = partition_types(inputs, schema) if inputs.is_partitioned else None
    relations = []
    for path in inputs.paths:
        one = inputs._replace(paths=(path,), is_union=False)
        is_arrow = inputs.format is Format.ARROW
        relation = _of_arrow(connection, one) if is_arrow else _of_parquet(connection, one.paths, known)
        found = lazily(one, schema).collect_schema()
        columns = []
        for name, dtype in targets.items():
            column = ColumnExpression(name) if name in relation.columns else ConstantExpression(None)
            is_same = found.get(name) == dtype and name in relation.columns
            columns.append((column if is_same else column.cast(types[name])).alias(name))
        relations.append(relation.select(*columns))
    return reduce(lambda before, relation: before.union(relation), relations)


def _of_arrow(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> Any:
    from pyarrow import ArrowException, dataset

    try:
        found = dataset.dataset([literal_name(path) for path in inputs.paths], format="ipc")
        for batch in found.to_batches():  # DuckDB trusts offsets: damaged ones would kill the process
            batch.validate(full=True)
        return connection.from_arrow(found)
    except (ArrowException, OSError, MemoryError) as error:
        raise unreadable(inputs, error) from None


def _of_parquet(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[str], known: Mapping[str, PartitionType] | None
) -> Any:
    """The files, with columns for the values in the names of folders if their types are known."""
    patterns = [escaped_pattern(path) for path in paths]
    if known is None:
        return connection.read_parquet(patterns, hive_partitioning=False)
    listed = ", ".join(map(_literal, patterns))
    types = ", ".join(f"{_literal(name)}: {_PARTITIONS[kind]}" for name, kind in known.items())
    return connection.sql(f"FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{{types}}})")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    """Instants in UTC. DuckDB returns them in the time zone of the session, which cannot be set without extensions."""
    changed = {name: (dtype, utc_type(dtype)) for name, dtype in frame.schema.items()}
    return frame.with_columns(frame[name].cast(after) for name, (before, after) in changed.items() if before != after)


_TEXTS = {"UUID": "VARCHAR", "UUID[]": "VARCHAR[]"}


def _without_uuids(relation: Any) -> Any:
    """UUIDs as text: Arrow and Polars have no type for them."""
    if not any(str(native) in _TEXTS for native in relation.types):
        return relation
    from duckdb import ColumnExpression

    columns = []
    for name, native in zip(relation.columns, relation.types, strict=True):
        column = ColumnExpression(name)
        text = _TEXTS.get(str(native))
        columns.append(column if text is None else column.cast(text).alias(name))
    return relation.select(*columns)
