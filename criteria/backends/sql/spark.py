"""Spark 3.4 and later: columns, and lists that are ARRAY columns.

Columns are STRING, BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE, TIMESTAMP (an instant), and STRING for guids in lower case.
Spark compares by bytes unless a column is given a collation, which Spark 4 can: give it none but UTF8_BINARY.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.spark import Spark

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
from criteria.backends.sql.dialect import Bind, Dialect, Place, Representation
from criteria.backends.sql.nodes import Node
from criteria.schema.field import FieldType
from criteria.tree.nodes import Operator

Type = exp.DType

_FUNCTIONS = {
    Operator.STARTS_WITH: "STARTSWITH",
    Operator.ENDS_WITH: "ENDSWITH",
    Operator.CONTAINS: "CONTAINS",
}


class ExplicitSpark(Spark):
    """Spark with NULLS FIRST and NULLS LAST always said."""

    NULL_ORDERING = "nulls_are_large"


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    return nodes.call(_FUNCTIONS[operator], place.make(), bind())


SPARK = Dialect(
    name="spark",
    sqlglot="explicitspark",
    folds_names=True,
    paramstyle="named",
    representations={FieldType.GUID: Representation.TEXT},
    text=plain_text(_match),
    json=NO_JSON,
    any_element=any_element("EXISTS"),
    encode=as_text,
    operand=cast_text({
        FieldType.DOUBLE: nodes.plain_type(Type.DOUBLE),
        FieldType.DATE_TIME: nodes.plain_type(Type.TIMESTAMPTZ),
    }),
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("ISNAN", node)),
    native_lists=True,
    nulls_are_large=True,
    unsupported=unsupported_nested,
    no_limit=None,
    last_row=2**31 - 1,
)  # fmt: skip
