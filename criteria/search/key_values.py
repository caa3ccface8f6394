"""Reads the values of the sort keys of a fetched record: a typed record, or a row as a database driver returns it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timezone
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from criteria.errors import Refusal
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.plain import without_subclass
from criteria.schema.schema import Schema
from criteria.search.keyset import Position
from criteria.search.order_by import SortKey
from criteria.search.record_names import RecordNames, holds, name_in, names_of, names_of_keys
from criteria.values.coerce import coerce
from criteria.values.loading import LISTS, in_utc, is_instance, is_object_id, loader, member
from criteria.values.non_finite import non_finite
from criteria.values.records import conforming
from criteria.values.stored_records import aware, read_json
from criteria.values.usual_values import UNUSUAL, Reader, canonical_reader

_MISSING = object()
_HINT = "Pass the records as they were fetched, with every field of the order."


def position_in(
    record: Any,
    keys: Sequence[SortKey],
    schema: Schema,
    is_decoded: Callable[[str], bool | None] = lambda column: None,
    names: RecordNames | None = None,
) -> Position:
    """The values of the sort keys that a record has.

    - `record`: holds typed or JSON values by the names of the fields or of the columns, or is a tuple of the schema's
      columns in the order in which a compiled search selects them.
    - `is_decoded`: whether a string in a JSON column is decoded, and not the text of a document. None: if it is the
      text of an object, it is taken for one.
    - `names`: whose names the record has. None: the record itself tells.

    Raises `Refusal` (`invalid_record`).
    """
    known = names_of_keys(record, keys, schema) if names is None else names
    return tuple(_of_key(record, key.field, schema, is_decoded, known) for key in keys)


def decoded_columns(records: Iterable[Any], keys: Sequence[SortKey], schema: Schema) -> frozenset[str]:
    """The JSON columns of an order in which some record holds an object or a list: the driver has decoded them all."""
    nested = [key.field for key in keys if key.field.is_nested]
    return frozenset(one.column for one in nested for record in records if _is_decoded(record, one, schema))


def _is_decoded(record: Any, field: Field, schema: Schema) -> bool:
    try:
        value = _column_of(record, field, schema, names_of(record, (field,), schema))
    except Refusal:
        return False
    # SQLite makes numbers of some texts.
    return value is not None and value is not _MISSING and not is_instance(value, *_TEXTS, int, float, Decimal)


_TEXTS = (str, bytes, bytearray, memoryview)


_OTHER_VALUE = (
    "The record holds a value that its field does not: declare the field as its column is, with all digits, or order "
    "by another field."
)


@lru_cache(maxsize=1024)
def _quick_reader(field: Field) -> Reader | None:
    return None if field.is_nested else canonical_reader(field)


def _of_key(
    record: Any, field: Field, schema: Schema, is_decoded: Callable[[str], bool | None], names: RecordNames
) -> Value | None:
    try:
        if type(record) is dict:
            reader, value = _quick_reader(field), record.get(name_in(field, names))
            found: Any = UNUSUAL if reader is None or value is None else reader(value)
            if found is not UNUSUAL:
                value_of_key: Value = found
                return value_of_key
        return checked(field, _value(field, _held(record, field, schema, is_decoded, names)))
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, refusal.hint or _OTHER_VALUE) from None
    except MemoryError:
        raise
    except Exception:  # a value of a class of the caller's or a driver's may raise anything
        message = f"The record has a value of field {quoted(field.name)} that cannot be read."
        raise Refusal("invalid_record", message, _OTHER_VALUE) from None


def checked(field: Field, value: Any) -> Value | None:
    """A loaded value of a sort key, inside the range of its field; NaN and infinities, which orders place as well.

    Raises `Refusal` (`invalid_record`).
    """
    if value is None:
        if field.nullable or field.is_nested:
            return None
        raise Refusal("invalid_record", f"The record has no value of field {quoted(field.name)}.", _HINT)
    try:
        special = non_finite(field, value) if is_instance(value, float, Decimal) else None
        if special is not None:
            return special
        return coerce(field, value) if is_instance(value, int, float) else conforming(field, value)
    except Refusal as refusal:
        message = f"No cursor can be made of field {quoted(field.name)}: {refusal.message}"
        raise Refusal("invalid_record", message, refusal.hint) from None


def _held(
    record: Any, field: Field, schema: Schema, is_decoded: Callable[[str], bool | None], names: RecordNames
) -> Any:
    """What a record holds at the path of a field."""
    value = _column_of(record, field, schema, names)
    if not field.is_nested:
        return value
    is_json = is_decoded(field.column)
    if is_instance(value, *_TEXTS):
        value, is_json = _document(record, value, is_json), True
    for segment in field.path[1:]:
        value = member(value, segment)
    if is_json and field.field_type is FieldType.OBJECT_REF and not is_instance(value, int, float, Decimal):
        return None  # an object with an objectId is a reference in a record, and not in a JSON column
    return value


def _column_of(record: Any, field: Field, schema: Schema, names: RecordNames) -> Any:
    """What a record holds in the column of a field."""
    if type(record) in (tuple, list):
        columns = list(dict.fromkeys(one.column for one in schema.fields))
        if len(columns) != len(record):
            message = f"The row has {len(record)} values, and the schema {len(columns)} columns."
            raise Refusal("invalid_record", message, _HINT)
        return record[columns.index(field.column)]
    value = _member(record, name_in(field, names))
    if value is _MISSING:
        raise Refusal("invalid_record", f"The record has no field {quoted(field.name)}.", _HINT)
    return value


def _document(record: Any, value: Any, is_decoded: bool | None) -> Any:
    """The document of a text in a JSON column. None if it has no members, as a string that a driver has decoded.

    Only text with a brace is an object. Text may be of an object and be a string that was decoded.
    """
    text = str.__str__(value) if is_instance(value, str) else bytes(value)
    if is_decoded or (text.find("{") if isinstance(text, str) else text.find(b"{")) < 0:
        return None
    if is_decoded is None and is_instance(record, Mapping) and "_id" in record:
        if type(record["_id"]).__module__.startswith("bson."):
            return None
        message = "The record may be a document of MongoDB, or a row of SQL that holds JSON as text."
        raise Refusal("invalid_record", message, _DECODED)
    try:
        return read_json(text)
    except Refusal as refusal:
        raise Refusal("invalid_record", refusal.message, refusal.hint or _DECODED) from None


_DECODED = 'If the driver has decoded its JSON, pass json_columns="decoded"; if it has not, json_columns="text".'


def _member(record: Any, name: str) -> Any:
    """What a record holds under a name. A document of MongoDB may leave out empty fields, another record may not."""
    found = member(record, name)
    if found is not None:
        return found
    is_document = is_instance(record, Mapping) and "_id" in record
    return None if is_document or holds(record, name) else _MISSING


def _value(field: Field, value: Any) -> Any:
    """The value by which a field is sorted, as a value of a plain class; None if it is empty."""
    if value is None:
        return None
    if field.is_nested:  # a value of another type sorts as an empty field does
        plain = _of_document(field, value)
        special = non_finite(field, plain) if is_instance(plain, float, Decimal) else None
        if special is not None:
            return special
        if field.field_type is FieldType.OBJECT_REF and is_instance(plain, Decimal):
            return _coerced(field, plain)  # 7.0 in JSON
        loaded = loader(field, "typed")(plain)
        return loader(field, "canonical")(value) if loaded is None else loaded
    if is_instance(value, *LISTS):
        raise Refusal("invalid_record", f"{quoted(value)} is a list, and a sort key has one value.", _HINT)
    found = _CONVERSIONS[field.field_type](field, _of_document(field, value))
    if found is None:
        raise Refusal("invalid_record", f"{quoted(value)} is not a value of field {quoted(field.name)}.", _HINT)
    return found


def _of_driver(value: Any) -> Any:
    """A value of a driver's own class as one of Python's: BSON's Decimal128 and DatetimeMS, and members of an Enum."""
    if is_instance(value, Enum):
        return value.value
    for name in ("to_decimal", "as_datetime"):
        converted = getattr(type(value), name, None)
        if converted is not None:
            return converted(value)
    return value


