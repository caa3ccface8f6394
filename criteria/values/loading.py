"""Loads values from records (docs/language.md#records): a value that can be compared, or None.

A loader never raises. None means that the value is missing, null or of another type, so that no positive operator is
true of it. Loaded values are of plain classes (`str`, not a subclass): comparing them calls no foreign code. Datetimes
are in UTC, because Python compares times near a clock change by other rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from struct import pack, unpack
from types import BuiltinFunctionType, FunctionType, MethodType, MethodWrapperType
from typing import Any, Literal, get_args
from uuid import UUID

from criteria.errors import CriteriaError, Problem, Refusal
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.values.canonical import json_value
from criteria.values.coerce import MAX_INT64, MIN_INT64, coerce
from criteria.values.json_decimals import decimal_of

Records = Literal["typed", "json", "canonical"]
"""`typed` records hold Python values such as `datetime` and `Decimal`. `json` records hold decoded JSON, with values in
any spelling that an operand may have. So do `canonical` ones, but inside objects only canonical form is a value, as in
JSON columns."""


def check_records(records: str) -> None:
    """Raises `CriteriaError` (`unknown_option`) for an option `records` that is none of the kinds."""
    if records not in get_args(Records):
        hint = 'Use "typed", "json" or "canonical".'
        raise CriteriaError(Problem("unknown_option", f"Unknown kind of records: {quoted(records)}.", hint=hint))


_ROUTINES = (FunctionType, MethodType, BuiltinFunctionType, MethodWrapperType)

Loader = Callable[[Any], Any]

LISTS = (list, tuple, set, frozenset)
"""Classes of the value of a list field."""

_VALUES = (str, bytes, bytearray, int, float, complex, Decimal, date, UUID, list, set, frozenset)
"""Classes of values. Their attributes (`date.year`) are not fields: no path leads into a value."""


def loader(field: Field, records: Records) -> Loader:
    """The function that loads one value of a field; of a list field, one element."""
    if isinstance(field, UndeclaredField) and field.field_type in _NUMBERS:
        return _any_number
    if records != "typed" and field.field_type in SPELLED:
        return _canonical(field) if records == "canonical" and field.is_nested else _spelled(field)
    if records == "canonical" and field.is_nested and field.field_type is FieldType.OBJECT_REF:
        return _number  # an object with an objectId is a reference in a record, and not in a JSON column
    if field.values is not None:
        return _listed
    if field.field_type is FieldType.DATE_TIME and field.time_zone is not None:
        return _in_utc_or_naive
    return _LOADERS[field.field_type]


def is_value(value: Any) -> bool:
    """Whether a path ends at this object: it is a value, not None and not an object with fields."""
    return is_instance(value, *_VALUES)


def is_instance(value: Any, *classes: type) -> bool:
    """Like isinstance, but ignores `__class__`, which a value may define to claim another class."""
    return issubclass(type(value), classes)


def _string(value: Any) -> str | None:
    return str.__str__(value) if is_instance(value, str) else None


def _listed(value: Any) -> str | None:
    """A string of a field that lists its values; a member of an Enum is its value."""
    if not is_instance(value, Enum):
        return _string(value)
    try:
        return _string(object.__getattribute__(value, "_value_"))
    except AttributeError:  # a member that its class has not made
        return None


def _number(value: Any) -> int | float | Decimal | None:
    if is_instance(value, bool):
        return None
    if is_instance(value, int):
        return int.__index__(value)
    if is_instance(value, float):
        double = float.__float__(value)
        return double if double == double else None
    return _finite(value)


def _any_number(value: Any) -> int | float | Decimal | None:
    """A number of any class, as it is: not rounded to a double, infinite as well."""
    if is_instance(value, Decimal) and not Decimal.is_nan(value):
        return value if type(value) is Decimal else Decimal(value)
    return _number(value)


def _double(value: Any) -> float | None:
    number = _number(value)
    try:
        return None if number is None else float(number)
    except OverflowError:
        return None


def single(value: Any) -> float | None:
    """The float of 32 bits that is nearest to a number, as a double."""
    double = _double(value)
    try:
        return None if double is None else float(unpack("<f", pack("<f", double))[0])
    except OverflowError:  # beyond the floats of 32 bits
        return double


def _boolean(value: Any) -> bool | None:
    return value if value is True or value is False else None


def _decimal(value: Any) -> Decimal | None:
    if is_instance(value, int) and not is_instance(value, bool):
        return Decimal(int.__index__(value))
    return _finite(value)


def _finite(value: Any) -> Decimal | None:
    if not is_instance(value, Decimal):
        return None
    number = value if type(value) is Decimal else Decimal(value)
    return number if Decimal.is_finite(number) else None


def in_utc(value: Any) -> datetime | None:
    """An aware datetime in UTC. None for anything else, and outside the years 1 to 9999."""
    if not is_instance(value, datetime):
        return None
    try:
        if value.utcoffset() is None:
            return None
        utc = value.astimezone(timezone.utc)
        return datetime.combine(utc.date(), utc.time(), timezone.utc)
    except Exception:  # a foreign tzinfo may raise anything; OverflowError outside the years 1 to 9999
        return None


def _in_utc_or_naive(value: Any) -> datetime | None:
    """The same, of a field whose times without a zone are in UTC."""
    if is_instance(value, datetime) and datetime.tzinfo.__get__(value) is None:
        return datetime.combine(datetime.date(value), datetime.time(value), timezone.utc)
    return in_utc(value)


def _date(value: Any) -> date | None:
    """A date. A datetime is not one, although Python's class is a subclass."""
    if not is_instance(value, date) or is_instance(value, datetime):
        return None
    return value if type(value) is date else date.fromordinal(date.toordinal(value))


