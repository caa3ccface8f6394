"""Spark 3.4 and later: columns, and lists that are ARRAY columns. The tests execute it on 4.3.

Columns are STRING, BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE, TIMESTAMP (an instant), and STRING for guids in lower case.
Spark compares by bytes unless a column has a collation, which Spark 4 supports: use no other than UTF8_BINARY.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.dialects.spark import Spark

from criteria.backends.sql import nodes
from criteria.backends.sql.array_functions import any_element
from criteria.backends.sql.columns_only import (
    CASTS,
    NO_JSON,
    Cast,
    as_text,
    cast_text,
    no_column_type,
    to_type,
    unsupported_nested,
)
from criteria.backends.sql.dialect import NATIVE_TYPES_BUT_GUID, Bind, Dialect, StoredValue, with_explicit_nulls
from criteria.backends.sql.folded_text import by_pattern
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import STARTSWITH, code_point_text
from criteria.schema.field import FieldType
from criteria.tree.nodes import ExactTextOperator

Type = exp.DType

_CASTS: Mapping[FieldType, Cast] = {**CASTS, FieldType.DATE_TIME: to_type(Type.TIMESTAMPLTZ)}
"""TIMESTAMP_LTZ, because the setting `spark.sql.timestampType` says what TIMESTAMP is, and one without a zone drops the
offset of the operand."""

_END = "(?!(?s:.))"
"""The end of a text, without a backslash: under `spark.sql.parser.escapedStringLiterals` PySpark sends another text for
one that has any."""


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    return nodes.call(STARTSWITH[operator], stored.make(), bind())


_FOLDED = by_pattern(lambda stored, node: nodes.call("RLIKE", stored.make(), node), end=_END)

SPARK = Dialect(
    name="spark",
    sqlglot=with_explicit_nulls(Spark),
    folds_names=True,
    paramstyle="named",
    representations=NATIVE_TYPES_BUT_GUID,
    text=code_point_text(_match, _FOLDED),
    json=NO_JSON,
    any_element=any_element("EXISTS"),
    encode=as_text,
    operand=cast_text(_CASTS),
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("ISNAN", node)),
    native_lists=True,
    nulls_are_large=True,
    unsupported=unsupported_nested,
    no_limit=None,
    last_row=2**31 - 1,
)  # fmt: skip
