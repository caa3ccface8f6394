"""Values that documents of MongoDB hold and their fields do not, although they have the right BSON type."""

from __future__ import annotations

from typing import Any

from criteria.errors import assert_never
from criteria.schema.field import Field, FieldType
from criteria.values.day_pattern import DAY_WITH_CAPTURES

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_GUID = "-".join(f"[0-9a-f]{{{size}}}" for size in (8, 4, 4, 4, 12))

_LEGACY_SUBTYPE, _SUBTYPE = 3, 4


def other_value(field: Field, declared: str | None, types: tuple[str, ...], path: str) -> dict[str, Any] | None:
    """The filter of documents with a value that is not one of the field's; None where the BSON type says it all.

    - `declared`: the BSON type by which `criteria.Collection` names the storage; None: that of `criteria.storage`.
    - `types`: the BSON types of the values to look at.
    """
    value = "$$one" if field.is_list else f"${path}"
    holds = _holds(field, declared, value)
    if holds is None:
        return None
    is_other = {"$cond": [{"$in": [{"$type": value}, list(types)]}, {"$not": [holds]}, False]}
    if field.is_list:
        elements = {"$cond": [{"$isArray": f"${path}"}, f"${path}", []]}
        is_other = {"$anyElementTrue": [{"$map": {"input": elements, "as": "one", "in": is_other}}]}
    return {"$expr": is_other}


def form_of(field: Field, declared: str | None) -> str:
    """What the values of a field have to be, in plural."""
    kind = field.field_type
    if kind is FieldType.DECIMAL:
        return f"decimals of at most {field.precision} digits, {field.scale} of them after the point"
    if kind is FieldType.DATE and declared == "date":
        return "dates at midnight UTC"
    if kind is FieldType.GUID and declared != "string":
        return f"guids of binary subtype {_SUBTYPE if declared in (None, 'binData') else _LEGACY_SUBTYPE}"
    return f"texts that are values of type {kind.value} in canonical form"


def _holds(field: Field, declared: str | None, value: str) -> Any | None:
    """The expression that is true of the field's values; None if the BSON type says it all."""
    match field.field_type:
        case FieldType.DECIMAL:
            precision, scale = field.precision or 0, field.scale or 0
            is_small = {"$lt": [{"$abs": value}, 10 ** min(precision - scale, 18)]}
            is_rounded = {"$eq": [value, {"$round": [value, scale]}]}
            return {"$and": [is_rounded, is_small]} if precision - scale <= 18 else is_rounded
        case FieldType.DATE:
            if declared == "date":
                return {"$eq": [value, {"$dateTrunc": {"date": value, "unit": "day"}}]}
            return _matches(value, DAY_WITH_CAPTURES)
        case FieldType.DATE_TIME:
            pattern = f"{DAY_WITH_CAPTURES}T{_TIME}[.][0-9]{{{field.precision or 3}}}Z"
            return _matches(value, pattern) if declared == "string" else None
        case FieldType.GUID:
            if declared == "string":
                return _matches(value, _GUID)
            return _has_subtype(value, _SUBTYPE if declared in (None, "binData") else _LEGACY_SUBTYPE)
        case FieldType.STRING | FieldType.BOOLEAN | FieldType.DOUBLE | FieldType.INTEGER | FieldType.OBJECT_REF:
            return None  # numbers compare by value, whatever they are
        case _:
            assert_never(field.field_type)


def _matches(value: str, pattern: str) -> Any:
    return {"$regexMatch": {"input": value, "regex": f"^{pattern}(?![\\s\\S])"}}


def _has_subtype(value: str, subtype: int) -> Any:
    """Binary values compare by their length, their subtype and then their bytes."""
    from bson.binary import Binary

    first, last = Binary(b"\x00" * 16, subtype), Binary(b"\xff" * 16, subtype)
    return {"$and": [{"$gte": [value, first]}, {"$lte": [value, last]}]}
