"""The records of the entities to which references lead, from the files that `--entity-data` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from criteria import CriteriaError, Problem, Query, Schema, Search, parse
from criteria.cli.inputs.counted_bytes import CountedBytes
from criteria.cli.inputs.entities import refuse_missing, refuse_unknown
from criteria.cli.reports.file_faults import as_input_error, as_usage_error
from criteria.files.faults import DataFault, UsageFault
from criteria.files.inputs import found
from criteria.files.records import Batch
from criteria.files.selection import RowReader
from criteria.messages import quoted, shown_name
from criteria.schema.schema import Reference
from criteria.tree.nodes import all_reference_tests
from criteria.values.loading import Lookup, Records, id_loader


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
        message = f"{shown_name(path)}: Expected NDJSON, a JSON array or CSV, found {inputs.format.value}."
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
