"""Snowflake: columns only. Written from its documentation; no query was run on it.

Columns are VARCHAR, NUMBER(19), BOOLEAN, NUMBER(p, s), FLOAT, TIMESTAMP_TZ or TIMESTAMP_LTZ, and VARCHAR for guids in
lower case. Columns, schemas and accounts may have collations, so text is compared as bytes unless the field is declared
to compare by code point. Names are quoted; Snowflake turns the unquoted names of a CREATE TABLE into upper case.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import (
    CASTS,
    NO_JSON,
    Cast,
    as_text,
    cast_text,
    no_column_type,
    no_elements,
    unsupported,
)
from criteria.backends.sql.dialect import NATIVE_TYPES_BUT_GUID, Bind, Dialect, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import STARTSWITH
from criteria.backends.sql.utf8_bytes import text_forms
from criteria.schema.field import FieldType
from criteria.tree.nodes import ExactTextOperator, assert_never

_DATE_TIME_FORMAT = "YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM"
_DATE_FORMAT = "YYYY-MM-DD"


def _bytes(text: Node) -> Node:
    return nodes.call("TO_BINARY", text, nodes.text("UTF-8"))


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    if stored.is_binary:
        return nodes.call(STARTSWITH[operator], stored.make(), bind())
    return nodes.call(STARTSWITH[operator], _bytes(stored.make()), _bytes(bind()))


_CASTS: Mapping[FieldType, Cast] = {**CASTS, FieldType.DATE: None, FieldType.DATE_TIME: None}

_CAST = cast_text(_CASTS)


def _operand(stored: StoredValue, node: Node) -> Node:
    """Dates and dateTimes have an explicit format, because a session may have set another."""
    match stored.field.field_type:
        case FieldType.DATE_TIME:
            return nodes.call("TO_TIMESTAMP_TZ", node, nodes.text(_DATE_TIME_FORMAT))
        case FieldType.DATE:
            return nodes.call("TO_DATE", node, nodes.text(_DATE_FORMAT))
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DOUBLE | FieldType.DECIMAL | FieldType.BOOLEAN:
            return _CAST(stored, node)
        case FieldType.STRING | FieldType.GUID:
            return _CAST(stored, node)
        case _:
            assert_never(stored.field.field_type)


SNOWFLAKE = Dialect(
    name="snowflake",
    sqlglot="snowflake",
    paramstyle="pyformat",
    representations=NATIVE_TYPES_BUT_GUID,
    text=text_forms(_bytes, _match, trusts_columns=True),
    json=NO_JSON,
    any_element=no_elements,
    encode=as_text,
    operand=_operand,
    column_type=no_column_type,
    above_nan=lambda node: exp.NEQ(this=node, expression=nodes.cast(nodes.text("NaN"), exp.DType.DOUBLE)),
    nulls_are_large=True,
    unsupported=unsupported,
    max_in_values=16_384,
    no_limit=exp.Null,
)