def _guid(value: Any) -> UUID | None:
    try:
        if type(value) is UUID:
            return value if 0 <= value.int < _GUIDS else None
    except Exception:  # it has no number, or none that is one
        return None
    return UUID(int=_number_of_guid(value)) if is_instance(value, UUID) and is_whole_guid(value) else None


_number_of_guid: Callable[[UUID], Any] = vars(UUID)["int"].__get__
_GUIDS = 1 << 128


def is_whole_guid(value: UUID) -> bool:
    """Whether a UUID has its number: one whose constructor has not run cannot be compared."""
    try:
        number = _number_of_guid(value)
    except AttributeError:
        return False
    return type(number) is int and 0 <= number < _GUIDS


def _reference(value: Any) -> int | None:
    if is_instance(value, int, float):
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

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DOUBLE})
"""The types of a query without a schema that compare with numbers."""

SPELLED = frozenset({FieldType.DECIMAL, FieldType.DATE, FieldType.DATE_TIME, FieldType.GUID})
"""Types whose values are strings in JSON. Records may spell them as operands may."""


def _spelled(field: Field) -> Loader:
    def load(value: Any) -> Any:
        plain = str.__str__(value) if is_instance(value, str) else _number(value)
        if plain is None:
            return None
        try:
            return coerce(field, plain)
        except Refusal:
            return None

    return load


def _canonical(field: Field) -> Loader:
    """Loads a value inside JSON: canonical text, and of a decimal also a number (docs/language.md#inside-json)."""
    spelled = _spelled(field)

    def load(value: Any) -> Any:
        if is_instance(value, str):
            loaded = spelled(value)
            return None if loaded is None or json_value(field, loaded) != str.__str__(value) else loaded
        number = _number(value) if field.field_type is FieldType.DECIMAL else None
        return None if number is None else decimal_of(number)

    return load


def member(record: Any, name: str) -> Any:
    """The value under a name in a mapping, or of an attribute of an object; None when it is missing.

    Attributes with two leading underscores and methods count as missing: queries must not reach an object's internals.
    So does msgspec's UNSET, which is the value of members that are not in JSON.
    """
    if record is None or is_value(record):
        return None
    try:
        if is_instance(record, dict):
            return dict.get(record, name)
        if isinstance(record, Mapping):
            return record.get(name)
        kind = type(record)
        if hasattr(kind, "_mapping") and hasattr(kind, "_fields"):
            return record._mapping.get(name)  # SQLAlchemy's rows, whose columns may be named as methods are
        if is_row(kind):
            names = list(record.keys())
            if name not in names:
                return None
            return record[names.index(name) if kind.__module__ == "sqlite3" else name]  # sqlite3 ignores letter case
        found = None if name.startswith("__") else getattr(record, name, None)
    except Exception:  # foreign code may raise anything, and a predicate never does
        return None
    is_missing = type(found).__name__ == "UnsetType" or is_routine(found)
    return None if is_missing else found


