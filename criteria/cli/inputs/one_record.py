"""One record to explain: a JSON object, or one of a file's records by its line or its row."""

from __future__ import annotations

from io import BufferedReader
from typing import Any

import click

from criteria import Problem, Query, Search
from criteria.cli.inputs.reading import name_of, opened
from criteria.cli.reports.file_faults import as_input_error, as_usage_error
from criteria.cli.reports.problems import InputError, Source
from criteria.files.compression import DamagedError, decompressed
from criteria.files.csv_dialect import CsvDialect
from criteria.files.csv_table import CsvTable
from criteria.files.faults import DataFault, UsageFault, needing
from criteria.files.formats import Format, told_by
from criteria.files.inputs import Inputs
from criteria.files.records import BOM, MAX_RECORD, TOO_LONG, Data, place
from criteria.messages import shown_name
from criteria.text.json_streaming import JsonError, decode, kind, past_blanks


def typed_file(argument: str | None) -> Inputs | None:
    """The file that an argument names, if it is CSV, Parquet or Arrow by its name: its records are typed."""
    if argument is None or argument.lstrip().startswith("{"):
        return None
    found = told_by(argument)[0]
    if found is None or found is Format.NDJSON or found is Format.JSON:
        return None
    return Inputs((argument,), found)


def typed_record(inputs: Inputs, query: Query, number: int | None, dialect: CsvDialect) -> dict[str, Any]:
    """A typed record, with the fields that the query names: in CSV the one that begins in a line, in columns the one in
    a row, both counted from 1. Raises `DataFault`, `UsageFault` and `CriteriaError`."""
    (path,) = inputs.paths
    place_of = "line" if inputs.format.is_rows else "row"
    if number is None:
        raise click.BadParameter(f"Choose a {place_of} of {shown_name(path)} with --line.", param_hint="--record")
    with opened(path, "--record") as stream:
        if inputs.format is Format.CSV:
            record = _of_csv(stream, path, query, number, dialect)
        else:
            with needing("files", f"Reading {inputs.format.value} files"):
                from criteria.files.scans import record_at

            record = record_at(inputs, query, number)
    if record is None:
        raise click.BadParameter(f"{shown_name(path)} has no record in {place_of} {number}.", param_hint="--line")
    return record


def _of_csv(stream: Any, path: str, query: Query, line: int, dialect: CsvDialect) -> dict[str, Any] | None:
    def bad(fault: DataFault) -> None:
        if any(problem.line == line for problem in fault.problems):
            raise fault

    content = decompressed(
        stream if hasattr(stream, "peek") else BufferedReader(stream), path, is_utf_8=dialect.is_utf_8
    )
    named = Search(query).named_fields
    data = Data(
        name_of(path), content, query.schema, lambda: None, bad, csv=dialect, named=tuple(named), is_whole=False
    )
    for batch in CsvTable(data).batches():
        if line in batch.lines:
            return batch.records[batch.lines.index(line)]
        if batch.lines and batch.lines[0] > line:
            break
    return None


def json_record(argument: str, line: int | None) -> dict[str, Any]:
    """The record in the file of JSON that an argument names, or in the argument itself. Raises `InputError`."""
    if argument.lstrip().startswith("{"):
        source = Source("<record>", argument.encode("utf-8", "surrogateescape"))
    else:
        source = _of_file(argument, line)
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


def _of_file(path: str, line: int | None) -> Source:
    """The record's text in a file, which may be compressed: a line of it, or all. No more is kept of the file."""
    name = name_of(path)
    try:
        with opened(path, "--record") as file:
            peeked = file if hasattr(file, "peek") else BufferedReader(file)  # type: ignore[type-var, unused-ignore]
            stream = decompressed(peeked, name, is_utf_8=False)  # type: ignore[arg-type, unused-ignore]
            text = stream.read(MAX_RECORD + 1) if line is None else _line(stream, name, line)
    except DamagedError as error:
        raise InputError(Source(name), [Problem("unreadable_file", str(error))]) from None
    except UsageFault as fault:
        raise as_usage_error(fault, "--record") from None
    except DataFault as fault:
        raise as_input_error(fault) from None
    if line is None:
        if len(text) > MAX_RECORD:
            raise InputError(Source(name), [Problem("too_long", TOO_LONG)])
        return Source(name, text)
    if not text.strip():
        raise click.BadParameter(f"{shown_name(name)} has no record in line {line}.", param_hint="--line")
    return Source(name, text.removesuffix(b"\n"), line)


def _line(stream: Any, name: str, wanted: int) -> bytes:
    """A line of a stream, counted from 1; empty beyond the last. A line that is longer than any record ends the
    reading, as it does when records are filtered."""
    text = b""
    for number in range(1, wanted + 1):
        text = stream.readline(MAX_RECORD + 1)
        if len(text) > MAX_RECORD:
            raise InputError(Source(name), [Problem("too_long", TOO_LONG, line=number)])
        if not text:
            break
    return text


def _rejected(source: Source, text: str, position: int, code: str, message: str, hint: str | None = None) -> InputError:
    at_line, column = place(text, position)
    return InputError(source, [Problem(code, message, line=at_line + source.first_line - 1, column=column, hint=hint)])
