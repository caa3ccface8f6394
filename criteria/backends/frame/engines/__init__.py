"""What narwhals cannot do, in each engine's own expressions: one module per engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import narwhals as nw
from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column
from criteria.backends.frame.conditions import Compare, Several
from criteria.backends.frame.expression import PLAIN, Words

ElementCondition = Literal[True] | Compare | Several
"""A condition on an element of a list that is not null."""

ListCondition = tuple[Column, ElementCondition]
"""A column of lists, and the condition on their elements."""


@dataclass(frozen=True, slots=True)
class FrameEngine:
    """One engine of frames; the functions take and give its own frames.

    - `types(frame, known)` is what the engine alone knows about the columns that narwhals knows as `known`;
    - `flagged(frame, flags)` adds a column for each name, never null: whether some element of a list, null aside,
      fulfils a condition;
    - `rows(frame, skip, count)` are the rows after the first `skip`, at most `count` of them (None: all);
    - `length(frame)` counts rows, which runs what is lazy;
    - `projected(frame, columns)` adds a column for each name: the values of another one, in the form in which the
      engine compares them as the language says (None: every column is in that form);
    - `needs_projection(dtype)` says whether columns of a type are compared through such a column;
    - `quoted(name)` is a name that means nothing but itself;
    - `words(frame)` is what the frame's expressions are spelled by.
    """

    types: Callable[[Any, Mapping[str, DType]], Mapping[str, DType]]
    flagged: Callable[[Any, Mapping[str, ListCondition]], Any]
    rows: Callable[[Any, int, int | None], Any]
    length: Callable[[Any], int]
    projected: Callable[[Any, Mapping[str, Column]], Any] | None = None
    needs_projection: Callable[[DType], bool] = lambda dtype: False
    quoted: Callable[[str], str] = str
    words: Callable[[Any], Words] = lambda frame: PLAIN


_MODULES = {
    "polars": "polars",
    "pandas": "pandas",
    "pyarrow": "arrow",
    "duckdb": "duckdb",
    "pyspark": "pyspark",
}
"""The module of each engine, by narwhals' name of it."""


def engine_of(frame: nw.DataFrame[Any] | nw.LazyFrame[Any]) -> FrameEngine | None:
    """The engine of a frame; None when no engine is known to give the right answer."""
    module = _MODULES.get(frame.implementation.value)
    if module is None:
        return None
    engine: FrameEngine = import_module(f"criteria.backends.frame.engines.{module}").ENGINE
    return engine


def is_dask(frame: object) -> bool:
    """Whether a frame is one of Dask's, which are filtered partition by partition as what they are made of."""
    return type(frame).__module__.startswith("dask.dataframe")
