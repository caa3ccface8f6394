"""Reads how a MongoDB collection stores its fields from its `$jsonSchema` validator, and looks for other values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from criteria.errors import CriteriaError, Problem, listed, to_pointer
from criteria.messages import quoted
from criteria.schema.field import ElementField, Field, FieldType
from criteria.schema.schema import Schema
from criteria.tables.declared_types import types_at
from criteria.tables.document_collection import Collection
from criteria.tables.document_values import (
    any_element,
    array_on_path,
    encoded_object,
    form_of,
    mistaken_type,
    other_type,
    other_value,
)
from criteria.tables.documents import Documents


def collection(
    collection: Any, schema: Schema, stored: Mapping[str, str] | None = None, *, verify: bool = True
) -> Collection:
    """How a collection stores the fields of a schema, as its `$jsonSchema` validator says.

    - `collection`: a collection of PyMongo.
    - `stored`: the BSON types of fields about which the validator says nothing, or not enough: a `binData` may be a
      guid of any byte order. They are as in `criteria.Collection`.

    - `verify`: MongoDB lets every document hold every value, so `collection` also looks for a document that holds a
      field as another BSON type, a value that is not one of the field's, or an array where none may be, by two to
      four queries for each field that may read the whole collection. False does without.

    Fields that neither names are taken to be stored as `criteria.storage` stores them.
    Raises `CriteriaError`: `unfit_column` with a problem for each field that is stored otherwise; `unsupported` for
    fields that MongoDB cannot hold, and for anything but such a collection, as an asynchronous one; `database_error`
    if the database does not answer.
    """
    documents = Documents(collection)
    validator = documents.validator()
    types = {one.name: bson_type for one in schema.fields if (bson_type := _bson_type(one, validator)) is not None}
    made = Collection(schema, {**types, **(stored or {})})
    problems = [problem for one in schema.fields if (problem := _array_above(one, validator)) is not None]
    problems += _read_otherwise(made.stored, documents.uuid_representation)
    if verify and not problems:
        problems = [problem for one in _places(schema) if (problem := _unfit(documents, one, made.stored)) is not None]
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


class _Place(NamedTuple):
    """Where documents hold the values of a field.

    - `path`: as expressions spell it, as `$address.city`; inside an element of an array it begins with a variable.
    - `arrays`: the paths of the arrays of objects around it, and the variables of their elements.
    """

    name: str
    field: Field
    path: str
    arrays: tuple[tuple[str, str], ...]
    is_list_of_objects: bool = False

    def document(self, condition: Any) -> dict[str, Any]:
        """The filter of documents in which a condition on the field's value holds, in some element."""
        for path, variable in reversed(self.arrays):
            condition = any_element(path, variable, condition)
        return {"$expr": condition}


def _places(
    schema: Schema, name: str = "", path: str = "$", arrays: tuple[tuple[str, str], ...] = ()
) -> Iterator[_Place]:
    """The fields of a schema and those of its lists of objects. `name` and `path` are those of what holds them."""
    for one in schema.fields:
        yield _Place(f"{name}{one.name}", one, f"{path}{_key(one)}", arrays)
    for objects in schema.object_lists:
        place = _Place(f"{name}{objects.name}", objects.place, f"{path}{_key(objects.place)}", arrays, True)
        yield place
        variable = f"element{len(arrays)}"
        inside = (*arrays, (place.path, variable))
        yield from _places(objects.element, f"{place.name}.", f"$${variable}.", inside)


def _key(field: Field) -> str:
    """The dotted key of a field in its object."""
    inside = field.path if isinstance(field, ElementField) else (field.column, *field.path[1:])
    return ".".join(inside)


def _read_otherwise(stored: Mapping[str, str], representation: int) -> Iterator[Problem]:
    """The problems of guids that the driver reads in the order of bytes of another one."""
    read_as = _REPRESENTATIONS.get(representation)
    for name, declared in stored.items():
        if read_as is not None and declared in _BINARY and declared != read_as:
            message = (
                f"PyMongo reads field {quoted(name)} as {read_as}, and it is declared as {declared}: it would read "
            )
            message += "other guids than those that queries compare."
            hint = "Set the codec option uuid_representation of the collection, or correct the declaration."
            yield Problem("unfit_column", message, to_pointer([name]), hint=hint)


