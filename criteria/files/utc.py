"""Instants in UTC, whatever zone a file keeps them in, and those without one that a schema declares to be in UTC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from criteria.schema.schema import Schema
from criteria.schema.stored_names import stored_name


def utc_type(dtype: Any) -> Any:
    """The type with instants in UTC, also inside lists and structs."""
    return _each(dtype, _in_utc)


def text_type(dtype: Any) -> Any:
    """The type whose values are written as texts: with instants in UTC, and doubles in place of 32-bit floats, which
    are the doubles of the same values. Their own texts are shorter, and those of other doubles."""
    return _each(dtype, lambda one: pl.Float64() if one == pl.Float32 else _in_utc(one))


def _in_utc(dtype: Any) -> Any:
    is_zoned = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
    return pl.Datetime(dtype.time_unit, "UTC") if is_zoned else dtype


def _each(dtype: Any, changed: Callable[[Any], Any]) -> Any:
    """The type with all types that have no other types inside changed."""
    if isinstance(dtype, pl.List):
        return pl.List(_each(dtype.inner, changed))
    if isinstance(dtype, pl.Array):
        return pl.Array(_each(dtype.inner, changed), dtype.size)
    if isinstance(dtype, pl.Struct):
        return pl.Struct({one.name: _each(one.dtype, changed) for one in dtype.fields})
    return changed(dtype)


def with_declared_zones(frame: pl.LazyFrame, schema: Schema | None, *, is_utc: bool = False) -> pl.LazyFrame:
    """The frame with times without a zone as instants in UTC: where the schema declares that they are, or, with
    `is_utc`, everywhere."""
    zoned = [one for one in schema.fields if one.time_zone] if schema is not None else []
    if not zoned and not is_utc:
        return frame
    columns = frame.collect_schema()
    declared = {(stored_name(one, columns, schema), *one.path[1:]) for one in zoned}
    after = {
        name: _each(dtype, _zoned) if is_utc else _declared(dtype, (name,), declared) for name, dtype in columns.items()
    }
    cast = {at: after[name] for at, (name, dtype) in enumerate(columns.items()) if dtype != after[name]}
    return frame.with_columns(pl.nth(at).cast(dtype) for at, dtype in cast.items()) if cast else frame


def _declared(dtype: Any, path: tuple[str, ...], declared: set[tuple[str, ...]]) -> Any:
    if isinstance(dtype, pl.Struct):
        return pl.Struct({one.name: _declared(one.dtype, (*path, one.name), declared) for one in dtype.fields})
    if path not in declared:
        return dtype
    if isinstance(dtype, pl.List):
        return pl.List(_declared(dtype.inner, path, declared))
    return _zoned(dtype)


def _zoned(dtype: Any) -> Any:
    return pl.Datetime(dtype.time_unit, dtype.time_zone or "UTC") if isinstance(dtype, pl.Datetime) else dtype
