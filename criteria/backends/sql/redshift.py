"""Amazon Redshift: columns only. Written from its documentation; no query was run on it.

Columns are VARCHAR, BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE PRECISION, TIMESTAMPTZ, and VARCHAR for guids in lower case.
Redshift ignores trailing blanks, in VARCHAR too, and databases and columns may ignore case, so all text is compared as
bytes, whatever collation a field declares.
"""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import (
    CASTS,
    NO_JSON,
    as_text,
    cast_text,
    no_column_type,
    no_elements,
    unsupported,
)
from criteria.backends.sql.dialect import NATIVE_TYPES_BUT_GUID, Bind, Dialect, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import has_position
from criteria.backends.sql.utf8_bytes import ends_with, starts_with, text_forms
from criteria.schema.field import Field
from criteria.tree.nodes import ExactTextOperator, Operator, assert_never

Type = exp.DType

_MAX_NAME_LENGTH = 127


def _bytes(text: Node) -> Node:
    return nodes.call("TO_VARBYTE", text, nodes.text("utf8"))


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return starts_with(_bytes, stored, bind)
        case Operator.ENDS_WITH:
            return ends_with(_bytes, "OCTET_LENGTH", stored, bind)
        case Operator.CONTAINS:
            text = nodes.call("COLLATE", stored.make(), nodes.text("case_sensitive"))
            return has_position("STRPOS", text, bind())
        case _:
            assert_never(operator)


def _unsupported(field: Field) -> str | None:
    if len(field.column.encode("utf-8")) > _MAX_NAME_LENGTH:
        return f"A name has at most {_MAX_NAME_LENGTH} bytes."
    return unsupported(field)


REDSHIFT = Dialect(
    name="redshift",
    sqlglot="redshift",
    folds_names=True,
    paramstyle="format",
    representations=NATIVE_TYPES_BUT_GUID,
    text=text_forms(_bytes, _match, trusts_columns=False),
    json=NO_JSON,
    any_element=no_elements,
    encode=as_text,
    operand=cast_text(CASTS),
    column_type=no_column_type,
    above_nan=lambda node: exp.NEQ(this=node, expression=nodes.cast(nodes.text("NaN"), Type.DOUBLE)),
    nulls_are_large=True,
    unsupported=_unsupported,
    max_binds=32_767,
    no_limit=None,
    last_row=2**31 - 1,
)
