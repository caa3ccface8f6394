"""The schema file: the documents' custom property format (section 9), grown to whole entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.errors import CriteriaError, Problem, below, nearest, quoted, to_pointer
from criteria.json_text import decode, located, read_text
from criteria.schema import Schema
from criteria.types import ATTRIBUTES, Field

_FIELD_KEYS = ("name", "fieldType", *ATTRIBUTES)
_KEYS = ("name", "fields", "customProperties", "systemProperties", "maxLimit")
_MOST_RECORDS = 2**31 - 1


def read_schema(source: str | bytes | Mapping[str, Any]) -> Schema:
    """The schema of a file's text or of its decoded content. Raises `CriteriaError` with every problem."""
    if isinstance(source, Mapping):
        return _schema(source)
    if not isinstance(source, (str, bytes)):
        raise CriteriaError(Problem("invalid_schema", f"A schema is JSON text or an object, not {quoted(source)}."))
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
        raise CriteriaError(Problem("invalid_schema", f"A schema is an object, and here stands {quoted(content)}."))
    problems = list(_faults(content))
    fields = _fields(content, "fields", problems)
    custom = _fields(content, "customProperties", problems)
    if problems:
        raise CriteriaError(*problems)
    return Schema(
        content["name"],
        fields,
        custom_properties=custom,
        system_properties=content.get("systemProperties", True),
        max_limit=content.get("maxLimit"),
    )


def _faults(content: Mapping[Any, Any]) -> list[Problem]:
    faults = [_unknown(key, _KEYS) for key in content if key not in _KEYS]
    if not isinstance(content.get("name"), str):
        faults.append(Problem("invalid_schema", "A schema has a name, which is a string.", "/name"))
    if not isinstance(content.get("systemProperties", True), bool):
        faults.append(Problem("invalid_schema", "systemProperties is true or false.", "/systemProperties"))
    limit = content.get("maxLimit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or not 0 < limit <= _MOST_RECORDS):
        faults.append(Problem("invalid_schema", "maxLimit is a whole number from 1 to 2^31-1.", "/maxLimit"))
    return faults


def _fields(content: Mapping[Any, Any], key: str, problems: list[Problem]) -> list[Field]:
    entries = content.get(key, [])
    if not isinstance(entries, (list, tuple)):
        problems.append(Problem("invalid_schema", f"{key} is a list of fields.", f"/{key}"))
        return []
    fields = []
    for index, entry in enumerate(entries):
        try:
            fields.append(_field(entry))
        except CriteriaError as error:
            problems.extend(below(f"/{key}/{index}", error.problems))
    return fields


def _field(entry: object) -> Field:
    if not isinstance(entry, Mapping):
        raise CriteriaError(Problem("invalid_schema", f"A field is an object, and here stands {quoted(entry)}."))
    problems = [_unknown(key, _FIELD_KEYS) for key in entry if key not in _FIELD_KEYS]
    missing = [key for key in ("name", "fieldType") if key not in entry]
    problems += [Problem("invalid_schema", f"A field has a {key}.", hint=f'Add "{key}".') for key in missing]
    if problems:
        raise CriteriaError(*problems)
    attributes = {attribute: entry[key] for key, attribute in ATTRIBUTES.items() if key in entry}
    return Field(entry["name"], entry["fieldType"], **attributes)


def _unknown(key: object, known: tuple[str, ...]) -> Problem:
    hint = (nearest(key, known) if isinstance(key, str) else None) or f"The keys are {', '.join(known)}."
    return Problem(
        "invalid_schema",
        f"{quoted(key)} has no meaning here.",
        to_pointer([key if isinstance(key, str) else quoted(key)]),
        hint=hint,
    )
