"""Values that documents of MongoDB hold and their fields do not, although they have the right BSON type."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from criteria.errors import assert_never
from criteria.schema.field import Field, FieldType
from criteria.values.day_pattern import DAY_WITH_CAPTURES

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_GUID = "-".join(f"[0-9a-f]{{{size}}}" for size in (8, 4, 4, 4, 12))

_LEGACY_SUBTYPE, _SUBTYPE = 3, 4

_EMPTY = ("missing", "null", "undefined")
"""The types of an empty field."""

_FIRST, _LAST = datetime(1, 1, 1, tzinfo=timezone.utc), datetime(9999, 12, 31, 23, 59, 59, 999_000, timezone.utc)
"""The dateTimes that there are."""


def other_value(field: Field, declared: str | None, types: tuple[str, ...], path: str) -> dict[str, Any] | None:
    """The expression that is true of documents with a value that is not one of the field's, although it has one of the
    right BSON types; None where the type says it all.

    - `declared`: the BSON type by which `criteria.Collection` names the storage; None: that of `criteria.storage`.
    - `types`: the BSON types of the values to look at.
    - `path`: the field's path, as expressions spell it, as `$address.city`.
    """
    value = "$$value" if field.is_list else path
    holds = _holds(field, declared, value)
    if holds is None:
        return None
    is_other = {"$cond": [{"$in": [{"$type": value}, list(types)]}, {"$not": [holds]}, False]}
    return any_element(path, "value", is_other) if field.is_list else is_other


def other_type(field: Field, types: tuple[str, ...], path: str) -> dict[str, Any]:
    """The expression that is true of documents with a value that has none of the BSON types, and is not empty."""
    value = "$$value" if field.is_list else path
    is_other: Any = {"$not": {"$in": [{"$type": value}, [*types, *_EMPTY]]}}
    return any_element(path, "value", is_other) if field.is_list else is_other


def mistaken_type(field: Field, path: str) -> dict[str, Any] | None:
    """The expression that is true of documents with a value of another BSON type that MongoDB takes for one.

    In lists inside objects others do not count (docs/language.md#inside-json).
    """
    types = _mistaken(field.field_type)
    value = "$$value" if field.is_list else path
    is_mistaken: Any = {"$in": [{"$type": value}, list(types)]}
    if not types:
        return None
    return any_element(path, "value", is_mistaken) if field.is_list else is_mistaken


def _mistaken(field_type: FieldType) -> tuple[str, ...]:
    match field_type:
        case FieldType.STRING:
            return ("symbol", "regex")
        case FieldType.DOUBLE:
            return ("decimal",)
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DECIMAL:
            return ()  # numbers of every type compare by value
        case FieldType.BOOLEAN | FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return ()
        case _:
            assert_never(field_type)


def array_on_path(path: str, is_list: bool) -> dict[str, Any] | None:
    """The expression that is true of documents with an array where MongoDB would look into it; None where none can be.

    In an expression, a path that leads through an array is an array as well.
    """
    looked_into = path.rpartition(".")[0] if is_list else path
    return {"$isArray": looked_into} if looked_into.strip("$") else None


def encoded_object(path: str) -> dict[str, Any]:
    """The expression that is true of documents with a string that may be the text of an object."""
    is_object = {"$regexMatch": {"input": path, "regex": "^[ \t\n\r\ufeff]*[{]"}}
    return {"$cond": [{"$eq": [{"$type": path}, "string"]}, is_object, False]}


def any_element(path: str, variable: str, condition: Any) -> dict[str, Any]:
    """The expression that is true of documents whose array has an element that fulfils a condition on a variable."""
    elements = {"$cond": [{"$isArray": path}, path, []]}
    return {"$anyElementTrue": [{"$map": {"input": elements, "as": variable, "in": condition}}]}


def form_of(field: Field, declared: str | None) -> str:
    """What the values of a field have to be, in plural."""
    kind = field.field_type
    if kind is FieldType.DECIMAL:
        return f"decimals of at most {field.precision} digits, {field.scale} of them after the point"
    if kind is FieldType.INTEGER or kind is FieldType.OBJECT_REF:
        return "whole numbers of 64 bits"
    if kind is FieldType.DOUBLE:
        return "numbers that a double holds exactly"
    if kind is FieldType.DATE_TIME and declared != "string":
        return "instants of the years 1 to 9999"
    if kind is FieldType.DATE and declared == "date":
        return "dates at midnight UTC"
    if kind is FieldType.GUID and declared != "string":
        return f"guids of binary subtype {_SUBTYPE if declared in (None, 'binData') else _LEGACY_SUBTYPE}"
    return f"texts that are values of type {kind.value} in canonical form"


def _holds(field: Field, declared: str | None, value: str) -> Any | None:
    """The expression that is true of the field's values; None if the BSON type says it all."""
    match field.field_type:
        case FieldType.DECIMAL:
            return _is_decimal(value, field.precision or 0, field.scale or 0)
        case FieldType.DATE:
            if declared == "date":
                return {"$eq": [value, {"$dateTrunc": {"date": value, "unit": "day"}}]}
            return _matches(value, DAY_WITH_CAPTURES)
        case FieldType.DATE_TIME:
            pattern = f"{DAY_WITH_CAPTURES}T{_TIME}[.][0-9]{{{field.precision or 3}}}Z"
            return _matches(value, pattern) if declared == "string" else _is_between(value, _FIRST, _LAST)
        case FieldType.GUID:
            if declared == "string":
                return _matches(value, _GUID)
            return _has_subtype(value, _SUBTYPE if declared in (None, "binData") else _LEGACY_SUBTYPE)
        case FieldType.DOUBLE:
            return {"$eq": [value, {"$toDouble": value}]}
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return _is_whole(value)
        case FieldType.STRING | FieldType.BOOLEAN:
            return None
        case _:
            assert_never(field.field_type)


def _matches(value: str, pattern: str) -> Any:
    return {"$regexMatch": {"input": value, "regex": f"^{pattern}(?![\\s\\S])"}}


def _has_subtype(value: str, subtype: int) -> Any:
    """Binary values compare by their length, their subtype and then their bytes."""
    from bson.binary import Binary

    return _is_between(value, Binary(b"\x00" * 16, subtype), Binary(b"\xff" * 16, subtype))


def _is_decimal(value: str, precision: int, scale: int) -> Any:
    """A number of any type, with at most so many digits. Infinity is not below the limit."""
    from bson import Decimal128

    limit = Decimal128(Decimal(1).scaleb(precision - scale))
    return {"$and": [{"$eq": [value, {"$round": [value, scale]}]}, {"$lt": [{"$abs": value}, limit]}]}


def _is_whole(value: str) -> Any:
    from bson import Int64

    is_in_range = _is_between(value, Int64(-(2**63)), Int64(2**63 - 1))
    return {"$and": [{"$eq": [value, {"$trunc": value}]}, is_in_range]}


def _is_between(value: str, first: Any, last: Any) -> Any:
    return {"$and": [{"$gte": [value, first]}, {"$lte": [value, last]}]}
