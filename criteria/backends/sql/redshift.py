"""Amazon Redshift: columns only. From its documentation; nothing of it was executed.

Columns are VARCHAR, BIGINT, BOOLEAN, DECIMAL(p, s), DOUBLE PRECISION, TIMESTAMPTZ, and VARCHAR for guids in lower case.
Redshift takes no notice of blanks at the end of text, VARCHAR or not, and databases and columns may ignore case: text
is compared as bytes whatever a field declares.
"""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import (
    NO_JSON,
    as_text,
    cast_text,
    no_column_type,
    no_elements,
    unsupported,
)
from criteria.backends.sql.dialect import Bind, Dialect, Place, Representation
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.utf8_bytes import text_forms
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Operator

Type = exp.DType

_MAX_NAME_LENGTH = 127


def _bytes(text: Node) -> Node:
    return nodes.call("TO_VARBYTE", text, nodes.text("utf8"))


def _byte_count(text: str) -> int:
    return len(text.encode("utf-8"))


def _bytes_before_last(text: str) -> int:
    return _byte_count(text) - 1


def _match(operator: Operator, place: Place, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            start = nodes.call("SUBSTRING", _bytes(place.make()), nodes.number(1), bind(_byte_count))
            return nodes.equal(start, _bytes(bind()))
        case Operator.ENDS_WITH:
            first = exp.Sub(this=nodes.call("OCTET_LENGTH", _bytes(place.make())), expression=bind(_bytes_before_last))
            end = nodes.call("SUBSTRING", _bytes(place.make()), first, bind(_byte_count))
            return nodes.equal(end, _bytes(bind()))
        case Operator.CONTAINS:
            text = nodes.call("COLLATE", place.make(), nodes.text("case_sensitive"))
            return nodes.compare(exp.GT, nodes.call("STRPOS", text, bind()), nodes.number(0))
        case _:
            raise AssertionError(f"no text operator: {operator}")


_cast = cast_text({
    FieldType.DOUBLE: nodes.plain_type(Type.DOUBLE),
    FieldType.DATE_TIME: nodes.plain_type(Type.TIMESTAMPTZ),
})  # fmt: skip


def _unsupported(field: Field) -> str | None:
    if len(field.column.encode("utf-8")) > _MAX_NAME_LENGTH:
        return f"A name has at most {_MAX_NAME_LENGTH} bytes there."
    return unsupported(field)


REDSHIFT = Dialect(
    name="redshift",
    sqlglot="redshift",
    folds_names=True,
    paramstyle="format",
    representations={FieldType.GUID: Representation.TEXT},
    text=text_forms(_bytes, _match, trusts_columns=False),
    json=NO_JSON,
    any_element=no_elements,
    encode=as_text,
    operand=_cast,
    column_type=no_column_type,
    above_nan=lambda node: exp.NEQ(this=node, expression=nodes.cast(nodes.text("NaN"), Type.DOUBLE)),
    nulls_are_large=True,
    unsupported=_unsupported,
    max_binds=32_767,
    no_limit=None,
    last_row=2**31 - 1,
)
