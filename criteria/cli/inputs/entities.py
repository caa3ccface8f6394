"""Reads what references lead to: the schemas of other entities, and their records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from criteria import CriteriaError, Query, Schema, Search, parse
from criteria.cli.inputs.counted_bytes import CountedBytes
from criteria.cli.inputs.reading import read_schema
from criteria.cli.reports.file_faults import as_input_error, as_usage_error
from criteria.cli.reports.problems import InputError, Source
from criteria.errors import Problem, nearest_or_all, quoted
from criteria.files.faults import DataFault, UsageFault
from criteria.files.inputs import found
from criteria.files.records import Batch
from criteria.files.selection import RowReader
from criteria.schema.schema import Reference
from criteria.tree.nodes import all_reference_tests
from criteria.values.loading import Lookup, Records, id_loader


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
            hint = nearest_or_all(name, [*leading], "entities") or "No field has an objectEntityType."
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
        hint = nearest_or_all(name, entities, "entities") if entities else "Name its schema with --entity."
        raise click.BadParameter(f"There is no entity {quoted(name)}. {hint}", param_hint=option)


def refuse_missing(given: Mapping[str, Any], query: Query, option: str, what: str) -> None:
    """A usage error for the first entity that a query follows references to, and an option does not name."""
    for name in query.entities:
        if name not in given:
            message = f"The query follows references to {quoted(name)}. Say where they lead: {option} {name}={what}."
            raise click.BadParameter(message, param_hint=option)


def read_lookups(files: Mapping[str, str], query: Query, records: Records) -> dict[str, Lookup]:
    """Functions from the id of an object of an entity to its record, of the kind `records`, for each entity that a
    query follows references to. All records of a file that `--entity-data` names are kept. Raises `InputError`."""
    entities = [] if query.schema is None else [*query.schema.entities]
    for name in files:
        refuse_unknown(name, entities, "--entity-data")
    refuse_missing(files, query, "--entity-data", "FILE")
    followed = {test.reference.entity: test.reference for test in all_reference_tests(query.expression)}
    try:
        return {name: _by_id(files[name], one, records).get for name, one in followed.items()}
    except UsageFault as fault:
        raise as_usage_error(fault, "--entity-data") from None
    except DataFault as fault:
        raise as_input_error(fault) from None


def _by_id(path: str, reference: Reference, records: Records) -> dict[int, Any]:
    """The records of an entity by their ids. Raises `DataFault` for a record without an id, or with one that another
    record has, and `UsageFault`."""
    inputs, schema = found([path], None), reference.element
    if not inputs.format.is_rows:
        message = f"{path}: Expected NDJSON, a JSON array or CSV, found {inputs.format.value}."
        raise click.BadParameter(message, param_hint="--entity-data")
    reader = RowReader(inputs, schema, CountedBytes(inputs, "--entity-data").opened, _raised)
    objects: dict[int, Any] = {}
    load = id_loader(reference.key, reader.records)
    for batch in reader.selected(Search(parse({}, schema)), lambda *_: None, lambda: None):
        for at, record in enumerate(batch.records):
            number = load(record.get(reference.key.name))
            if number is None or number in objects:
                said = "has no id" if number is None else f"has the id {number} of another record"
                hint = f"References refer to {reference.entity} by its {quoted(reference.key.name)}, which is unique."
                raise batch.fault(at, [Problem("invalid_record", f"This record {said}.", hint=hint)], is_element=True)
            objects[number] = record if reader.records == records else _converted(batch, at, schema, records)
    return objects


def _converted(batch: Batch, at: int, schema: Schema, records: Records) -> dict[str, Any]:
    """A record of the other kind. Raises `DataFault` for a value that does not have its field's type."""
    try:
        return (schema.decode if records == "typed" else schema.encode)(batch.records[at])
    except CriteriaError as error:
        raise batch.fault(at, error.problems, is_element=True) from None


def _raised(fault: DataFault) -> None:
    raise fault
