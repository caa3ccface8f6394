"""Spark 3.4 and later: columns, and lists that are ARRAY columns.

Columns are STRING, BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE, TIMESTAMP (an instant), and STRING for guids in lower case.
Spark compares by bytes unless a column is given a collation, which Spark 4 can: give it none but UTF8_BINARY.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.dialects.spark import Spark

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
from criteria.tree.nodes import Operator, TextOperator

Type = exp.DType

_FUNCTIONS: Mapping[TextOperator, str] = {
    Operator.STARTS_WITH: "STARTSWITH",
    Operator.ENDS_WITH: "ENDSWITH",
    Operator.CONTAINS: "CONTAINS",
}


def _match(operator: TextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    return nodes.call(_FUNCTIONS[operator], stored.make(), bind())


_REPRESENTATIONS: Mapping[FieldType, Representation] = {
    FieldType.STRING: Representation.TEXT,
    FieldType.INTEGER: Representation.NATIVE,
    FieldType.BOOLEAN: Representation.NATIVE,
    FieldType.DECIMAL: Representation.NATIVE,
    FieldType.DOUBLE: Representation.NATIVE,
    FieldType.DATE: Representation.NATIVE,
    FieldType.DATE_TIME: Representation.NATIVE,
    FieldType.GUID: Representation.TEXT,
    FieldType.OBJECT_REF: Representation.NATIVE,
}

_CASTS: Mapping[FieldType, Cast] = {
    FieldType.STRING: None,
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: to_decimal,
    FieldType.DOUBLE: to(Type.DOUBLE),
    FieldType.DATE: to(Type.DATE),
    FieldType.DATE_TIME: to(Type.TIMESTAMPTZ),
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}

SPARK = Dialect(
    name="spark",
    sqlglot=with_explicit_nulls(Spark),
    folds_names=True,
    paramstyle="named",
    representations=_REPRESENTATIONS,
    text=plain_text(_match),
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
