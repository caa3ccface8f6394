"""Resolves references in results (docs/language.md#resolve), and checks that written references exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from criteria.errors import Problem, listed, to_pointer
from criteria.schema.field import Field, FieldType
from criteria.web.entity import Entity, field_values
from criteria.web.room import MAX_RESOLVED_BYTES, RESOLVE_LESS, too_much_resolved
from criteria.web.status import RequestError

Fetch = Callable[[str, Sequence[int]], Mapping[int, Mapping[str, Any]]]
"""The JSON objects of an entity by their ids: `fetch("user", [1, 2])`, without those that do not exist."""

MAX_RESOLVED = 10_000
"""References on a page that are replaced by objects."""


def resolved(
    entity: Entity, records: Iterable[Mapping[str, Any]], references: Sequence[Field], fetch: Fetch
) -> list[dict[str, Any]]:
    """The records as clients read them, with `references` replaced by the objects that they name.

    `fetch` is called once for each entity that is referred to, whatever the number of records. A reference to an
    object that does not exist stays a reference.

    Raises `RequestError` (`too_many_values`, `too_long`) when more than `MAX_RESOLVED` references, or objects of more
    than `MAX_RESOLVED_BYTES`, would be resolved.
    """
    stored = list(records)
    if sum(len(field_values(one, record)) for one in references for record in stored) > MAX_RESOLVED:
        message = f"The page has more than {MAX_RESOLVED} references to resolve."
        raise RequestError(Problem("too_many_values", message, "/resolve", hint=RESOLVE_LESS))
    found: dict[str, Mapping[int, Mapping[str, Any]]] = {}
    for target in dict.fromkeys(one.object_entity_type for one in references):
        ids: dict[int, None] = {}
        for one in references:
            if one.object_entity_type == target:
                ids.update(dict.fromkeys(object_id for record in stored for object_id in field_values(one, record)))
        if target is not None and ids:
            found[target] = fetch(target, list(ids))
    _check_size(stored, references, found)
    shown = [entity.to_json(record, [one.name for one in references]) for record in stored]
    for one in references:
        objects = found.get(one.object_entity_type or "", {})
        for record in shown:
            _put(record, one, objects)
    return shown


_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def _check_size(
    stored: Sequence[Mapping[str, Any]],
    references: Sequence[Field],
    found: Mapping[str, Mapping[int, Mapping[str, Any]]],
) -> None:
    """Raises `RequestError` when the objects are too large in all their places; each one is measured once."""
    places = sum(len(field_values(one, record)) for one in references for record in stored)
    longest = max((_most_characters(one) for objects in found.values() for one in objects.values()), default=0)
    if places * longest <= MAX_RESOLVED_BYTES:
        return
    sizes = {
        target: {object_id: len(_JSON.encode(one)) for object_id, one in objects.items()}
        for target, objects in found.items()
    }
    room = MAX_RESOLVED_BYTES
    for one in references:
        known = sizes.get(one.object_entity_type or "", {})
        for record in stored:
            room -= sum(known.get(object_id, 0) for object_id in field_values(one, record))
    if room < 0:
        raise RequestError(too_much_resolved())


def _most_characters(shown: Mapping[str, Any]) -> int:
    """A length that the JSON of an object does not exceed. To encode each one would take longer than anything else."""
    return sum(_MAX_ESCAPED * len(name) + 3 + _most_of(value) for name, value in shown.items()) + 2


_MAX_ESCAPED, _MAX_NUMBER = 6, 32


def _most_of(value: Any) -> int:
    if type(value) is str:
        return _MAX_ESCAPED * len(value) + 3
    return _MAX_NUMBER if value is None or isinstance(value, (int, float)) else len(_JSON.encode(value)) + 1


Existing = Callable[[str, Sequence[int]], Collection[int]]
"""The ids of the objects of an entity that exist: `existing("user", [1, 2])`."""


def check_references(entity: Entity, before: Mapping[str, Any], after: Mapping[str, Any], existing: Existing) -> None:
    """Raises `RequestError` (`unknown_object`) for new references to objects that do not exist.

    References that the record had before are not checked: their objects may have been deleted since. `existing` is
    called once for each field with new references, with distinct ids.
    """
    problems: list[Problem] = []
    for one in entity.writable.fields:
        if one.field_type is FieldType.OBJECT_REF and one.object_entity_type is not None:
            old = set(field_values(one, before))
            new: dict[int, int] = {}  # the first index of each
            for at, item in enumerate(field_values(one, after)):
                if item not in old:
                    new.setdefault(item, at)
            there = existing(one.object_entity_type, list(new)) if new else ()
            problems += [
                Problem(
                    "unknown_object",
                    f"There is no {one.object_entity_type} {item}.",
                    to_pointer((*one.path, at) if one.is_list else one.path),
                )
                for item, at in new.items()
                if item not in there
            ]
    if problems:
        raise RequestError(*listed(problems))


def _put(shown: dict[str, Any], one: Field, objects: Mapping[int, Mapping[str, Any]]) -> None:
    for step in one.path[:-1]:
        shown = shown[step]
    value = shown[one.path[-1]]
    if isinstance(value, list):
        shown[one.path[-1]] = [_object(item, objects) for item in value]
    else:
        shown[one.path[-1]] = _object(value, objects)


def _object(reference: Any, objects: Mapping[int, Mapping[str, Any]]) -> Any:
    return None if reference is None else objects.get(reference["objectId"], reference)
