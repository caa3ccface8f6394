"""PySpark frames."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import narwhals as nw
from narwhals.dtypes import DType
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, functions, types

from criteria.backends.folded_patterns import anchored
from criteria.backends.frame.columns import Column
from criteria.backends.frame.conditions import Compare, spell
from criteria.backends.frame.dtypes import NothingButNulls, with_types
from criteria.backends.frame.elements import ElementCondition, ObjectTest, spell_term
from criteria.backends.frame.engines import FrameEngine, ListCondition
from criteria.backends.frame.expression import Words, holding
from criteria.tree.nodes import Operator, assert_never


def _own_type(native: types.DataType) -> DType | None:
    if isinstance(native, types.NullType):
        return NothingButNulls()
    is_collated = isinstance(native, types.StringType) and getattr(native, "collation", "UTF8_BINARY") != "UTF8_BINARY"
    return nw.Unknown() if is_collated else None


def _types(frame: DataFrame, known: Mapping[str, DType]) -> Mapping[str, DType]:
    return with_types(known, {one.name: one.dataType for one in frame.schema}, _own_type)


def _quoted(name: str) -> str:
    """A name, escaped for Spark: dots and backticks have a meaning there."""
    return "`" + name.replace("`", "``") + "`" if "`" in name or "." in name else name


def _some(column: Column, asked: ElementCondition | ObjectTest) -> SparkColumn:
    return _at(functions.col(_quoted(column.path[0])), column.steps, asked)


def _at(place: SparkColumn, steps: tuple[str | DType, ...], asked: ElementCondition | ObjectTest) -> SparkColumn:
    """Whether a value below a place fulfils a condition; never null."""
    if not steps:
        found = _fulfils(place, asked)
    elif isinstance(steps[0], str):
        found = _at(place.getField(steps[0]), steps[1:], asked)
    else:
        found = functions.exists(place, lambda element: _at(element, steps[1:], asked))
    return functions.coalesce(found, functions.lit(False))


def _fulfils(place: SparkColumn, asked: ElementCondition | ObjectTest) -> SparkColumn:
    if asked is True:
        return place.isNotNull()
    if not isinstance(asked, ObjectTest):
        compared: SparkColumn = spell(asked, lambda one: _compared(place, one))
        return compared
    if asked.term is None:
        return place.isNotNull()
    return place.isNotNull() & spell_term(asked.term, lambda one: _at(place, one.steps, one.condition))


def _compared(element: SparkColumn, one: Compare) -> Any:
    match one.operator:
        case Operator.IN:
            return element.isin(*map(_literal, one.value))
        case Operator.STARTS_WITH:
            return element.startswith(one.value)
        case Operator.ENDS_WITH:
            return element.endswith(one.value)
        case Operator.CONTAINS:
            return element.contains(one.value)
        case Operator.EQ | Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
            return holding(element, Compare(one.operator, _literal(one.value)), nw.Unknown())
        case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS as operator:
            return element.rlike(anchored(operator, one.value, "^", "\\z"))
        case Operator.NE | Operator.NIN:
            raise AssertionError(f"not in normal form: {one!r}")
        case _:
            assert_never(one.operator)


def _literal(value: Any) -> SparkColumn:
    if not isinstance(value, date):
        return functions.lit(value)
    return functions.lit(_date_text(value)).cast(_cast_of(value))


def _cast_of(value: date) -> str:
    if not isinstance(value, datetime):
        return "date"
    # not "timestamp", of which the setting spark.sql.timestampType says whether it has a zone
    return "timestamp_ntz" if value.tzinfo is None else "timestamp_ltz"


def _date_text(value: date) -> str:
    """An instant or a day as text. Spark would convert a literal through a calendar that differs before 1582."""
    return value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value.isoformat()


def _typed(value: Any, dtype: DType) -> Any:
    return nw.lit(_date_text(value)).cast(dtype) if isinstance(value, date) else value


_WORDS = Words(literal=_typed, max_equalities=50)


def _flagged(frame: DataFrame, flags: Mapping[str, ListCondition]) -> DataFrame:
    return frame.withColumns({name: _some(column, asked) for name, (column, asked) in flags.items()})


def _rows(frame: DataFrame, skip: int, count: int | None) -> DataFrame:
    skipped = frame.offset(skip) if skip else frame
    return skipped if count is None else skipped.limit(count)


ENGINE = FrameEngine(_types, _flagged, _rows, length=DataFrame.count, quoted=_quoted, words=lambda frame: _WORDS)
