"""`criteria schema`: the JSON Schema of queries, and a first schema of data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any

import click
from click.exceptions import Exit

from criteria import CriteriaError, Problem, Schema, query_json_schema
from criteria.cli.arguments import Choice, Integer, entity_option, gathered
from criteria.cli.completion import file_names
from criteria.cli.inputs.bad_records import BadRecords, OnError
from criteria.cli.inputs.csv_options import csv_options
from criteria.cli.inputs.data_options import DataOptions, format_option
from criteria.cli.inputs.databases import is_database, is_table, schema_of_table, unnamed_table
from criteria.cli.inputs.entities import by_entity, read_entities, with_entities
from criteria.cli.inputs.inferring import infer_files
from criteria.cli.inputs.pointer_option import at_option
from criteria.cli.inputs.reading import name_of, read_source, refuse_missing_folder, refuse_shared_stdin
from criteria.cli.inputs.time_zone_option import check_utc
from criteria.cli.reports.problems import InputError, Source, show, show_notes
from criteria.cli.reports.schema_page import schema_page
from criteria.files.atomic_write import replacing
from criteria.inference import schema_file
from criteria.messages import in_lines


class Target(str, Enum):
    """What becomes of a schema file."""

    JSON_SCHEMA = "json-schema"
    MARKDOWN = "markdown"


@click.command("schema")
@click.argument("schema", required=False, shell_complete=file_names, help="Schema file: the fields and their types.")
@entity_option
@click.option(
    "--from",
    "data",
    metavar="DATA",
    multiple=True,
    shell_complete=file_names,
    help="Print a first schema file for these data: a file, a folder or a pattern; - is standard input. "
    "May be repeated. Or for a table of a database: sqlite:///file.db::orders.",
)
@click.option(
    "--to",
    type=Choice(Target),
    help="What to print of SCHEMA: a JSON Schema for editors (default), or a page for people who write queries.",
)
@click.option("--strict", is_flag=True, help="Allow only one member per object and one operator per field.")
@format_option
@click.option("--rows", metavar="N", type=Integer(min=1), help="Read only the first N records.")
@click.option("--name", metavar="NAME", help="Name of the schema. Default: that of the data file.")
@click.option(
    "--time-zone",
    metavar="UTC",
    help="Read times without a time zone in a table, CSV, Parquet or Arrow as UTC.",
)
@click.option("--no-verify", is_flag=True, help="Skip the check of a table's values, which reads all of it.")
@click.option("--include", metavar="COLUMN", multiple=True, help="Use only this column of a table. May be repeated.")
@click.option("--exclude", metavar="COLUMN", multiple=True, help="Leave out this column of a table. May be repeated.")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    shell_complete=file_names,
    help="Write to a file, not to standard output.",
)
@click.option(
    "--on-error",
    type=Choice(OnError),
    help="On a bad record of --from: stop (default), skip it, or report it and continue.",
)
@at_option
@csv_options
@gathered(options=DataOptions)
def print_schema(
    schema: str | None,
    entity: tuple[str, ...],
    data: tuple[str, ...],
    to: Target | None,
    strict: bool,
    rows: int | None,
    name: str | None,
    no_verify: bool,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    output: str | None,
    on_error: OnError | None,
    options: DataOptions,
) -> None:
    """Print a JSON Schema of queries, a page about a schema, or a first schema of data.

    With SCHEMA, the JSON Schema (2020-12) of the queries over its fields: editors complete and check query files with
    it. Without, that of queries over fields of any name. With --to markdown, a page of the fields and their operators.

    With --from, print a schema file for NDJSON, a JSON array, CSV, Parquet or Arrow data: types, lists, nested fields
    and, if all records were read, which fields are never null and whether the first is unique. Rows may be compressed
    with gzip, zstd, bzip2 or xz. Review it before you use it. Columns that no field type can represent are left out,
    each with a message on standard error. Notes tell what a type does not say, such as cells that are NA in a column of
    numbers.

    A table of a database is named by a URL, and its name after two colons: sqlite:///file.db::orders,
    duckdb:///file.duckdb::orders, postgresql://user@host/db::orders, mysql:// and mariadb://. The driver has to be
    installed. The whole table is read once, to find out whether its values are what the columns' types say; with
    --no-verify only the catalog is read. Without a host it is the database on the local socket.

    Examples, in the folder of "criteria init":

    \b
      criteria schema films.schema.json > films.query.schema.json
      criteria schema films.schema.json --to markdown -o films.md
      criteria schema --strict
      criteria schema --from films.ndjson -o inferred.schema.json
      criteria schema --from answer.json --at /data/items
      criteria schema --from 'parts/*.csv.gz' --delimiter ';' --null NA
      criteria schema --from times.parquet --time-zone UTC
      criteria schema --from postgresql://me@localhost/shop::orders --time-zone UTC
      criteria schema --from 'postgresql:///shop?host=/var/run/postgresql::orders' --exclude note

    Exit codes: 0, it is printed; 1, problems in the data, or names that were left out; 2, a file cannot be read or
    written, the schema is wrong, or the options do not fit.
    """
    of_files = {"--rows": rows, "--on-error": on_error, **options.given()}
    of_both = {"--name": name, "--time-zone": of_files.pop("--time-zone", None)}
    of_table = {"--no-verify": no_verify or None, "--include": include or None, "--exclude": exclude or None}
    if not data:
        _refuse(of_files | of_both | of_table, "This option needs --from.")
        entities = by_entity(entity, "--entity", "SCHEMA")
        refuse_shared_stdin(schema, *entities.values())
        known = with_entities(_read(schema), read_entities(entities))
        if to is not Target.MARKDOWN:
            _write(json.dumps(query_json_schema(known, strict=strict), ensure_ascii=False, indent=2), output)
        elif known is None or strict:
            raise click.BadParameter("Name a SCHEMA, and omit --strict.", param_hint="--to")
        else:
            _write(schema_page(known), output)
        return
    _refuse({"--entity": entity or None, "--to": to}, "This option applies to SCHEMA only.")
    if schema is not None or strict:
        raise click.BadParameter("Give either SCHEMA or --from, not both.", param_hint="--from")
    if any(map(is_table, data)):
        _refuse(of_files, "This option does not apply to tables.")
        read = partial(
            schema_of_table, name=name, time_zone=options.time_zone, verify=not no_verify,
            include=include, exclude=exclude,
        )  # fmt: skip
        check_utc(options.time_zone)
        _write_of_table(data, read, output)
        return
    if any(map(is_database, data)):
        raise unnamed_table(next(filter(is_database, data)))
    _refuse(of_table, "This option applies to tables only.")
    refuse_shared_stdin(*data)
    bad = BadRecords(on_error or OnError.STOP)
    found = infer_files(data, options, bad.take, most=rows, name=name)
    _write(_laid_out(schema_file(found.schema)), output)
    source = Source(name_of(data[0]) if len(data) == 1 else "criteria")
    show(source, found.problems, err=True)
    show_notes(source.name, found.notes)
    bad.finish()
    if found.problems:
        raise Exit(1)


def _write_of_table(
    tables: Sequence[str], read: Callable[[str], tuple[Schema, Sequence[Problem]]], output: str | None
) -> None:
    """Writes the first schema of a table. Raises `Exit` with 1 if it has problems, and a usage error for more than one
    table."""
    if len(tables) > 1:
        raise click.BadParameter("Give one table.", param_hint="--from")
    first, problems = read(tables[0])
    _write(_laid_out(schema_file(first)), output)
    show(Source(tables[0].rpartition("::")[2]), problems, err=True)
    if problems:
        raise Exit(1)


def _refuse(options: Mapping[str, object], message: str) -> None:
    """Refuses options that are given."""
    for option, value in options.items():
        if value is not None:
            raise click.BadParameter(message, param_hint=option)


def _read(path: str | None) -> Schema | None:
    if path is None:
        return None
    source = read_source(path, "SCHEMA")
    try:
        return Schema.from_json(source.content)
    except CriteriaError as error:
        raise InputError(source, error.problems, exit_code=2) from None


def _write(text: str, path: str | None) -> None:
    text = in_lines(text)
    if path is None:
        click.echo(text)
        return
    refuse_missing_folder(path)
    with replacing(path) as beside:
        beside.write_bytes(f"{text}\n".encode())


def _laid_out(content: dict[str, Any]) -> str:
    """A schema file with one field per line."""
    members = {key: json.dumps(value, ensure_ascii=False) for key, value in content.items()}
    lines = ",\n    ".join(json.dumps(field, ensure_ascii=False) for field in content["fields"])
    members["fields"] = f"[\n    {lines}\n  ]" if lines else "[]"
    return "{\n" + ",\n".join(f'  "{key}": {text}' for key, text in members.items()) + "\n}"