Lookup = Callable[[int], Any]
"""Takes an id; returns the record of the entity with it, or None."""

Lookups = Mapping[str, Lookup]
"""How the records of other entities are found, by the names of the entities (docs/language.md#references)."""


def check_lookups(lookups: object) -> None:
    """Raises `CriteriaError` (`unknown_option`) for what is not a mapping of functions."""
    if not isinstance(lookups, Mapping) or not all(map(callable, lookups.values())):
        message = f"lookups is a mapping of entities to functions, not {quoted(lookups)}."
        hint = "Give the get of a dict of records by id."
        raise CriteriaError(Problem("unknown_option", message, hint=hint))


def id_loader(refers: Field, records: Records) -> Callable[[Any], int | None]:
    """The function that loads the id that a reference, or an element of a list of them, holds. None if it is not an
    integer of 64 bits."""
    load = loader(refers, records)

    def id_of(value: Any) -> int | None:
        number = value if type(value) is int else load(value)
        is_id = number is not None and MIN_INT64 <= number <= MAX_INT64 and int(number) == number
        return int(number) if is_id else None

    return id_of


def is_routine(value: Any) -> bool:
    """Whether an attribute is a function or a method, and so not a value of a record."""
    return is_instance(value, *_ROUTINES)


def is_object_id(value: Any) -> bool:
    """Whether a value is an ObjectId of BSON, whose text is its 24 hexadecimal digits."""
    kind = type(value)
    return kind.__name__ == "ObjectId" and kind.__module__.partition(".")[0] == "bson"


def is_row(kind: type) -> bool:
    """Whether a class is one of rows with names, as sqlite3's and asyncpg's, which are no mappings."""
    return hasattr(kind, "keys") and hasattr(kind, "__getitem__")


def is_list_value(value: Any) -> bool:
    """Whether a value of a field without a declaration is a list. A named tuple is an object."""
    return type(value) is list or type(value) is tuple or is_instance(value, list, set, frozenset)


def member_of_each(value: Any, name: str) -> Any:
    """As `member`, and of a list the values that its elements have under the name, those in lists as well.

    Paths without a schema lead through lists of objects. A list in a list is not looked into.
    """
    if not is_list_value(value):
        return member(value, name)
    found: list[Any] = []
    for item in elements(value):
        one = member(item, name)
        found += elements(one) if is_list_value(one) else [one]
    return found


def path_step(field: Field) -> Callable[[Any, str], Any]:
    """What takes the value before a segment of the field's path, and the segment, to the value behind it."""
    return member_of_each if isinstance(field, UndeclaredField) else member


def is_object(item: Any) -> bool:
    """Whether an element of a list is an object: null, values and lists are none."""
    return item is not None and not is_value(item) and not is_list_value(item)


def elements(value: Any) -> list[Any]:
    """The elements of a list field's value that are not null. Anything but a list has none."""
    if not is_instance(value, *LISTS):
        return []
    try:
        return [item for item in value if item is not None]
    except Exception:  # a subclass may raise anything
        return []


def test_by_path(field: Field, path: Sequence[str], test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test of a record by the value that the members of a path lead to. The path is that of a field, or of its
    column."""
    first, *rest = path
    step = path_step(field)
    if not rest:
        return _test_of_member(first, test)

    def matches(record: Any) -> bool:
        value = member(record, first)
        for segment in rest:
            value = step(value, segment)
        return test(value)

    return matches


def _test_of_member(name: str, test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test of a member of a record. What most records are is read without a call of `member`."""

    def matches(record: Any) -> bool:
        if type(record) is not dict:
            return test(member(record, name))
        try:
            value = record.get(name)
        except Exception:  # another key of the record raises when it is compared
            value = None
        return test(value)

    return matches
