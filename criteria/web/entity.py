"""Entities: one kind of object, as clients read and write it and as a server stores it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any

from criteria.errors import CriteriaError, Path, Problem, listed, to_pointer
from criteria.messages import Hints, quoted
from criteria.schema.custom_properties import CUSTOM_PROPERTIES
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import SYSTEM_PROPERTIES, Schema
from criteria.schema.unknown_names import unknown_field
from criteria.values.canonical import date_time_text, json_value
from criteria.values.stored_records import put_nested
from criteria.web.requests import JsonObject

MAX_ITEMS = 1000
"""Elements of a list that a client writes."""

MAX_OBJECT_BYTES = 1 << 20
"""Length of an object as JSON. A document of MongoDB, of at most 16 MB, holds it with the digests of unique values."""


MAX_UNIQUE = 1000
"""Values of an object in unique fields, each element of a list counted. A store looks each of them up."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """The fields of an object that are returned: names of those that are not nested, those of them whose values become
    other ones in JSON, and nested ones."""

    names: tuple[str, ...]
    converted: tuple[Field, ...]
    nested: tuple[Field, ...]


@dataclass(frozen=True, slots=True, init=False)
class Entity:
    """The fields of one kind of object, by who may see them.

    - `public`: what clients read and search: the system properties, `fields`, and the custom properties.
    - `writable`: what clients send: `fields`, `write_only` ones, and the custom properties.
    - `stored`: what a table or collection holds: `public`, and `hidden` fields that clients never see.

    `on_request` names fields that are returned only if `resolve` names them. With `custom_properties` None, objects
    have no custom properties; otherwise they have the member `customProperties`, even if it is empty.
    Raises `CriteriaError` (`invalid_schema`) for fields that contradict each other.
    """

    name: str
    public: Schema
    writable: Schema
    stored: Schema
    on_request: frozenset[str]
    custom_properties: tuple[Field, ...] | None
    _always: _Shown = field(repr=False, compare=False)
    """What is returned without `resolve`."""

    def __init__(
        self,
        name: str,
        fields: Iterable[Field],
        *,
        write_only: Iterable[Field] = (),
        hidden: Iterable[Field] = (),
        on_request: Iterable[str] = (),
        custom_properties: Iterable[Field] | None = None,
        max_limit: int | None = None,
    ) -> None:
        own, secret, custom = tuple(fields), tuple(hidden), tuple(custom_properties or ())
        schemas = {
            "public": Schema(name, own, custom_properties=custom, max_limit=max_limit),
            "writable": Schema(name, (*own, *write_only), custom_properties=custom, system_properties=False),
            "stored": Schema(name, (*own, *secret), custom_properties=custom),
        }
        if schemas["stored"].object_lists or schemas["writable"].object_lists:
            raise CriteriaError(Problem("unsupported", f"Entity {quoted(name)} cannot have lists of objects."))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "on_request", frozenset(on_request))
        object.__setattr__(self, "custom_properties", None if custom_properties is None else custom)
        for attribute, schema in schemas.items():
            object.__setattr__(self, attribute, schema)
        object.__setattr__(self, "_always", self._shown(frozenset()))

    def _shown(self, resolved: frozenset[str]) -> _Shown:
        hidden = self.on_request - resolved
        fields = [one for one in self.public.fields if one.name not in hidden]
        flat = [one for one in fields if not one.is_nested]
        return _Shown(
            tuple(one.name for one in flat),
            tuple(one for one in flat if one.is_list or one.field_type not in JSON_TYPES),
            tuple(one for one in fields if one.is_nested),
        )

    def to_json(self, record: Mapping[str, Any], resolved: Iterable[str] = ()) -> dict[str, Any]:
        """A stored record as clients read it. A reference is `{"objectId": 1}` (docs/language.md#objectref)."""
        asked_for = self.on_request.intersection(resolved)
        shown = self._shown(asked_for) if asked_for else self._always
        get = record.get
        found: dict[str, Any] = {name: get(name) for name in shown.names}
        for one in shown.converted:
            value = found[one.name]
            if value is not None:
                is_instant = type(value) is datetime
                found[one.name] = date_time_text(value, one.precision or 3) if is_instant else _json(one, value)
        for one in shown.nested:
            holder = record
            for step in one.path[:-1]:
                holder = holder.get(step) or {}
            put_nested(found, one.path, _json(one, holder.get(one.path[-1])))
        if self.custom_properties is not None:
            found.setdefault(CUSTOM_PROPERTIES, {})
        return found

    def read(self, body: JsonObject, record: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The typed values of `writable` after a client wrote `body` over a record; fields it does not name stay.

        System properties may be in the body with their present values, as in an object that was read and sent back.
        Bounds are `MAX_ITEMS` elements of a list, and `MAX_UNIQUE` unique values and `MAX_OBJECT_BYTES` of an object
        (docs/server.md#bounds).
        Raises `RequestError` with every problem of the body, and `CriteriaError` for a record that is damaged.
        """
        problems = listed(chain(self._faults(body, record), self._long_lists(body)))
        if problems:
            raise body.refused(problems)
        before = {} if record is None else self._written_before(record)
        merged = _merged(before, {key: value for key, value in body.items() if key not in _SYSTEM})
        try:
            found = self.writable.decode(merged)
        except CriteriaError as error:
            if record is not None:
                self.writable.decode(before)  # raises the problems of the record itself, which are not the body's
            raise body.refused(error.problems) from None
        unique = self._unique_values(found)
        if unique > MAX_UNIQUE and unique > self._unique_values(record or {}):
            message = f"The {self.name} would have {unique} values that must be unique, more than {MAX_UNIQUE}."
            raise body.refused([Problem("too_many_values", message)])
        added = self._added_by_references(found)
        if _size(merged) + added > MAX_OBJECT_BYTES and _size(self.writable.encode(found)) + added > max(
            MAX_OBJECT_BYTES, _size(before) + self._added_by_references(record or {})
        ):
            message = f"The {self.name} would have more than {MAX_OBJECT_BYTES} bytes as JSON."
            raise body.refused([Problem("too_long", message)])
        return found

    def _unique_values(self, record: Mapping[str, Any]) -> int:
        """How many values a typed record has in unique fields."""
        return sum(len(field_values(one, record)) for one in self.writable.fields if one.is_unique)

    def _added_by_references(self, record: Mapping[str, Any]) -> int:
        """The bytes by which the references of a typed record are longer in what clients read than their numbers."""
        count = 0
        for one in self.writable.fields:
            if one.field_type is FieldType.OBJECT_REF:
                value: Any = record
                for step in one.path:
                    value = (value or {}).get(step)
                count += len(value or ()) if one.is_list else value is not None
        return len('{"objectId":}') * count

    def _written_before(self, record: Mapping[str, Any]) -> dict[str, Any]:
        known = {one.path[0] for one in self.writable.fields}
        return self.writable.encode({key: value for key, value in record.items() if key in known})

    def _faults(self, body: JsonObject, record: Mapping[str, Any] | None) -> Iterator[Problem]:
        """The members that a client may not write."""
        shown = {} if record is None else self.to_json(record)
        hints = Hints()
        for key, value in body.items():
            if key not in _SYSTEM:
                yield from self._unknown(key, value, hints)
            elif key not in shown or type(value) is not type(shown[key]) or value != shown[key]:  # true equals 1
                message = f"{quoted(key)} is set by the system and cannot be changed."
                yield Problem("read_only", message, to_pointer([key]), hint="Leave it out.", is_key=True)

    def _long_lists(self, body: JsonObject) -> Iterator[Problem]:
        """The lists with too many elements."""
        for one in self.writable.fields:
            value: Any = body
            for step in one.path:
                value = value.get(step) if isinstance(value, dict) else None
            if one.is_list and isinstance(value, list) and len(value) > MAX_ITEMS:
                message = f"{quoted(one.name)}: the list has {len(value)} elements, more than {MAX_ITEMS}."
                yield Problem("too_many_values", message, to_pointer(one.path))

    def _unknown(self, key: str, value: Any, hints: Hints, around: Path = ()) -> Iterator[Problem]:
        path = (*around, key)
        name = ".".join(map(str, path))
        if any(one.path == path for one in self.writable.fields):
            return
        may_be_empty = path == (CUSTOM_PROPERTIES,) and self.custom_properties is not None
        if not may_be_empty and not any(one.path[: len(path)] == path for one in self.writable.fields):
            yield replace(unknown_field(self.writable, name).at(path, hints), is_key=True)
        elif isinstance(value, dict):
            for inner, item in value.items():
                yield from self._unknown(inner, item, hints, path)
        elif value is not None:
            message = f"{quoted(name)}: expected an object, found {quoted(value)}."
            yield Problem("invalid_record", message, to_pointer(path))


_SYSTEM = frozenset(one.name for one in SYSTEM_PROPERTIES)


JSON_TYPES = frozenset({FieldType.STRING, FieldType.INTEGER, FieldType.BOOLEAN, FieldType.DOUBLE})
"""The types whose values are JSON as they are."""


def _json(one: Field, value: Any) -> Any:
    if value is None:
        return None
    if one.is_list and isinstance(value, (list, tuple)):
        return [_json(one, item) for item in value]
    plain = value if type(value) is str else json_value(one, value)
    return {"objectId": plain} if one.field_type is FieldType.OBJECT_REF else plain


def field_values(field: Field, record: Mapping[str, Any]) -> list[Any]:
    """The non-null values of a field in a typed record: the elements of a list, or the one value."""
    value: Any = record
    for step in field.path:
        value = (value or {}).get(step)
    return [item for item in (value if field.is_list else [value]) or () if item is not None]


def _size(value: Any) -> int:
    """The length of decoded JSON in UTF-8."""
    return len(
        json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "surrogatepass")
    )


def _merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """One object written over another; nested objects are merged."""
    found = dict(before)
    for key, value in after.items():
        inner = found.get(key)
        found[key] = _merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, dict) else value
    return found
