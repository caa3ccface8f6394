"""`criteria filter`: the records that a query selects."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum

import click
from click.exceptions import Exit

from criteria import CriteriaError, Problem, Schema, Search
from criteria.backends.support import refuse_references
from criteria.cli.arguments import (
    Choice,
    FormatChoice,
    PageOptions,
    after_option,
    before_option,
    entity_data_option,
    entity_option,
    gathered,
    limit_option,
    order_option,
    query_argument,
    schema_option,
    skip_option,
    stdin_query_option,
)
from criteria.cli.commands.filter.destination import Destination, Shown, destination, refuse_growing_input
from criteria.cli.commands.filter.job import Job
from criteria.cli.completion import file_names
from criteria.cli.inputs.bad_records import BadRecords, OnError
from criteria.cli.inputs.column_query import parse_for, types_of_columns
from criteria.cli.inputs.csv_options import csv_options
from criteria.cli.inputs.data_options import DataOptions, Reading, format_option
from criteria.cli.inputs.entities import by_entity, read_entities, with_entities
from criteria.cli.inputs.entity_records import read_lookups
from criteria.cli.inputs.pointer_option import at_option
from criteria.cli.inputs.reading import query_source, read_cursor, read_order, read_schema, refuse_shared_stdin
from criteria.cli.inputs.time_zone_option import time_zone_option
from criteria.cli.inputs.types_of_cells import with_types
from criteria.cli.reports.file_faults import as_input_error, as_usage_error, worded
from criteria.cli.reports.problems import InputError, Source, show, show_notes
from criteria.cli.signals import ended_by_signals
from criteria.files.engines import engine_for
from criteria.files.faults import DataFault, UsageFault, needing
from criteria.files.formats import STDIN, Format, told_by
from criteria.files.inputs import Inputs, found
from criteria.files.partitions import padded
from criteria.messages import shown_name
from criteria.schema.field import FieldType
from criteria.search.page import check_unique_key


class EngineName(str, Enum):
    """The engines."""

    PYTHON = "python"
    POLARS = "polars"
    DUCKDB = "duckdb"
    SPARK = "spark"


@click.command("filter")
@query_argument
@click.argument(
    "data", nargs=-1, shell_complete=file_names, help="Data files, folders and patterns (*, **); - is standard input."
)
@schema_option
@stdin_query_option
@entity_option
@entity_data_option
@format_option
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    shell_complete=file_names,
    help="Write to a file, which is replaced once everything is written.",
)
@click.option(
    "--to",
    "--output-format",
    type=FormatChoice(Shown),
    help="Format of the output. Default: that of FILE or of the data.",
)
@click.option(
    "--engine", type=Choice(EngineName), help="Engine for columns. Default: polars. Rows are filtered by python."
)
@click.option(
    "--on-error",
    type=Choice(OnError),
    help="On a bad record: stop (default), skip it, or report it and continue.",
)
@order_option
@limit_option
@skip_option
@after_option
@before_option
@click.option("--cursors", is_flag=True, help="Print the cursors of the next and the previous page to stderr.")
@click.option("--select", metavar="NAMES", help="Write only these members of records, such as title,city.name.")
@at_option
@time_zone_option
@click.option(
    "--union",
    is_flag=True,
    help="Unite CSV, Parquet or Arrow files with different columns by name; a missing column is null.",
)
@click.option("--exit-status", "-e", is_flag=True, help="Exit with 4 if no record matches, as jq does.")
@click.option("--count", is_flag=True, help="Print only how many records match.")
@csv_options
@gathered(page=PageOptions, options=DataOptions)
def filter_records(
    query: str,
    stdin_name: str | None,
    data: tuple[str, ...],
    schema: str | None,
    entity: tuple[str, ...],
    entity_data: tuple[str, ...],
    output: str | None,
    to: Shown | None,
    engine: EngineName | None,
    on_error: OnError | None,
    cursors: bool,
    select: str | None,
    union: bool,
    exit_status: bool,
    count: bool,
    page: PageOptions,
    options: DataOptions,
) -> None:
    """Print the records that a query selects.

    Rows are NDJSON (one object a line; printed as they arrive), a JSON array of objects, and CSV (a header names the
    fields, an empty cell is null, a list is a JSON array; without --schema the cells tell the types). They are printed
    unchanged, in the format that they came in. Columns are Parquet and Arrow IPC; on a terminal they are shown as a
    table. --to and --output write any format as any other; .gz, .zst, .bz2 and .xz at the end of a name say that
    rows are compressed.

    Examples, in the folder of "criteria init":

    \b
      criteria filter '{"year": {"$lt": 1942}}' films.ndjson
      criteria filter queries/leading-the.json films.ndjson --count
      criteria filter queries/hits-2010-to-christmas-2012.json films.ndjson \\
          --schema films.schema.json --order-by "boxOfficeMillions desc" --limit 3 --cursors
      tail -n 50 films.ndjson | criteria filter '{"tomatoes.meter": {"$gte": 90}}' --limit 1
      criteria filter '{"year": {"$lt": 1942}}' '*.ndjson' --to table

    Exit codes: 0, all is well; 1, problems in the query, bad records that were not skipped, or a name that no record
    has; 2, the command cannot be run as it was given, or a file not read or written; 4, with -e, no record matches;
    130, interrupted; 141, the output pipe was closed.
    """
    names = data or (STDIN,)
    _refuse_swapped(query, data)
    entities = by_entity(entity, "--entity", "SCHEMA")
    files = by_entity(entity_data, "--entity-data", "FILE")
    refuse_shared_stdin(query, *names, schema, *entities.values(), *files.values())
    if (page.has_cursor or cursors) and not page.order_by:
        raise click.BadParameter("A cursor needs an order: name it with --order-by.", param_hint="--order-by")
    if count:
        _refuse_beside_count(page, select, is_written=output is not None or to is not None)
    with _faults_told(names), ended_by_signals():  # in that order: what a signal ends is no fault
        members = _members(select)
        inputs = _shown(found(names, options.data_format), members, union, count, has_header=not options.no_header)
        read = options.reading(inputs, schema)
        known = with_entities(read_schema(schema), read_entities(entities))
        chosen = engine_for(inputs, None if engine is None else engine.value)
        source = query_source(query, stdin_name)
        _refuse_of_columns(inputs.format, on_error, cursors)
        target = Destination(inputs.format) if count else destination(output, to, inputs.format)
        if target.path is None:
            refuse_growing_input(inputs.paths)
        policy = on_error or OnError.STOP
        shown = _typed_columns(target, members, count, is_ordered=bool(page.order_by))
        types = with_types(read.inputs, known, source, read.csv, policy, shown, is_utc=read.is_utc)
        with types as (inputs, known, hints):
            search = _search(source, known, read._replace(inputs=inputs), hints, page)
            if cursors:
                check_unique_key(search.query.schema)
            lookups = read_lookups(files, search.query, "typed" if inputs.format is Format.CSV else "json")
            job = Job(
                inputs, search, known, chosen, target, BadRecords(policy), count, read.csv, members, exit_status,
                cursors, lookups, read.is_utc,
            )  # fmt: skip
            selected = _run(job)
        _tell(job, source)
        if exit_status and not selected:
            raise Exit(4)


@contextmanager
def _faults_told(names: Sequence[str]) -> Iterator[None]:
    """Ends the command with the faults of its files, and of the query on them."""
    try:
        yield
    except UsageFault as fault:
        raise as_usage_error(fault) from None
    except DataFault as fault:
        raise as_input_error(fault) from None
    except CriteriaError as fault:
        show(Source(names[0] if len(names) == 1 else "criteria"), worded(fault), err=True)
        raise Exit(1) from None


def _search(
    source: Source, schema: Schema | None, read: Reading, hints: Mapping[str, str], page: PageOptions
) -> Search:
    """The query with its order and page, on files whose types are known. Raises `CriteriaError` and a usage error."""
    parsed = parse_for(source, schema, read.inputs, hints, is_utc=read.is_utc)
    types_of_order = schema or types_of_columns(read.inputs, page.order_by, is_utc=read.is_utc)
    first = Search(parsed, read_order(page.order_by, types_of_order), page.limit, page.skip or 0)
    search = read_cursor(replace(first, cursor_query=first.query), page.after, page.before)
    if schema is None:
        _tell_padded_folders(read.inputs, search)
    _refuse_references_of_columns(source, search, read.inputs)
    return search


def _tell(job: Job, source: Source) -> None:
    """Prints what a run has found beside the records. Raises `Exit` with 1 if it has problems."""
    if job.unseen:
        show(source, job.unseen, err=True)
    show_notes("criteria", job.notes)
    for name, cursor in job.cursors.items():
        click.echo(f"criteria: {'next' if name == 'after' else 'previous'} page: --{name} {cursor}", err=True)
    job.bad.finish()
    if job.unseen:
        raise Exit(1)


def _refuse_beside_count(page: PageOptions, select: str | None, *, is_written: bool) -> None:
    """A usage error for options that mean nothing beside --count."""
    message = None
    if page.is_given:
        message = "--count counts all matching records: omit --limit, --skip, --order-by and cursors."
    elif is_written:
        message = "--count prints a number: omit --output and --to."
    elif select is not None:
        message = "--count prints a number: omit --select."
    if message is not None:
        raise click.BadParameter(message, param_hint="--count")


def _refuse_of_columns(data_format: Format, on_error: OnError | None, cursors: bool) -> None:
    """A usage error for options that only rows have."""
    if data_format.is_rows:
        return
    if on_error is not None:
        message = f"{data_format.value} files cannot have single bad records."
        raise click.BadParameter(message, param_hint="--on-error")
    if cursors:
        raise click.BadParameter("Cursors are printed for NDJSON, JSON and CSV only.", param_hint="--cursors")


def _refuse_references_of_columns(source: Source, search: Search, inputs: Inputs) -> None:
    """Raises `InputError` (`unsupported`) with the place of each reference, if the data are columns."""
    if inputs.format.is_rows:
        return
    try:
        refuse_references(search.query, f"Filtering {inputs.format.value} files", _AS_ROWS)
    except CriteriaError as error:
        raise InputError(source, error.problems) from None


_AS_ROWS = "Write the data as rows first: criteria filter '{}' DATA --to ndjson. Then filter those, with --entity-data."


def _refuse_swapped(query: str, data: tuple[str, ...]) -> None:
    """Says that the query comes first, if a file of data does."""
    is_after = any(name.lstrip().startswith("{") and not os.path.lexists(name) for name in data)
    is_data = told_by(query)[0] not in (None, Format.JSON, Format.NDJSON) and os.path.isfile(query)
    if is_after or is_data:
        message = f"{shown_name(query)}: expected a query, which comes before the data: criteria filter QUERY DATA."
        raise click.BadParameter(message, param_hint="QUERY")


def _typed_columns(
    target: Destination, members: tuple[str, ...] | None, is_count: bool, *, is_ordered: bool
) -> Collection[str] | None:
    """The columns of CSV that need types besides those that the query names; None: all."""
    if is_ordered:  # by any of them, and at last by the key
        return None
    if is_count or target.format is Format.CSV:
        return ()
    return members


def _tell_padded_folders(inputs: Inputs, search: Search) -> None:
    """Says that a number is never equal to what folders write as `01`. Columns have types, so that it is refused:
    raises `DataFault`."""
    for field in search.named_fields:
        text = padded(inputs, field.column) if field.field_type is not FieldType.STRING else None
        if text is None:
            continue
        what = f"Folders write {field.column}={text}, which is a string"
        remedy = f'rite "{text}" in the query, or declare an integer in a schema.'
        if not inputs.format.is_rows:
            name = inputs.name_of(inputs.folder or inputs.paths[0])
            raise DataFault(name, Problem("unfit_column", f"{what}.", hint=f"W{remedy}"))
        click.echo(f"criteria: note: {what}: w{remedy}", err=True)


def _members(select: str | None) -> tuple[str, ...] | None:
    """The members that an option names. A usage error when it names none."""
    if select is None:
        return None
    names = tuple(name.strip() for name in select.split(","))
    if not all(names):
        raise click.BadParameter("Expected names separated by commas.", param_hint="--select")
    return names


def _shown(
    inputs: Inputs, members: tuple[str, ...] | None, is_union: bool, is_count: bool, *, has_header: bool
) -> Inputs:
    """The files with what the output needs of them."""
    if is_union and inputs.format in (Format.NDJSON, Format.JSON):
        raise click.BadParameter("Rows need not have the same members: leave it out.", param_hint="--union")
    if is_union and not has_header:
        raise click.BadParameter("Columns are united by their names: --no-header has none.", param_hint="--union")
    columns = () if is_count else members
    shown = None if columns is None else tuple(name for path in columns for name in (path, path.split(".")[0]))
    return inputs._replace(is_union=is_union, shown=shown)


def _run(job: Job) -> bool:
    """Filters with the module for the format, which is imported only here. Returns whether records were selected."""
    if job.inputs.format.is_rows:
        from criteria.cli.commands.filter.rows import filter_rows

        return filter_rows(job)
    with needing("files", f"Filtering {job.inputs.format.value} files"):
        from criteria.cli.commands.filter.columns import filter_frames

    return filter_frames(job)
