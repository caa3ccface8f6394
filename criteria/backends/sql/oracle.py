"""Oracle 12.2 and later: columns of all types but two. From its documentation; nothing of it was executed.

Columns are NUMBER(19), NUMBER(1), NUMBER(p, s), DATE (at midnight), TIMESTAMP in UTC, and VARCHAR2(36) for guids in
lower case. Strings are refused because Oracle keeps '' as NULL, doubles because text is read as a number in the
session's own notation.
"""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from criteria.backends.sql import nodes
from criteria.backends.sql.columns_only import (
    NO_JSON,
    as_text,
    no_column_type,
    no_elements,
    unsupported,
)
from criteria.backends.sql.dialect import NATIVE_TYPES_BUT_GUID, Bind, Dialect, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.text_functions import code_point_text
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Comparison, TextOperator

_INSTANT = "YYYY-MM-DD HH24:MI:SS.FF6"
_DAY = "YYYY-MM-DD"
_CALENDAR = "NLS_CALENDAR=GREGORIAN"
_STRINGS = "An empty string is NULL there, so that an empty text and no text are the same."
_DOUBLES = "Text is read as a number in the notation of the session there. Declare a decimal."
_GAP = (datetime(1582, 10, 5, tzinfo=timezone.utc), datetime(1582, 10, 15, tzinfo=timezone.utc))


def _match(operator: TextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    raise AssertionError(f"strings are refused before {operator} could be compiled")


def _encode(value: Any) -> Any:
    """Decimals travel as they are: NUMBER holds all their digits, and a text would be read as the session says."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return int(value) if isinstance(value, bool) else as_text(value)


def _operand(stored: StoredValue, node: Node) -> Node:
    """Format and calendar of an instant are said, because a session may have set others.

    Drivers bind a datetime as a DATE and cut it to seconds: it travels as text.
    """
    if stored.field.field_type is FieldType.DATE_TIME:
        return nodes.call("TO_TIMESTAMP", node, nodes.text(_INSTANT), nodes.text(_CALENDAR))
    if stored.field.field_type is FieldType.DATE:
        return nodes.call("TO_DATE", node, nodes.text(_DAY), nodes.text(_CALENDAR))
    return node


def _unsupported(field: Field) -> str | None:
    if field.field_type is FieldType.STRING:
        return _STRINGS
    if field.field_type is FieldType.DOUBLE:
        return _DOUBLES
    return unsupported(field)


def _is_in_gap(value: date) -> bool:
    """Whether a day or an instant is one that the Gregorian calendar reform left out."""
    return _GAP[0].date() <= (value.date() if isinstance(value, datetime) else value) < _GAP[1].date()


def _unsupported_leaf(leaf: Comparison) -> str | None:
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    if any(isinstance(value, date) and _is_in_gap(value) for value in values):
        return "Its calendar has no days between 4 and 15 October 1582."
    return None


ORACLE = Dialect(
    name="oracle",
    sqlglot="oracle",
    paramstyle="named",
    representations=NATIVE_TYPES_BUT_GUID,
    text=code_point_text(_match),
    json=NO_JSON,
    any_element=no_elements,
    encode=_encode,
    operand=_operand,
    column_type=no_column_type,
    nulls_are_large=True,
    unsupported=_unsupported,
    unsupported_leaf=_unsupported_leaf,
    value_checked_types=frozenset({FieldType.DATE, FieldType.DATE_TIME}),
    max_binds=65_535,
    max_in_values=1_000,
    no_limit=None,
    unquotable='"',
)
