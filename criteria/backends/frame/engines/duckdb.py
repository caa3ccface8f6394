"""DuckDB relations.

A relation does not reveal the collations of its columns, and the session may have a default one. So strings are
compared through a projection with the binary collation, which is pushed down like the column itself.

The statistics of Parquet files do not count NaN, and DuckDB leaves rows out, or keeps them, by these statistics. So
floats of Parquet files are refused unless the connection was told `PRUNED_EXACTLY`, and then every comparison asks for
NaN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression, LambdaExpression, StarExpression
from narwhals import dtypes as nw
from narwhals.dtypes import DType

from criteria.backends.folded_patterns import anchored
from criteria.backends.frame.columns import Column
from criteria.backends.frame.conditions import Compare, spell
from criteria.backends.frame.dtypes import (
    Guid,
    Nanoseconds,
    NothingButNulls,
    PrunedFloat,
    inner_type,
    is_cast,
    is_float,
    members_of,
)
from criteria.backends.frame.dtypes import is_text as is_string
from criteria.backends.frame.elements import ElementCondition, ObjectTest, spell_term
from criteria.backends.frame.engines import FrameEngine, ListCondition
from criteria.backends.frame.expression import Words, holding
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.tree.nodes import ExactTextOperator, Operator, is_exact_text, is_folded

_BINARY = "C"
_ELEMENT = "element"
_MAX = 2**62
IS_BEFORE_2 = int(duckdb.__version__.split(".")[0]) < 2

_TEXT: Mapping[ExactTextOperator, str] = {
    Operator.STARTS_WITH: "starts_with",
    Operator.ENDS_WITH: "ends_with",
    Operator.CONTAINS: "contains",
}


def _own_type(native: Any) -> DType | None:
    """The type of a column if narwhals does not know it or the type of its elements; None if it does."""
    if native.id == "uuid":
        return Guid()
    if native.id == "timestamptz_ns":
        return Nanoseconds()
    if str(native) == '"NULL"':
        return NothingButNulls()
    return None


def _with_own(native: Any, known: DType) -> DType:
    """The type of a column, with the types that narwhals does not know, also in lists and structs."""
    if native.id == "struct" and isinstance(known, nw.Struct):
        children = dict(native.children)
        return nw.Struct({name: _with_own(children[name], dtype) for name, dtype in members_of(known).items()})
    inner = inner_type(known)
    if native.id == "list" and inner is not None:
        return nw.List(_with_own(native.children[0][1], inner))
    return _own_type(native) or known


def check_names(names: Iterable[str]) -> None:
    """Refuses a relation with columns that DuckDB before version 2 cannot name: there `ColumnExpression` parses names.

    Raises `CriteriaError` (`unsupported`).
    """
    parsed = [name for name in names if {*'."'} & {*name}] if IS_BEFORE_2 else []
    if parsed:
        message = (
            f"DuckDB before version 2 cannot name {', '.join(map(quoted, parsed))} among the columns of a relation."
        )
        raise CriteriaError(Problem("unsupported", message, hint="Install DuckDB 2, or rename the columns."))


def _types(frame: duckdb.DuckDBPyRelation, known: Mapping[str, DType]) -> Mapping[str, DType]:
    check_names(frame.columns)
    natives = dict(zip(frame.columns, frame.types, strict=True))
    found = {name: _with_own(natives[name], dtype) for name, dtype in known.items()}
    pruned = {name: _pruned(dtype) for name, dtype in found.items()}
    return pruned if pruned != found and _are_pruned(frame) else found


def _place(column: Column) -> Any:
    place = ColumnExpression(column.path[0])
    for member in column.path[1:]:
        place = FunctionExpression("struct_extract", place, ConstantExpression(member))
    return place


def _holds(element: Any, dtype: DType, asked: ElementCondition | ObjectTest, depth: int) -> Any:
    if asked is True:
        return element.isnotnull()
    if isinstance(asked, ObjectTest):
        if asked.term is None:
            return element.isnotnull()
        return element.isnotnull() & spell_term(
            asked.term, lambda one: _below(element, one.steps, one.column.element, one.condition, depth)
        )
    if is_cast(dtype):
        element = element.cast("VARCHAR")
    if is_string(dtype):
        element = element.collate(_BINARY)

    def compare(one: Compare) -> Any:
        if one.operator is Operator.IN:
            return element.isin(*map(ConstantExpression, one.value))
        operator = one.operator
        if is_exact_text(operator):
            return FunctionExpression(_TEXT[operator], element, ConstantExpression(one.value))
        if is_folded(operator):
            pattern = ConstantExpression(anchored(operator, one.value, "^", "\\z"))
            return FunctionExpression("regexp_matches", element, pattern)
        return holding(element, Compare(one.operator, ConstantExpression(one.value)), dtype)

    return spell(asked, compare)


def _some(column: Column, asked: ElementCondition | ObjectTest) -> Any:
    return _below(ColumnExpression(column.path[0]), column.steps, column.element, asked, 0)


def _below(
    place: Any, steps: tuple[str | DType, ...], dtype: DType, asked: ElementCondition | ObjectTest, depth: int
) -> Any:
    """Whether a value below a place fulfils a condition; never null. `depth` is the number of lists around it."""
    if not steps:
        return duckdb.CoalesceOperator(_holds(place, dtype, asked, depth), ConstantExpression(False))
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        member = FunctionExpression("struct_extract", place, ConstantExpression(step))
        return _below(member, rest, dtype, asked, depth)
    name = f"{_ELEMENT}_{depth}"
    condition = LambdaExpression(name, _below(ColumnExpression(name), rest, dtype, asked, depth + 1))
    found = FunctionExpression("list_filter", place, condition)
    some = FunctionExpression("len", found) > ConstantExpression(0)
    return duckdb.CoalesceOperator(some, ConstantExpression(False))


def _flagged(frame: duckdb.DuckDBPyRelation, flags: Mapping[str, ListCondition]) -> duckdb.DuckDBPyRelation:
    return _added(frame, {name: _some(column, asked) for name, (column, asked) in flags.items()})


def _projected(frame: duckdb.DuckDBPyRelation, columns: Mapping[str, Column]) -> duckdb.DuckDBPyRelation:
    return _added(frame, {name: _comparable(column) for name, column in columns.items()})


def _needs_projection(dtype: DType) -> bool:
    return is_string(dtype) or (IS_BEFORE_2 and isinstance(dtype, nw.Datetime) and dtype.time_unit != "ns")


def _comparable(column: Column) -> Any:
    """The text in binary collation; the instant as a sum, which the scan of an Arrow table does not compare by itself:
    before version 2 it rounds what an instant is compared with to the seconds or milliseconds of the table. Nanoseconds
    are compared as they are: a sum would cut them to microseconds."""
    place = _place(column)
    if isinstance(column.dtype, nw.Datetime):
        return place + ConstantExpression(timedelta(0))
    return (place.cast("VARCHAR") if is_cast(column.dtype) else place).collate(_BINARY)


def _added(frame: duckdb.DuckDBPyRelation, columns: Mapping[str, Any]) -> duckdb.DuckDBPyRelation:
    return frame.select(StarExpression(), *(one.alias(name) for name, one in columns.items()))


def _rows(frame: duckdb.DuckDBPyRelation, skip: int, count: int | None) -> duckdb.DuckDBPyRelation:
    return frame.limit(_MAX if count is None else count, skip)


def _length(frame: duckdb.DuckDBPyRelation) -> int:
    return int(frame.aggregate("count(*)").fetchall()[0][0])


def _are_pruned(frame: duckdb.DuckDBPyRelation) -> bool:
    """Whether the plan of a relation reads Parquet, and the connection was not told `PRUNED_EXACTLY`: if it was, there
    is nothing left to plan."""
    plan = frame.filter(f"NOT contains(current_setting('disabled_optimizers'), '{_PROPAGATION}')").explain()
    return _PARQUET.search(plan) is not None


def _pruned(dtype: DType) -> DType:
    """The type with floats, also those in lists and structs, that do not compare."""
    if is_float(dtype):
        return PrunedFloat()
    if isinstance(dtype, nw.Struct):
        return nw.Struct({name: _pruned(one) for name, one in members_of(dtype).items()})
    inner = inner_type(dtype)
    return dtype if inner is None else nw.List(_pruned(inner))


_PROPAGATION = "statistics_propagation"
_PARQUET = re.compile("(?:PARQUET|DELTA|ICEBERG)_SCAN|READ_PARQUET", re.IGNORECASE)

PRUNED_EXACTLY = f"SET disabled_optimizers = '{_PROPAGATION}'"
"""What a connection is told so that floats of Parquet files compare exactly."""

ENGINE = FrameEngine(
    _types,
    _flagged,
    _rows,
    _length,
    _projected,
    _needs_projection,
    words=lambda _: Words(is_number=lambda place: ~place.is_nan()),
    unusable=frozenset({"*"}),  # all columns, also where narwhals selects each column by its name
)
