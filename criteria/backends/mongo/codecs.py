"""`BsonCodec`: how a collection stores the values of a field, where that is not how the library stores them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

from bson import Binary
from bson.binary import UuidRepresentation

from criteria.backends.mongo.bson_values import bson_value, check_schema
from criteria.backends.mongo.object_ids import condition_on_object_id
from criteria.errors import CriteriaError, Problem, listed, to_pointer
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey
from criteria.tables.document_collection import Collection
from criteria.tree.nodes import Comparison
from criteria.values.canonical import json_value

_MAX_EXACT_DIGITS = 15
"""The digits of a decimal that survive in a double."""


@dataclass(frozen=True, slots=True)
class BsonCodec:
    """How a collection stores the values of a field.

    `encode` converts an operand to BSON. `condition`, if there is one, makes the whole condition of a comparison whose
    operand is not null; it is false of null. `is_ordered`: whether MongoDB sorts the values as it should.
    """

    encode: Callable[[Value], Any] = bson_value
    condition: Callable[[Comparison], dict[str, Any]] | None = None
    is_ordered: bool = True


def _guid(representation: int) -> BsonCodec:
    is_ordered = representation == UuidRepresentation.PYTHON_LEGACY  # the others do not have the bytes of the text
    return BsonCodec(lambda value: Binary.from_uuid(value, representation), is_ordered=is_ordered)  # type: ignore[arg-type]


def _midnight(value: Any) -> Any:
    assert isinstance(value, date)
    return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)


_OWN = BsonCodec()
_NUMBER: Mapping[str, BsonCodec] = {"int": _OWN, "long": _OWN, "double": _OWN, "decimal": _OWN, "number": _OWN}
"""MongoDB compares numbers by value, whatever their types are."""

_CODECS: Mapping[FieldType, Mapping[str, BsonCodec]] = {
    FieldType.STRING: {"string": _OWN, "objectId": BsonCodec(condition=condition_on_object_id)},
    FieldType.INTEGER: _NUMBER,
    FieldType.BOOLEAN: {"bool": _OWN},
    FieldType.DECIMAL: {"decimal": _OWN, "int": _OWN, "long": _OWN, "double": BsonCodec(float)},  # type: ignore[arg-type]
    FieldType.DOUBLE: {"double": _OWN, "int": _OWN, "long": _OWN, "number": _OWN},
    FieldType.DATE: {"string": _OWN, "date": BsonCodec(_midnight)},
    FieldType.DATE_TIME: {"date": _OWN, "string": _OWN},
    FieldType.GUID: {
        "binData": _OWN,
        "string": BsonCodec(str),
        "pythonLegacy": _guid(UuidRepresentation.PYTHON_LEGACY),
        "javaLegacy": _guid(UuidRepresentation.JAVA_LEGACY),
        "csharpLegacy": _guid(UuidRepresentation.CSHARP_LEGACY),
    },
    FieldType.OBJECT_REF: _NUMBER,
}
"""The BSON types of each field type. The three legacy ones are the orders of a guid's bytes in binary subtype 3."""


_UNSURE = 'Name "decimal" or "double" in `stored`, whichever all documents hold: mixed, they do not compare correctly.'


def codecs_of(schema: Schema, stored: Mapping[str, str]) -> Mapping[str, BsonCodec]:
    """How the fields are stored whose BSON type is given, by their names.

    Raises `CriteriaError` (`unfit_column`, `unsupported`).
    """
    check_schema(schema)
    found: dict[str, BsonCodec] = {}
    problems = []
    hints = Hints()
    for name, bson_type in stored.items():
        field = schema.find(name)
        if field is None:
            hint = nearest_or_all(name, schema.names, "fields", hints)
            message = f"There is no field {quoted(name)} in {quoted(schema.name)}."
            problems.append(Problem("unfit_column", message, to_pointer([name]), hint=hint))
            continue
        refused = _refused(field, bson_type, hints)
        if refused is not None:
            problems.append(refused)
            continue
        found[field.name] = _codec(field, bson_type)
    if problems:
        raise CriteriaError(*listed(problems))
    return found


def _codec(field: Field, bson_type: str) -> BsonCodec:
    if field.field_type is FieldType.DATE_TIME and bson_type == "string":
        return BsonCodec(lambda value: json_value(field, value))
    return _CODECS[field.field_type][bson_type]


def _refused(field: Field, bson_type: object, hints: Hints) -> Problem | None:
    """Why a field cannot be stored as a BSON type."""
    known = _CODECS[field.field_type]
    shown = f"Field {quoted(field.name)} of type {field.field_type.value}"
    if not isinstance(bson_type, str) or bson_type not in known:
        is_unsure = field.field_type is FieldType.DECIMAL and bson_type == "number"
        hint = _UNSURE if is_unsure else nearest_or_all(bson_type, known, "BSON types of the field", hints)
        return Problem(
            "unfit_column", f"{shown} cannot be stored as {quoted(bson_type)}.", to_pointer([field.name]), hint=hint
        )
    if field.field_type is FieldType.DECIMAL and bson_type == "double" and (field.precision or 0) > _MAX_EXACT_DIGITS:
        message = f"{shown} is stored as doubles, which are exact up to {_MAX_EXACT_DIGITS} digits."
        hint = f'Declare the field with "precision": {_MAX_EXACT_DIGITS} or less.'
        return Problem("unfit_column", message, to_pointer([field.name]), hint=hint)
    return None


def check_order(keys: Iterable[SortKey], codecs: Mapping[str, BsonCodec]) -> None:
    """Raises `CriteriaError` (`unsupported`) for an order that is not MongoDB's, also of a key that closes it."""
    for key in keys:
        codec = codecs.get(key.field.name)
        if codec is not None and not codec.is_ordered:
            name = quoted(key.field.name)
            message = f"The order uses field {name}, whose guids MongoDB sorts in another order of bytes."
            hint = "Order by other fields, one of which is unique, or store the guids as pythonLegacy, binData or text."
            raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=(key.field.name,)))


def codecs_in(collection: Collection, schema: Schema | None) -> Mapping[str, BsonCodec]:
    """How a collection stores the fields of a query's schema. Raises `CriteriaError` (`invalid_schema`)."""
    if schema is None or not collection.schema.covers(schema):
        message = (
            f"The query's schema has fields that the collection of {quoted(collection.schema.name)} does not have."
        )
        hint = "Parse the query with the collection's schema."
        raise CriteriaError(Problem("invalid_schema", message, hint=hint))
    return collection.codecs
