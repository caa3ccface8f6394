"""Typed records from and to the columns of a database; nested fields share the document in one column.

A value that this storage would not have written is refused: filters may have compared it as something else
(docs/language.md#stored-data).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from criteria.errors import CriteriaError, Listing, Refusal
from criteria.messages import Hints, quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.plain import without_subclass
from criteria.schema.schema import ObjectList, Schema
from criteria.text.json_decoding import decode, read_text
from criteria.values.canonical import json_value
from criteria.values.coerce import coerce
from criteria.values.json_decimals import decimal_of
from criteria.values.loading import SPELLED
from criteria.values.records import Convert, conforming, each_object, field_value, invalid, mismatch

_ARRAYS = (list, tuple)
"""Classes that drivers use for a list."""


def columns_of(schema: Schema, values: Sequence[Any], encode: Convert) -> dict[str, Any]:
    """The content of each column: the encoded value of its field, or the object of the nested fields that share it."""
    columns: dict[str, Any] = {}
    for field, value in zip(schema.fields, values, strict=False):
        put_nested(columns, (field.column, *field.path[1:]), encode(field, value))
    for objects, items in zip(schema.object_lists, values[len(schema.fields) :], strict=True):
        place = objects.place
        put_nested(columns, (place.column, *place.path[1:]), _objects_of(objects, items, encode))
    return columns


def _objects_of(objects: ObjectList, items: Sequence[Any] | None, encode: Convert) -> list[Any] | None:
    """The stored objects of a list. Their fields are no columns, so only their paths count."""
    if items is None:
        return None
    return [None if values is None else columns_of(objects.element, values, encode) for values in items]


def record_of(
    schema: Schema, column: Callable[[Field], Any], decode_one: Convert, hints: Hints | None = None
) -> dict[str, Any]:
    """The typed record of a row, with every field of the schema.

    `column` gives the content of a field's column, `decode_one` the value of one scalar. Raises `CriteriaError` with an
    `invalid_record` problem for each value that either refuses, for null in a field that is not nullable, and for a
    value instead of a list or an object. `hints` is the count of what the row is a part of.
    """
    problems = Listing(hints)
    record: dict[str, Any] = {}
    for field in schema.fields:
        put_nested(record, field.path, stored_value(field, column, decode_one, problems))
    for objects in schema.object_lists:
        put_nested(record, objects.place.path, stored_objects(objects, column, decode_one, problems))
    problems.refuse()
    return record


def stored_objects(
    objects: ObjectList, column: Callable[[Field], Any], decode_one: Convert, problems: Listing
) -> list[Any] | None:
    """The objects of a list, as `record_of` reads them."""
    items = stored_value(objects.place, column, lambda _, item: item, problems)

    def decoded(item: Any) -> dict[str, Any]:
        return record_of(objects.element, lambda field: entry(item, field.column), decode_one, problems.hints)

    return each_object(items, objects, decoded, problems)


def entry(holder: Any, name: str) -> Any:
    """A member of an object; None if it is missing or the object is None. Raises `Refusal`."""
    if holder is None:
        return None
    if not issubclass(type(holder), Mapping):
        raise Refusal("type_mismatch", f"{quoted(holder)} is not an object.")
    try:
        return holder.get(name)
    except Exception as fault:  # some drivers decode a document only when it is read
        raise Refusal("invalid_record", f"{quoted(name)} cannot be read: {type(fault).__name__}.") from None


def plain(field: Field, value: Any) -> Value:
    """A stored value as a value of a plain class, inside the field's range. Raises `Refusal`.

    A number may be of another class than the field's: engines compare numbers by value.
    """
    value = without_subclass(value)
    if field.field_type is FieldType.OBJECT_REF:  # `conforming` also takes an object with an objectId
        if type(value) not in (bool, int, float, Decimal):
            raise mismatch(field, value)
        return coerce(field, value)
    return conforming(field, value)


def from_json(field: Field, value: Any) -> Value:
    """The value of JSON in canonical form; of a decimal also a number. Raises `Refusal` for any other spelling."""
    value = without_subclass(value)
    is_in_json = field.is_nested or field.is_list
    if is_in_json and field.field_type is FieldType.DECIMAL and type(value) in (int, float, Decimal):
        number = decimal_of(value)
        return coerce(field, value if number is None else number)
    if field.field_type in SPELLED:
        if type(value) is not str:
            raise mismatch(field, value)
        typed = coerce(field, value)
        canonical = json_value(field, typed)
        if canonical != value:
            message = f"{quoted(value)} is not in canonical form: filters would not compare it by its value."
            raise Refusal("type_mismatch", message, f"Store {quoted(canonical)}.")
        return typed
    return plain(field, _shortest(value) if field.field_type is FieldType.DOUBLE else value)


def _shortest(value: Any) -> Any:
    """The double of an integer with the same shortest digits: jsonb prints a double that is whole as an integer."""
    if type(value) is not int:
        return value
    try:
        double = float(value)
    except OverflowError:
        return value
    return double if Decimal(repr(double)) == value else value


def aware(value: Any) -> Any:
    """A naive datetime as an instant, which drivers give in UTC; anything else as it is."""
    if not issubclass(type(value), datetime) or datetime.tzinfo.__get__(value) is not None:
        return value
    return datetime.combine(datetime.date(value), datetime.time(value), timezone.utc)


def each(field: Field, value: Any, encode: Convert) -> Any:
    """A checked value, or each element of its list, encoded. Null stays null."""
    if value is None:
        return None
    if field.is_list:
        return [None if item is None else encode(field, item) for item in value]
    return encode(field, value)


def json_text(value: Any) -> str:
    """The text of a JSON column."""
    return json.dumps(value, ensure_ascii=False)


def read_json(value: Any) -> Any:
    """The decoded content of a JSON column, which some drivers have decoded already. Raises `Refusal`."""
    value = without_subclass(value)
    if type(value) not in (str, bytes, bytearray):
        return value
    try:
        decoded, problems = decode(read_text(value))
    except CriteriaError as error:
        decoded, problems = None, error.problems
    if problems:
        raise Refusal("invalid_record", f"The column cannot be read. {problems[0].message}")
    return decoded


def stored_value(field: Field, column: Callable[[Field], Any], decode_one: Convert, problems: Listing) -> Any:
    """The value of one field, as `record_of` reads it. Reports a problem, and returns None, for what is refused."""
    depth = 1
    try:
        value = column(field)
        for segment in field.path[1:]:
            value = entry(value, segment)
            depth += 1
    except Refusal as refusal:
        problems.report(invalid(field.path[:depth], refusal.message, refusal.hinted(problems.hints)))
        return None
    return field_value(field, value, decode_one, problems, _ARRAYS)


def put_nested(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Puts a value at a path of keys, and makes the objects on the way."""
    for segment in path[:-1]:
        record = record.setdefault(segment, {})
    record[path[-1]] = value
