"""The BSON types that the `$jsonSchema` validator of a MongoDB collection names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any


def types_at(validator: Any, segments: Sequence[str], in_list: bool = False) -> frozenset[str]:
    """The BSON types that a validator names for the values on a path, but for null; of a list, for its elements.

    Those of all alternatives (`anyOf`, `oneOf`, `allOf`) are named. A validator that names none says nothing.
    """
    parts = _json_schemas(validator)
    for segment in segments:
        properties = [part.get("properties") for part in _alternatives(parts)]
        parts = [one[segment] for one in properties if isinstance(one, Mapping) and segment in one]
    if in_list:
        parts = [item for part in _alternatives(parts) for item in _each(part.get("items"))]
    types = [str(one) for part in _alternatives(parts) for key in _KEYS for one in _each(part.get(key))]
    return frozenset("bool" if one == "boolean" else one for one in types) - {"null"}


_KEYS = ("bsonType", "type")
"""The keyword of MongoDB, and that of JSON Schema, whose name of booleans differs."""


def _json_schemas(validator: Any) -> list[Any]:
    """The JSON Schemas of a validator, which may be in an `$and`."""
    if not isinstance(validator, Mapping):
        return []
    inside = [found for one in _each(validator.get("$and")) for found in _json_schemas(one)]
    return [*_each(validator.get("$jsonSchema")), *inside]


def _alternatives(parts: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """JSON Schemas of one value, with those that they combine."""
    for part in parts:
        if isinstance(part, Mapping):
            yield part
            for key in ("anyOf", "oneOf", "allOf"):
                yield from _alternatives(_each(part.get(key)))


def _each(value: Any) -> list[Any]:
    """The elements of a list; a single value is one."""
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]
