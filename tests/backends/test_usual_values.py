"""Rows as most drivers return them are read quickly. The result is that of the long way, which reads mappings."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field, FieldType, Schema
from criteria.backends.sql.dialects import STORED


class Text(str):
    """A subclass, which drivers may return."""

    __slots__ = ()


class Whole(int):
    """The same of an integer."""


CELLS: tuple[Any, ...] = (
    None, "", "a", "\u00e9", "a\0b", "\ud800", Text("a"), b"a", "null", "true", "1", "[1]", "{}", "1.50", "01.5",
    "-0.00",
    True, False, 0, 1, 2, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400, Whole(1),
    0.0, -0.0, 1.5, 1e300, float("nan"), float("inf"), -float("inf"), 2.0**53,
    Decimal("1.5"), Decimal("1.55555"), Decimal("NaN"), Decimal("-0"), Decimal("1E+5"),
    "2024-02-29", "2023-02-29", "20240229", "2024-W09-4", "2024-2-29", "0000-01-01", "\u0662024-02-29",
    date(2024, 2, 29),
    "2024-02-29T12:00:00.000Z", "2024-02-29T24:00:00.000Z", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000+00:00",
    "2023-02-29T12:00:00.000Z", "2024-02-29 12:00:00.000Z", "2024-02-29T12:00:60.000Z", "2024-02-29T12:00:00.000Z\n",
    "0000-01-01T00:00:00.000Z", "2024-02-29T12:00:00.000000Z",
    datetime(2024, 2, 29), datetime(2024, 2, 29, tzinfo=timezone.utc), datetime(2024, 2, 29, 0, 0, 0, 1, timezone.utc),
    "123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000", "123e4567e89b12d3a456426614174000",
    "{123e4567-e89b-12d3-a456-426614174000}", "urn:uuid:123e4567-e89b-12d3-a456-426614174000", UUID(int=1),
    {}, [], ["a"], ["a", None], {"b": 1}, object(),
)  # fmt: skip

ATTRIBUTES: dict[FieldType, dict[str, Any]] = {
    FieldType.STRING: {},
    FieldType.INTEGER: {},
    FieldType.BOOLEAN: {},
    FieldType.DECIMAL: {"precision": 5, "scale": 2},
    FieldType.DOUBLE: {},
    FieldType.DATE: {},
    FieldType.DATE_TIME: {},
    FieldType.GUID: {},
    FieldType.OBJECT_REF: {"object_entity_type": "user"},
}


def outcome(storage: Any, row: Any) -> tuple[type, str]:
    """The class and the digits of what was read, or the refusal."""
    try:
        [value] = storage.decode(row).values()
    except CriteriaError as error:
        return CriteriaError, str(error)
    return type(value), repr(value)


@pytest.mark.parametrize("dialect", STORED)
@pytest.mark.parametrize("field_type", FieldType)
def test_quick_reading_is_reading(field_type: FieldType, dialect: str) -> None:
    """Of every cell, in a column, in a key, in a list and in a nested object, nullable or not."""
    attributes = ATTRIBUTES[field_type]
    fields = [
        Field("a", field_type, **attributes),
        Field("a", field_type, nullable=False, **attributes),
        Field("a", field_type, is_list=True, **attributes),
        Field("a.b", field_type, **attributes),
    ]
    if field_type is FieldType.STRING:
        fields.append(Field("a", field_type, is_unique=True, nullable=False))
    if field_type is FieldType.DATE_TIME:
        fields.append(Field("a", field_type, precision=6))
    for field in fields:
        storage = criteria.storage(Schema("s", [field], system_properties=False), dialect)
        for cell in CELLS:
            assert outcome(storage, (cell,)) == outcome(storage, {"a": cell}), (field, cell)
