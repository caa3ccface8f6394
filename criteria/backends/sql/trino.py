"""Trino: columns, and lists that are ARRAY columns. Written from its documentation; no query was run on it.

Columns are VARCHAR (never CHAR), BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE, TIMESTAMP WITH TIME ZONE, UUID.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.dialects.trino import Trino

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
from criteria.backends.sql.dialect import NATIVE_TYPES, Bind, Dialect, StoredValue, with_explicit_nulls
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import code_point_text, has_position, suffix_start
from criteria.schema.field import FieldType
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never

Type = exp.DType


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("STARTS_WITH", stored.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.equal(nodes.call("SUBSTR", stored.make(), bind(suffix_start)), bind())
        case Operator.CONTAINS:
            return has_position("STRPOS", stored.make(), bind())
        case _:
            assert_never(operator)


_CASTS: Mapping[FieldType, Cast] = {
    **CASTS,
    FieldType.DATE_TIME: to_type(nodes.sized_type(Type.TIMESTAMPTZ, 6)),
    FieldType.GUID: to_type(Type.UUID),
}

TRINO = Dialect(
    name="trino",
    sqlglot=with_explicit_nulls(Trino),
    folds_names=True,
    paramstyle="qmark",
    representations=NATIVE_TYPES,
    text=code_point_text(_match),
    json=NO_JSON,
    any_element=any_element("ANY_MATCH"),
    encode=as_text,
    operand=cast_text(_CASTS),
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("IS_NAN", node)),
    native_lists=True,
    nulls_are_large=True,
    unsupported=unsupported_nested,
    no_limit=None,
    # Earlier versions sort UUID as two signed numbers.
    sorted_guid=lambda node: nodes.cast(node, Type.VARCHAR),
)  # fmt: skip
