"""From what a caller declares about a model to a schema, and to where its fields are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from criteria.django.columns import Declared, concrete, entity_name, field_of, json_fields, key_of_related, renamed
from criteria.django.places import Place, Places
from criteria.django.relations import Hop, hops_of, is_many
from criteria.django.source import Source
from criteria.errors import CriteriaError, Problem, listed, nearest_or_all, quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema

SECRETS = frozenset({"password"})
"""The fields that are left out unless they are named: a query on a prefix would tell what they hold."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The arguments of `criteria.django.model`."""

    model: Any
    include: tuple[str, ...] | None
    exclude: tuple[str, ...]
    related: tuple[str, ...]
    json: Mapping[str, Sequence[Field]]
    types: Declared
    naive: str | None


@dataclass(slots=True)
class _Reached:
    """A model that paths lead to, with the fields of it that they name."""

    model: Any
    hops: tuple[Hop, ...]
    path: tuple[str, ...]
    fields: dict[str, Field] = field(default_factory=dict)
    """By the name that clients use."""


def declared_places(declaration: Declaration, max_limit: int | None) -> tuple[Schema, Places, tuple[Problem, ...]]:
    """The schema, where its fields are, and why fields of the model are left out."""
    problems: list[Problem] = []
    left_out: list[Problem] = []
    _check_names(declaration, problems)
    reached = _own(declaration, problems, left_out)
    others = _related(declaration, reached.fields, problems)
    if problems:
        raise CriteriaError(*listed(problems))
    root = Source(declaration.model, reached.fields.values())
    places = {_shown(name, one): Place(root, one) for name, one in reached.fields.items()}
    for other in others:
        source = Source(other.model, other.fields.values())
        for name, inner in other.fields.items():
            shown = renamed(
                inner, name, column=None, nullable=True, is_unique=False,
                is_list=inner.is_list or is_many(other.hops),
            )  # fmt: skip
            places[shown] = Place(source, inner, other.hops, other.path)
    key = _key(declaration.model)
    names = {one.name for one in places}
    schema = Schema(
        entity_name(declaration.model),
        tuple(places),
        system_properties=False,
        max_limit=max_limit,
        key=key if names.issuperset(key) else None,
    )
    return schema, Places(root, places), tuple(left_out)


def _shown(name: str, inner: Field) -> Field:
    """The field that clients name, for a field of the model itself."""
    return inner if name == inner.name else key_of_related(inner, name)


def _check_names(declaration: Declaration, problems: list[Problem]) -> None:
    """Reports names that are not of the model: a name that is silently ignored would not be left out."""
    own = {one.name: one for one in declaration.model._meta.concrete_fields}
    paths = {path.rpartition(".")[0] for path in declaration.related} | set(declaration.related)
    for option, names, others in (
        ("include", declaration.include or (), ()),
        ("exclude", declaration.exclude, ()),
        ("json", declaration.json, paths),
        ("types", declaration.types, paths),
    ):
        for name in names:
            if name not in own and name not in others:
                message = f"{option}: {declaration.model.__name__} has no field {quoted(name)} with a column."
                problems.append(Problem("unknown_option", message, hint=nearest_or_all(name, own, "fields")))


def _own(declaration: Declaration, problems: list[Problem], left_out: list[Problem]) -> _Reached:
    """The fields of the model itself."""
    found = _Reached(declaration.model, (), ())
    key = set(_key(declaration.model))
    for one in declaration.model._meta.concrete_fields:
        is_named = one.name in (declaration.include or ()) or one.name in declaration.json
        is_wanted = is_named or one.name in key or (declaration.include is None and one.name not in SECRETS)
        if not is_wanted or one.name in declaration.exclude or _is_parent_link(one):
            continue
        try:
            for made in _fields(one, one.name, one.name, declaration):
                found.fields[_own_name(one, made.name, declaration)] = made
        except CriteriaError as error:
            (problems if is_named else left_out).extend(error.problems)
    return found


def _own_name(one: Any, name: str, declaration: Declaration) -> str:
    """What clients call a field: of a reference that paths lead over, the key at its end is one of those paths."""
    if one.is_relation and any(path.startswith(f"{one.name}.") for path in declaration.related):
        return f"{one.name}.{one.target_field.name}"
    return name


def _related(declaration: Declaration, own: Collection[str], problems: list[Problem]) -> list[_Reached]:
    """The fields of the models that paths lead to."""
    found: dict[tuple[str, ...], _Reached] = {}
    for path in declaration.related:
        try:
            *steps, last = path.split(".")
            if not steps:
                message = f"related: {quoted(path)} is not a path over a relation."
                raise CriteriaError(Problem("unknown_option", message, hint='Write it like "owner.email".'))
            model, hops = _reach(declaration.model, steps)
            reached = found.setdefault(tuple(steps), _Reached(model, hops, tuple(steps)))
            if path in own:
                continue
            for made in _fields(concrete(model, last), last, path, declaration):
                reached.fields[".".join((*steps, made.name))] = made
        except CriteriaError as error:
            problems.extend(error.problems)
    return list(found.values())


def _reach(model: Any, steps: Iterable[str]) -> tuple[Any, tuple[Hop, ...]]:
    hops: tuple[Hop, ...] = ()
    for step in steps:
        hops += hops_of(model, step)
        model = hops[-1].model
    return model, hops


def _fields(one: Any, name: str, declared_as: str, declaration: Declaration) -> Iterator[Field]:
    """The schema's fields for one field of a model: several inside a JSONField."""
    if declared_as in declaration.json:
        yield from json_fields(one, name, declaration.json[declared_as])
        return
    types = {name: declaration.types[declared_as]} if declared_as in declaration.types else {}
    yield field_of(one, name, types, declaration.naive)


def _key(model: Any) -> tuple[str, ...]:
    """The names of the fields of the primary key: of a model that extends another one, those of that one."""
    fields = list(getattr(model._meta, "pk_fields", None) or [model._meta.pk])
    while len(fields) == 1 and _is_parent_link(fields[0]):
        fields = [fields[0].target_field]
    return tuple(one.name for one in fields)


def _is_parent_link(one: Any) -> bool:
    """Whether a field only leads to the row of the model that is extended."""
    return bool(one.is_relation and getattr(one.remote_field, "parent_link", False))
