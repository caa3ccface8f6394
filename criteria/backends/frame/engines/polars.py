"""Polars frames, eager and lazy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import polars as pl
from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column
from criteria.backends.frame.dtypes import NothingButNulls, inner_type, is_cast, with_types
from criteria.backends.frame.engines import ElementCondition, FrameEngine, ListCondition
from criteria.backends.frame.expression import Words, holding


def _own_type(native: Any) -> DType | None:
    """The type of a column where narwhals does not know it, or its elements; None where narwhals does."""
    if native == pl.Null:
        return NothingButNulls()
    inner = _own_type(native.inner) if isinstance(native, pl.List) else None
    return None if inner is None else nw.List(inner)


def _types(frame: pl.DataFrame | pl.LazyFrame, known: Mapping[str, DType]) -> Mapping[str, DType]:
    return with_types(known, frame.collect_schema(), _own_type)


def _place(column: Column) -> pl.Expr:
    place = pl.nth(column.position)
    for member in column.path[1:]:
        place = place.struct.field(member)
    return place.arr.to_list() if isinstance(column.dtype, nw.Array) else place


def _some(column: Column, condition: ElementCondition) -> pl.Expr:
    dtype = inner_type(column.dtype) or column.dtype
    place = _place(column)
    element = pl.element().cast(pl.String) if is_cast(dtype) else pl.element()
    holds = element.is_not_null() if condition is True else holding(element, condition, dtype, _ELEMENTS)
    return place.list.eval(holds.fill_null(False)).list.any().fill_null(False)


def _literal(value: Any, dtype: DType) -> Any:
    """Polars compares instants of one time zone only, and those of two units by the coarser one."""
    if not _is_other(dtype):
        return value
    zone = getattr(dtype, "time_zone", None)
    return (nw.lit(value) if zone is None else nw.lit(value).dt.convert_time_zone(zone)).cast(dtype)


def _element_literal(value: Any, dtype: DType) -> Any:
    if not _is_other(dtype):
        return value
    zone = getattr(dtype, "time_zone", None)
    unit: Any = getattr(dtype, "time_unit", "us")
    return (pl.lit(value) if zone is None else pl.lit(value).dt.convert_time_zone(zone)).dt.cast_time_unit(unit)


def _is_other(dtype: DType) -> bool:
    """Whether instants do not compare with those of operands as these are."""
    return isinstance(dtype, nw.Datetime) and (dtype.time_zone not in (None, "UTC") or dtype.time_unit == "ns")


_WORDS = Words(literal=_literal)
_ELEMENTS = Words(literal=_element_literal)


def _flagged(frame: Any, flags: Mapping[str, ListCondition]) -> Any:
    return frame.with_columns(**{name: _some(column, condition) for name, (column, condition) in flags.items()})


def _rows(frame: Any, skip: int, count: int | None) -> Any:
    return frame.slice(skip, count)


def _length(frame: pl.DataFrame | pl.LazyFrame) -> int:
    return int(frame.lazy().select(pl.len()).collect().item())


ENGINE = FrameEngine(_types, _flagged, _rows, _length, words=lambda frame: _WORDS)
