"""Trino: columns, and lists that are ARRAY columns. From its documentation; nothing of it was executed.

Columns are VARCHAR (never CHAR), BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE, TIMESTAMP WITH TIME ZONE, UUID.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.trino import Trino

from criteria.backends.sql import nodes
from criteria.backends.sql.array_functions import any_element
from criteria.backends.sql.columns_only import (
    NO_JSON,
    as_text,
    cast_text,
    no_column_type,
    plain_text,
    unsupported_nested,
)
from criteria.backends.sql.dialect import Bind, Dialect, Place
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType
from criteria.tree.nodes import Operator

Type = exp.DType


class ExplicitTrino(Trino):
    """Trino with NULLS FIRST and NULLS LAST always said."""

    NULL_ORDERING = "nulls_are_large"


def _from_the_end(text: str) -> int:
    """Where SUBSTR begins to give as many characters as a text has."""
    return -len(text)


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("STARTS_WITH", place.make(), bind())
        case Operator.ENDS_WITH:
            return nodes.equal(nodes.call("SUBSTR", place.make(), bind(_from_the_end)), bind())
        case Operator.CONTAINS:
            return nodes.compare(exp.GT, nodes.call("STRPOS", place.make(), bind()), nodes.number(0))
        case _:
            raise AssertionError(f"no text operator: {operator}")


TRINO = Dialect(
    name="trino",
    sqlglot="explicittrino",
    folds_names=True,
    paramstyle="qmark",
    representations={},
    text=plain_text(_match),
    json=NO_JSON,
    any_element=any_element("ANY_MATCH"),
    encode=as_text,
    operand=cast_text({
        FieldType.DOUBLE: nodes.plain_type(Type.DOUBLE),
        FieldType.DATE_TIME: nodes.sized_type(Type.TIMESTAMPTZ, 6),
        FieldType.GUID: nodes.plain_type(Type.UUID),
    }),
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("IS_NAN", node)),
    native_lists=True,
    nulls_are_large=True,
    unsupported=unsupported_nested,
    no_limit=None,
)  # fmt: skip
