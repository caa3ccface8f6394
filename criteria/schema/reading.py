"""Reads schema files (docs/language.md#schema)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from criteria.errors import CriteriaError, Problem, below, listed, to_pointer
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import ATTRIBUTES, Field
from criteria.schema.plain import plain_json
from criteria.schema.schema import ObjectList, Schema, argument_faults
from criteria.text.json_decoding import decode, read_text

_FIELD_KEYS = ("name", "fieldType", *ATTRIBUTES)
_OBJECT = "object"
_OBJECT_KEYS = ("name", "fieldType", "fields", "isList", "description", "nullable", "column")
_MAX_OBJECTS = 8
"""Objects inside objects in a schema file."""
_LEVELS = 3 + 2 * (_MAX_OBJECTS + 1)
"""Levels of a schema: the object, a list of fields, a field; two more for each object inside another."""
_KEYS = ("name", "fields", "customProperties", "systemProperties", "key", "maxLimit")


def read_schema(source: str | bytes | Mapping[str, Any]) -> Schema:
    """The schema of a file, given as text or decoded. Raises `CriteriaError` with every problem."""
    source = plain_json(source, _LEVELS)
    if type(source) is dict:
        return _schema(source)
    if not isinstance(source, (str, bytes)):
        raise CriteriaError(
            Problem("invalid_schema", f"Expected a schema as JSON text or an object, found {quoted(source)}.")
        )
    text = read_text(source)
    content, repeated = decode(text)
    try:
        if repeated:
            raise CriteriaError(*repeated)
        return _schema(content)
    except CriteriaError as error:
        from criteria.text.json_problems import located

        raise CriteriaError(*located(error.problems, text)) from None


def _schema(content: object) -> Schema:
    if not isinstance(content, Mapping):
        raise CriteriaError(Problem("invalid_schema", f"Expected a schema as an object, found {quoted(content)}."))
    fields: list[Field | ObjectList] = []
    custom: list[Field | ObjectList] = []
    problems = listed(_faults(content, fields, custom))
    if problems:
        raise CriteriaError(*problems)
    return Schema(
        content["name"],
        fields,
        custom_properties=custom,  # type: ignore[arg-type]  # it refuses what is not a Field
        system_properties=content.get("systemProperties", True),
        key=content.get("key"),
        max_limit=content.get("maxLimit"),
    )


def _faults(
    content: Mapping[Any, Any], fields: list[Field | ObjectList], custom: list[Field | ObjectList]
) -> Iterator[Problem]:
    """Appends the fields to the lists; yields the problems of the schema and of fields that are wrong."""
    if "fields" not in content and ("properties" in content or "$schema" in content):
        hint = 'Write {"name": "...", "fields": [{"name": "...", "fieldType": "..."}]}.'
        yield Problem("invalid_schema", "This is a JSON Schema, not a schema of criteria.", hint=hint)
        return
    hints = Hints()
    yield from (_unknown(key, _KEYS, hints) for key in content if key not in _KEYS)
    yield from argument_faults(content.get("name"), content.get("systemProperties", True), content.get("maxLimit"))
    yield from _read("fields", content.get("fields", []), fields, hints)
    yield from _read("customProperties", content.get("customProperties", []), custom, hints)


def _read(
    key: str, entries: object, fields: list[Field | ObjectList], hints: Hints, levels: int = _MAX_OBJECTS
) -> Iterator[Problem]:
    if not isinstance(entries, (list, tuple)):
        yield Problem(
            "invalid_schema",
            f"{key} is a list of fields.",
            f"/{key}",
            hint='Write [{"name": "...", "fieldType": "..."}].',
        )
        return
    for index, entry in enumerate(entries):
        try:
            kind = entry.get("fieldType") if isinstance(entry, Mapping) else None
            is_object = type(kind) is str and kind == _OBJECT
            fields += _object(entry, hints, levels) if is_object else [_field(entry, hints)]
        except CriteriaError as error:
            yield from below(f"/{key}/{index}", error.problems)


def _object(entry: Mapping[Any, Any], hints: Hints, levels: int) -> list[Field | ObjectList]:
    """A list of objects, or the fields of an object that is not in a list: paths that begin with its name."""
    problems = list(listed(_unknown(key, _OBJECT_KEYS, hints) for key in entry if key not in _OBJECT_KEYS))
    name, is_list = entry.get("name"), entry.get("isList", False)
    if not isinstance(name, str):
        problems.append(Problem("invalid_schema", "A field has a name.", hint='Add "name".'))
    if not isinstance(is_list, bool):
        problems.append(Problem("invalid_schema", f"{quoted(is_list)} is not true or false.", "/isList"))
    if "fields" not in entry:
        hint = 'Add "fields": [{"name": "...", "fieldType": "..."}].'
        problems.append(Problem("invalid_schema", "An object has fields.", hint=hint))
    if not levels:
        problems.append(Problem("invalid_schema", f"More than {_MAX_OBJECTS} objects are inside one another."))
    if problems:
        raise CriteriaError(*problems)
    inner: list[Field | ObjectList] = []
    faults = listed(_read("fields", entry["fields"], inner, hints, levels - 1))
    if faults:
        raise CriteriaError(*faults)
    if is_list:
        attributes = {key: entry[key] for key in ("description", "nullable", "column") if key in entry}
        return [ObjectList(str(name), inner, **attributes)]
    return [_below(str(name), entry.get("column"), one) for one in inner]


def _below(name: str, column: str | None, inner: Field | ObjectList) -> Field | ObjectList:
    """A field of an object as a path that begins with the name of the object."""
    place = inner.place if isinstance(inner, ObjectList) else inner
    if place.column != place.path[0]:
        message = f"{quoted(place.name)} is in an object and has no column of its own."
        raise CriteriaError(Problem("invalid_schema", message, "/fields"))
    path = f"{name}.{place.name}"
    if isinstance(inner, Field):
        attributes = {attribute: getattr(inner, attribute) for attribute in ATTRIBUTES.values()}
        return Field(path, inner.field_type, **{**attributes, "column": column})
    fields: list[Field | ObjectList] = [*inner.element.fields, *inner.element.object_lists]
    return ObjectList(path, fields, description=place.description, nullable=place.nullable, column=column)


def _field(entry: object, hints: Hints) -> Field:
    if not isinstance(entry, Mapping):
        raise CriteriaError(
            Problem("invalid_schema", f"Expected a field as an object, found {quoted(entry)}.", hint=_FIELD)
        )
    problems = list(listed(_unknown(key, _FIELD_KEYS, hints) for key in entry if key not in _FIELD_KEYS))
    missing = [
        key for key in ("name", "fieldType") if key not in entry and not (key == "fieldType" and "type" in entry)
    ]
    problems += [Problem("invalid_schema", f"A field has a {key}.", hint=f'Add "{key}".') for key in missing]
    if "name" not in entry or "fieldType" not in entry:
        raise CriteriaError(*problems)
    attributes = {attribute: entry[key] for key, attribute in ATTRIBUTES.items() if key in entry}
    try:
        field = Field(entry["name"], entry["fieldType"], **attributes)
    except CriteriaError as error:
        raise CriteriaError(*listed([*problems, *error.problems])) from None
    if problems:
        raise CriteriaError(*problems)
    return field


_FIELD = 'Write {"name": "...", "fieldType": "..."}.'
_MEANT = {
    "required": '"nullable": false',
    "notNull": '"nullable": false',
    "optional": '"nullable": true',
    "enum": '"values": [...]',
    "choices": '"values": [...]',
    "title": '"description": "..."',
    "label": '"description": "..."',
    "items": '"isList": true, with the type of the elements',
}
"""Keys of JSON Schema and of ORMs, and what a field has instead of them."""


def _meant(key: object, known: tuple[str, ...]) -> str | None:
    """What to write instead of a key that other formats have for a field."""
    meant = _MEANT.get(key) if isinstance(key, str) and known is _FIELD_KEYS else None
    return meant and f"Write {meant}."


def _unknown(key: object, known: tuple[str, ...], hints: Hints) -> Problem:
    hint = _meant(key, known) or nearest_or_all(key, known, "keys", hints)
    pointer = to_pointer([key if isinstance(key, str) else quoted(key)])
    return Problem("invalid_schema", f"Unknown key {quoted(key)}.", pointer, hint=hint, is_key=True)
