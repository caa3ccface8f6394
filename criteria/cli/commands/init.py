"""`criteria init`: a folder to start from, with a configuration, a schema and queries."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from criteria.cli.arguments import gathered
from criteria.cli.completion import file_names
from criteria.cli.inputs.bad_records import BadRecords, OnError
from criteria.cli.inputs.csv_options import csv_options
from criteria.cli.inputs.data_options import DataOptions, format_option
from criteria.cli.inputs.inferring import infer_files
from criteria.cli.inputs.pointer_option import at_option
from criteria.cli.inputs.time_zone_option import time_zone_option
from criteria.cli.reports.problems import Source, show, show_notes
from criteria.inference import schema_file
from criteria.messages import shown_name
from criteria.schema.schema import Schema
from criteria.text.json_layout import lay_out_json

_PACKAGE = Path(__file__).parents[2]
_EXAMPLES = (_PACKAGE / "cli" / "example", _PACKAGE.parent / "examples")
"""The folder of the films: in a wheel inside the package, in a checkout at the top."""

_LINE_LENGTH = 120

_CONFIGURATION = """\
# Which files are queries, and about what. `criteria check` and `criteria fmt` read it.
[[files]]
include = ["queries/**/*.json", "queries/**/*.yaml"]
schema = {schema}
"""


@click.command("init")
@click.argument("folder", default=".", shell_complete=file_names, help="Folder to write to; created if needed.")
@click.option(
    "--from",
    "data",
    metavar="DATA",
    shell_complete=file_names,
    help="Write a first schema of these data, and a query. Without it: 400 films with their schema and eight queries.",
)
@format_option
@at_option
@time_zone_option
@csv_options
@gathered(options=DataOptions)
def initialize(
    folder: str,
    data: str | None,
    options: DataOptions,
) -> None:
    """Write a folder to start from.

    It gets a configuration, a schema and queries, so that check and fmt need no arguments there. The examples in the
    help of all commands run in it. Files that exist are never replaced.

    Examples:

    \b
      criteria init examples
      criteria init filters --from films.ndjson
      criteria init filters --from flights.csv --null NA

    Exit codes: 0, it is written; 1, problems in the data, or names that were left out of the schema; 2, a file exists
    already, or cannot be read or written.
    """
    if data is None and options.given():
        raise click.BadParameter("Options for data need --from.", param_hint="--from")
    found = None if data is None else infer_files((data,), options, BadRecords(OnError.STOP).take)
    contents = _films() if found is None else _first(found.schema)
    target = Path(folder)
    existing = [name for name in contents if os.path.lexists(target / name)]
    if existing:
        message = f"{shown_name(str(target / existing[0]))} exists already. Nothing was written."
        raise click.BadParameter(message, param_hint="[FOLDER]")
    for name, content in contents.items():
        path = target / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise click.BadParameter(f"{shown_name(str(path))}: {error.strerror}.", param_hint="[FOLDER]") from None
        click.echo(shown_name(str(path)))
    records = "films.ndjson" if data is None else os.path.relpath(data, target)
    query = next(name for name in contents if name.startswith("queries/"))
    click.echo(f"\nNext: cd {shown_name(shlex.quote(folder))}, then\n  criteria check", err=True)
    arguments = shown_name(shlex.join([query, records, *options.arguments()]))
    click.echo(f"  criteria filter {arguments} --limit 3", err=True)
    if found is not None:
        show(Source(data or ""), found.problems, err=True)
        show_notes(data or "", found.notes)
        if found.problems:
            raise click.exceptions.Exit(1)


def _films() -> Mapping[str, bytes]:
    """The files of the example, by their names."""
    folder = next(one for one in _EXAMPLES if one.is_dir())
    names = ["criteria.toml", "films.schema.json", "films.ndjson"]
    names += sorted(f"queries/{path.name}" for path in (folder / "queries").glob("*.json"))
    return {name: (folder / name).read_bytes() for name in names}


def _first(schema: Schema) -> Mapping[str, bytes]:
    """A configuration, the schema, and a query of its first field."""
    name = f"{schema.name}.schema.json"
    field = next(iter(schema.fields), None)
    query = {} if field is None else {field.name: {"$ne": None}}
    return {
        "criteria.toml": _CONFIGURATION.format(schema=_toml_string(name)).encode(),
        name: lay_out_json(json.dumps(schema_file(schema), ensure_ascii=False), _LINE_LENGTH).encode(),
        "queries/first.json": f"{json.dumps(query, ensure_ascii=False)}\n".encode(),
    }


def _toml_string(text: str) -> str:
    """A string of TOML: that of JSON, but TOML takes no U+007F as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
