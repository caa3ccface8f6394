"""The JSON Schema of queries inside the JSON Schema of a model: its definitions go to those of the model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import CoreRef

from criteria.json_schema import query_json_schema
from criteria.json_schema.examples import examples
from criteria.limits import Limits
from criteria.schema.schema import Schema
from criteria.web.object_schemas import portable_json_schema
from criteria.web.openapi import component

_PREFIX = "#/$defs/"


def criteria_reference(schema: Schema, strict: bool, limits: Limits, handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """A reference to the definition of queries, which is added to those that Pydantic collects.

    Criteria contain criteria, and Pydantic only knows definitions of classes. Without access to its definitions, the
    schema is that of any object.
    """
    generator = getattr(handler, "generate_json_schema", None)
    if generator is None:
        return {"type": "object", "title": f"Query over {schema.name}"}
    drawn = query_json_schema(schema, strict=strict, limits=limits)
    definitions: dict[str, Any] = {key: portable_json_schema(value) for key, value in drawn["$defs"].items()}
    definitions["criteria"] = {
        "title": drawn["title"],
        "description": drawn["description"],
        **definitions["criteria"],
        "examples": examples(schema),
    }
    references = {}
    for key, digest in _digests(definitions).items():
        name = f"{component(schema.name)}Criteria" if key == "criteria" else key
        # Equal definitions of several schemas are one. Pydantic gives different ones of one name different names.
        references[key] = generator.get_cache_defs_ref_schema(CoreRef(f"{name}:{digest}"))
    for key, definition in definitions.items():
        generator.definitions[references[key][0]] = _moved(definition, references)
    found: dict[str, Any] = references["criteria"][1]
    return found


def _digests(definitions: Mapping[str, Any]) -> dict[str, str]:
    """A digest of each definition and of all those that it leads to, which may lead back to it."""
    texts = {key: json.dumps([key, one], sort_keys=True).encode() for key, one in definitions.items()}
    own = {key: sha256(text).digest() for key, text in texts.items()}
    leads = {key: _referred(one) for key, one in definitions.items()}
    return {key: sha256(b"".join(own[one] for one in _reached(key, leads))).hexdigest() for key in definitions}


def _reached(key: str, leads: Mapping[str, Iterable[str]]) -> list[str]:
    """The names of a definition and, in order, of all others that it leads to."""
    found, waiting = {key}, [key]
    while waiting:
        more = set(leads[waiting.pop()]) - found
        found |= more
        waiting += more
    return [key, *sorted(found - {key})]


def _referred(json_schema: Any) -> set[str]:
    """The names of the definitions to which a definition refers."""
    if isinstance(json_schema, list):
        return {name for item in json_schema for name in _referred(item)}
    if not isinstance(json_schema, dict):
        return set()
    found = {name for value in json_schema.values() for name in _referred(value)}
    reference = json_schema.get("$ref")
    return found | {reference.removeprefix(_PREFIX)} if isinstance(reference, str) else found


def _moved(json_schema: Any, references: Mapping[str, tuple[Any, dict[str, Any]]]) -> Any:
    """A definition whose references to other definitions are those of Pydantic."""
    if isinstance(json_schema, list):
        return [_moved(item, references) for item in json_schema]
    if not isinstance(json_schema, dict):
        return json_schema
    found = {key: _moved(value, references) for key, value in json_schema.items()}
    reference = found.get("$ref")
    if isinstance(reference, str):
        found["$ref"] = references[reference.removeprefix(_PREFIX)][1]["$ref"]
    return found
