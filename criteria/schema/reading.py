"""Reads schema files (docs/language.md#schema)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from criteria.errors import CriteriaError, Problem, below, listed, nearest_or_all, quoted, to_pointer
from criteria.schema.field import ATTRIBUTES, Field
from criteria.schema.plain import plain_json
from criteria.schema.schema import Schema, argument_faults
from criteria.text.json_decoding import decode, located, read_text

_FIELD_KEYS = ("name", "fieldType", *ATTRIBUTES)
_LEVELS = 3
"""Levels of a schema: the object, a list of fields, a field."""
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
        raise CriteriaError(*located(error.problems, text)) from None


def _schema(content: object) -> Schema:
    if not isinstance(content, Mapping):
        raise CriteriaError(Problem("invalid_schema", f"Expected a schema as an object, found {quoted(content)}."))
    fields: list[Field] = []
    custom: list[Field] = []
    problems = listed(_faults(content, fields, custom))
    if problems:
        raise CriteriaError(*problems)
    return Schema(
        content["name"],
        fields,
        custom_properties=custom,
        system_properties=content.get("systemProperties", True),
        key=content.get("key"),
        max_limit=content.get("maxLimit"),
    )


def _faults(content: Mapping[Any, Any], fields: list[Field], custom: list[Field]) -> Iterator[Problem]:
    """Appends the fields to the lists; yields the problems of the schema and of fields that are wrong."""
    if "fields" not in content and ("properties" in content or "$schema" in content):
        hint = 'Write {"name": "...", "fields": [{"name": "...", "fieldType": "..."}]}.'
        yield Problem("invalid_schema", "This is a JSON Schema, not a schema of criteria.", hint=hint)
        return
    yield from (_unknown(key, _KEYS) for key in content if key not in _KEYS)
    yield from argument_faults(content.get("name"), content.get("systemProperties", True), content.get("maxLimit"))
    yield from _read("fields", content.get("fields", []), fields)
    yield from _read("customProperties", content.get("customProperties", []), custom)


def _read(key: str, entries: object, fields: list[Field]) -> Iterator[Problem]:
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
            fields.append(_field(entry))
        except CriteriaError as error:
            yield from below(f"/{key}/{index}", error.problems)


def _field(entry: object) -> Field:
    if not isinstance(entry, Mapping):
        raise CriteriaError(Problem("invalid_schema", f"Expected a field as an object, found {quoted(entry)}."))
    problems = list(listed(_unknown(key, _FIELD_KEYS) for key in entry if key not in _FIELD_KEYS))
    missing = [
        key for key in ("name", "fieldType") if key not in entry and not (key == "fieldType" and "type" in entry)
    ]
    problems += [Problem("invalid_schema", f"A field has a {key}.", hint=f'Add "{key}".') for key in missing]
    if problems:
        raise CriteriaError(*problems)
    attributes = {attribute: entry[key] for key, attribute in ATTRIBUTES.items() if key in entry}
    return Field(entry["name"], entry["fieldType"], **attributes)


def _unknown(key: object, known: tuple[str, ...]) -> Problem:
    hint = nearest_or_all(key, known, "keys")
    pointer = to_pointer([key if isinstance(key, str) else quoted(key)])
    return Problem("invalid_schema", f"Unknown key {quoted(key)}.", pointer, hint=hint, is_key=True)
