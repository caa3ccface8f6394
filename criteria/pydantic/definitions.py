"""The JSON Schema of queries inside the JSON Schema of a model: its definitions go to those of the model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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
_REFERENCE = re.compile(r'"\$ref": "#/\$defs/([^"]*)"')


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
    for key in definitions:
        name = f"{component(schema.name)}Criteria" if key == "criteria" else key
        # Equal definitions of several schemas are one. Pydantic gives different ones of one name different names.
        references[key] = generator.get_cache_defs_ref_schema(CoreRef(f"{name}:{_digest(key, definitions)}"))
    for key, definition in definitions.items():
        generator.definitions[references[key][0]] = _moved(definition, references)
    found: dict[str, Any] = references["criteria"][1]
    return found


def _digest(key: str, definitions: Mapping[str, Any]) -> str:
    """A digest of a definition and of those that it refers to."""
    text = json.dumps(definitions[key], sort_keys=True)
    others = sorted({found for found in _REFERENCE.findall(text) if found != key})
    return sha256("\n".join([text, *(_digest(one, definitions) for one in others)]).encode()).hexdigest()


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
