"""`criteria explain`: explains a query in words, and why a record matches or not."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Any

import typer

import criteria
from criteria import Problem
from criteria.cli.arguments import QueryArgument, SchemaOption
from criteria.cli.inputs.reading import (
    parse_query,
    query_source,
    read_schema,
    read_source,
    refuse_shared_stdin,
    written_query,
)
from criteria.cli.reports.problems import InputError, Source
from criteria.files.records import BOM, place
from criteria.text.json_streaming import JsonError, decode, kind, past_blanks


class ExplanationFormat(str, Enum):
    """The formats of an explanation."""

    TEXT = "text"
    JSON = "json"


def explain(
    query: QueryArgument,
    schema: SchemaOption = None,
    record: Annotated[
        str | None,
        typer.Option(
            metavar="RECORD",
            help="Record to test: a file with one JSON object (- is standard input), or the object itself: '{...}'.",
        ),
    ] = None,
    line: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Line of the record, in a file of NDJSON.")
    ] = None,
    output_format: Annotated[
        ExplanationFormat, typer.Option("--format", help="Text, or JSON for programs.")
    ] = ExplanationFormat.TEXT,
) -> None:
    """Explain a query in words, with the parts that are never or always true.

    With a record, also show what each comparison found in it, and whether the record matches.

    Examples, in the folder examples:

    \b
      criteria explain queries/family-or-unrated.json --schema films.schema.json
      criteria explain '{"year": {"$gt": 1999, "$lt": 2000}}' --schema films.schema.json
      criteria explain queries/leading-the.json --record films.ndjson --line 1
      criteria explain '{"year": 1999}' --record '{"year": "1999"}' --format json

    Exit codes: 0, it is explained, whatever the verdict is; 1, problems in the query or in the record; 2, a file cannot
    be read, or the options do not fit.
    """
    refuse_shared_stdin(query, schema, record)
    if line is not None and record is None:
        raise typer.BadParameter("Name a record with --record.", param_hint="--line")
    known = read_schema(schema)
    source = query_source(query)
    parsed = parse_query(source, known)
    judged = None if record is None else _record(record, line)
    written = written_query(source)
    explanation = criteria.explain(parsed, judged, records="json", written=written.value)
    if output_format is ExplanationFormat.JSON:
        typer.echo(json.dumps(explanation.to_json(), ensure_ascii=False, indent=2))
        return
    # Imported here because no other command needs it.
    from criteria.cli.reports.explanation import explanation_text

    for text in explanation_text(explanation, written):
        typer.echo(text)


def _record(argument: str, line: int | None) -> dict[str, Any]:
    """The record in the file that an argument names, or in the argument itself. Raises `InputError`."""
    if argument.lstrip().startswith("{"):
        source = Source("<record>", argument.encode("utf-8", "surrogateescape"))
    else:
        source = read_source(argument, "--record")
    if line is not None:
        source = _line(source, line)
    try:
        text = source.content.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise _rejected(source, "", 0, "invalid_json", "The record is not UTF-8.") from None
    start = past_blanks(text, 0)
    try:
        value, end = decode(text, start)
    except JsonError as fault:
        raise _rejected(source, text, fault.position, "invalid_json", fault.message) from None
    if not isinstance(value, dict):
        raise _rejected(
            source, text, start, "invalid_record", f"Expected a record as a JSON object, found {kind(value)}."
        )
    behind = past_blanks(text, end)
    if behind < len(text):
        hint = "For NDJSON, choose a line with --line." if line is None else None
        raise _rejected(source, text, behind, "invalid_json", "Expected one JSON object, found more.", hint)
    return value


def _line(source: Source, number: int) -> Source:
    lines = source.content.split(b"\n")
    if number > len(lines) or not lines[number - 1].strip():
        raise typer.BadParameter(f"{source.shown} has no record in line {number}.", param_hint="--line")
    return Source(source.name, lines[number - 1], number)


def _rejected(source: Source, text: str, position: int, code: str, message: str, hint: str | None = None) -> InputError:
    at_line, column = place(text, position)
    return InputError(source, [Problem(code, message, line=at_line + source.first_line - 1, column=column, hint=hint)])
