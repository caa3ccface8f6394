"""Converts JSON records to typed records and back; refuses those that do not conform (docs/language.md#records)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from criteria.cache import Cache
from criteria.errors import CriteriaError, Listing, Problem, Refusal, below, to_pointer
from criteria.messages import Hints, quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.plain import plain_dict
from criteria.schema.schema import ObjectList, Schema
from criteria.values.canonical import json_value
from criteria.values.coerce import listed
from criteria.values.loading import LISTS, is_object, is_value, loader, member
from criteria.values.usual_values import UNUSUAL, Reader, canonical_reader, list_reader, usual_typed

Convert = Callable[[Field, Any], Any]
"""Converts one value of a field (of a list field: one element), or raises `Refusal`."""


def decode_record(schema: Schema, record: Mapping[str, Any], hints: Hints | None = None) -> dict[str, Any]:
    """A typed record from a JSON record. Keys that the schema does not name stay as they are. `hints` is the count of
    what the record is a part of.

    Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
    """
    return _converted(schema, record, _decoded, decodes=True, hints=hints)


def encode_record(schema: Schema, record: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON record from a typed record, in canonical form (docs/language.md#canonical-form).

    Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
    """
    return _converted(schema, record, lambda field, value: json_value(field, conforming(field, value)))


def conforming(field: Field, value: Any) -> Value:
    """A typed record's value as a value of a plain class, inside the field's range. Raises `Refusal`."""
    usual = usual_typed(field, value)
    if usual is not UNUSUAL:
        return usual  # type: ignore[no-any-return]
    loaded = loader(field, "typed")(value)
    if loaded is None:
        raise mismatch(field, value)
    if field.field_type is FieldType.DOUBLE and issubclass(type(value), int):
        loaded = int.__index__(value)  # coerce refuses an integer that no double equals; the loaded double is rounded
    if isinstance(loaded, datetime):
        if field.precision == 3 and loaded.microsecond % 1000:
            raise Refusal("out_of_range", f"{loaded} is finer than a millisecond.")
        return loaded
    return loaded if isinstance(loaded, (date, UUID)) else listed(field, loaded)


def typed_values(schema: Schema, record: Any, convert: Convert = conforming, hints: Hints | None = None) -> list[Any]:
    """The checked values of a typed record, one for each field of the schema, and then one for each list of objects: a
    list of such lists of values, or of None. `hints` is the count of what the record is a part of.

    Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform.
    """
    problems = Listing(hints)
    values = [_typed_value(field, record, convert, problems) for field in schema.fields]
    values += [_typed_objects(one, record, convert, problems) for one in schema.object_lists]
    problems.refuse()
    return values


def _typed_objects(objects: ObjectList, record: Any, convert: Convert, problems: Listing) -> list[Any] | None:
    items = _typed_value(objects.place, record, lambda _, item: item, problems)
    of_one = partial(typed_values, objects.element, convert=convert, hints=problems.hints)
    return each_object(items, objects, of_one, problems)


def each_object(
    items: list[Any] | None, objects: ObjectList, convert: Callable[[Any], Any], problems: Listing
) -> list[Any] | None:
    """The objects of a list converted; null stays null. Reports the problems of each, and gives None for it."""
    if items is None:
        return None
    found: list[Any] = []
    for index, item in enumerate(items):
        path: tuple[str | int, ...] = (*objects.place.path, index)
        converted = None
        if item is not None and not is_object(item):
            problems.report(invalid(path, f"{quoted(item)} is not an object."))
        elif item is not None:
            try:
                converted = convert(item)
            except CriteriaError as error:
                for problem in below(to_pointer(path), error.problems):
                    problems.report(problem)
        found.append(converted)
    return found


def _typed_value(field: Field, record: Any, convert: Convert, problems: Listing) -> Any:
    for depth, segment in enumerate(field.path):
        if is_value(record) or (record is None and depth == 0):
            problems.report(invalid(field.path[:depth], f"{quoted(record)} is not an object."))
            return None
        record = member(record, segment)
    return field_value(field, record, convert, problems)


def mismatch(field: Field, value: Any) -> Refusal:
    """The refusal of a value of another type."""
    return Refusal("type_mismatch", f"{quoted(value)} is not of type {field.field_type.value}.")


def _decoded(field: Field, value: Any) -> Value:
    """A JSON record's value. A reference may also be the object `{"objectId": 1}` (docs/language.md#objectref)."""
    members = plain_dict(value) if field.field_type is FieldType.OBJECT_REF else None
    if members is not None:
        value = members.get("objectId")
    return listed(field, value)


class _Readers(NamedTuple):
    """The fields of a schema: those whose usual values in JSON have a quick reader, by name, with their readers; those
    of them that are not nullable; and the others."""

    fields: Mapping[str, Field]
    quick: tuple[tuple[str, Reader], ...]
    required: tuple[str, ...]
    others: tuple[Field, ...]


_READERS: Cache[Schema, _Readers] = Cache(size=256, max_bytes=4 << 20)


