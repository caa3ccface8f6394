"""Polars: scans Parquet and Arrow IPC itself."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import polars as pl

from criteria.backends import frame as frames
from criteria.files.engine_errors import intervals, unreadable
from criteria.files.engine_names import literal_name
from criteria.files.engines.ordering import in_order, is_by_file
from criteria.files.formats import Format
from criteria.files.inputs import Inputs, is_address
from criteria.files.partitions import PartitionType, partition_types
from criteria.files.share import Share
from criteria.files.united_columns import united
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import places

_PARTITIONS: Mapping[PartitionType, Any] = {
    PartitionType.INTEGER: pl.Int64,
    PartitionType.DAY: pl.Date,
    PartitionType.TEXT: pl.String,
}

_INTERVAL = pl.Struct({"months": pl.Int32, "days": pl.Int32, "nanoseconds": pl.Duration("ns")})
"""What Polars takes the intervals of Parquet for. Parquet itself has no type for durations."""


@contextmanager
def scanned(inputs: Inputs, search: Search, share: Share) -> Iterator[pl.LazyFrame]:
    """The selected records. Polars does not say how far it is."""
    every = lazily(inputs, search.query.schema, named_by(search))
    if is_by_file(search):
        yield in_order(frames.filter(every, search.query), search)
    elif search.order_by:
        yield frames.search(every, search, all_columns=True).data
    else:
        yield frames.filter(every, search.query).slice(search.skip, search.limit)


def lazily(inputs: Inputs, schema: Schema | None, named: Collection[str] = ()) -> pl.LazyFrame:
    """All records; the schema decides whether values in folder names are text. Raises `DataFault` (`unsupported`) for
    intervals in columns that are needed."""
    needed = None if inputs.shown is None else {*inputs.shown, *named}
    if (inputs.is_union or needed is not None) and len(inputs.paths) > 1:
        each = [(inputs.name_of(path), _scanned(inputs, [path], schema)) for path in inputs.paths]
        for _, frame in each:
            _refuse_intervals(inputs, frame, needed)
        return united(each, needed, inputs)
    frame = _scanned(inputs, list(inputs.paths), schema)
    _refuse_intervals(inputs, frame, needed)
    return frame


def _refuse_intervals(inputs: Inputs, frame: pl.LazyFrame, needed: Collection[str] | None) -> None:
    """Raises `DataFault` for intervals of Parquet, for which Polars has no type: it panics when it reads them."""
    if inputs.format is Format.PARQUET and any(
        _has_intervals(dtype) for name, dtype in frame.collect_schema().items() if needed is None or name in needed
    ):
        raise intervals(inputs)


def _has_intervals(dtype: Any) -> bool:
    inner = getattr(dtype, "inner", None) or getattr(dtype, "value", None)  # the latter of maps
    if inner is not None:
        return _has_intervals(inner)
    return isinstance(dtype, pl.Struct) and (
        dtype == _INTERVAL or any(_has_intervals(one.dtype) for one in dtype.fields)
    )


def named_by(search: Search) -> set[str]:
    """The columns that a search names, or may have named."""
    fields = places(search.query.expression) + [key.field for key in search.sort_keys]
    return {name for one in fields for name in (one.column, one.path[0])}


def _scanned(inputs: Inputs, paths: list[str], schema: Schema | None) -> pl.LazyFrame:
    literal = [literal_name(path) for path in paths]
    if any(map(is_address, paths)):  # which may be patterns
        warnings.filterwarnings("ignore", ".*region' not set")  # Polars finds it out
        return (
            pl.scan_ipc(literal) if inputs.format is Format.ARROW else pl.scan_parquet(literal, hive_partitioning=False)
        )
    if inputs.format is Format.ARROW:
        frame = pl.scan_ipc(literal, glob=False)
        if "Datetime(time_unit='ms', time_zone=None)" in repr(frame.collect_schema()):  # may be date64 in Arrow
            _check_days(inputs, paths)
        return _with_guids(_with_days(frame, paths[0], is_arrow=True), paths[0], is_arrow=True)
    hive: Any = None
    if inputs.is_partitioned:
        hive = {name: _PARTITIONS[kind] for name, kind in partition_types(inputs, schema).items()}
    frame = pl.scan_parquet(literal, glob=False, hive_partitioning=hive is not None, hive_schema=hive)
    return _with_guids(_with_days(frame, paths[0], is_arrow=False), paths[0], is_arrow=False)


def _check_days(inputs: Inputs, paths: list[str]) -> None:
    """Raises `DataFault` (`unreadable_file`) for values of Arrow's `date64` that are not whole days: the format forbids
    them, and casting them to days would change them."""
    import pyarrow as pa

    try:
        for path in paths:
            with pa.memory_map(path) as file:
                schema = pa.ipc.open_file(file).schema
                days = [number for number, one in enumerate(schema) if "date64" in str(one.type)]
                if not days:
                    continue
                reader = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=days))
                for number in range(reader.num_record_batches):
                    reader.get_batch(number).validate(full=True)
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise unreadable(inputs, error) from None


def _with_days(frame: pl.LazyFrame, path: str, *, is_arrow: bool) -> pl.LazyFrame:
    """The frame with columns of Arrow's `date64` as days: Polars reads them as times without a zone."""
    suspects = [name for name, dtype in frame.collect_schema().items() if dtype == pl.Datetime("ms", None)]
    if not suspects:
        return frame
    import pyarrow as pa

    types = _types_of_arrow(path, is_arrow=is_arrow)
    days = [name for name in suspects if name in types and pa.types.is_date(types[name])]
    return frame.with_columns(pl.col(name).cast(pl.Date) for name in days) if days else frame


def _types_of_arrow(path: str, *, is_arrow: bool) -> dict[str, Any]:
    """The types of the columns in Arrow. Of columns of one name, which engines refuse when they read them, it has the
    last."""
    import pyarrow as pa
    from pyarrow import parquet

    if not is_arrow:
        schema = parquet.read_schema(path)
    else:
        with pa.memory_map(path) as file:
            schema = pa.ipc.open_file(file).schema
    return {one.name: one.type for one in schema}


def _with_guids(frame: pl.LazyFrame, path: str, *, is_arrow: bool) -> pl.LazyFrame:
    """The frame with UUIDs as texts, also in lists: Polars reads them as binary data."""
    types = frame.collect_schema()
    suspects = [name for name, dtype in types.items() if dtype in (pl.Binary, pl.List(pl.Binary))]
    if not suspects:
        return frame
    import pyarrow as pa

    known = _types_of_arrow(path, is_arrow=is_arrow)
    kinds = {name: known[name] for name in suspects if name in known}
    inside = {name: kind.value_type if pa.types.is_list(kind) else kind for name, kind in kinds.items()}
    guids = [name for name, kind in inside.items() if isinstance(kind, pa.UuidType)]
    element = _guid(pl.element())
    return frame.with_columns(
        pl.col(name).list.eval(element) if isinstance(types[name], pl.List) else _guid(pl.col(name)) for name in guids
    )


def _guid(binary: pl.Expr) -> pl.Expr:
    """The canonical texts of the bytes of UUIDs."""
    digits = binary.bin.encode("hex")
    parts = [digits.str.slice(start, end - start) for start, end in pairwise((0, 8, 12, 16, 20, 32))]
    return pl.concat_str(parts, separator="-")
