"""`criteria explain`: explains a query in words, and why a record matches or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import click

import criteria
from criteria import CriteriaError, Query, Schema, Search
from criteria.cli.arguments import (
    Choice,
    Integer,
    PageOptions,
    after_option,
    before_option,
    entity_data_option,
    entity_option,
    gathered,
    order_option,
    query_argument,
    schema_option,
    stdin_query_option,
)
from criteria.cli.completion import file_names
from criteria.cli.inputs.bad_records import OnError
from criteria.cli.inputs.column_query import parse_for
from criteria.cli.inputs.csv_options import csv_options
from criteria.cli.inputs.data_options import DataOptions, Reading
from criteria.cli.inputs.entities import by_entity, read_entities, with_entities
from criteria.cli.inputs.entity_records import read_lookups
from criteria.cli.inputs.one_record import json_record, typed_file, typed_record
from criteria.cli.inputs.reading import (
    parse_query,
    query_source,
    read_cursor,
    read_order,
    read_schema,
    refuse_shared_stdin,
    written_query,
)
from criteria.cli.inputs.time_zone_option import time_zone_option
from criteria.cli.inputs.types_of_cells import with_types
from criteria.cli.reports.file_faults import as_input_error, as_usage_error, worded
from criteria.cli.reports.problems import InputError, Source, show_notes
from criteria.explanation.page_words import page_json, page_words
from criteria.files.csv_dialect import CsvDialect
from criteria.files.faults import DataFault, UsageFault
from criteria.files.formats import STDIN, Format
from criteria.files.inputs import Inputs
from criteria.files.names_seen import misspelled
from criteria.messages import in_lines
from criteria.values.loading import Records


class ExplanationFormat(str, Enum):
    """The formats of an explanation."""

    TEXT = "text"
    JSON = "json"


@click.command("explain")
@query_argument
@schema_option
@stdin_query_option
@entity_option
@entity_data_option
@click.option(
    "--record",
    metavar="RECORD",
    shell_complete=file_names,
    help="Record to test: a file with one JSON object (- is standard input), the object itself: '{...}', "
    "or, with --line, a file of NDJSON, CSV, Parquet or Arrow.",
)
@click.option(
    "--line",
    metavar="N",
    type=Integer(min=1),
    help="Line of the record in NDJSON and CSV; its row in Parquet and Arrow, from 1.",
)
@click.option("--output-format", type=Choice(ExplanationFormat), default="text", help="Text, or JSON for programs.")
@click.option("--format", "old_format", type=Choice(ExplanationFormat), hidden=True)
@order_option
@after_option
@before_option
@time_zone_option
@csv_options
@gathered(page=PageOptions, options=DataOptions)
def explain(
    query: str,
    stdin_name: str | None,
    schema: str | None,
    entity: tuple[str, ...],
    entity_data: tuple[str, ...],
    record: str | None,
    line: int | None,
    output_format: ExplanationFormat,
    old_format: ExplanationFormat | None,
    page: PageOptions,
    options: DataOptions,
) -> None:
    """Explain a query in words, with the parts that are never or always true.

    With a record, also show what each comparison found in it, and whether the record matches. With a cursor of this
    query and order, also say which records it leads to.

    Examples, in the folder of "criteria init":

    \b
      criteria explain queries/family-or-unrated.json --schema films.schema.json
      criteria explain '{"year": {"$gt": 1999, "$lt": 2000}}' --schema films.schema.json
      criteria explain queries/leading-the.json --record films.ndjson --line 1
      criteria explain '{"year": 1999}' --record '{"year": "1999"}' --output-format json

    Exit codes: 0, it is explained, whatever the verdict is; 1, problems in the query or in the record; 2, a file cannot
    be read, or the options do not fit.
    """
    entities = by_entity(entity, "--entity", "SCHEMA")
    files = by_entity(entity_data, "--entity-data", "FILE")
    refuse_shared_stdin(query, schema, record, *entities.values(), *files.values())
    if files and record is None:
        raise click.BadParameter("Name a record with --record.", param_hint="--entity-data")
    if line is not None and record is None:
        raise click.BadParameter("Name a record with --record.", param_hint="--line")
    known = with_entities(read_schema(schema), read_entities(entities))
    source = query_source(query, stdin_name)
    file = typed_file(record)
    read = options.reading(file or Inputs((STDIN,), Format.JSON), schema)
    if file is None:
        parsed = parse_query(source, known)
    else:
        file, known, hints = _types(read, known, source)
        parsed = parse_for(source, known, file, hints, is_utc=read.is_utc)
    search = read_cursor(Search(parsed, read_order(page.order_by, known), None), page.after, page.before)
    if page.order_by and search.position is None:
        raise click.BadParameter("Name a cursor with --after or --before.", param_hint="--order-by")
    judged = None
    notes: Iterable[str] = ()
    if file is not None:
        judged = _typed(file, parsed, line, read.csv)
    elif record is not None:
        judged = json_record(record, line)
        notes = misspelled(parsed, judged)
    show_notes("criteria", notes)
    written = written_query(source)
    records: Records = "json" if file is None else "typed"
    lookups = None if judged is None else read_lookups(files, parsed, records)
    explanation = criteria.explain(parsed, judged, records=records, written=written.value, lookups=lookups)
    if (old_format or output_format) is ExplanationFormat.JSON:
        of_page = {} if search.position is None else {"page": page_json(search)}
        click.echo(in_lines(json.dumps({**explanation.to_json(), **of_page}, ensure_ascii=False, indent=2)))
        return
    # Imported here because no other command needs it.
    from criteria.cli.reports.explanation import explanation_text

    for text in explanation_text(explanation, written):
        click.echo(text)
    if search.position is not None:
        click.echo("\nPage:")
        for text in page_words(search):
            click.echo(f"  {text}")


def _types(read: Reading, schema: Schema | None, source: Source) -> tuple[Inputs, Schema | None, Mapping[str, str]]:
    """The file, the types of its cells and why they are strings, until the command ends, with its faults as those of
    the command."""
    try:
        typed = with_types(read.inputs, schema, source, read.csv, OnError.SKIP, (), "--record", is_utc=read.is_utc)
        return click.get_current_context().with_resource(typed)
    except UsageFault as fault:
        raise as_usage_error(fault, "--record") from None
    except DataFault as fault:
        raise as_input_error(fault) from None


def _typed(file: Inputs, query: Query, line: int | None, dialect: CsvDialect) -> dict[str, Any]:
    """The record in a line or a row of a file, with its faults as those of the command."""
    try:
        return typed_record(file, query, line, dialect)
    except UsageFault as fault:
        raise as_usage_error(fault, "--record") from None
    except DataFault as fault:
        raise as_input_error(fault) from None
    except CriteriaError as fault:
        raise InputError(Source(file.paths[0]), worded(fault)) from None
