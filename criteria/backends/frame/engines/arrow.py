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
from criteria.backends.frame.elements import ElementCondition, Member, ObjectTest, spell_term
from criteria.backends.frame.engines import FrameEngine, ListCondition
from criteria.backends.frame.expression import Words, holding
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted, shown_type


def own_type(values: pa.ChunkedArray) -> DType | None:
    """The type of an Arrow column if narwhals does not know it or the type of its elements; None if it does."""
    native = values.type
    if pa.types.is_null(native):
        return NothingButNulls()
    if pa.types.is_dictionary(native) and not _is_string(native.value_type):
        return nw.Unknown()
    if pa.types.is_date64(native):
        return nw.Date() if _are_whole_days(values) else PartialDays()
    if pa.types.is_struct(native) and _has_own_type(native):
        members = {one.name: pc.struct_field(values, one.name) for one in native.fields}
        return nw.Struct({name: own_type(member) or _known_type(member) for name, member in members.items()})
    is_list = pa.types.is_list(native) or pa.types.is_large_list(native)
    inner = own_type(pc.list_flatten(values)) if is_list and _has_own_type(native) else None
    return None if inner is None else nw.List(inner)


def _has_own_type(native: Any) -> bool:
    """Whether narwhals does not know a type or that of its elements. Only then are the elements read."""
    if pa.types.is_list(native) or pa.types.is_large_list(native):
        return _has_own_type(native.value_type)
    if pa.types.is_struct(native):
        return any(_has_own_type(one.type) for one in native.fields)
    return bool(pa.types.is_null(native) or pa.types.is_date64(native) or pa.types.is_dictionary(native))


def _known_type(values: pa.ChunkedArray) -> DType:
    """What narwhals calls the type of a column."""
    known: DType = nw.from_native(values, series_only=True).dtype
    return known


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
    message = f"Column {quoted(name)} is {shown_type(native)}, whose rows Arrow cannot select."
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


def some(values: pa.ChunkedArray, column: Column, asked: ElementCondition | ObjectTest) -> pa.ChunkedArray:
    """Whether an element of each list fulfils a condition. The lists are in a column or in its structs."""
    return pa.chunked_array([_some(chunk, column.steps, column.element, asked) for chunk in values.chunks], pa.bool_())


def _some(
    values: pa.Array, steps: tuple[str | DType, ...], dtype: DType, asked: ElementCondition | ObjectTest
) -> pa.Array:
    """Whether each value has one below it that fulfils a condition. Arrow has no conditions on elements, so all of them
    are put into one column, beside the number of the value that each is from."""
    rows = _numbers(len(values))
    row_of_each = rows
    for step in steps:
        if isinstance(step, str):
            values = pc.struct_field(values, step)
        else:
            row_of_each = row_of_each.take(pc.list_parent_indices(values))
            values = pc.list_flatten(values)
    columns = {"row": row_of_each, "element": values}
    holds = _fulfils(columns, dtype, asked)
    found = nw.from_native(pa.table(columns), eager_only=True).filter(holds).to_native()["row"]
    return pc.is_in(rows, value_set=found.cast(pa.int64()))


def _fulfils(columns: dict[str, Any], dtype: DType, asked: ElementCondition | ObjectTest) -> nw.Expr:
    """Whether the elements fulfil a condition. Adds a column for each part of a test of objects."""
    element = nw.col("element")
    if asked is True:
        return ~element.is_null()
    if not isinstance(asked, ObjectTest):
        holds: nw.Expr = holding(element.cast(nw.String) if is_cast(dtype) else element, asked, dtype, _WORDS)
        return holds
    objects = columns["element"]
    columns["element"] = pc.is_valid(objects)  # narwhals does not take all types that a struct may have
    if asked.term is None:
        return element

    def part(one: Member) -> nw.Expr:
        name = str(len(columns))
        columns[name] = _some(objects, one.steps, one.column.element, one.condition)
        return nw.col(name)

    return element & spell_term(asked.term, part)


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
