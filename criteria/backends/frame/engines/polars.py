"""Polars frames, eager and lazy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import polars as pl
from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column
from criteria.backends.frame.dtypes import NothingButNulls, is_cast, with_types
from criteria.backends.frame.elements import ElementCondition, ObjectTest, spell_term
from criteria.backends.frame.engines import FrameEngine, ListCondition
from criteria.backends.frame.expression import Words, holding


def _own_type(native: Any) -> DType | None:
    """The type of a column if narwhals does not know it or the type of its elements; None if it does."""
    if native == pl.Null:
        return NothingButNulls()
    if isinstance(native, pl.Struct):
        members = {one.name: _own_type(one.dtype) for one in native.fields}
        known = {one.name: one.dtype for one in native.fields}
        if not any(members.values()):
            return None
        return nw.Struct({name: own or known_type(known[name]) for name, own in members.items()})
    inner = _own_type(native.inner) if isinstance(native, pl.List) else None
    return None if inner is None else nw.List(inner)


def known_type(native: Any) -> DType:
    """What narwhals calls a type of Polars; Unknown where it refuses it."""
    try:
        return nw.from_native(pl.Series(dtype=native), series_only=True).dtype
    except ValueError:
        return nw.Unknown()


def _types(frame: pl.DataFrame | pl.LazyFrame, known: Mapping[str, DType]) -> Mapping[str, DType]:
    return with_types(known, frame.collect_schema(), _own_type)


def _some(column: Column, condition: ElementCondition | ObjectTest) -> pl.Expr:
    return _at(pl.nth(column.position), column.steps, column.element, condition)


def _at(
    place: pl.Expr, steps: tuple[str | DType, ...], dtype: DType, condition: ElementCondition | ObjectTest
) -> pl.Expr:
    """Whether a value below a place fulfils a condition; never null."""
    if not steps:
        return _fulfils(place, dtype, condition).fill_null(False)
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        return _at(place.struct.field(step), rest, dtype, condition)
    lists = place.arr.to_list() if isinstance(step, nw.Array) else place
    return lists.list.eval(_at(pl.element(), rest, dtype, condition)).list.any().fill_null(False)


def _fulfils(place: pl.Expr, dtype: DType, condition: ElementCondition | ObjectTest) -> pl.Expr:
    if condition is True:
        return place.is_not_null()
    if not isinstance(condition, ObjectTest):
        return holding(place.cast(pl.String) if is_cast(dtype) else place, condition, dtype, _ELEMENTS)  # type: ignore[no-any-return]
    if condition.term is None:
        return place.is_not_null()
    term = spell_term(condition.term, lambda one: _at(place, one.steps, one.column.element, one.condition))
    return place.is_not_null() & term


def _literal(value: Any, dtype: DType) -> Any:
    """A literal in the column's time zone and in microseconds: Polars compares only instants of one time zone, and
    those of two units by the coarser one."""
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
    """Whether instants differ from those of the operands in zone or unit, so that they cannot be compared."""
    return isinstance(dtype, nw.Datetime) and (dtype.time_zone not in (None, "UTC") or dtype.time_unit == "ns")


_CASTS_SETS = int(pl.__version__.partition(".")[0]) >= 2
"""Whether `is_in` takes decimals of another scale, and instants of another unit. Polars 1 raises an error."""


def _has_sets(dtype: DType) -> bool:
    if isinstance(dtype, nw.Datetime):
        return _CASTS_SETS or dtype.time_unit == "us"
    return _CASTS_SETS or not isinstance(dtype, nw.Decimal)


_WORDS = Words(literal=_literal, has_sets=_has_sets)
_ELEMENTS = Words(literal=_element_literal, has_sets=_has_sets)


def _flagged(frame: Any, flags: Mapping[str, ListCondition]) -> Any:
    return frame.with_columns(**{name: _some(column, condition) for name, (column, condition) in flags.items()})


def _rows(frame: Any, skip: int, count: int | None) -> Any:
    return frame.slice(skip, count)


def _length(frame: pl.DataFrame | pl.LazyFrame) -> int:
    return int(frame.lazy().select(pl.len()).collect().item())


ENGINE = FrameEngine(_types, _flagged, _rows, _length, words=lambda frame: _WORDS)
