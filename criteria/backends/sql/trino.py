"""Trino: columns, and lists that are ARRAY columns. From its documentation; nothing of it was executed.

Columns are VARCHAR (never CHAR), BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE, TIMESTAMP WITH TIME ZONE, UUID.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.dialects.trino import Trino

from criteria.backends.sql import nodes
from criteria.backends.sql.array_functions import any_element
from criteria.backends.sql.columns_only import (
    NO_JSON,
    Cast,
    as_text,
    cast_text,
    no_column_type,
    plain_text,
    to,
    to_decimal,
    unsupported_nested,
)
from criteria.backends.sql.dialect import Bind, Dialect, Representation, StoredValue, with_explicit_nulls
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType
from criteria.tree.nodes import Operator, TextOperator, assert_never

Type = exp.DType


def _from_the_end(text: str) -> int:
    """Where SUBSTR begins to give as many characters as a text has."""
    return -len(text)


def _match(operator: TextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("STARTS_WITH", stored.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.equal(nodes.call("SUBSTR", stored.make(), bind(_from_the_end)), bind())
        case Operator.CONTAINS:
            return nodes.compare(exp.GT, nodes.call("STRPOS", stored.make(), bind()), nodes.number(0))
        case _:
            assert_never(operator)


_REPRESENTATIONS: Mapping[FieldType, Representation] = {
    FieldType.STRING: Representation.TEXT,
    FieldType.INTEGER: Representation.NATIVE,
    FieldType.BOOLEAN: Representation.NATIVE,
    FieldType.DECIMAL: Representation.NATIVE,
    FieldType.DOUBLE: Representation.NATIVE,
    FieldType.DATE: Representation.NATIVE,
    FieldType.DATE_TIME: Representation.NATIVE,
    FieldType.GUID: Representation.NATIVE,
    FieldType.OBJECT_REF: Representation.NATIVE,
}

_CASTS: Mapping[FieldType, Cast] = {
    FieldType.STRING: None,
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: to_decimal,
    FieldType.DOUBLE: to(Type.DOUBLE),
    FieldType.DATE: to(Type.DATE),
    FieldType.DATE_TIME: to(nodes.sized_type(Type.TIMESTAMPTZ, 6)),
    FieldType.GUID: to(Type.UUID),
    FieldType.OBJECT_REF: None,
}

TRINO = Dialect(
    name="trino",
    sqlglot=with_explicit_nulls(Trino),
    folds_names=True,
    paramstyle="qmark",
    representations=_REPRESENTATIONS,
    text=plain_text(_match),
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
)  # fmt: skip