def _of_document(field: Field, value: Any) -> Any:
    """A value of a driver as documents of MongoDB may hold a field: days as instants, and guids as binary values.

    Raises `Refusal` (`invalid_record`) for what only a collection makes comparable: ObjectIds, and guids in one of
    three orders of bytes.
    """
    plain = _of_driver(value)
    if field.field_type is FieldType.STRING:
        if is_object_id(plain):
            message = f"Field {quoted(field.name)} holds an ObjectId."
            raise Refusal("invalid_record", message, _DIGITS)
        return plain
    if field.field_type is FieldType.DATE_TIME:
        return aware(plain)
    if field.field_type is FieldType.DATE and is_instance(plain, datetime):
        moment = in_utc(aware(plain))
        return moment.date() if moment is not None and moment.time() == time() else plain
    subtype = getattr(plain, "subtype", None) if field.field_type is FieldType.GUID else None
    if subtype == _LEGACY_SUBTYPE:
        message = f"The guid in field {quoted(field.name)} is a binary value in an order of bytes that is not known."
        raise Refusal("invalid_record", message, _REPRESENTATION)
    return UUID(bytes=bytes(plain)) if subtype == _SUBTYPE and len(plain) == 16 else plain


_DIGITS = (
    "Compile the search with a collection that declares the field as objectId, and pass position_of, which gives the "
    'digits: search.page(documents, position_of=lambda document: [str(document["_id"])]).'
)
_LEGACY_SUBTYPE, _SUBTYPE = 3, 4
_REPRESENTATION = (
    "Read the collection with the codec option uuid_representation of the driver that wrote it: its guids are then "
    "read as UUIDs."
)


