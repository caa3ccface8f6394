"""Custom properties: fields that are stored together in one object (docs/language.md#custom-properties)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from criteria.errors import Problem
from criteria.messages import quoted
from criteria.schema.field import SEGMENT, Field, invalid_name

CUSTOM_PROPERTIES = "customProperties"
"""The nested object that holds custom properties and the key of a schema file that declares them."""


def custom_faults(custom: Sequence[Field]) -> Iterator[Problem]:
    """The problems of fields that cannot be custom properties."""
    for index, one in enumerate(custom):
        shown, pointer = quoted(one.name), f"/{CUSTOM_PROPERTIES}/{index}"
        if one.is_nested:
            yield Problem("invalid_schema", f"Custom property {shown} has a dot in its name.", pointer + "/name")
        elif one.column != one.name:
            message = f"Custom properties are stored together: {shown} has no column of its own."
            yield Problem("invalid_schema", message, pointer + "/column")
        elif not SEGMENT.fullmatch(one.name):
            message = f"The name of the custom property {shown} may have only letters A-Z, digits and underscores."
            yield Problem("invalid_schema", message, pointer + "/name")
        elif invalid_name(_full_name(one)):
            yield Problem("invalid_schema", f"The name of the custom property {shown} is too long.", pointer + "/name")


def custom_property(one: Field) -> Field:
    """A custom property as a field of the schema."""
    attributes = {
        name: getattr(one, name)
        for name in (
            "description",
            "object_entity_type",
            "is_unique",
            "is_list",
            "nullable",
            "precision",
            "scale",
            "collation",
            "time_zone",
            "values",
        )
    }
    return Field(_full_name(one), one.field_type, **attributes)


def _full_name(one: Field) -> str:
    return f"{CUSTOM_PROPERTIES}.{one.name}"
