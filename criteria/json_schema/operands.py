"""JSON Schemas of operands: the values that a field compares with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from criteria.json_schema import patterns
from criteria.schema.field import Field, FieldType
from criteria.values.coerce import MAX_INT64, MIN_INT64

JsonSchema = dict[str, Any]
"""A JSON Schema as decoded JSON."""

_LARGEST_DOUBLE = sys.float_info.max

_EXACT_DIGITS = 15
"""A number with this many digits stays on its side of every power of ten when it is read as a binary64."""


@dataclass(frozen=True, slots=True)
class Operand:
    """Values of one kind: their JSON types, and keywords that each constrain only one of these types.

    So `keywords` may be used in a schema that also allows other types (except numbers and strings): null, or the object
    of a comparison.
    """

    name: str
    types: tuple[str, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def schema(self, *others: str) -> JsonSchema:
        """These values, or any value of the other types."""
        types = [*self.types, *others]
        return {"type": types if len(types) > 1 else types[0], **self.keywords}


def operand(field: Field) -> Operand:
    """What a field compares with: a value, or an element of a list."""
    return _OPERANDS[field.field_type](field)


# 1.0 is an integer in JSON Schema as it is here, but VS Code's validator looks for a point in the text. `multipleOf`
# looks at the value.
_WHOLE: dict[str, Any] = {"multipleOf": 1}

_INTEGER = Operand("integer", ("number", "string"), {
    **_WHOLE,
    "minimum": MIN_INT64,
    "maximum": MAX_INT64,
    "pattern": patterns.INTEGER,
    "not": patterns.NO_LINE_FEED,
    "patternErrorMessage": "Write the number without quotes. Only an integer beyond 2^53 may be a string.",
})  # fmt: skip

_DOUBLE = Operand("double", ("number",), {"minimum": -_LARGEST_DOUBLE, "maximum": _LARGEST_DOUBLE})

_BOOLEAN = Operand("boolean", ("boolean",))

_STRING = Operand(
    "string",
    ("string",),
    {"pattern": patterns.TEXT, "patternErrorMessage": "The string holds U+0000 or a lone surrogate."},
)

_GUID = Operand("guid", ("string",), {
    "pattern": patterns.GUID,
    "not": patterns.NO_LINE_FEED,
    "patternErrorMessage": 'Write a guid like "6ba7b810-9dad-11d1-80b4-00c04fd430c8".',
})  # fmt: skip


_DATE = Operand("date", ("string",), {
    "format": "date",
    "pattern": patterns.DATE,
    "not": patterns.NO_LINE_FEED,
    "patternErrorMessage": 'Write a date like "2024-01-31", without a time.',
})  # fmt: skip


def _date_time(field: Field) -> Operand:
    precision = field.precision or 3
    return Operand(f"dateTime-{precision}", ("string",), {
        "pattern": patterns.date_time(precision),
        "not": patterns.NO_LINE_FEED,
        "patternErrorMessage": 'Write an instant like "2024-01-31T09:30:00Z" or "2024-01-31T10:30:00.500+01:00", '
        f"with at most {precision} digits of a second.",
    })  # fmt: skip


def _decimal(field: Field) -> Operand:
    precision, scale = field.precision or 0, field.scale or 0
    end = 10 ** (precision - scale)
    bounds = ("exclusiveMinimum", "exclusiveMaximum") if precision <= _EXACT_DIGITS else ("minimum", "maximum")
    return Operand(f"decimal-{precision}-{scale}", ("number", "string"), {
        **({} if scale else _WHOLE),
        bounds[0]: -end,
        bounds[1]: end,
        "pattern": patterns.decimal(precision, scale),
        "not": patterns.NO_LINE_FEED,
        "patternErrorMessage": f"Expected a number with at most {precision - scale} digits before the point "
        f"and {scale} after it.",
    })  # fmt: skip


_OPERANDS: Mapping[FieldType, Callable[[Field], Operand]] = {
    FieldType.STRING: lambda field: _STRING,
    FieldType.INTEGER: lambda field: _INTEGER,
    FieldType.BOOLEAN: lambda field: _BOOLEAN,
    FieldType.DECIMAL: _decimal,
    FieldType.DOUBLE: lambda field: _DOUBLE,
    FieldType.DATE: lambda field: _DATE,
    FieldType.DATE_TIME: _date_time,
    FieldType.GUID: lambda field: _GUID,
    FieldType.OBJECT_REF: lambda field: _INTEGER,
}

ANY = Operand("any", ("string", "number", "boolean"), {**_STRING.keywords, **_DOUBLE.keywords})
"""What a field compares with without a schema."""

ORDERED = Operand("ordered", ("string", "number"), ANY.keywords)
"""What such a field can be greater or less than."""
