"""JSON Schemas (2020-12) of objects, as clients read and write them.

The keywords mean the same in OpenAPI 3.1. Patterns use only what every regular expression engine knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from criteria.json_schema import patterns
from criteria.json_schema.operands import JsonSchema, operand
from criteria.schema.custom_properties import CUSTOM_PROPERTIES
from criteria.schema.field import MAX_CHARACTERS, RESERVED_NAMES, SEGMENT, Field, FieldType
from criteria.schema.schema import SYSTEM_PROPERTIES
from criteria.values.coerce import MAX_INT64, MIN_INT64
from criteria.values.stored_records import put_nested
from criteria.web.entity import Entity

NUMBER: JsonSchema = {"type": "integer", "format": "int64", "minimum": MIN_INT64, "maximum": MAX_INT64}
REFERENCE: JsonSchema = {"type": "object", "properties": {"objectId": NUMBER}, "required": ["objectId"]}

_TEXT = r"^[^\u0000]*$"
"""Any characters but U+0000. `patterns.TEXT` also demands that surrogates come in pairs, which engines without
surrogates cannot read. JSON in UTF-8 can hold a lone surrogate only as an escape."""

_EDITOR_KEYWORDS = frozenset({"patternErrorMessage", "defaultSnippets"})

_SYSTEM = frozenset(one.name for one in SYSTEM_PROPERTIES)


def read_json_schema(entity: Entity, refer: Callable[[str], JsonSchema | None] = lambda name: None) -> JsonSchema:
    """The JSON Schema of what `Entity.to_json` returns.

    `refer` returns the schema of another entity, for references that were resolved; None when there is none. Custom
    properties come and go, so the object that holds them may have others and need not have these.
    """

    def value(field: Field) -> JsonSchema:
        shown = _listed(field, _read(field, refer), nullable=field.nullable and field.name not in _SYSTEM)
        return {**_described(field), **shown}

    def drawn(tree: Mapping[str, Any], path: tuple[str, ...]) -> JsonSchema:
        properties = {
            name: value(inner) if isinstance(inner, Field) else drawn(inner, (*path, name))
            for name, inner in tree.items()
        }
        if path == (CUSTOM_PROPERTIES,):
            return {"type": "object", "properties": properties}
        always = [name for name in properties if ".".join((*path, name)) not in entity.on_request]
        return {"type": "object", "properties": properties, "required": always, "additionalProperties": False}

    return drawn(_tree(entity, entity.public.fields), ())


def write_json_schema(entity: Entity, *, is_new: bool) -> JsonSchema:
    """The JSON Schema of what `Entity.read` accepts, for a new object or for a change, in which all may be left out.

    It cannot tell whether a value is unique, whether a referenced object exists, and which values of system properties
    may be sent back with an object. For its other limits see `query_json_schema`.
    """
    public = {one.name for one in entity.public.fields}

    def value(field: Field) -> JsonSchema:
        secret = {} if field.name in public else {"writeOnly": True}
        return {**_described(field), **secret, **_listed(field, _input_schema(field), nullable=field.nullable)}

    def drawn(tree: Mapping[str, Any], *, is_whole: bool) -> JsonSchema:
        properties: JsonSchema = {}
        for name, inner in tree.items():
            if isinstance(inner, Field):
                properties[name] = value(inner)
            else:
                nested = drawn(inner, is_whole=is_whole)
                properties[name] = nested if _is_needed(inner) else {**nested, "type": ["object", "null"]}
        needed = [name for name, inner in tree.items() if is_whole and _is_needed(inner)]
        required = {"required": needed} if needed else {}
        return {"type": "object", "properties": properties, **required, "additionalProperties": False}

    json_schema = drawn(_tree(entity, entity.writable.fields), is_whole=is_new)
    if not is_new:
        sent_back = {
            one.name: {**_described(one), "readOnly": True, **_SHOWN[one.field_type](one)} for one in SYSTEM_PROPERTIES
        }
        json_schema["properties"] = {**sent_back, **json_schema["properties"]}
    return json_schema


def definition_json_schema(referable: Iterable[str], *, is_new: bool) -> JsonSchema:
    """The JSON Schema of the definition of a custom property (docs/language.md#custom-properties).

    References may be to the entities in `referable`. In a change anything may be left out; the server checks whether
    the result is consistent.
    """
    targets = list(referable)
    plain = [one.value for one in FieldType if one is not FieldType.OBJECT_REF]
    flag = {"type": ["boolean", "null"]}
    properties: JsonSchema = {
        "name": {
            "type": "string",
            "description": "Unique among the custom properties of its entity.",
            "pattern": f"^{SEGMENT.pattern}$",
            "maxLength": MAX_CHARACTERS - len(f"{CUSTOM_PROPERTIES}."),
            "not": {"anyOf": [{"enum": sorted(RESERVED_NAMES)}, patterns.NO_LINE_FEED]},
        },
        "description": {"type": ["string", "null"], "pattern": _TEXT},
        "fieldType": {"enum": [one.value for one in FieldType]},
        "objectEntityType": {
            "description": "The entity that an objectRef refers to; null for other types.",
            "enum": [*targets, None],
        },
        "isUnique": {"description": "Whether no two objects have the same value. By default false.", **flag},
        "isList": {"description": "Whether it holds a list of values. By default false.", **flag},
    }
    if not is_new:
        sent_back = {
            one.name: {**_described(one), "readOnly": True, **_SHOWN[one.field_type](one)} for one in SYSTEM_PROPERTIES
        }
        return {"type": "object", "properties": {**sent_back, **properties}, "additionalProperties": False}

    def of(types: list[str], targets: JsonSchema, *needed: str) -> JsonSchema:
        own = {**properties, "fieldType": {"enum": types}, "objectEntityType": targets}
        return {"type": "object", "properties": own, "required": ["name", "fieldType", *needed],
                "additionalProperties": False}  # fmt: skip

    return {"anyOf": [of(plain, {"type": "null"}), of(["objectRef"], {"enum": targets}, "objectEntityType")]}


def portable_json_schema(json_schema: Any) -> Any:
    """A JSON Schema without keywords that only editors know, and with patterns that every engine reads."""
    if isinstance(json_schema, list):
        return [portable_json_schema(item) for item in json_schema]
    if not isinstance(json_schema, dict):
        return json_schema
    found: JsonSchema = {}
    for key, value in json_schema.items():
        if key in ("properties", "$defs"):
            found[key] = {name: portable_json_schema(inner) for name, inner in value.items()}
        elif key == "pattern" and value == patterns.TEXT:
            found[key] = _TEXT
        elif key not in _EDITOR_KEYWORDS:
            found[key] = portable_json_schema(value)
    return _with_pattern_apart(found)


def _with_pattern_apart(found: JsonSchema) -> JsonSchema:
    """A value or an object of operators, with the pattern of the value in `anyOf`.

    A pattern is for strings only, but Swagger UI compares objects with it as well, and sends no operator.
    """
    kinds = found.get("type")
    if "pattern" not in found or not isinstance(kinds, list) or "object" not in kinds:
        return found
    others = [kind for kind in kinds if kind != "string"]
    rest = {key: value for key, value in found.items() if key != "pattern"}
    return {**rest, "anyOf": [{"type": others}, {"type": "string", "pattern": found["pattern"]}]}


def _tree(entity: Entity, fields: Iterable[Field]) -> JsonSchema:
    """Fields nested as in the objects that hold them, with an object for custom properties even if it is empty."""
    root: JsonSchema = {}
    for field in fields:
        put_nested(root, field.path, field)
    if entity.custom_properties is not None:
        root.setdefault(CUSTOM_PROPERTIES, {})
    return root


def _is_needed(inner: Any) -> bool:
    """Whether a field, or one inside an object, must have a value."""
    return not inner.nullable if isinstance(inner, Field) else any(map(_is_needed, inner.values()))


def _described(field: Field) -> JsonSchema:
    unique = "Unique: no value may occur in another object." if field.is_list else "Unique."
    words = [field.description, unique if field.is_unique else None]
    said = " ".join(word if word.endswith(".") else f"{word}." for word in words if word)
    return {"description": said} if said else {}


def _listed(field: Field, one: JsonSchema, *, nullable: bool) -> JsonSchema:
    if not field.is_list:
        return _or_null(one) if nullable else one
    return {"type": ["array", "null"] if nullable else "array", "items": _or_null(one)}


def _or_null(json_schema: JsonSchema) -> JsonSchema:
    if "anyOf" in json_schema:
        return {"anyOf": [*json_schema["anyOf"], {"type": "null"}]}
    types = json_schema["type"] if isinstance(json_schema["type"], list) else [json_schema["type"]]
    return {**json_schema, "type": [*types, "null"]}


def _input_schema(field: Field) -> JsonSchema:
    """A value as clients write it."""
    return _ACCEPTED[field.field_type](field)


def _read(field: Field, refer: Callable[[str], JsonSchema | None]) -> JsonSchema:
    shown = _SHOWN[field.field_type](field)
    target = refer(field.object_entity_type or "") if field.field_type is FieldType.OBJECT_REF else None
    return shown if target is None else {"anyOf": [shown, target]}


def _decimal_text(field: Field) -> JsonSchema:
    fraction = f"\\.[0-9]{{{field.scale}}}" if field.scale else ""
    return {
        "type": "string",
        "pattern": f"^-?[0-9]{{1,{max((field.precision or 0) - (field.scale or 0), 1)}}}{fraction}$",
    }


def _date_time_text(field: Field) -> JsonSchema:
    pattern = f"^[0-9]{{4}}(-[0-9]{{2}}){{2}}T[0-9]{{2}}(:[0-9]{{2}}){{2}}\\.[0-9]{{{field.precision or 3}}}Z$"
    return {"type": "string", "format": "date-time", "pattern": pattern}


_SHOWN: Mapping[FieldType, Callable[[Field], JsonSchema]] = {
    FieldType.STRING: lambda field: {"type": "string"},
    FieldType.INTEGER: lambda field: NUMBER,
    FieldType.BOOLEAN: lambda field: {"type": "boolean"},
    FieldType.DECIMAL: _decimal_text,
    FieldType.DOUBLE: lambda field: {"type": "number", "format": "double"},
    FieldType.DATE: lambda field: {"type": "string", "format": "date", "pattern": patterns.DATE},
    FieldType.DATE_TIME: _date_time_text,
    FieldType.GUID: lambda field: {"type": "string", "format": "uuid"},
    FieldType.OBJECT_REF: lambda field: {**REFERENCE, "additionalProperties": False},
}
"""A value as clients read it, in its canonical spelling."""


def _operand(field: Field) -> JsonSchema:
    """A value as queries compare with it."""
    json_schema: JsonSchema = portable_json_schema(operand(field).schema())
    return json_schema


_ACCEPTED: Mapping[FieldType, Callable[[Field], JsonSchema]] = {
    FieldType.STRING: _operand,
    FieldType.INTEGER: lambda field: NUMBER,
    FieldType.BOOLEAN: _operand,
    FieldType.DECIMAL: _operand,
    FieldType.DOUBLE: _operand,
    FieldType.DATE: _operand,
    FieldType.DATE_TIME: _operand,
    FieldType.GUID: _operand,
    FieldType.OBJECT_REF: lambda field: {"anyOf": [NUMBER, REFERENCE]},
}
"""A value as clients write it."""
