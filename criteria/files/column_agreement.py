"""Checks that all files have the same columns: DuckDB and Spark take those of the first file."""

from __future__ import annotations

from typing import Any

from criteria.errors import quoted, shown_name
from criteria.files.engine_names import literal_name
from criteria.files.faults import FaultKind, UsageFault
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.united_columns import different


def check_columns(inputs: Inputs, engine: str) -> None:
    """Checks that all files have the same columns. DuckDB and Spark use those of one file, and drop, fill or cast the
    others'.

    Raises `DataFault` for a file with different columns, `UsageFault` for names that differ only in letter case, which
    these engines treat as one, and Polars' errors for files that it cannot read.
    """
    first: dict[str, Any] = {}
    for path in inputs.paths:
        columns = _columns(path, inputs.format is Format.ARROW)
        if path == inputs.paths[0]:
            first = columns
        elif columns != first:
            name = next(name for name in {**columns, **first} if columns.get(name) != first.get(name))
            raise different(
                inputs.name_of(path), name, columns.get(name), inputs.name_of(inputs.paths[0]), first.get(name)
            )
    if engine == "polars":  # to which names that differ in case are different names
        return
    folded: dict[str, str] = {}
    for name in first:
        same = folded.setdefault(name.lower(), name)
        if same != name:
            where = shown_name(inputs.name_of(inputs.paths[0]))
            message = f"{where} has columns {quoted(same)} and {quoted(name)}, which {engine} treats as one."
            raise UsageFault(FaultKind.COLUMNS_DIFFER_IN_CASE, message)


def _columns(path: str, is_arrow: bool) -> dict[str, Any]:
    import polars as pl

    file = literal_name(path)
    found = pl.scan_ipc(file, glob=False).collect_schema() if is_arrow else pl.read_parquet_schema(file)
    return {name: pl.String() if isinstance(one, (pl.Categorical, pl.Enum)) else one for name, one in found.items()}
