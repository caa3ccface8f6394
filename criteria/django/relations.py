"""Paths over the relations of a model, such as `owner.email` and `orders.total`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist

from criteria.errors import CriteriaError, Problem
from criteria.messages import Hints, nearest_or_all, quoted


@dataclass(frozen=True, slots=True)
class Hop:
    """A step from a row to the rows of another model that are related to it.

    - `model`: the other model.
    - `outer`, `inner`: the columns whose values are equal: of the row, and of the related rows.
    - `is_many`: whether several rows may be related.
    """

    model: Any
    outer: str
    inner: str
    is_many: bool


def hops_of(model: Any, name: str) -> tuple[Hop, ...]:
    """The steps of a relation: one, or two through the table of a ManyToManyField.

    Raises `CriteriaError` (`unknown_option`, `unsupported`).
    """
    relation = _relation(model, name)
    if relation.many_to_many:
        return _many_to_many(relation)
    key = relation if relation.concrete else getattr(relation, "field", None)
    if key is None or relation.related_model is None or len(getattr(key, "foreign_related_fields", ())) != 1:
        message = f"{quoted(name)} of {model.__name__} is a {type(relation).__name__}."
        hint = "Paths lead over ForeignKey, OneToOneField and ManyToManyField, in both directions."
        raise CriteriaError(Problem("unsupported", message, hint=hint))
    if relation.concrete:
        return (Hop(relation.related_model, key.attname, key.target_field.attname, is_many=False),)
    return (Hop(relation.related_model, key.target_field.attname, key.attname, is_many=relation.one_to_many),)


def _relation(model: Any, name: str) -> Any:
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        found = None
    if found is None or not found.is_relation:
        names = [one.name for one in model._meta.get_fields() if one.is_relation]
        message = f"{model.__name__} has no relation {quoted(name)}."
        raise CriteriaError(Problem("unknown_option", message, hint=nearest_or_all(name, names, "relations", Hints())))
    return found


def _many_to_many(relation: Any) -> tuple[Hop, ...]:
    field = relation if relation.concrete else relation.field
    names = [field.m2m_field_name(), field.m2m_reverse_field_name()]
    through = field.remote_field.through
    near, far = (through._meta.get_field(one) for one in (names if relation.concrete else reversed(names)))
    return (
        Hop(through, near.target_field.attname, near.attname, is_many=True),
        Hop(far.related_model, far.attname, far.target_field.attname, is_many=False),
    )


def is_many(hops: Sequence[Hop]) -> bool:
    """Whether several rows may be at the end of the steps."""
    return any(hop.is_many for hop in hops)