def _typed(field: Field, value: Any) -> Any:
    return loader(field, "typed")(value)


def _boolean(field: Field, value: Any) -> Any:
    """SQLite, MariaDB and MySQL have numbers instead of booleans."""
    if is_instance(value, bytes, bytearray):
        value = int.from_bytes(bytes(value), "big")
    return bool(value) if is_instance(value, bool, int, Decimal) and value in (0, 1) else None


def _number(field: Field, value: Any) -> Any:
    """SQLite holds decimals as text, and numbers of any type."""
    if field.field_type is FieldType.OBJECT_REF:
        return coerce(field, value) if is_instance(value, Decimal) else _typed(field, value)
    if is_instance(value, float, Decimal):
        special = non_finite(field, value)
        if special is not None:
            return special
    return _coerced(field, value)


def _coerced(field: Field, value: Any) -> Any:
    try:
        return coerce(field, without_subclass(value))
    except Refusal as refusal:
        raise Refusal("invalid_record", refusal.message, refusal.hint) from None


_OF_COLUMN = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(\+00:00)?", re.ASCII)


def _date_time(field: Field, value: Any) -> Any:
    """Drivers return instants without a zone in UTC. SQLite's returns the text that a column holds."""
    if is_instance(value, str):
        text = str.__str__(value)
        found = _OF_COLUMN.fullmatch(text)
        return _coerced(field, text if found is None else text.replace(" ", "T") + ("" if found[1] else "Z"))
    loaded = loader(field, "typed")(value)
    return loaded if isinstance(loaded, datetime) and loaded.tzinfo is timezone.utc else None


def _date(field: Field, value: Any) -> Any:
    return _coerced(field, value) if is_instance(value, str) else _typed(field, value)


def _guid(field: Field, value: Any) -> Any:
    if is_instance(value, bytes, bytearray) and len(value) == 16:
        return UUID(bytes=bytes(value))
    if is_instance(value, str):
        text = str.__str__(value)
        try:
            return UUID(hex=text) if len(text) == 32 else _coerced(field, text)
        except ValueError:
            return None
    return _typed(field, value)


_CONVERSIONS: Mapping[FieldType, Callable[[Field, Any], Any]] = {
    FieldType.STRING: _typed,
    FieldType.INTEGER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _number,
    FieldType.DOUBLE: _number,
    FieldType.DATE: _date,
    FieldType.DATE_TIME: _date_time,
    FieldType.GUID: _guid,
    FieldType.OBJECT_REF: _number,
}
"""What a driver returns for each type, as a value that can be checked."""
