"""BigQuery: columns, and lists that are ARRAY columns. Executed on the reference evaluator of its language, GoogleSQL
(the package zetasql 0.1.5), and not on the service.

Columns are STRING, INT64, BOOL, NUMERIC or BIGNUMERIC, FLOAT64, TIMESTAMP, and STRING for guids in lower case. Columns,
tables and datasets may have a collation, so text is compared as bytes unless the field is declared to compare by code
point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery

from criteria.backends.sql import nodes
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
from criteria.backends.sql.dialect import (
    NATIVE_TYPES_BUT_GUID,
    Bind,
    Dialect,
    Element,
    Maker,
    StoredValue,
    with_explicit_nulls,
)
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import has_position
from criteria.backends.sql.utf8_bytes import text_forms
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never

Type = exp.DType


def _bytes(text: Node) -> Node:
    return nodes.cast(text, Type.VARBINARY)


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    def exact(node: Node) -> Node:
        return node if stored.is_binary else _bytes(node)

    text, part = exact(stored.make()), exact(bind())
    match operator:
        case Operator.STARTS_WITH:
            return nodes.call("STARTS_WITH", text, part)
        case Operator.ENDS_WITH:
            return nodes.call("ENDS_WITH", text, part)
        case Operator.CONTAINS:
            return has_position("STRPOS", text, part)
        case _:
            assert_never(operator)


def _any_element(field: Field, column: Maker, condition: Callable[[Element], Node]) -> Node:
    def item() -> Node:
        return nodes.column("_item")

    alias = exp.TableAlias(columns=[nodes.name("_item")])
    each = exp.Unnest(expressions=[column()], alias=alias)
    return nodes.exists(each, condition(Element(item, lambda: nodes.is_null(item()))))


_CASTS: Mapping[FieldType, Cast] = {**CASTS, FieldType.DECIMAL: to_type(Type.BIGDECIMAL)}

BIGQUERY = Dialect(
    name="bigquery",
    sqlglot=with_explicit_nulls(BigQuery),
    folds_names=True,
    paramstyle="pyformat",
    representations=NATIVE_TYPES_BUT_GUID,
    text=text_forms(_bytes, _match, trusts_columns=True),
    json=NO_JSON,
    any_element=_any_element,
    encode=as_text,
    operand=cast_text(_CASTS),
    column_type=no_column_type,
    above_nan=lambda node: nodes.negated(nodes.call("IS_NAN", node)),
    native_lists=True,
    nulls_are_large=True,
    unsupported=unsupported_nested,
    max_binds=10_000,
)
