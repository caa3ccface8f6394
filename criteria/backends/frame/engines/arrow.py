"""Arrow tables, and list columns of any frame with Arrow types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column
from criteria.backends.frame.dtypes import NothingButNulls, PartialDays, is_cast, with_types
from criteria.backends.frame.engines import ElementCondition, FrameEngine, ListCondition
from criteria.backends.frame.expression import Words, holding
from criteria.errors import CriteriaError, Problem, quoted


def own_type(values: pa.ChunkedArray) -> DType | None:
    """The type of an Arrow column if narwhals does not know it or the type of its elements; None if it does."""
    native = values.type
    if pa.types.is_null(native):
        return NothingButNulls()
    if pa.types.is_dictionary(native) and not _is_string(native.value_type):
        return nw.Unknown()
    if pa.types.is_date64(native):
        return nw.Date() if _are_whole_days(values) else PartialDays()
    is_list = pa.types.is_list(native) or pa.types.is_large_list(native)
    inner = own_type(pc.list_flatten(values)) if is_list and _has_own_type(native) else None
    return None if inner is None else nw.List(inner)


def _has_own_type(native: Any) -> bool:
    """Whether narwhals does not know a type or that of its elements. Only then are the elements read."""
    if pa.types.is_list(native) or pa.types.is_large_list(native):
        return _has_own_type(native.value_type)
    return bool(pa.types.is_null(native) or pa.types.is_date64(native) or pa.types.is_dictionary(native))


def _is_string(native: Any) -> bool:
    return bool(pa.types.is_string(native) or pa.types.is_large_string(native))


def _are_whole_days(values: pa.ChunkedArray) -> bool:
    """Whether all milliseconds are whole days."""
    try:
        values.cast(pa.date32())
    except pa.ArrowInvalid:
        return False
    return True


def check_selectable(natives: Mapping[str, Any]) -> None:
    """Raises `CriteriaError` (`unsupported`) for columns of types whose rows Arrow cannot select."""
    problems = [_not_selectable(name, native) for name, native in natives.items() if not _is_selectable(native)]
    if problems:
        raise CriteriaError(*problems)


def _is_selectable(native: Any) -> bool:
    try:
        pa.nulls(0, native).take(pa.array([], pa.int64()))
    except pa.ArrowNotImplementedError:
        return False
    return True


def _not_selectable(name: str, native: Any) -> Problem:
    message = f"Column {quoted(name)} is {native}, whose rows Arrow cannot select."
    plain = {"string_view": "string", "binary_view": "binary"}.get(str(native))
    hint = f"Cast it to {plain}." if plain else "Cast it to a type without views or runs, or leave it out."
    return Problem("unsupported", message, hint=hint)


def _literal(value: Any, dtype: DType) -> Any:
    """A literal with the type of the column. Arrow would read an integer as signed and convert the whole column to
    that; it compares instants only of one time zone or of one unit."""
    if isinstance(dtype, nw.UInt64):
        return nw.lit(str(value)).cast(dtype)  # Arrow's literals do not take all of them
    is_other = isinstance(dtype, nw.Datetime) and (dtype.time_zone, dtype.time_unit) != ("UTC", "us")
    return nw.lit(value).cast(dtype) if is_other else value


_WORDS = Words(literal=_literal)


def some(values: pa.ChunkedArray, column: Column, asked: ElementCondition) -> pa.ChunkedArray:
    """Whether an element of each list fulfils a condition. The lists are in a column or in its structs."""
    return pa.chunked_array([_some(chunk, column, asked) for chunk in values.chunks], pa.bool_())


def _some(values: pa.Array, column: Column, asked: ElementCondition) -> pa.Array:
    rows = _numbers(len(values))
    row_of_each = rows
    for step in column.steps:
        if isinstance(step, str):
            values = pc.struct_field(values, step)
        else:
            row_of_each = row_of_each.take(pc.list_parent_indices(values))
            values = pc.list_flatten(values)
    element = nw.col("element")
    element = element.cast(nw.String) if is_cast(column.element) else element
    holds = ~element.is_null() if asked is True else holding(element, asked, column.element, _WORDS)
    elements = pa.table({"row": row_of_each, "element": values})
    found = nw.from_native(elements, eager_only=True).filter(holds).to_native()["row"]
    return pc.is_in(rows, value_set=found.cast(pa.int64()))


def _numbers(count: int) -> pa.Array:
    """The numbers from 0."""
    return pc.subtract(pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), count)), 1)


def _types(frame: pa.Table, known: Mapping[str, DType]) -> Mapping[str, DType]:
    check_selectable({one.name: one.type for one in frame.schema})
    return with_types(known, dict(zip(frame.column_names, frame.columns, strict=True)), own_type)


def _flagged(frame: pa.Table, flags: Mapping[str, ListCondition]) -> pa.Table:
    for name, (column, asked) in flags.items():
        frame = frame.append_column(name, some(frame.column(column.position), column, asked))
    return frame


def _rows(frame: pa.Table, skip: int, count: int | None) -> pa.Table:
    return frame.slice(skip, count)


ENGINE = FrameEngine(_types, _flagged, _rows, length=lambda frame: int(frame.num_rows), words=lambda frame: _WORDS)
