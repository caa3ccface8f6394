"""`criteria filter`: the records that a query selects."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from criteria import CriteriaError, Search
from criteria.cli.arguments import LimitOption, OrderOption, QueryArgument, SchemaOption, SkipOption
from criteria.cli.commands.filter.destination import Shown, destination
from criteria.cli.commands.filter.job import Job
from criteria.cli.inputs.bad_records import BadRecords, OnError
from criteria.cli.inputs.reading import parse_query, query_source, read_order, read_schema, refuse_shared_stdin
from criteria.cli.reports.file_faults import as_input_error, as_usage_error, worded
from criteria.cli.reports.problems import Source, show
from criteria.cli.signals import ended_by_sigterm
from criteria.files.engines import engine_for
from criteria.files.faults import DataFault, UsageFault
from criteria.files.formats import STDIN, Format
from criteria.files.inputs import found


class EngineName(str, Enum):
    """The engines."""

    PYTHON = "python"
    POLARS = "polars"
    DUCKDB = "duckdb"
    SPARK = "spark"


def filter_records(
    query: QueryArgument,
    data: Annotated[
        list[str] | None,
        typer.Argument(metavar="DATA", help="Data files, folders and patterns (*, **); - is standard input."),
    ] = None,
    schema: SchemaOption = None,
    data_format: Annotated[
        Format | None,
        typer.Option("--format", help="Format of the data. Default: by the suffix of the file names, or ndjson."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to a file, which is replaced once everything is written."
        ),
    ] = None,
    to: Annotated[
        Shown | None,
        typer.Option("--to", help="Format of the output. Default: by the suffix of FILE, or that of the data."),
    ] = None,
    engine: Annotated[
        EngineName | None,
        typer.Option("--engine", help="Engine to use. Default: python for rows, polars for columns."),
    ] = None,
    on_error: Annotated[
        OnError | None,
        typer.Option("--on-error", help="At a bad record: stop (default), skip it, or report it and continue."),
    ] = None,
    order_by: OrderOption = None,
    limit: LimitOption = None,
    skip: SkipOption = None,
    count: Annotated[bool, typer.Option("--count", help="Print only how many records match.")] = False,
) -> None:
    """Print the records that a query selects.

    Rows are NDJSON (one object a line; printed as they arrive), a JSON array of objects, and CSV (needs --schema; a
    header names the fields, an empty cell is null, a list is a JSON array, booleans are true and false). They are
    printed unchanged, in the format that they came in. Columns are Parquet and Arrow IPC; on a terminal they are shown
    as a table. --to and --output write any format as any other; .gz and .zst at the end of a name say that rows are
    compressed.

    Examples, in the folder examples:

    \b
      criteria filter '{"year": {"$lt": 1942}}' films.ndjson
      criteria filter queries/leading-the.json films.ndjson --count
      criteria filter queries/hits-2010-to-christmas-2012.json films.ndjson \\
          --schema films.schema.json --order-by "boxOfficeMillions desc" --limit 3
      tail -n 50 films.ndjson | criteria filter '{"tomatoes.meter": {"$gte": 90}}' --limit 1
      criteria filter '{"year": {"$lt": 1942}}' '*.ndjson' --to table

    Exit codes: 0, all is well; 1, problems in the query, or bad records that were not skipped; 2, the command cannot be
    run as it was given, or a file not read or written; 130, interrupted; 141, the output pipe was closed.
    """
    names = data or [STDIN]
    refuse_shared_stdin(query, *names, schema)
    if count and (limit is not None or skip is not None or order_by is not None):
        message = "All matching records are counted: omit --limit, --skip and --order-by."
        raise typer.BadParameter(message, param_hint="--count")
    if count and (output is not None or to is not None):
        raise typer.BadParameter("--count prints a number: omit --output and --to.", param_hint="--count")
    try:
        inputs = found(names, data_format)
        known = read_schema(schema)
        chosen = engine_for(inputs, None if engine is None else engine.value, known is not None)
        if on_error is not None and not inputs.format.is_rows:
            message = f"{inputs.format.value} files cannot have single bad records."
            raise typer.BadParameter(message, param_hint="--on-error")
        source = query_source(query)
        search = Search(parse_query(source, known), read_order(order_by, known), limit, skip or 0)
        job = Job(
            inputs, search, known, chosen, destination(output, to, inputs.format),
            BadRecords(on_error or OnError.STOP), count,
        )  # fmt: skip
        with ended_by_sigterm():
            _run(job)
        job.bad.finish()
    except UsageFault as fault:
        raise as_usage_error(fault) from None
    except DataFault as fault:
        raise as_input_error(fault) from None
    except CriteriaError as fault:
        show(Source(names[0] if len(names) == 1 else "criteria"), worded(fault), err=True)
        raise typer.Exit(1) from None


def _run(job: Job) -> None:
    """Filters with the module for the format, which is imported only here."""
    if job.inputs.format.is_rows:
        from criteria.cli.commands.filter.rows import filter_rows

        filter_rows(job)
    else:
        from criteria.cli.commands.filter.columns import filter_frames

        filter_frames(job)
