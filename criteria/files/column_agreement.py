"""Checks that all files have the same columns: DuckDB and Spark take those of the first file."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from criteria.errors import Problem
from criteria.files.engine_names import literal_name
from criteria.files.faults import DataFault, FaultKind, UsageFault
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.messages import quoted, shown_name, shown_type
from criteria.text.ascii_case import ascii_lower


def check_columns(inputs: Inputs, engine: str, named: Collection[str] = ()) -> None:
    """Checks that all files have the same columns: those that the output shows and those that are named, or all.
    DuckDB and Spark use those of one file, and drop, fill or cast the others'. With `is_union` they may differ.

    Raises `DataFault` for a file with different columns, `UsageFault` for names that differ only in letter case, which
    these engines treat as one, and Polars' errors for files that it cannot read.
    """
    needed = None if inputs.shown is None else {*inputs.shown, *named}
    first: dict[str, Any] = {}
    names: list[str] = []
    for path in inputs.paths:
        found = _columns(path, inputs.format is Format.ARROW)
        columns = {name: one for name, one in found.items() if needed is None or name in needed}
        names += [name for name in found if name not in names]
        if path == inputs.paths[0]:
            first = columns
        elif inputs.is_union:
            continue
        elif columns != first:
            name = next(name for name in {**columns, **first} if columns.get(name) != first.get(name))
            before = inputs.name_of(inputs.paths[0])
            raise different(inputs, inputs.name_of(path), name, columns.get(name), before, first.get(name))
    if engine == "polars":  # to which names that differ in case are different names
        return
    fold = ascii_lower if engine == "duckdb" else str.lower
    folded: dict[str, str] = {}
    for name in names:
        same = folded.setdefault(fold(name), name)
        if same != name:
            where = shown_name(inputs.name_of(inputs.paths[0]))
            message = f"{where} has columns {quoted(same)} and {quoted(name)}, which {engine} treats as one."
            raise UsageFault(FaultKind.COLUMNS_DIFFER_IN_CASE, message)


def _columns(path: str, is_arrow: bool) -> dict[str, Any]:
    import polars as pl

    file = literal_name(path)
    # `read_parquet_schema` would take a name such as `[x].parquet` for a pattern.
    frame = pl.scan_ipc(file, glob=False) if is_arrow else pl.scan_parquet(file, glob=False, hive_partitioning=False)
    found = frame.collect_schema()
    return {name: pl.String() if isinstance(one, (pl.Categorical, pl.Enum)) else one for name, one in found.items()}


def different(inputs: Inputs, path: str, column: str, here: Any, first: str, there: Any) -> DataFault:
    """The fault of a column whose type in a file (None: missing) is not that in the first one."""
    found, before = (shown_type(one) if one is not None else "missing" for one in (here, there))
    message = f"Column {quoted(column)} is {found}, and in {shown_name(first)} it is {before}."
    return DataFault(path, Problem("unreadable_file", message), kind=_kind_of_difference(inputs))


def _kind_of_difference(inputs: Inputs) -> FaultKind:
    """What a caller can do about it: to choose other columns helps only where the output has columns."""
    if inputs.is_union:
        return FaultKind.TYPES_DIFFER
    return FaultKind.COLUMNS_DIFFER if inputs.shown != () else FaultKind.QUERIED_COLUMNS_DIFFER
