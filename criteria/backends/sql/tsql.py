"""SQL Server 2019 and later: columns only. Written from its documentation; no query was run on it.

Columns are NVARCHAR or VARCHAR, BIGINT, BIT, DECIMAL(p, s), FLOAT(53), DATETIME2 in UTC, UNIQUEIDENTIFIER. Most
collations ignore case, all of them ignore trailing blanks, and the binary ones sort NVARCHAR by UTF-16, so all text is
compared as UTF-8 bytes, whatever collation a field declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import (
    CASTS,
    NO_JSON,
    Cast,
    cast_text,
    encoder,
    no_column_type,
    no_elements,
    to_type,
    unsupported,
)
from criteria.backends.sql.dialect import NATIVE_TYPES, Bind, Dialect, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.text_functions import has_position
from criteria.backends.sql.utf8_bytes import ends_with, starts_with, text_forms
from criteria.schema.field import FieldType
from criteria.tree.nodes import Comparison, ExactTextOperator, Operator, assert_never

Type = exp.DType

_UTF8 = "Latin1_General_100_BIN2_UTF8"
_MAX_SEARCH_BYTES = 8000
"""Maximum length of the text that CHARINDEX searches for, in bytes of UTF-16."""


def _max(kind: exp.DType) -> exp.DataType:
    return exp.DataType(this=kind, expressions=[exp.DataTypeParam(this=exp.Var(this="MAX"))], nested=False)


def _bytes(text: Node) -> Node:
    return nodes.cast(nodes.cast(nodes.collate(text, _UTF8), _max(Type.VARCHAR)), _max(Type.VARBINARY))


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    match operator:
        case Operator.STARTS_WITH:
            return starts_with(_bytes, stored, bind)
        case Operator.ENDS_WITH:
            return ends_with(_bytes, "DATALENGTH", stored, bind)
        case Operator.CONTAINS:
            part, text = nodes.collate(bind(), _UTF8), nodes.collate(stored.make(), _UTF8)
            return has_position("CHARINDEX", part, text)
        case _:
            assert_never(operator)


def _date_time_text(value: datetime) -> str:
    """With a T, so that it is read alike in every session language."""
    return value.replace(tzinfo=None).isoformat(timespec="microseconds")


_VALUE_CHECKED = frozenset({FieldType.STRING})
"""The types whose values `_unsupported_leaf` checks."""


def _unsupported_leaf(leaf: Comparison) -> str | None:
    is_searched = leaf.operator is Operator.CONTAINS and isinstance(leaf.value, str)
    if is_searched and len(str(leaf.value).encode("utf-16-le")) > _MAX_SEARCH_BYTES:
        return f"CHARINDEX searches for at most {_MAX_SEARCH_BYTES} bytes of UTF-16."
    return None


_CASTS: Mapping[FieldType, Cast] = {
    **CASTS,
    FieldType.DOUBLE: None,
    FieldType.DATE_TIME: to_type(nodes.sized_type(Type.DATETIME2, 6)),
    FieldType.GUID: to_type(Type.UUID),
}

TSQL = Dialect(
    name="tsql",
    sqlglot="tsql",
    folds_names=True,
    paramstyle="qmark",
    representations=NATIVE_TYPES,
    text=text_forms(_bytes, _match, trusts_columns=False),
    json=NO_JSON,
    any_element=no_elements,
    encode=encoder(_date_time_text),
    operand=cast_text(_CASTS),
    column_type=no_column_type,
    unsupported=unsupported,
    unsupported_leaf=_unsupported_leaf,
    value_checked_types=_VALUE_CHECKED,
    max_binds=2_098,
    no_limit=None,
    seek=Seek.APART,
    # uniqueidentifier sorts by its last bytes first.
    sorted_guid=lambda node: nodes.cast(node, nodes.sized_type(Type.CHAR, 36)),
)  # fmt: skip
