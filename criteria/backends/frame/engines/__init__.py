"""What narwhals cannot do, in each engine's own expressions: one module per engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import narwhals as nw
from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column
from criteria.backends.frame.dtypes import Remedy, cast
from criteria.backends.frame.elements import ElementCondition, ObjectTest
from criteria.backends.frame.expression import PLAIN, Words

ListCondition = tuple[Column, ElementCondition | ObjectTest]
"""A column of lists, and the condition on their elements."""


@dataclass(frozen=True, slots=True)
class FrameEngine:
    """An engine of frames. The functions take and return native frames.

    - `types(frame, known)`: the types of columns; `known` are those that narwhals reports.
    - `flagged(frame, flags)`: the frame with a column for each name, never null: whether an element of a list that is
      not null fulfils a condition.
    - `rows(frame, skip, count)`: the rows after the first `skip`, at most `count` of them (None: all).
    - `length(frame)`: the number of rows; this runs a lazy frame.
    - `projected(frame, columns)`: the frame with a column for each name: a copy of a column in a form that the engine
      compares as the language says, such as strings by code point (None: the engine needs no copies).
    - `needs_projection(dtype)`: whether columns of a type are compared through a copy.
    - `quoted(name)`: a name, escaped for engines to which some characters have a meaning.
    - `words(frame)`: how expressions on the frame are written.
    - `remedy`: what to do with a column of another type than the one that is asked for.
    - `unusable`: names of columns that the engine takes for something else.
    """

    types: Callable[[Any, Mapping[str, DType]], Mapping[str, DType]]
    flagged: Callable[[Any, Mapping[str, ListCondition]], Any]
    rows: Callable[[Any, int, int | None], Any]
    length: Callable[[Any], int]
    projected: Callable[[Any, Mapping[str, Column]], Any] | None = None
    needs_projection: Callable[[DType], bool] = lambda dtype: False
    quoted: Callable[[str], str] = str
    words: Callable[[Any], Words] = lambda frame: PLAIN
    remedy: Remedy = cast
    unusable: frozenset[str] = frozenset()


_MODULES = {
    "polars": "polars",
    "pandas": "pandas",
    "pyarrow": "arrow",
    "duckdb": "duckdb",
    "pyspark": "pyspark",
}
"""The module of each engine, by its name in narwhals."""


def engine_of(frame: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> FrameEngine | None:
    """The engine of a frame; None when no engine is known to give the right answer."""
    module = _MODULES.get(frame.implementation.value)
    if module is None:
        return None
    engine: FrameEngine = import_module(f"criteria.backends.frame.engines.{module}").ENGINE
    return engine


def is_dask(frame: object) -> bool:
    """Whether a frame is a Dask frame. Its partitions are filtered one by one."""
    return type(frame).__module__.startswith("dask.dataframe")
