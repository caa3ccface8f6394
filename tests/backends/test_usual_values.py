"""Rows as most drivers return them, and JSON, are read quickly. The result is that of the long way, with all checks."""

from __future__ import annotations

import pickle
from copy import copy
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from bson import Binary, Code, Decimal128, Int64
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, FieldType, Schema
from criteria.backends.sql.dialects import STORED
from criteria.errors import Refusal
from criteria.schema.field import UndeclaredField
from criteria.values import records
from criteria.values.usual_values import UNUSUAL


class Text(str):
    """A subclass, which drivers may return."""

    __slots__ = ()


class Whole(int):
    """The same of an integer."""


class Day(date):
    """The same of a date."""


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
    Decimal("12.50"), Decimal("-0.00"), Decimal("1234.50"), Decimal("sNaN"), "12.50", "1234.50", "-12.50", "0.00", "12",
    "12.5", "1e1", datetime(2024, 2, 29, 1, 2, 3, 4000, timezone.utc), datetime(2024, 2, 29, fold=1),
    datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=1))), Day(2024, 2, 29), datetime.max,
    '["a", null]', '["a", ]', '["b"]', '["\\ud800"]', '["a\\u0000"]', "[1, 2]", "[1, true]", "[1.0]",
    "[0.0, -0.0, 1e-999]",
    "[1e999]", "[NaN]", "[[1]]", '[{"a": 1, "a": 2}]', '["12.50", "0.00"]', "[12.5]", '["2024-02-29T12:00:00.000Z"]',
    '["2024-02-29"]', '["123e4567-e89b-12d3-a456-426614174000"]', "[" * 2000, "[" + "9" * 5000 + "]", " [1]",
    "\ufeff[1]",
    [1, None, 2], [True], [1.5], [[1]], ("a",), ["12.50"], [Decimal("12.50")], [UUID(int=1)], [Text("a")], [2**63],
    Decimal128("12.50"), Decimal128("NaN"), Decimal128("1E+5"), Binary.from_uuid(UUID(int=1)), Binary(b"a"), Code("a"),
    *map(Decimal128, ("-12.50", "0.00", "-0.00", "999.99", "1000.00", "12.5", "12", "9999", "10000", "-Infinity")),
    Decimal128("9" * 34), Decimal128.from_bid(bytes(14) + b"\x00\x60"), Decimal128.from_bid(b"\xff" * 16),
    Int64(1), Int64(-(2**63)), Int64(2**63), [Int64(1)],
    [Decimal128("12.50")], [Binary.from_uuid(UUID(int=1))], {"objectId": 1}, [{"objectId": 1}],
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


def _fields(field_type: FieldType) -> list[Field]:
    """A field of the type in a column, in a key, in a list and in a nested object, nullable or not."""
    attributes = ATTRIBUTES[field_type]
    fields = [
        Field("a", field_type, **attributes),
        Field("a", field_type, nullable=False, **attributes),
        Field("a", field_type, is_list=True, **attributes),
        Field("a.b", field_type, **attributes),
    ]
    if field_type is FieldType.STRING:
        fields.append(Field("a", field_type, is_unique=True, nullable=False))
        fields += [Field("a", field_type, values=("a", "1"), is_list=is_list) for is_list in (False, True)]
    if field_type is FieldType.DATE_TIME:
        fields.append(Field("a", field_type, precision=6))
    if field_type is FieldType.DECIMAL:
        fields += [Field("a", field_type, precision=2, scale=2), Field("a", field_type, precision=4, scale=0)]
    return fields


@pytest.mark.parametrize("dialect", STORED)
@pytest.mark.parametrize("field_type", FieldType)
def test_quick_reading_is_reading(field_type: FieldType, dialect: str) -> None:
    """Of every cell of a row, that of a tuple is that of a mapping."""
    for field in _fields(field_type):
        storage = criteria.storage(Schema("s", [field], system_properties=False), dialect)
        for cell in CELLS:
            assert outcome(storage, (cell,)) == outcome(storage, {"a": cell}), (field, cell)


@pytest.mark.parametrize("field_type", FieldType)
def test_quick_reading_of_documents_is_reading(field_type: FieldType) -> None:
    """Of every value of a document, that of a dict is that of another mapping."""
    for field in _fields(field_type):
        if field.precision == 6:  # MongoDB has no microseconds
            continue
        storage = criteria.storage(Schema("s", [field], system_properties=False), "mongo")
        for cell in CELLS:
            document = {"a": cell}
            assert outcome(storage, document) == outcome(storage, MappingProxyType(document)), (field, cell)


@given(number=st.integers(0, 2**128 - 1))
def test_guids_that_are_read_quickly_are_those_of_the_constructor(number: int) -> None:
    """In all that a program can do with them."""
    made = UUID(int=number)
    [read] = Schema("s", [Field("a", "guid")], system_properties=False).decode({"a": str(made)}).values()
    assert type(read) is UUID
    assert (read, hash(read), str(read), read.is_safe, read.int) == (made, hash(made), str(made), made.is_safe, number)
    assert pickle.dumps(read) == pickle.dumps(made)
    assert {made: True}[copy(read)]
    with pytest.raises(TypeError):
        read.int = 1  # type: ignore[misc]


@pytest.mark.parametrize("field_type", FieldType)
def test_quick_decoding_is_decoding(field_type: FieldType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every value of a JSON record, `Schema.decode` gives what it gives when no value is read quickly."""
    schemas = [Schema("s", [field], system_properties=False) for field in _fields(field_type)]
    quick = [outcome(schema, {"a": cell}) for schema in schemas for cell in CELLS]
    monkeypatch.setattr(records, "_readers", lambda schema: records._Readers({}, (), (), schema.fields))
    assert quick == [outcome(schema, {"a": cell}) for schema in schemas for cell in CELLS]


def checked(field: Field, value: Any) -> tuple[type, str]:
    """The class and the digits of a value of a typed record, or the refusal."""
    try:
        found = records.conforming(field, value)
    except Refusal as refusal:
        return Refusal, f"{refusal.code} {refusal.message}"
    return type(found), repr(found)


@pytest.mark.parametrize("field_type", FieldType)
def test_quick_checking_is_checking(field_type: FieldType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every value of a typed record, also of a field that no schema declares."""
    fields = [*_fields(field_type), UndeclaredField("a", field_type, **ATTRIBUTES[field_type])]
    quick = [checked(field, cell) for field in fields for cell in CELLS]
    monkeypatch.setattr(records, "usual_typed", lambda field, value: UNUSUAL)
    assert quick == [checked(field, cell) for field in fields for cell in CELLS]
