"""The engines that filter files of columns and of rows.

One module per engine: `scanned(inputs, search)` is a context manager that gives the selected records of files as a lazy
Polars frame; `row_filter(query)` is one that gives a function from a frame to the numbers of its selected rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from criteria.files.faults import FaultKind, UsageFault
from criteria.files.inputs import Inputs
from criteria.search.search import Search
from criteria.tree.nodes import Query

if TYPE_CHECKING:
    import polars as pl

Rows = Callable[["pl.DataFrame"], Iterable[int]]
"""The numbers in column `ROW` of the rows that a query selects."""

ROW = "__criteria_row"

_MAX_ROWS: Mapping[str, int] = {"polars": 1 << 14, "duckdb": 1 << 15, "spark": 1 << 18}
"""Records in a batch for each engine: few, to save memory, but many if a call takes long."""


def engine_for(inputs: Inputs, engine: str | None, has_schema: bool) -> str:
    """The engine that filters these files. Raises `UsageFault` when `engine` cannot."""
    default = "python" if inputs.format.is_rows else "polars"
    if engine is None:
        return default
    if inputs.format.is_rows and engine != "python" and not has_schema:
        message = f"The engine {engine} filters columns, and rows of {inputs.format.value} have no types of their own."
        raise UsageFault(FaultKind.ENGINE_WITHOUT_SCHEMA, message)
    return engine


def scan(engine: str, inputs: Inputs, search: Search) -> AbstractContextManager[pl.LazyFrame]:
    """The selected records of files as a lazy frame, inside a block."""
    scanned: Callable[[Inputs, Search], AbstractContextManager[pl.LazyFrame]] = _module(engine).scanned
    return scanned(inputs, search)


def row_engine(engine: str) -> tuple[Callable[[Query], AbstractContextManager[Rows]], int]:
    """The engine's row filter, and the number of rows in a batch for it."""
    return _module(engine).row_filter, _MAX_ROWS[engine]


def _module(engine: str) -> Any:
    return import_module(f"{__name__}.in_{engine}")
