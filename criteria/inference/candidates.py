"""Finds the field types that hold a value, by the library's own conversions, so that an inferred schema reads its
data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.errors import Refusal
from criteria.schema.field import Field, FieldType
from criteria.values.coerce import coerce
from criteria.values.records import conforming

Fits = Callable[[Field, Any], bool]
"""Whether a field of a type may hold a value."""

SCALARS = (
    Field("value", FieldType.BOOLEAN),
    Field("value", FieldType.INTEGER),
    Field("value", FieldType.DOUBLE),
    Field("value", FieldType.DATE),
    Field("value", FieldType.DATE_TIME, precision=3),
    Field("value", FieldType.DATE_TIME, precision=6),
    Field("value", FieldType.GUID),
    Field("value", FieldType.STRING),
)
"""The types that can be inferred from values, the narrowest first. Decimals cannot: the JSON number 1.10 is a
double."""


@dataclass(frozen=True, slots=True)
class TypeRules:
    """How types are inferred from the values of one kind of source.

    `candidates` are the possible fields, the narrowest first. `fits` tells whether one can represent a value, and
    `choose` picks one of those that can represent all values. `untold` is the field of a name without values, if it
    gets one. With `are_paths`, names with dots are already paths. With `tells_texts`, strings that seem to be
    numbers or times are told.
    """

    candidates: tuple[Field, ...]
    fits: Fits
    choose: Callable[[Sequence[Field]], Field] = lambda fitting: fitting[0]
    untold: Field | None = None
    are_paths: bool = False
    tells_texts: bool = False


_NUMBERS = (int, float, Decimal)

_JSON_CLASSES: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.BOOLEAN: (bool,),
    FieldType.INTEGER: (int,),
    FieldType.DOUBLE: _NUMBERS,
    FieldType.DATE: (str,),
    FieldType.DATE_TIME: (str,),
    FieldType.GUID: (str,),
    FieldType.STRING: (str,),
    FieldType.DECIMAL: (*_NUMBERS, str),
    FieldType.OBJECT_REF: (int,),
}
"""What each type is in JSON. To convert another value only words a refusal, which takes long."""


def fits_json(field: Field, value: Any) -> bool:
    """For decoded JSON. A number written with a fraction or an exponent is not an integer, although in JSON 1.0 equals
    1. A guid must be in canonical form."""
    kind: type = value.__class__
    if kind not in _JSON_CLASSES[field.field_type]:
        return False
    return converts(field, value) and (field.field_type is not FieldType.GUID or _is_canonical(value))


def converts(field: Field, value: Any) -> bool:
    """For decoded JSON, accepting all spellings that records and criteria may have."""
    return _passes(coerce, field, value)


def fits_typed(field: Field, value: Any) -> bool:
    """For Python values."""
    return _passes(conforming, field, value)


def _passes(convert: Callable[[Field, Any], Any], field: Field, value: Any) -> bool:
    try:
        convert(field, value)
    except Refusal:
        return False
    return True


def _is_canonical(text: str) -> bool:
    return text == str(UUID(text))


JSON_VALUES = TypeRules(SCALARS, fits_json, tells_texts=True)
"""Decoded JSON with exact numbers: `int`, and `Decimal` for those with a fraction or an exponent."""
