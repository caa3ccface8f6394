"""Oracle 12.2 and later: columns, but no strings or doubles. Written from its documentation; no query was run on it.

Columns are NUMBER(19), NUMBER(1), NUMBER(p, s), DATE (at midnight), TIMESTAMP in UTC, and VARCHAR2(36) for guids in
lower case. Strings are refused because Oracle stores '' as NULL. Doubles are refused because Oracle converts text to
numbers in the session's notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

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
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.text_functions import code_point_text
from criteria.schema.field import Field, FieldType, Value
from criteria.tree.nodes import Comparison, ExactTextOperator, assert_never

_DATE_TIME_FORMAT = "YYYY-MM-DD HH24:MI:SS.FF6"
_DATE_FORMAT = "YYYY-MM-DD"
_CALENDAR = "NLS_CALENDAR=GREGORIAN"

_REFUSED: Mapping[FieldType, str | None] = {
    FieldType.STRING: "Oracle stores an empty string as NULL, so the two cannot be told apart.",
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: "Oracle converts text to numbers in the session's notation. Declare the field as a decimal.",
    FieldType.DATE: None,
    FieldType.DATE_TIME: None,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}
"""The reason why fields of a type are refused."""

_SKIPPED_DAYS = (datetime(1582, 10, 5, tzinfo=timezone.utc), datetime(1582, 10, 15, tzinfo=timezone.utc))


def _match(operator: ExactTextOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    raise AssertionError(f"strings are refused before {operator} could be compiled")


def _encode(value: Value) -> Any:
    """Decimals are bound as they are: NUMBER keeps all digits, and text would be read in the session's notation."""
    match value:
        case Decimal():
            return value
        case bool() | int():
            return int(value)
        case datetime():
            return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        case str() | float() | date() | UUID():
            return as_text(value)
        case _:
            assert_never(value)


def _operand(stored: StoredValue, node: Node) -> Node:
    """Dates and dateTimes are text with an explicit format and calendar, because a session may have set others.

    They are not bound as a datetime, because drivers bind that as a DATE and truncate it to seconds.
    """
    match stored.field.field_type:
        case FieldType.DATE_TIME:
            return nodes.call("TO_TIMESTAMP", node, nodes.text(_DATE_TIME_FORMAT), nodes.text(_CALENDAR))
        case FieldType.DATE:
            return nodes.call("TO_DATE", node, nodes.text(_DATE_FORMAT), nodes.text(_CALENDAR))
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DECIMAL | FieldType.BOOLEAN | FieldType.GUID:
            return node
        case FieldType.STRING | FieldType.DOUBLE:
            raise AssertionError(f"should have been refused: {stored.field!r}")
        case _:
            assert_never(stored.field.field_type)


def _unsupported(field: Field) -> str | None:
    return _REFUSED[field.field_type] or unsupported(field)


def _is_skipped(value: date) -> bool:
    """Whether a date or dateTime is among the ten days that the Gregorian calendar reform skipped."""
    return _SKIPPED_DAYS[0].date() <= (value.date() if isinstance(value, datetime) else value) < _SKIPPED_DAYS[1].date()


_VALUE_CHECKED = frozenset({FieldType.DATE, FieldType.DATE_TIME})
"""The types whose values `_unsupported_leaf` checks."""


def _unsupported_leaf(leaf: Comparison) -> str | None:
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    if any(isinstance(value, date) and _is_skipped(value) for value in values):
        return "Oracle's calendar has no days between 4 and 15 October 1582."
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
    value_checked_types=_VALUE_CHECKED,
    max_binds=65_535,
    max_in_values=1_000,
    no_limit=None,
    seek=Seek.APART,
    unquotable='"',
)
