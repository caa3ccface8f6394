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
    names = [one.name for one in references]
    shown = [entity.to_json(record, names) for record in records]
    replace_references(shown, references, fetch)
    return shown


def replace_references(shown: Sequence[dict[str, Any]], references: Sequence[Field], fetch: Fetch) -> None:
    """Replaces the references in objects as clients read them, in place.

    Each object must have a member for each of `references`, as `Entity.to_json` returns it: `JsonRows` leaves out
    fields that are returned on request. `fetch`, and what is raised, are those of `resolved`.
    """
    named = {one: [object_id for record in shown for object_id in _named(record, one)] for one in references}
    if sum(map(len, named.values())) > MAX_RESOLVED:
        message = f"The page has more than {MAX_RESOLVED} references to resolve."
        raise RequestError(Problem("too_many_values", message, "/resolve", hint=RESOLVE_LESS))
    ids: dict[str, dict[int, None]] = {}
    for one, its in named.items():
        if one.object_entity_type is not None and its:
            ids.setdefault(one.object_entity_type, {}).update(dict.fromkeys(its))
    found = {target: fetch(target, list(those)) for target, those in ids.items()}
    _check_size(named, found)
    for one in references:
        objects = found.get(one.object_entity_type or "", {})
        for record in shown:
            _put(record, one, objects)


def _named(shown: Mapping[str, Any], one: Field) -> list[int]:
    """The ids of the objects that a field of an object refers to."""
    for step in one.path[:-1]:
        shown = shown[step]
    value = shown[one.path[-1]]
    return [item["objectId"] for item in (value if isinstance(value, list) else [value]) if item is not None]


_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def _check_size(named: Mapping[Field, Sequence[int]], found: Mapping[str, Mapping[int, Mapping[str, Any]]]) -> None:
    """Raises `RequestError` when the objects are too large in all their places."""
    places = sum(map(len, named.values()))
    if places * len(_JSON.encode([list(objects.values()) for objects in found.values()])) <= MAX_RESOLVED_BYTES:
        return  # as for most pages, even if each place had all of the objects
    sizes = {
        target: {object_id: len(_JSON.encode(one)) for object_id, one in objects.items()}
        for target, objects in found.items()
    }
    room = MAX_RESOLVED_BYTES
    for one, ids in named.items():
        known = sizes.get(one.object_entity_type or "", {})
        room -= sum(known.get(object_id, 0) for object_id in ids)
    if room < 0:
        raise RequestError(too_much_resolved())


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
