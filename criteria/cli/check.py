"""`criteria check`: are these files queries?"""

from __future__ import annotations

from typing import Annotated

import typer

from criteria import Schema
from criteria.cli.arguments import SchemaOption
from criteria.cli.reading import parse_query, query_file, read_schema, refuse_shared_stdin
from criteria.cli.report import InputError, Source, show


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Query files; - is standard input.")],
    schema: SchemaOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Allow one member in an object and one operator on a field, not more.")
    ] = False,
) -> None:
    """Check query files and show their problems.

    Each problem is shown with its place, the line, and what to write instead, on standard output; a last line on
    standard error sums up. Exit code 0: no problems; 1: problems; 2: a file cannot be read, or the schema is wrong.

    Examples, in the folder examples:

    \b
      criteria check queries/*.json
      criteria check queries/*.json --schema films.schema.json --strict
      echo '{"yaer": 1999}' | criteria check - --schema films.schema.json
    """
    refuse_shared_stdin(*files, schema)
    known = read_schema(schema)
    sources = [query_file(path, "FILE") for path in files]
    problems = sum(_problems(source, known, strict) for source in sources)
    typer.echo(f"{_counted(len(files), 'file')} checked, {_counted(problems, 'problem')}", err=True)
    if problems:
        raise typer.Exit(1)


def _problems(source: Source, schema: Schema | None, strict: bool) -> int:
    try:
        parse_query(source, schema, strict)
    except InputError as error:
        show(source, error.problems, err=False)
        return len(error.problems)
    return 0


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
