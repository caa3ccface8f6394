"""Reads how a MongoDB collection stores its fields from its `$jsonSchema` validator, and looks for other values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.errors import CriteriaError, Problem, listed, quoted, to_pointer
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tables.collection import Collection
from criteria.tables.document_values import form_of, other_value


def collection(
    collection: Any, schema: Schema, stored: Mapping[str, str] | None = None, *, verify: bool = True
) -> Collection:
    """How a collection stores the fields of a schema, as its `$jsonSchema` validator says.

    - `collection`: a collection of PyMongo.
    - `stored`: the BSON types of fields about which the validator says nothing, or not enough: a `binData` may be a
      guid of any byte order. They are as in `criteria.Collection`.

    - `verify`: MongoDB lets every document hold every value, so `collection` also looks for a document that holds a
      field as another BSON type, or a value that is not one of the field's, by two queries for each field that may
      read the whole collection. False does without.

    Fields that neither names are taken to be stored as `criteria.storage` stores them.
    Raises `CriteriaError` (`unfit_column`, `unsupported`).
    """
    found = list(collection.database.list_collections(filter={"name": collection.name}))
    validator = found[0].get("options", {}).get("validator", {}) if found else {}
    declared = validator.get("$jsonSchema", {})
    types = {one.name: bson_type for one in schema.fields if (bson_type := _bson_type(one, declared)) is not None}
    made = Collection(schema, {**types, **(stored or {})})
    problems = [problem for one in schema.fields if (problem := _unfit(collection, one, made.stored))] if verify else []
    if problems:
        raise CriteriaError(*listed(problems))
    return made


_WHOLE = ("int", "long")
_ANY_NUMBER = (*_WHOLE, "double", "decimal")

_OWN_TYPES: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.STRING: ("string",),
    FieldType.INTEGER: _ANY_NUMBER,
    FieldType.BOOLEAN: ("bool",),
    FieldType.DECIMAL: (*_WHOLE, "decimal"),
    FieldType.DOUBLE: (*_WHOLE, "double"),
    FieldType.DATE: ("string",),
    FieldType.DATE_TIME: ("date",),
    FieldType.GUID: ("binData",),
    FieldType.OBJECT_REF: _ANY_NUMBER,
}
"""The BSON types that hold the values of each field type as `criteria.storage` stores them."""

_BINARY = frozenset({"pythonLegacy", "javaLegacy", "csharpLegacy"})


def _unfit(collection: Any, field: Field, stored: Mapping[str, str]) -> Problem | None:
    return _unlike(collection, field, stored) or _other(collection, field, stored.get(field.name))


def _other(collection: Any, field: Field, declared: str | None) -> Problem | None:
    """The problem of a document with a value that is not one of the field's."""
    condition = other_value(field, declared, _types(field, declared), _path(field))
    found = None if condition is None else collection.find_one(condition, {"_id": True})
    if found is None:
        return None
    document = f"The document whose _id is {quoted(str(found['_id']))}"
    message = f"{document} holds another value in field {quoted(field.name)} than {form_of(field, declared)}."
    hint = "Correct such values, or declare the field as the documents have it."
    return Problem("unfit_column", message, to_pointer([field.name]), hint=hint)


def _path(field: Field) -> str:
    return ".".join((field.column, *field.path[1:]))


def _unlike(collection: Any, field: Field, stored: Mapping[str, str]) -> Problem | None:
    """The problem of a document that holds a field as another BSON type than the others."""
    if field.is_nested and field.name not in stored:
        return None  # inside an object a value of another type does not count (docs/language.md#inside-json)
    types = _types(field, stored.get(field.name))
    path = _path(field)
    if field.is_list:
        condition: dict[str, Any] = {path: {"$elemMatch": {"$not": {"$type": [*types, "null"]}}}}
    else:
        empty = ["missing", "null", "undefined"]
        condition = {"$expr": {"$not": {"$in": [{"$type": f"${path}"}, [*types, *empty]]}}}
    found = collection.find_one(condition, {"_id": True})
    if found is None:
        return None
    named = " or ".join(types)
    document = f"The document whose _id is {quoted(str(found['_id']))}"
    message = f"{document} holds field {quoted(field.name)} as another BSON type than {named}."
    hint = "Convert such values, or name the type that all documents have in `stored`."
    return Problem("unfit_column", message, to_pointer([field.name]), hint=hint)


def _types(field: Field, declared: str | None) -> tuple[str, ...]:
    """The BSON types that a field's values may have."""
    if declared is None:
        return _OWN_TYPES[field.field_type]
    if declared in _BINARY:
        return ("binData",)
    if field.field_type is FieldType.DECIMAL and declared == "double":
        return ("double",)
    is_number = declared in _NUMBERS
    return _OWN_TYPES[field.field_type] if is_number else (declared,)


def _bson_type(field: Field, declared: Any) -> str | None:
    """The BSON type of a field's values in a validator. Null beside it is left out; of several types none is taken."""
    for segment in (field.column, *field.path[1:]):
        declared = _part(declared, "properties").get(segment)
    if field.is_list and declared is not None:
        declared = _part(declared, "items")
    types = _part(declared, "").get("bsonType")
    named = [one for one in (types if isinstance(types, list) else [types]) if one not in (None, "null")]
    if len(named) == 1:
        return str(named[0])
    return "number" if set(named) <= _NUMBERS and named else None


_NUMBERS = frozenset({"int", "long", "double", "decimal", "number"})


def _part(declared: Any, name: str) -> Mapping[str, Any]:
    part = declared.get(name) if name and isinstance(declared, Mapping) else declared
    return part if isinstance(part, Mapping) else {}