def _readers(schema: Schema) -> _Readers:
    found = _READERS.get(schema)
    if found is None:
        readers = [(field, _reader(field)) for field in schema.fields]
        fields = {field.name: field for field, reader in readers if reader is not None}
        quick = tuple((field.name, reader) for field, reader in readers if reader is not None)
        required = tuple(name for name, field in fields.items() if not field.nullable)
        found = _Readers(fields, quick, required, tuple(field for field, reader in readers if reader is None))
        _READERS.put(schema, found, len(readers) * 1000)
    return found


def _reader(field: Field) -> Reader | None:
    if field.is_nested:
        return None
    one = canonical_reader(field)
    return list_reader(one) if field.is_list else one


def _converted(
    schema: Schema, record: Mapping[str, Any], convert: Convert, *, decodes: bool = False, hints: Hints | None = None
) -> dict[str, Any]:
    converted = plain_dict(record)
    if converted is None:
        raise CriteriaError(Problem("invalid_record", f"Expected a record as an object, found {quoted(record)}."))
    fields = _unread(converted, _readers(schema)) if decodes else schema.fields
    if not fields and not schema.object_lists:
        return converted
    problems = Listing(hints)
    for field, convert_one in _converted_places(schema, fields, convert, problems, decodes):
        holder = _holder(converted, field, problems)
        if holder is None and not field.nullable:
            problems.report(invalid(field.path, f"{quoted(field.name)} is not nullable."))
        if holder is not None:
            present = field.path[-1] in holder
            value = convert_one(holder.get(field.path[-1]))
            if present:
                holder[field.path[-1]] = value
    problems.refuse()
    return converted


def _unread(record: dict[str, Any], readers: _Readers) -> Sequence[Field]:
    """Decodes the usual values of a record in place. Returns the fields that are left."""
    left: list[str] = []
    get = record.get
    for name, read in readers.quick:
        value = get(name)
        if value is not None:
            found = read(value)
            if found is UNUSUAL:
                left.append(name)
            elif found is not value:
                record[name] = found
    missing = [name for name in readers.required if get(name) is None]
    if missing:  # the record is refused: its problems are in the order of the fields
        refused = {*left, *missing}
        left = [name for name in readers.fields if name in refused]
    return [*map(readers.fields.__getitem__, left), *readers.others] if left else readers.others


def _converted_places(
    schema: Schema, fields: Sequence[Field], convert: Convert, problems: Listing, decodes: bool
) -> Iterator[tuple[Field, Callable[[Any], Any]]]:
    """Some fields and the lists of objects, each with the function that converts what a record has there."""
    for field in fields:
        yield field, partial(field_value, field, convert=convert, problems=problems)
    for objects in schema.object_lists:
        of_one = partial(_converted, objects.element, convert=convert, decodes=decodes, hints=problems.hints)
        yield objects.place, partial(_converted_objects, objects, of_one, problems=problems)


def _converted_objects(
    objects: ObjectList, of_one: Callable[[Any], Any], value: Any, problems: Listing
) -> list[Any] | None:
    items = field_value(objects.place, value, lambda _, item: item, problems)
    return each_object(items, objects, of_one, problems)


def _holder(record: dict[str, Any], field: Field, problems: Listing) -> dict[str, Any] | None:
    """The object that holds a field, copied so that it can be changed; None when the record has no such object."""
    holder = record
    for depth, segment in enumerate(field.path[:-1], 1):
        inner = holder.get(segment)
        if inner is None:
            return None
        copied = plain_dict(inner)
        if copied is None:
            problems.report(invalid(field.path[:depth], f"{quoted(inner)} is not an object."))
            return None
        holder[segment] = holder = copied
    return holder


def field_value(field: Field, value: Any, convert: Convert, problems: Listing, lists: tuple[type, ...] = LISTS) -> Any:
    """A field's value, or each element of its list, converted. Reports a problem, and gives None, for what is refused.

    Raises `CriteriaError` when `problems` is full.
    """
    if value is None:
        if not field.nullable:
            problems.report(invalid(field.path, f"{quoted(field.name)} is not nullable."))
        return None
    if not field.is_list:
        return _one(field, value, field.path, convert, problems)
    try:
        items = list(value) if issubclass(type(value), lists) else None
    except Exception:  # a subclass may raise anything
        items = None
    if items is None:
        problems.report(invalid(field.path, f"{quoted(value)} is not a list."))
        return None
    return list(_each(field, items, convert, problems))


def _each(field: Field, values: list[Any], convert: Convert, problems: Listing) -> Iterator[Any]:
    for index, item in enumerate(values):
        yield None if item is None else _one(field, item, (*field.path, index), convert, problems)


def _one(field: Field, value: Any, path: tuple[str | int, ...], convert: Convert, problems: Listing) -> Any:
    try:
        return convert(field, value)
    except Refusal as refusal:
        problems.report(invalid(path, refusal.message, refusal.hinted(problems.hints)))
        return None


def invalid(path: tuple[str | int, ...], message: str, hint: str | None = None) -> Problem:
    """The problem of a record at a path."""
    return Problem("invalid_record", message, to_pointer(path), hint=hint)
