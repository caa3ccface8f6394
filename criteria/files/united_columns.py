"""Files with different columns as one frame: united by name, with types that hold the values of all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl
from polars.selectors import by_name

from criteria.files.column_agreement import different
from criteria.files.inputs import Inputs

_SIGNED = (pl.Int8, pl.Int16, pl.Int32, pl.Int64)
_UNSIGNED = (pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_IN_DOUBLES = (*_SIGNED[:3], *_UNSIGNED[:3], pl.Float32, pl.Float64)
"""Types of which a double holds every value."""

_STRINGS = (pl.String, pl.Categorical, pl.Enum)
_MAX_DIGITS = 38
_ROW = "__criteria_row"
"""The column of files of which no other is needed."""

_FINER = ("ms", "us", "ns")


def united(frames: Sequence[tuple[str, pl.LazyFrame]], needed: Collection[str] | None, inputs: Inputs) -> pl.LazyFrame:
    """The frames of files, by what messages call these, one after the other, with the columns that are needed (None:
    all). With `inputs.is_union` a column that a file does not have is null there, and its type may be a wider one.

    Raises `DataFault` for columns that differ: without a union in any way, otherwise in types that have no other in
    common which holds all of their values exactly.
    """
    is_union = inputs.is_union
    types: dict[str, tuple[str, Any]] = {}
    schemas = []
    for at, (name, frame) in enumerate(frames):
        found = {one: kind for one, kind in frame.collect_schema().items() if needed is None or one in needed}
        schemas.append(found)
        for column, dtype in found.items():
            first, known = types.setdefault(column, (name, dtype))
            if at and not is_union and column not in schemas[0]:
                raise different(inputs, name, column, dtype, frames[0][0], None)
            wider = (
                dtype if dtype == known else _wider(known, dtype) if is_union or _are_strings(known, dtype) else None
            )
            if wider is None:
                raise different(inputs, name, column, dtype, first, known)
            types[column] = (first, wider)
        lacking = None if is_union else next((one for one in schemas[0] if one not in found), None)
        if lacking is not None:
            raise different(inputs, name, lacking, None, frames[0][0], schemas[0][lacking])
    targets = {name: dtype for name, (_, dtype) in types.items()}
    parts = [_with_types(frame, found, targets) for (_, frame), found in zip(frames, schemas, strict=True)]
    return pl.concat(parts, how="vertical")


def _with_types(frame: pl.LazyFrame, found: Mapping[str, Any], targets: Mapping[str, Any]) -> pl.LazyFrame:
    """The frame with columns of these names and types. Literals are added to it, which select would not repeat."""
    changed = [
        (by_name(name).cast(dtype) if name in found else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in targets.items()
        if found.get(name) != dtype
    ]
    if not targets:
        return _rows_alone(frame)
    return frame.with_columns(changed).select(by_name(*targets))


def _rows_alone(frame: pl.LazyFrame) -> pl.LazyFrame:
    """As many rows as the frame has, in a column of its own: without columns they would not be counted."""
    return frame.with_columns(pl.lit(True).alias(_ROW)).select(_ROW)


def _are_strings(one: Any, other: Any) -> bool:
    return isinstance(one, _STRINGS) and isinstance(other, _STRINGS)


def _wider(one: Any, other: Any) -> Any:
    """The least type that holds the values of both; None where there is none."""
    if other == pl.Null or one == pl.Null:
        return one if other == pl.Null else other
    if _are_strings(one, other):
        return pl.String()
    for family in (_SIGNED, _UNSIGNED):
        if isinstance(one, family) and isinstance(other, family):
            return family[max(family.index(type(one)), family.index(type(other)))]()
    if isinstance(one, (*_SIGNED, *_UNSIGNED[:3])) and isinstance(other, (*_SIGNED, *_UNSIGNED[:3])):
        return pl.Int64()
    if isinstance(one, _IN_DOUBLES) and isinstance(other, _IN_DOUBLES):
        return pl.Float64()
    if isinstance(one, pl.Decimal) and isinstance(other, pl.Decimal):
        return _wider_decimal(one, other)
    if isinstance(one, pl.Datetime) and isinstance(other, pl.Datetime) and one.time_zone == other.time_zone:
        finer = max(one.time_unit, other.time_unit, key=_FINER.index)
        return pl.Datetime(finer, one.time_zone) if "ns" not in (one.time_unit, other.time_unit) else None
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        inner = _wider(one.inner, other.inner) if one.inner != other.inner else one.inner
        return None if inner is None else pl.List(inner)
    return None


def _wider_decimal(one: pl.Decimal, other: pl.Decimal) -> pl.Decimal | None:
    scale = max(one.scale, other.scale)
    whole = max((one.precision or _MAX_DIGITS) - one.scale, (other.precision or _MAX_DIGITS) - other.scale)
    return pl.Decimal(whole + scale, scale) if whole + scale <= _MAX_DIGITS else None
