"""References in responses: the objects themselves where `resolve` asks for them (Working with objects, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from criteria.types import Field
from criteria.web.entity import Entity

Fetch = Callable[[str, Sequence[int]], Mapping[int, Mapping[str, Any]]]
"""The JSON objects of an entity by their ids: `fetch("user", [1, 2])`. What is not there is left out."""


def resolved(
    entity: Entity, records: Iterable[Mapping[str, Any]], references: Sequence[Field], fetch: Fetch
) -> list[dict[str, Any]]:
    """The records as clients get them, with the objects that some of their references name.

    `fetch` is called once for each entity that is referred to, whatever the number of records. A reference to an
    object that is not there stays one.
    """
    stored = list(records)
    found: dict[str, Mapping[int, Mapping[str, Any]]] = {}
    for target in dict.fromkeys(one.object_entity_type for one in references):
        ids: dict[int, None] = {}
        for one in references:
            if one.object_entity_type == target:
                ids.update(dict.fromkeys(object_id for record in stored for object_id in _ids(record, one)))
        if target is not None and ids:
            found[target] = fetch(target, list(ids))
    shown = [entity.to_json(record, [one.name for one in references]) for record in stored]
    for one in references:
        objects = found.get(one.object_entity_type or "", {})
        for record in shown:
            _put(record, one, objects)
    return shown


def _ids(record: Mapping[str, Any], one: Field) -> list[int]:
    value: Any = record
    for step in one.path:
        value = (value or {}).get(step)
    values = value if one.is_list else [value]
    return [item for item in values or () if item is not None]


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
