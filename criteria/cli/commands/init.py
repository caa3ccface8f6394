"""`criteria init`: a folder to start from, with a configuration, a schema and queries."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from criteria.cli.completion import file_names
from criteria.cli.inputs.bad_records import BadRecords, OnError
from criteria.cli.inputs.counted_bytes import CountedBytes
from criteria.cli.inputs.csv_options import csv_dialect
from criteria.cli.inputs.inferring import Sample, inferred
from criteria.cli.reports.file_faults import as_input_error, as_usage_error
from criteria.cli.reports.problems import Source, show, visible
from criteria.errors import shown_name
from criteria.files.faults import DataFault, UsageFault
from criteria.files.inputs import found as found_files
from criteria.inference import Inferred, schema_file
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
@click.argument("folder", default=".", shell_complete=file_names, help="Folder to write to. It is made if needed.")
@click.option(
    "--from",
    "data",
    metavar="DATA",
    shell_complete=file_names,
    help="Write a first schema of these data, and a query. Without it: 400 films with their schema and eight queries.",
)
def initialize(folder: str, data: str | None) -> None:
    """Write a folder to start from.

    It gets a configuration, a schema and queries, so that check and fmt need no arguments there. The examples in the
    help of all commands run in it. Files that exist are never replaced.

    Examples:

    \b
      criteria init examples
      criteria init filters --from films.ndjson

    Exit codes: 0, it is written; 1, problems in the data, or names that were left out of the schema; 2, a file exists
    already, or cannot be read or written.
    """
    found = None if data is None else _inferred(data)
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
        click.echo(path)
    records = "films.ndjson" if data is None else os.path.relpath(data, target)
    query = next(name for name in contents if name.startswith("queries/"))
    click.echo(f"\nNext: cd {shlex.quote(folder)}, then\n  criteria check", err=True)
    click.echo(f"  criteria filter {shlex.quote(query)} {shlex.quote(records)} --limit 3", err=True)
    if found is not None:
        show(Source(data or ""), found.problems, err=True)
        for note in found.notes:
            click.echo(f"{shown_name(data or '')}: note: {visible(note)}", err=True)
        if found.problems:
            raise click.exceptions.Exit(1)


def _films() -> Mapping[str, bytes]:
    """The files of the example, by their names."""
    folder = next(one for one in _EXAMPLES if one.is_dir())
    names = ["criteria.toml", "films.schema.json", "films.ndjson"]
    names += sorted(f"queries/{path.name}" for path in (folder / "queries").glob("*.json"))
    return {name: (folder / name).read_bytes() for name in names}


def _inferred(data: str) -> Inferred:
    """A first schema of data. Raises `InputError`, or a usage error."""
    bad = BadRecords(OnError.STOP)
    try:
        inputs = found_files((data,), None)
        dialect = csv_dialect(None, None, (), False, None, False)
        return inferred(Sample(inputs, dialect, None, bad.take, CountedBytes(inputs, "--from").opened), None)
    except UsageFault as fault:
        raise as_usage_error(fault, "--from") from None
    except DataFault as fault:
        raise as_input_error(fault) from None


def _first(schema: Schema) -> Mapping[str, bytes]:
    """A configuration, the schema, and a query of its first field."""
    name = f"{schema.name}.schema.json"
    field = next(iter(schema.fields), None)
    query = {} if field is None else {field.name: {"$ne": None}}
    return {
        "criteria.toml": _CONFIGURATION.format(schema=json.dumps(name, ensure_ascii=False)).encode(),
        name: lay_out_json(json.dumps(schema_file(schema), ensure_ascii=False), _LINE_LENGTH).encode(),
        "queries/first.json": f"{json.dumps(query, ensure_ascii=False)}\n".encode(),
    }
