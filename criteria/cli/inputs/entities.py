"""The schemas of the entities to which references lead, as options name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from criteria import CriteriaError, Query, Schema
from criteria.cli.inputs.reading import read_schema
from criteria.cli.reports.problems import InputError, Source
from criteria.messages import Hints, nearest_or_all, quoted


def by_entity(given: Sequence[str], option: str, what: str) -> dict[str, str]:
    """What an option that may be repeated names for each entity, as in `customer=customer.schema.json`. A usage error
    for anything else, and for an entity that it names twice."""
    read: dict[str, str] = {}
    for one in given:
        name, is_pair, value = one.partition("=")
        if not is_pair or not name or not value:
            raise click.BadParameter(f"Expected NAME={what}, found {quoted(one)}.", param_hint=option)
        if name in read:
            raise click.BadParameter(f"{quoted(name)} is named twice.", param_hint=option)
        read[name] = value
    return read


def read_entities(paths: Mapping[str, str]) -> dict[str, Schema]:
    """The schemas of entities by the files that `--entity` names. Raises `InputError`."""
    read: dict[str, Schema] = {}
    for name, path in paths.items():
        schema = read_schema(path, "--entity")
        assert schema is not None
        read[name] = schema
    return read


def with_entities(schema: Schema | None, entities: Mapping[str, Schema]) -> Schema | None:
    """A schema with the entities of `--entity`. A usage error for one that no reference leads to, and for entities
    without a schema. Raises `InputError`."""
    if not entities:
        return schema
    if schema is None:
        message = "References are fields of a schema: name it with --schema FILE."
        raise click.BadParameter(message, param_hint="--entity")
    known = referring(schema, entities, Source("<entity>"))
    leading = dict.fromkeys(_entity_types([known, *entities.values()]))
    for name in entities:
        if name not in leading:
            hint = nearest_or_all(name, [*leading], "entities", Hints()) or "No field has an objectEntityType."
            raise click.BadParameter(f"No reference leads to {quoted(name)}. {hint}", param_hint="--entity")
    return known


def referring(schema: Schema, entities: Mapping[str, Schema], source: Source) -> Schema:
    """A schema with entities, which a source names. Raises `InputError` for entities without an id."""
    try:
        return schema.with_entities(entities)
    except CriteriaError as error:
        raise InputError(source, error.problems, exit_code=2) from None


def _entity_types(schemas: Sequence[Schema]) -> Iterator[str]:
    for schema in schemas:
        yield from (one.object_entity_type for one in schema.fields if one.object_entity_type is not None)
        yield from _entity_types([one.element for one in schema.object_lists])


def refuse_unknown(name: str, entities: Sequence[str], option: str) -> None:
    """A usage error for an option that names no entity of `--entity`."""
    if name not in entities:
        hint = nearest_or_all(name, entities, "entities", Hints()) if entities else "Name its schema with --entity."
        raise click.BadParameter(f"There is no entity {quoted(name)}. {hint}", param_hint=option)


def refuse_missing(given: Mapping[str, Any], query: Query, option: str, what: str) -> None:
    """A usage error for the first entity that a query follows references to, and an option does not name."""
    for name in query.entities:
        if name not in given:
            message = f"The query follows references to {quoted(name)}. Say where they lead: {option} {name}={what}."
            raise click.BadParameter(message, param_hint=option)
