"""From what a caller declares about a model to a schema, and to where its fields are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from criteria.django.columns import Declared, entity_name, field_of, json_fields, key_of_related, renamed
from criteria.django.places import Place, Places
from criteria.django.relations import hops_of, is_many
from criteria.django.source import Source
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema

SECRETS = frozenset({"password"})
"""The fields that are left out unless they are named: a query on a prefix would tell what they hold."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The arguments of `criteria.django.model`. `relations` has the places of the fields of each related model."""

    model: Any
    include: tuple[str, ...] | None
    exclude: tuple[str, ...]
    json: Mapping[str, Sequence[Field]]
    types: Declared
    relations: Mapping[str, Places]
    naive: str | None
    max_limit: int | None


def declared_places(declaration: Declaration) -> tuple[Schema, Places, tuple[Problem, ...]]:
    """The schema, where its fields are, and why fields of the model are left out."""
    problems = list(_unknown_names(declaration))
    left_out: list[Problem] = []
    own = _own(declaration, problems, left_out)
    if problems:
        raise CriteriaError(*listed(problems))
    root = Source(declaration.model, own)
    places = {one: Place(root, one) for one in own if one.name not in declaration.relations}
    for name, related in declaration.relations.items():
        places |= dict(_related(declaration.model, name, root, related))
    key = _key(declaration.model)
    schema = Schema(
        entity_name(declaration.model),
        tuple(places),
        system_properties=False,
        max_limit=declaration.max_limit,
        key=key if {one.name for one in places}.issuperset(key) else None,
    )
    return schema, Places(root, places), tuple(left_out)


def _unknown_names(declaration: Declaration) -> Iterator[Problem]:
    """Names that are not of the model: one that is silently ignored would not be left out."""
    own = [one.name for one in declaration.model._meta.concrete_fields]
    hints = Hints()
    for option in ("include", "exclude", "json", "types"):
        for name in getattr(declaration, option) or ():
            if name not in own:
                message = f"{option}: {declaration.model.__name__} has no field {quoted(name)} with a column."
                yield Problem("unknown_option", message, hint=nearest_or_all(name, own, "fields", hints))


def _own(declaration: Declaration, problems: list[Problem], left_out: list[Problem]) -> list[Field]:
    """The fields of the model itself."""
    found: list[Field] = []
    key = set(_key(declaration.model))
    for one in declaration.model._meta.concrete_fields:
        is_named = any(one.name in names for names in (declaration.include or (), declaration.json, declaration.types))
        is_wanted = is_named or one.name in key or one.name in declaration.relations
        is_wanted = is_wanted or (declaration.include is None and one.name not in SECRETS)
        if not is_wanted or one.name in declaration.exclude or _is_parent_link(one):
            continue
        try:
            found += _fields(one, declaration)
        except CriteriaError as error:
            (problems if is_named else left_out).extend(error.problems)
    return found


def _fields(one: Any, declaration: Declaration) -> list[Field]:
    """The schema's fields for one field of a model: several inside a JSONField."""
    if one.name in declaration.json:
        return json_fields(one, one.name, declaration.json[one.name])
    return [field_of(one, one.name, declaration.types, declaration.naive)]


def _related(model: Any, name: str, root: Source, related: Places) -> Iterator[tuple[Field, Place]]:
    """The fields of the rows that a relation leads to. The key that a column of the model refers to is in that
    column."""
    hops = hops_of(model, name)
    reference = root.schema.find(name)
    for field, place in related.by_field.items():
        path = f"{name}.{field.name}"
        if reference is not None and not place.hops and place.field.column == hops[0].inner:
            yield key_of_related(reference, path), Place(root, reference)
            continue
        many = field.is_list or is_many(hops)
        shown = renamed(field, path, column=None, nullable=True, is_unique=False, is_list=many)
        yield shown, Place(place.source, place.field, (*hops, *place.hops), (name, *place.path))


def _key(model: Any) -> tuple[str, ...]:
    """The names of the fields of the primary key: of a model that extends another one, those of that one."""
    fields = list(getattr(model._meta, "pk_fields", None) or [model._meta.pk])
    while len(fields) == 1 and _is_parent_link(fields[0]):
        fields = [fields[0].target_field]
    return tuple(one.name for one in fields)


def _is_parent_link(one: Any) -> bool:
    """Whether a field only leads to the row of the model that is extended."""
    return bool(one.is_relation and getattr(one.remote_field, "parent_link", False))
