"""Snowflake: columns only. What is said of it here is from its documentation; nothing of it was executed.

Columns are VARCHAR, NUMBER(19), BOOLEAN, NUMBER(p, s), FLOAT, TIMESTAMP_TZ or TIMESTAMP_LTZ, and VARCHAR for guids in
lower case. A column, a schema or an account may have a collation: unless a field is declared to compare by code point,
its text is compared as bytes. Names are quoted, and Snowflake makes unquoted names of a CREATE TABLE upper case.
"""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import NO_JSON, as_text, cast_text, no_column_type, no_elements, unsupported
from criteria.backends.sql.dialect import Bind, Dialect, Place, Representation
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.utf8_bytes import text_forms
from criteria.schema.field import FieldType
from criteria.tree.nodes import Operator

_INSTANT = "YYYY-MM-DD HH24:MI:SS.FF6TZH:TZM"

_FUNCTIONS = {
    Operator.STARTS_WITH: "STARTSWITH",
    Operator.ENDS_WITH: "ENDSWITH",
    Operator.CONTAINS: "CONTAINS",
}


def _bytes(text: Node) -> Node:
    return nodes.call("TO_BINARY", text, nodes.text("UTF-8"))


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    if place.is_binary:
        return nodes.call(_FUNCTIONS[operator], place.make(), bind())
    return nodes.call(_FUNCTIONS[operator], _bytes(place.make()), _bytes(bind()))


_cast = cast_text({FieldType.DOUBLE: nodes.plain_type(exp.DType.DOUBLE)})


def _operand(place: Place, node: Node) -> Node:
    """The format of an instant is said, because a session may have set another."""
    if place.field.field_type is FieldType.DATE_TIME:
        return nodes.call("TO_TIMESTAMP_TZ", node, nodes.text(_INSTANT))
    return _cast(place, node)


SNOWFLAKE = Dialect(
    name="snowflake",
    sqlglot="snowflake",
    paramstyle="pyformat",
    representations={FieldType.GUID: Representation.TEXT},
    text=text_forms(_bytes, _match, trusts_columns=True),
    json=NO_JSON,
    any_element=no_elements,
    encode=as_text,
    operand=_operand,
    column_type=no_column_type,
    above_nan=lambda node: exp.NEQ(this=node, expression=nodes.cast(nodes.text("NaN"), exp.DType.DOUBLE)),
    nulls_are_large=True,
    unsupported=unsupported,
    longest_in=16_384,
    no_limit=exp.Null,
)
