"""The engines that filter files of columns. Rows go through the Python predicate, whichever engines are installed.

One module per engine: `scanned(inputs, search, share)` is a context manager that gives the selected records of files as
a lazy Polars frame. The engine says in `share` how far it is, if it knows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from criteria.files.faults import FaultKind, UsageFault
from criteria.files.inputs import Inputs, is_address
from criteria.files.share import Share
from criteria.search.search import Search

if TYPE_CHECKING:
    import polars as pl


_READING_ADDRESSES = frozenset({"polars", "python"})
"""The engines that read addresses: Polars reads the files for both. DuckDB and Spark load extensions for them, and fill
or drop columns that differ."""


def engine_for(inputs: Inputs, engine: str | None) -> str:
    """The engine that filters these files. Raises `UsageFault` when `engine` cannot.

    The readers of rows in Polars, DuckDB and Spark convert values where the language compares them as they are: DuckDB
    reads 31.5 and true as the integers 32 and 1, and Polars keeps the first of two members with one name.
    """
    if engine is None:
        return "python" if inputs.format.is_rows else "polars"
    if inputs.format.is_rows and engine != "python":
        message = f"The engine {engine} filters columns (Parquet and Arrow), and {inputs.format.value} data are rows."
        raise UsageFault(FaultKind.ENGINE_OF_COLUMNS, message)
    if engine not in _READING_ADDRESSES and any(map(is_address, inputs.paths)):
        raise UsageFault(FaultKind.ADDRESS_FOR_ENGINE, f"The engine {engine} reads only files here, not addresses.")
    return engine


def scan(engine: str, inputs: Inputs, search: Search, share: Share) -> AbstractContextManager[pl.LazyFrame]:
    """The selected records of files as a lazy frame, inside a block."""
    module: Any = import_module(f"{__name__}.in_{engine}")
    scanned: Callable[[Inputs, Search, Share], AbstractContextManager[pl.LazyFrame]] = module.scanned
    return scanned(inputs, search, share)
