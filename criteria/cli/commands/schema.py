"""`criteria schema`: the JSON Schema of queries, and a first schema of data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from criteria import CriteriaError, Problem, Schema, query_json_schema
from criteria.cli.inputs.databases import is_table, schema_of_table
from criteria.cli.inputs.inferring import DataFormat, inferred
from criteria.cli.inputs.reading import name_of, read_source
from criteria.cli.reports.file_faults import as_input_error
from criteria.cli.reports.problems import InputError, Source, show
from criteria.files.atomic_write import replacing
from criteria.files.faults import DataFault
from criteria.inference import schema_file


def print_schema(
    schema: Annotated[
        str | None, typer.Argument(metavar="SCHEMA", help="Schema file: the fields and their types.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATA",
            help="Print a first schema file for these data; - is standard input. Or for a table: sqlite:///file.db::orders.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Allow only one member per object and one operator per field.")
    ] = False,
    data_format: Annotated[
        DataFormat | None,
        typer.Option("--format", help="Format of the data. Default: by the suffix of the file name, or ndjson."),
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", metavar="N", min=1, help="Read only the first N records.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the schema. Default: that of the data file.")
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="UTC", help="Say that columns of a table without a time zone hold UTC."),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file, not to standard output.")
    ] = None,
) -> None:
    """Print a JSON Schema of queries, or a first schema of data.

    With SCHEMA, the JSON Schema (2020-12) of the queries over its fields: editors complete and check query files with
    it. Without, that of queries over fields of any name.

    With --from, print a schema file for NDJSON, a JSON array, CSV, Parquet or Arrow data: types, lists, nested fields
    and, if all records were read, which fields are never null and whether the first is unique. Review it before you
    use it. Columns that no field type can represent are left out, each with a message on standard error.

    A table of a database is named by a URL, and its name after two colons: sqlite:///file.db::orders,
    duckdb:///file.duckdb::orders, postgresql://user@host/db::orders, mysql:// and mariadb://. The driver has to be
    installed.

    Examples, in the folder examples:

    \b
      criteria schema films.schema.json > films.query.schema.json
      criteria schema --strict
      criteria schema --from films.ndjson -o inferred.schema.json
      criteria schema --from postgresql://me@localhost/shop::orders --time-zone UTC

    Exit codes: 0, it is printed; 1, problems in the data, or names that were left out; 2, a file cannot be read or
    written, the schema is wrong, or the options do not fit.
    """
    if data is None:
        for option, value in (
            ("--format", data_format),
            ("--rows", rows),
            ("--name", name),
            ("--time-zone", time_zone),
        ):
            if value is not None:
                raise typer.BadParameter("This option belongs to --from.", param_hint=option)
        _write(json.dumps(query_json_schema(_read(schema), strict=strict), ensure_ascii=False, indent=2), output)
        return
    if schema is not None or strict:
        raise typer.BadParameter("Give either SCHEMA or --from, not both.", param_hint="--from")
    if is_table(data):
        for option, value in (("--format", data_format), ("--rows", rows)):
            if value is not None:
                raise typer.BadParameter("This option does not belong to a table.", param_hint=option)
        if time_zone not in (None, "UTC"):
            raise typer.BadParameter("The only time zone is UTC.", param_hint="--time-zone")
        _print_first(*schema_of_table(data, name, time_zone), data.rpartition("::")[2], output)
        return
    if time_zone is not None:
        raise typer.BadParameter("This option belongs to a table.", param_hint="--time-zone")
    try:
        found = inferred(data, data_format, name, rows)
    except DataFault as fault:
        raise as_input_error(fault) from None
    _print_first(found.schema, found.problems, name_of(data), output)


def _print_first(schema: Schema, problems: Sequence[Problem], source: str, output: str | None) -> None:
    """Prints a first schema, and why columns were left out."""
    _write(_laid_out(schema_file(schema)), output)
    show(Source(source), problems, err=True)
    if problems:
        raise typer.Exit(1)


def _read(path: str | None) -> Schema | None:
    if path is None:
        return None
    source = read_source(path, "SCHEMA")
    try:
        return Schema.from_json(source.content)
    except CriteriaError as error:
        raise InputError(source, error.problems, exit_code=2) from None


def _write(text: str, path: str | None) -> None:
    if path is None:
        typer.echo(text)
        return
    with replacing(path) as beside:
        beside.write_bytes(f"{text}\n".encode())


def _laid_out(content: dict[str, Any]) -> str:
    """A schema file with one field per line."""
    members = {key: json.dumps(value, ensure_ascii=False) for key, value in content.items()}
    lines = ",\n    ".join(json.dumps(field, ensure_ascii=False) for field in content["fields"])
    members["fields"] = f"[\n    {lines}\n  ]" if lines else "[]"
    return "{\n" + ",\n".join(f'  "{key}": {text}' for key, text in members.items()) + "\n}"
