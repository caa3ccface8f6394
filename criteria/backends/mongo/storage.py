"""Stores a schema's values in a MongoDB collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from bson import Binary, Code, Decimal128, Int64
from bson.binary import UUID_SUBTYPE

from criteria.backends.mongo.bson_values import bson_value, check_schema
from criteria.errors import CriteriaError, Listing, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.schema import Schema
from criteria.values.records import mismatch, typed_values
from criteria.values.stored_records import (
    aware,
    columns_of,
    each,
    entry,
    from_json,
    plain,
    put_nested,
    stored_value,
)
from criteria.values.usual_values import UNUSUAL, Reader, canonical_reader, list_reader, native_reader


@dataclass(frozen=True, slots=True)
class MongoStorage:
    """Documents for a schema's records. Nested fields are native sub-documents.

    A date is stored as text, `YYYY-MM-DD`, and a dateTime as a BSON date, so filters never mistake one for the other.
    """

    schema: Schema
    _readers: tuple[tuple[Field, str | None, str, Reader | None, bool], ...] = field(
        init=False, repr=False, compare=False
    )
    """Each field, its name unless it is nested, its column, the quick reader of its values, and whether it is
    nullable."""

    def __post_init__(self) -> None:
        readers = tuple(
            (one, None if one.is_nested else one.name, one.column, _reader(one), one.nullable)
            for one in self.schema.fields
        )
        object.__setattr__(self, "_readers", readers)

    def __reduce__(self) -> tuple[Any, ...]:
        """Readers are functions inside functions, which cannot be pickled."""
        return MongoStorage, (self.schema,)

    def __repr__(self) -> str:
        return f"MongoStorage({self.schema.name!r}, {len(self.schema.fields)} fields)"

    def encode(self, record: Any) -> dict[str, Any]:
        """A typed record as a document.

        Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
        """
        return columns_of(self.schema, typed_values(self.schema, record), _encoded)

    def decode(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A typed record from a document. A missing key is null; other keys are left out.

        Raises `CriteriaError` with an `invalid_record` problem for each value that `encode` would not have stored.
        """
        if not issubclass(type(document), Mapping):
            message = f"Expected a document, found {quoted(document)}."
            raise CriteriaError(Problem("invalid_record", message))
        problems = Listing()
        record: dict[str, Any] = {}
        is_plain = type(document) is dict
        for one, name, column, reader, is_nullable in self._readers:
            value = UNUSUAL
            if is_plain and reader is not None:
                value = document.get(column)
                if value is not None or not is_nullable:
                    value = reader(value)
            if value is UNUSUAL:
                value = stored_value(one, lambda of: entry(document, of.column), _decoded, problems)
            if name is None:
                put_nested(record, one.path, value)
            else:
                record[name] = value
        problems.refuse()
        return record


def mongo_storage(schema: Schema) -> MongoStorage:
    """The storage of a schema. Raises `CriteriaError` (`unsupported`)."""
    check_schema(schema)
    return MongoStorage(schema)


def _encoded(field: Field, value: Any) -> Any:
    return each(field, value, lambda _, item: bson_value(item))


def _decoded(field: Field, value: Any) -> Value:
    kind = type(value)
    if issubclass(kind, Code):
        raise mismatch(field, value)  # Code is a str in Python but not a string in MongoDB
    if field.field_type is FieldType.DATE:
        return from_json(field, value)
    if issubclass(kind, Decimal128) and field.field_type is not FieldType.DOUBLE:  # its 0.1 is not the double 0.1
        value = value.to_decimal()
    if issubclass(kind, Binary) and value.subtype == UUID_SUBTYPE and len(value) == 16:
        value = UUID(bytes=bytes(value))
    return plain(field, aware(value))


def _reader(one: Field) -> Reader | None:
    """The quick reader of a field's values, as the driver decodes what `encode` stored."""
    if one.is_nested:
        return None
    reader = _READERS[one.field_type](one)
    return list_reader(reader) if one.is_list else reader


def _moments(one: Field) -> Reader | None:
    """The driver's datetimes are in UTC, and by default without a zone."""
    read = native_reader(one)
    if read is None:
        return None

    def moment(value: Any) -> Any:
        if type(value) is datetime and value.tzinfo is None:
            value = value.replace(tzinfo=timezone.utc)
        return read(value)

    return moment


def _integers(one: Field) -> Reader | None:
    """The driver's integers of 64 bits are a subclass of `int`."""
    read = native_reader(one)
    return None if read is None else lambda value: read(int(value) if type(value) is Int64 else value)


_EXPONENT, _COEFFICIENT = 113, (1 << 113) - 1
"""In the 128 bits of a decimal, where the exponent begins, above the coefficient."""
_BIAS = 6176
_EXACT = Context(prec=34)


def _decimals(one: Field) -> Reader | None:
    """Decimals with the digits that the field declares, from their bits: `to_decimal` makes a tuple of digits first."""
    scale, limit = one.scale or 0, 10 ** (one.precision or 0)

    def decimal(value: Any) -> Any:
        if type(value) is not Decimal128:
            return UNUSUAL
        bits = int.from_bytes(value.bid, "little")
        coefficient = bits & _COEFFICIENT
        # NaN, infinities and coefficients with more digits than any decimal have exponents above all others
        if bits >> _EXPONENT & 0x3FFF != _BIAS - scale or not 0 < coefficient < limit:
            return UNUSUAL
        return Decimal(-coefficient if bits >> 127 else coefficient).scaleb(-scale, _EXACT)

    return decimal


def _guids(one: Field) -> Reader | None:
    def guid(value: Any) -> Any:
        is_usual = type(value) is Binary and value.subtype == UUID_SUBTYPE and len(value) == 16
        return UUID(bytes=bytes(value)) if is_usual else UNUSUAL

    return guid


_READERS: Mapping[FieldType, Callable[[Field], Reader | None]] = {
    FieldType.STRING: native_reader,
    FieldType.INTEGER: _integers,
    FieldType.BOOLEAN: canonical_reader,
    FieldType.DECIMAL: _decimals,
    FieldType.DOUBLE: native_reader,
    FieldType.DATE: canonical_reader,
    FieldType.DATE_TIME: _moments,
    FieldType.GUID: _guids,
    FieldType.OBJECT_REF: _integers,
}