_REPRESENTATIONS = {3: "pythonLegacy", 5: "javaLegacy", 6: "csharpLegacy"}
"""The values of PyMongo's `UuidRepresentation` that read guids of subtype 3."""


def _unfit(documents: Documents, place: _Place, stored: Mapping[str, str]) -> Problem | None:
    """The problem of a document that does not hold what a field needs."""
    field, declared = place.field, stored.get(place.name)
    types, pointer = _types(field, declared), to_pointer([place.name])
    for condition, told, hint in _checks(place, declared, types):
        if condition is None:
            continue
        key = documents.fulfilling(place.document(condition), place.name, pointer)
        if key is not None:
            return Problem("unfit_column", f"The document whose _id is {key} holds {told}.", pointer, hint=hint)
    return None


def _checks(place: _Place, declared: str | None, types: tuple[str, ...]) -> Iterator[tuple[Any, str, str]]:
    """What no document may fulfil: the condition, how a refusal names what such a document holds, and the hint.

    Later ones rely on the earlier ones.
    """
    field, shown = place.field, f"field {quoted(place.name)}"
    if field.is_nested:
        told = f"an array in {shown} or on its path" if not field.is_list else f"an array on the path of {shown}"
        yield array_on_path(place.path, field.is_list), f"{told}, into which MongoDB looks", _ARRAYS
    if place.is_list_of_objects:
        return
    # In an order, where no lists are, MongoDB would not place values of other types where empty ones are.
    named = f"{shown} as another BSON type than {' or '.join(types)}"
    if declared is None and field.is_nested and (field.is_list or place.arrays):
        yield mistaken_type(field, place.path), named, _CONVERT
    else:
        yield other_type(field, types, place.path), named, _CONVERT
    if field.is_nested and not place.arrays:
        told = f"an object as text on the path of {shown}, which may be a row of SQL"
        yield encoded_object(f"${field.column}"), told, _DECODE
    form = form_of(field, declared)
    yield other_value(field, declared, types, place.path), f"another value in {shown} than {form}", _CORRECT


_ARRAYS = 'Declare a list ("isList") or a list of objects (type "object"), or correct such documents.'
_CONVERT = "Convert such values, or name the type that all documents have in `stored`."
_DECODE = "Decode such strings: each holds an object."
_CORRECT = "Correct such values, or declare the field as the documents have it."


def _types(field: Field, declared: str | None) -> tuple[str, ...]:
    """The BSON types that a field's values may have."""
    if declared is None:
        return _OWN_TYPES[field.field_type]
    if declared in _BINARY:
        return ("binData",)
    if field.field_type is FieldType.DECIMAL and declared == "double":
        return (*_WHOLE, "double")
    is_number = declared in _NUMBERS
    return _OWN_TYPES[field.field_type] if is_number else (declared,)


_NUMBERS = frozenset({"int", "long", "double", "decimal", "number"})


def _array_above(field: Field, validator: Any) -> Problem | None:
    """The problem of a path on which a validator has an array: MongoDB would look into it."""
    segments = (field.column, *field.path[1:])
    for count in range(1, len(segments)):
        if types_at(validator, segments[:count]) == {"array"}:
            above = ".".join(field.path[:count])
            message = f"The validator has an array in {quoted(above)}, on the path of field {quoted(field.name)}."
            return Problem("unfit_column", message, to_pointer([field.name]), hint=_ARRAYS)
    return None


def _bson_type(field: Field, validator: Any) -> str | None:
    """The BSON type of a field's values in a validator; of several types none is taken."""
    named = types_at(validator, (field.column, *field.path[1:]), in_list=field.is_list)
    if named and named <= _NUMBERS:
        return _number_type(field, named)
    return next(iter(named)) if len(named) == 1 else None


def _number_type(field: Field, named: frozenset[str]) -> str:
    """The one type for numbers of several types. Only decimals compare differently with doubles and with decimals."""
    if field.field_type is not FieldType.DECIMAL:
        return next(iter(named)) if len(named) == 1 else "number"
    others = named - {"int", "long"}
    return "long" if not others else next(iter(others)) if len(others) == 1 else "number"
