"""Quick readers of values as drivers usually return them. Anything else takes the long way, with all of its checks.

A quick reader takes values of one plain class only, and returns what the long way would return.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from criteria.errors import is_encodable
from criteria.schema.field import Field, FieldType

UNUSUAL = object()
"""What a quick reader returns for a value that takes the long way."""

Reader = Callable[[Any], Any]

_MILLISECONDS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_INT64 = range(-(2**63), 2**63)


def usual_reader(field: Field, is_native: bool) -> Reader | None:
    """The quick reader of a scalar field; None when all of its values take the long way.

    `is_native` is whether the engine has the type. Otherwise its column holds the canonical form.
    """
    if is_native:
        return _NATIVE[field.field_type]
    if field.field_type is FieldType.DATE_TIME and field.precision != 3:
        return None
    return _CANONICAL[field.field_type]


def _string(value: Any) -> Any:
    return value if type(value) is str and "\0" not in value and is_encodable(value) else UNUSUAL


def _integer(value: Any) -> Any:
    return value if type(value) is int and value in _INT64 else UNUSUAL


def _boolean(value: Any) -> Any:
    return value if value is True or value is False else UNUSUAL


def _native_boolean(value: Any) -> Any:
    """SQLite and MariaDB have no booleans, but 0 and 1."""
    if value is True or value is False:
        return value
    return bool(value) if type(value) is int and value in (0, 1) else UNUSUAL


def _double(value: Any) -> Any:
    return value + 0.0 if type(value) is float and math.isfinite(value) else UNUSUAL  # -0.0 becomes 0.0


def _day(value: Any) -> Any:
    if type(value) is str and len(value) == 10:
        try:
            found = date.fromisoformat(value)
        except ValueError:
            return UNUSUAL
        return found if found.isoformat() == value else UNUSUAL
    return UNUSUAL


def _moment(value: Any) -> Any:
    if type(value) is str and _MILLISECONDS.fullmatch(value):
        try:
            return datetime.fromisoformat(value[:-1] + "+00:00")
        except ValueError:
            return UNUSUAL
    return UNUSUAL


def _guid(value: Any) -> Any:
    if type(value) is str:
        try:
            found = UUID(value)
        except ValueError:
            return UNUSUAL
        return found if str(found) == value else UNUSUAL
    return UNUSUAL


_NATIVE: Mapping[FieldType, Reader | None] = {
    FieldType.STRING: _string,
    FieldType.INTEGER: _integer,
    FieldType.BOOLEAN: _native_boolean,
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: _double,
    FieldType.DATE: None,
    FieldType.DATE_TIME: None,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: _integer,
}
_CANONICAL: Mapping[FieldType, Reader | None] = {
    FieldType.STRING: _string,
    FieldType.INTEGER: _integer,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: None,
    FieldType.DOUBLE: _double,
    FieldType.DATE: _day,
    FieldType.DATE_TIME: _moment,
    FieldType.GUID: _guid,
    FieldType.OBJECT_REF: _integer,
}
