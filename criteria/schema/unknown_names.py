"""The refusal of names that a schema does not have, with what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from criteria.errors import Refusal
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import MAX_SEGMENTS, FieldType

if TYPE_CHECKING:
    from criteria.schema.schema import Schema


def unknown_field(schema: Schema, name: str, can_be_written: Callable[[str], bool] = lambda name: True) -> Refusal:
    """The refusal of a name that the schema does not have. The hint is the nearest name of the schema, of those that
    can be written where it was."""
    message = f"There is no field {quoted(name)} in {quoted(schema.name)}."
    return Refusal("unknown_field", message, partial(_meant, schema, name, can_be_written))


def _meant(schema: Schema, name: str, can_be_written: Callable[[str], bool], hints: Hints) -> str | None:
    if not hints.are_left:
        return None
    names = [one for one in schema.searchable_names if can_be_written(one)]
    inside = [one for one in names if one.startswith(f"{name}.")]
    if inside:
        return nearest_or_all(None, inside, "fields in it", hints)
    behind = _behind_a_reference(schema, name)
    if behind is not None:
        return behind if hints.take() else None
    return nearest_or_all(name, names, "fields", hints)


def _behind_a_reference(schema: Schema, name: str) -> str | None:
    """The hint for a name that leads through a reference to an entity whose schema the given one does not have."""
    parts = name.split(".", MAX_SEGMENTS)  # a client's name may have thousands; no field has more
    for end in range(len(parts) - 1, 0, -1):
        one = schema.find(".".join(parts[:end]))
        if one is not None and one.field_type is FieldType.OBJECT_REF and one.object_entity_type not in schema.entities:
            entity = quoted(one.object_entity_type)
            return (
                f"{quoted(one.name)} refers to {entity}, whose schema is not given: entities= in Python, --entity on "
                f"the command line. Without it, compare {quoted(one.name)} itself."
            )
    return None
