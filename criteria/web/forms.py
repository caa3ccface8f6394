"""JSON Schemas (2020-12) of objects: as clients read them, and as they may write them.

Their words mean the same in OpenAPI 3.1. What is said of strings is one regular expression that every engine reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from criteria.json_schema import patterns
from criteria.json_schema.operands import operand
from criteria.schema.field import MAX_CHARACTERS, RESERVED_NAMES, SEGMENT, Field, FieldType
from criteria.schema.schema import CUSTOM_PROPERTIES, SYSTEM_PROPERTIES
from criteria.values.coerce import MAX_INT64, MIN_INT64
from criteria.web.entity import Entity

Form = dict[str, Any]

NUMBER: Form = {"type": "integer", "format": "int64", "minimum": MIN_INT64, "maximum": MAX_INT64}
REFERENCE: Form = {"type": "object", "properties": {"objectId": NUMBER}, "required": ["objectId"]}

_TEXT = r"^[^\u0000]*$"
"""Any characters but U+0000. `patterns.TEXT` says of surrogates, too, that they stand in pairs, and engines to which
text is made of whole characters do not read that; JSON in UTF-8 holds a lone one only as an escape."""

_EDITOR_KEYWORDS = frozenset({"patternErrorMessage", "defaultSnippets"})

_SYSTEM = frozenset(one.name for one in SYSTEM_PROPERTIES)


def read_form(entity: Entity, refer: Callable[[str], Form | None] = lambda name: None) -> Form:
    """What `Entity.to_json` gives. `refer` gives the form of another entity, which stands in the place of a reference
    where that was resolved; or None, where there is none.

    Custom properties come and go: the object that holds them may have others than these, and need have none.
    """

    def value(field: Field) -> Form:
        shown = _listed(field, _read(field, refer), nullable=field.nullable and field.name not in _SYSTEM)
        return {**_described(field), **shown}

    def drawn(tree: Mapping[str, Any], path: tuple[str, ...]) -> Form:
        properties = {
            name: value(inner) if isinstance(inner, Field) else drawn(inner, (*path, name))
            for name, inner in tree.items()
        }
        if path == (CUSTOM_PROPERTIES,):
            return {"type": "object", "properties": properties}
        always = [name for name in properties if ".".join((*path, name)) not in entity.on_request]
        return {"type": "object", "properties": properties, "required": always, "additionalProperties": False}

    return drawn(_tree(entity, entity.public.fields), ())


def write_form(entity: Entity, *, is_new: bool) -> Form:
    """What `Entity.read` accepts: for a new object, or over one that is there, where all may be left out.

    What it cannot say is whether a value is taken already, whether there is an object that a reference names, and what
    values the system properties have that may be sent back with an object; beyond that see `query_json_schema`.
    """
    public = {one.name for one in entity.public.fields}

    def value(field: Field) -> Form:
        secret = {} if field.name in public else {"writeOnly": True}
        return {**_described(field), **secret, **_listed(field, _written(field), nullable=field.nullable)}

    def drawn(tree: Mapping[str, Any], *, is_whole: bool) -> Form:
        properties: Form = {}
        for name, inner in tree.items():
            if isinstance(inner, Field):
                properties[name] = value(inner)
            else:
                nested = drawn(inner, is_whole=is_whole)
                properties[name] = nested if _is_needed(inner) else {**nested, "type": ["object", "null"]}
        needed = [name for name, inner in tree.items() if is_whole and _is_needed(inner)]
        required = {"required": needed} if needed else {}
        return {"type": "object", "properties": properties, **required, "additionalProperties": False}

    form = drawn(_tree(entity, entity.writable.fields), is_whole=is_new)
    if not is_new:
        sent_back = {
            one.name: {**_described(one), "readOnly": True, **_SHOWN[one.field_type](one)} for one in SYSTEM_PROPERTIES
        }
        form["properties"] = {**sent_back, **form["properties"]}
    return form


def definition_form(referable: Iterable[str], *, is_new: bool) -> Form:
    """The definition of a custom property (Working with objects, section 9), whose references may be to `referable`.

    A new one is complete. In a change anything may be left out, and whether the whole fits is told by the answer.
    """
    targets = list(referable)
    plain = [one.value for one in FieldType if one is not FieldType.OBJECT_REF]
    flag = {"type": ["boolean", "null"]}
    properties: Form = {
        "name": {
            "type": "string",
            "description": "Unique among the custom properties of its entity.",
            "pattern": f"^{SEGMENT.pattern}$",
            "maxLength": MAX_CHARACTERS - len(f"{CUSTOM_PROPERTIES}."),
            "not": {"anyOf": [{"enum": sorted(RESERVED_NAMES)}, patterns.NO_LINE_FEED]},
        },
        "description": {"type": ["string", "null"], "pattern": _TEXT},
        "fieldType": {"enum": [one.value for one in FieldType]},
        "objectEntityType": {"description": "Of an objectRef, and of no other type.", "enum": [*targets, None]},
        "isUnique": {"description": "Whether no two objects have the same value. By default false.", **flag},
        "isList": {"description": "Whether it holds a list of values. By default false.", **flag},
    }
    if not is_new:
        sent_back = {
            one.name: {**_described(one), "readOnly": True, **_SHOWN[one.field_type](one)} for one in SYSTEM_PROPERTIES
        }
        return {"type": "object", "properties": {**sent_back, **properties}, "additionalProperties": False}

    def of(types: list[str], targets: Form, *needed: str) -> Form:
        own = {**properties, "fieldType": {"enum": types}, "objectEntityType": targets}
        return {"type": "object", "properties": own, "required": ["name", "fieldType", *needed],
                "additionalProperties": False}  # fmt: skip

    return {"anyOf": [of(plain, {"type": "null"}), of(["objectRef"], {"enum": targets}, "objectEntityType")]}


def plain_form(form: Any) -> Any:
    """A JSON Schema of the library without what only editors know, and with `pattern`s that every engine reads."""
    if isinstance(form, list):
        return [plain_form(item) for item in form]
    if not isinstance(form, dict):
        return form
    found: Form = {}
    for key, value in form.items():
        if key in ("properties", "$defs"):
            found[key] = {name: plain_form(inner) for name, inner in value.items()}
        elif key == "pattern" and value == patterns.TEXT:
            found[key] = _TEXT
        elif key not in _EDITOR_KEYWORDS:
            found[key] = plain_form(value)
    return found


def _tree(entity: Entity, fields: Iterable[Field]) -> Form:
    """Fields in the objects that hold them; that of custom properties is there when it is empty, too."""
    root: Form = {}
    for field in fields:
        holder = root
        for step in field.path[:-1]:
            holder = holder.setdefault(step, {})
        holder[field.path[-1]] = field
    if entity.custom_properties is not None:
        root.setdefault(CUSTOM_PROPERTIES, {})
    return root


def _is_needed(inner: Any) -> bool:
    """Whether a field, or one inside an object, has to have a value."""
    return not inner.nullable if isinstance(inner, Field) else any(map(_is_needed, inner.values()))


def _described(field: Field) -> Form:
    of_each = "Each value is" if field.is_list else "It is"
    words = [field.description, f"{of_each} no other object's." if field.is_unique else None]
    said = " ".join(word if word.endswith(".") else f"{word}." for word in words if word)
    return {"description": said} if said else {}


def _listed(field: Field, one: Form, *, nullable: bool) -> Form:
    if not field.is_list:
        return _or_null(one) if nullable else one
    return {"type": ["array", "null"] if nullable else "array", "items": _or_null(one)}


def _or_null(form: Form) -> Form:
    if "anyOf" in form:
        return {"anyOf": [*form["anyOf"], {"type": "null"}]}
    types = form["type"] if isinstance(form["type"], list) else [form["type"]]
    return {**form, "type": [*types, "null"]}


def _written(field: Field) -> Form:
    """A value as clients may write it."""
    if field.field_type is FieldType.INTEGER:
        return NUMBER
    if field.field_type is FieldType.OBJECT_REF:
        return {"anyOf": [NUMBER, REFERENCE]}
    form: Form = plain_form(operand(field).schema())
    return form


def _read(field: Field, refer: Callable[[str], Form | None]) -> Form:
    shown = _SHOWN[field.field_type](field)
    target = refer(field.object_entity_type or "") if field.field_type is FieldType.OBJECT_REF else None
    return shown if target is None else {"anyOf": [shown, target]}


def _decimal_text(field: Field) -> Form:
    fraction = f"\\.[0-9]{{{field.scale}}}" if field.scale else ""
    return {
        "type": "string",
        "pattern": f"^-?[0-9]{{1,{max((field.precision or 0) - (field.scale or 0), 1)}}}{fraction}$",
    }


def _date_time_text(field: Field) -> Form:
    pattern = f"^[0-9]{{4}}(-[0-9]{{2}}){{2}}T[0-9]{{2}}(:[0-9]{{2}}){{2}}\\.[0-9]{{{field.precision or 3}}}Z$"
    return {"type": "string", "format": "date-time", "pattern": pattern}


_SHOWN: Mapping[FieldType, Callable[[Field], Form]] = {
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
