"""Loading the values of records, whatever they hold: a value that can be compared, or None.

A loader never raises. None means that there is no value of this type: the value is missing, null, or of another kind,
and no positive operator matches it. Loaded values are of plain classes (`str`, not a subclass), so that comparing them
runs no foreign code. Datetimes are in UTC, because Python compares times near a clock change by rules of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType
from typing import Any, Literal
from uuid import UUID

from criteria.errors import CriteriaError, Problem, Refusal, quoted
from criteria.schema.field import Field, FieldType
from criteria.values.coerce import coerce

Records = Literal["typed", "json"]
"""`typed` records hold Python values, `json` records what decoded JSON holds."""


def check_records(records: Records) -> Records:
    """The option `records` of a backend or an explanation. Raises `CriteriaError` (`unknown_option`)."""
    if records not in ("typed", "json"):
        hint = 'Use "typed" or "json".'
        raise CriteriaError(Problem("unknown_option", f"Unknown kind of records: {quoted(records)}.", hint=hint))
    return records


_ROUTINES = (FunctionType, MethodType, BuiltinFunctionType, MethodWrapperType)

Loader = Callable[[Any], Any]

LISTS = (list, tuple, set, frozenset)
"""What a list field may hold in a record."""

_VALUES = (str, bytes, bytearray, int, float, complex, Decimal, date, UUID, list, set, frozenset)
"""Classes whose instances are values: they have attributes, but no path leads into them."""


def loader(field: Field, records: Records) -> Loader:
    """The function that reads one value (of a list field: one element) of a field."""
    if records == "json" and field.field_type in SPELLED:
        return _spelled(field)
    return _LOADERS[field.field_type]


def is_value(value: Any) -> bool:
    """Whether this is a value of a record and not None. No path leads into it."""
    return _is(value, *_VALUES)


def _is(value: Any, *classes: type) -> bool:
    """isinstance that a value cannot deceive with a `__class__` of its own."""
    return issubclass(type(value), classes)


def _string(value: Any) -> str | None:
    return str.__str__(value) if _is(value, str) else None


def _number(value: Any) -> int | float | Decimal | None:
    if _is(value, bool):
        return None
    if _is(value, int):
        return int.__index__(value)
    if _is(value, float):
        double = float.__float__(value)
        return double if double == double else None
    return _finite(value)


def _double(value: Any) -> float | None:
    number = _number(value)
    try:
        return None if number is None else float(number)
    except OverflowError:
        return None


def _boolean(value: Any) -> bool | None:
    return value if value is True or value is False else None


def _decimal(value: Any) -> Decimal | None:
    if _is(value, int) and not _is(value, bool):
        return Decimal(int.__index__(value))
    return _finite(value)


def _finite(value: Any) -> Decimal | None:
    if not _is(value, Decimal):
        return None
    number = value if type(value) is Decimal else Decimal(value)
    return number if Decimal.is_finite(number) else None


def in_utc(value: Any) -> datetime | None:
    """An aware datetime in UTC; None for anything else, and outside the years 1 to 9999."""
    if not _is(value, datetime):
        return None
    try:
        if value.utcoffset() is None:
            return None
        utc = value.astimezone(timezone.utc)
        return datetime.combine(utc.date(), utc.time(), timezone.utc)
    except Exception:  # a foreign tzinfo may raise anything, and the years 1 and 9999 end
        return None


def _date(value: Any) -> date | None:
    """A day; an instant is not one."""
    if not _is(value, date) or _is(value, datetime):
        return None
    return value if type(value) is date else date.fromordinal(date.toordinal(value))


def _guid(value: Any) -> UUID | None:
    if type(value) is UUID:
        return value
    return UUID(bytes=UUID.bytes.fget(value)) if _is(value, UUID) else None  # type: ignore[attr-defined]


def _reference(value: Any) -> int | None:
    if _is(value, int, float):
        return _number(value)  # type: ignore[return-value]
    return _number(member(value, "objectId"))  # type: ignore[return-value]


_LOADERS: Mapping[FieldType, Loader] = {
    FieldType.STRING: _string,
    FieldType.INTEGER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _decimal,
    FieldType.DOUBLE: _double,
    FieldType.DATE: _date,
    FieldType.DATE_TIME: in_utc,
    FieldType.GUID: _guid,
    FieldType.OBJECT_REF: _reference,
}

SPELLED = frozenset({FieldType.DECIMAL, FieldType.DATE, FieldType.DATE_TIME, FieldType.GUID})
"""Types whose values are strings in JSON, in any spelling that an operand may have."""


def _spelled(field: Field) -> Loader:
    def load(value: Any) -> Any:
        plain = str.__str__(value) if _is(value, str) else _number(value)
        if plain is None:
            return None
        try:
            return coerce(field, plain)
        except Refusal:
            return None

    return load


def member(record: Any, name: str) -> Any:
    """The value of a name in a mapping or an object with attributes; None when there is none.

    Names with two leading underscores are never attributes, and methods no values: a query must not look into an
    object's machinery.
    """
    if record is None or is_value(record):
        return None
    try:
        if _is(record, dict):
            return dict.get(record, name)
        if isinstance(record, Mapping):
            return record.get(name)
        found = None if name.startswith("__") else getattr(record, name, None)
    except Exception:  # foreign code may raise anything, and a predicate never does
        return None
    return None if _is(found, *_ROUTINES) else found


def elements(value: Any) -> list[Any]:
    """The non-null elements of a list field's value; anything but a list has none."""
    if not _is(value, *LISTS):
        return []
    try:
        return [item for item in value if item is not None]
    except Exception:  # a class of its own may iterate as it likes
        return []
