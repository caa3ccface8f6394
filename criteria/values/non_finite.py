"""NaN and the infinities: no query and no schema has them, but columns of engines do, and orders place them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite, isnan

from criteria.schema.field import Field, FieldType

_CLASSES: Mapping[FieldType, type[float] | type[Decimal] | None] = {
    FieldType.STRING: None,
    FieldType.INTEGER: None,
    FieldType.BOOLEAN: None,
    FieldType.DECIMAL: Decimal,
    FieldType.DOUBLE: float,
    FieldType.DATE: None,
    FieldType.DATE_TIME: None,
    FieldType.GUID: None,
    FieldType.OBJECT_REF: None,
}
"""The plain class of a type's values that may be NaN or infinite; None: there are none."""

_TEXTS = ("NaN", "Infinity", "-Infinity")


def is_non_finite(value: object) -> bool:
    """Whether a value of a plain class is NaN or infinite."""
    if isinstance(value, float):
        return not isfinite(value)
    return isinstance(value, Decimal) and not value.is_finite()


def is_nan(value: object) -> bool:
    """Whether a value of a plain class is NaN."""
    return isnan(value) if isinstance(value, float) else isinstance(value, Decimal) and value.is_nan()


def non_finite_text(value: float | Decimal) -> str:
    """NaN or an infinity as text, in one spelling."""
    return _TEXTS[0] if is_nan(value) else _TEXTS[1] if value > 0 else _TEXTS[2]


def non_finite(field: Field, value: object) -> float | Decimal | None:
    """NaN or an infinity, as a number of any class or as `non_finite_text` spells it, in the plain class of a field's
    values. None for anything else, and for a field whose type has no such values."""
    made = _CLASSES[field.field_type]
    if made is None:
        return None
    if issubclass(type(value), str):
        return made(str(value)) if value in _TEXTS else None
    plain = _plain(value)
    return made(non_finite_text(plain)) if plain is not None and is_non_finite(plain) else None


def _plain(value: object) -> float | Decimal | None:
    """A number of a subclass in the class itself. A context may forbid to make a Decimal of a float."""
    if issubclass(type(value), float):
        return float.__float__(value)  # type: ignore[arg-type]
    return Decimal(value) if issubclass(type(value), Decimal) else None  # type: ignore[arg-type]
