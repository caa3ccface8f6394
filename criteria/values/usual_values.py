"""Quick readers of values as they usually are in rows and in JSON. All others take the long way, with all its checks.

A quick reader takes values of one plain class only, and returns what the long way would return.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID, SafeUUID

from criteria.messages import is_encodable
from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.values.loading import is_whole_guid

UNUSUAL = object()
"""What a quick reader returns for a value that takes the long way."""

Reader = Callable[[Any], Any]

_is_day = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII).fullmatch
_is_in_milliseconds = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",  # from 3.14 on Python reads 24:00
    re.ASCII,
).fullmatch
_is_guid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII).fullmatch
MIN_INT64, MAX_INT64 = -(2**63), 2**63 - 1


def native_reader(field: Field) -> Reader | None:
    """The quick reader of one value of a field whose type the engine has; None when all values take the long way."""
    return _of_listed(field) or _NATIVE[field.field_type](field)


def canonical_reader(field: Field) -> Reader | None:
    """The quick reader of one value in canonical form, or of JSON; None when all values take the long way."""
    return _of_listed(field) or _CANONICAL[field.field_type](field)


def usual_typed(field: Field, value: Any) -> Any:
    """The value of a typed record if it is a string or an integer as most are; `UNUSUAL` for all others."""
    if type(value) is str and field.field_type is FieldType.STRING:
        return _string(value) if field.values is None else UNUSUAL
    if type(value) is int and field.field_type is FieldType.INTEGER and not isinstance(field, UndeclaredField):
        return _integer(value)
    return UNUSUAL


def list_reader(one: Reader | None) -> Reader | None:
    """The quick reader of a list, of the quick reader of its elements."""
    if one is None:
        return None

    def read(value: Any) -> Any:
        if type(value) is not list:
            return UNUSUAL
        found = [None if item is None else one(item) for item in value]
        return UNUSUAL if UNUSUAL in found else found

    return read


def json_list_reader(field: Field) -> Reader | None:
    """The quick reader of a list that a text column holds as JSON."""
    # Python's decoder makes a double of a number that is too close to zero, which the long way refuses.
    one = None if field.field_type is FieldType.DOUBLE else list_reader(canonical_reader(field))
    if one is None:
        return None

    def read(value: Any) -> Any:
        if type(value) is not str:
            return UNUSUAL
        try:
            return one(json.loads(value))
        except (ValueError, RecursionError):
            return UNUSUAL

    return read


def _of_listed(field: Field) -> Reader | None:
    """The quick reader of a string that is one of those which the field lists."""
    if field.values is None:
        return None
    known = {value: value for value in field.values}

    def read(value: Any) -> Any:
        return known.get(value, UNUSUAL) if type(value) is str else UNUSUAL

    return read


def _string(value: Any) -> Any:
    if type(value) is str and "\0" not in value and (value.isascii() or is_encodable(value)):
        return value
    return UNUSUAL


def _integer(value: Any) -> Any:
    return value if type(value) is int and MIN_INT64 <= value <= MAX_INT64 else UNUSUAL


def _boolean(value: Any) -> Any:
    return value if value is True or value is False else UNUSUAL


def _native_boolean(value: Any) -> Any:
    """SQLite and MariaDB have no booleans, but 0 and 1."""
    if value is True or value is False:
        return value
    return bool(value) if type(value) is int and value in (0, 1) else UNUSUAL


def _double(value: Any) -> Any:
    return value + 0.0 if type(value) is float and math.isfinite(value) else UNUSUAL  # -0.0 becomes 0.0


def _native_day(value: Any) -> Any:
    return value if type(value) is date else UNUSUAL


def _day(value: Any) -> Any:
    if type(value) is str and _is_day(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return UNUSUAL
    return UNUSUAL


def _moment(value: Any) -> Any:
    if type(value) is str and _is_in_milliseconds(value):
        try:
            return _read_moment(value)
        except ValueError:
            return UNUSUAL
    return UNUSUAL


if sys.version_info >= (3, 11):
    _read_moment = datetime.fromisoformat
else:

    def _read_moment(text: str) -> datetime:
        return datetime.fromisoformat(text[:-1] + "+00:00")


def _native_moments(field: Field) -> Reader:
    finest = 1 if field.precision == 6 else 1000

    def read(value: Any) -> Any:
        is_usual = type(value) is datetime and value.tzinfo is timezone.utc and not value.microsecond % finest
        return value if is_usual else UNUSUAL

    return read


def _native_guid(value: Any) -> Any:
    return value if type(value) is UUID and is_whole_guid(value) else UNUSUAL


def _guid(value: Any) -> Any:
    if type(value) is str and _is_guid(value):
        found = object.__new__(UUID)  # the constructor checks the text again, which takes twice as long
        _set_number(found, int(value.replace("-", ""), 16))
        _set_safety(found, _UNKNOWN)
        return found
    return UNUSUAL


_set_number, _set_safety = vars(UUID)["int"].__set__, vars(UUID)["is_safe"].__set__
"""A UUID refuses assignments to its attributes, but not to their slots."""
_UNKNOWN = SafeUUID.unknown
"""Looked up once: members of enumerations are slow attributes on Python 3.11."""


def _native_decimals(field: Field) -> Reader:
    """Decimals with the digits that the field declares. A zero may have a sign, which the long way removes."""
    precision, scale = field.precision or 0, field.scale or 0
    unit = Decimal((0, (1,), -scale))
    before = precision - scale

    def read(value: Any) -> Any:
        is_usual = type(value) is Decimal and value and value.same_quantum(unit) and value.adjusted() < before
        return value if is_usual else UNUSUAL

    return read


def _decimals(field: Field) -> Reader:
    precision, scale = field.precision or 0, field.scale or 0
    before = precision - scale
    whole = f"(?:0|[1-9][0-9]{{0,{before - 1}}})" if before else "0"
    text = re.compile(rf"-?{whole}\.[0-9]{{{scale}}}" if scale else f"-?{whole}", re.ASCII)

    def read(value: Any) -> Any:
        if type(value) is str and text.fullmatch(value):
            found = Decimal(value)
            return found if found or value[0] != "-" else UNUSUAL
        return UNUSUAL

    return read


def _always(reader: Reader) -> Callable[[Field], Reader]:
    return lambda field: reader


_NATIVE: Mapping[FieldType, Callable[[Field], Reader | None]] = {
    FieldType.STRING: _always(_string),
    FieldType.INTEGER: _always(_integer),
    FieldType.BOOLEAN: _always(_native_boolean),
    FieldType.DECIMAL: _native_decimals,
    FieldType.DOUBLE: _always(_double),
    FieldType.DATE: _always(_native_day),
    FieldType.DATE_TIME: _native_moments,
    FieldType.GUID: _always(_native_guid),
    FieldType.OBJECT_REF: _always(_integer),
}
_CANONICAL: Mapping[FieldType, Callable[[Field], Reader | None]] = {
    FieldType.STRING: _always(_string),
    FieldType.INTEGER: _always(_integer),
    FieldType.BOOLEAN: _always(_boolean),
    FieldType.DECIMAL: _decimals,
    FieldType.DOUBLE: _always(_double),
    FieldType.DATE: _always(_day),
    FieldType.DATE_TIME: lambda field: _moment if field.precision == 3 else None,
    FieldType.GUID: _always(_guid),
    FieldType.OBJECT_REF: _always(_integer),
}
