"""Words file faults in terms of the command line: the option to change, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import click

from criteria import CriteriaError, Problem
from criteria.cli.reports.problems import InputError, Source
from criteria.files.faults import DataFault, FaultKind, FileFault, UsageFault


class Wording(NamedTuple):
    """The option or argument to blame (None: none), a hint (None: the fault's own), and what is said after that."""

    option: str | None
    hint: str | None = None
    after: str = ""


WORDINGS: Mapping[FaultKind, Wording] = {
    FaultKind.ENGINE_OF_COLUMNS: Wording(
        "--engine", "Omit --engine, or write the data as Parquet first: --output FILE.parquet."
    ),
    FaultKind.COLUMNS_DIFFER_IN_CASE: Wording("--engine", "Use --engine polars."),
    FaultKind.COLUMNS_DIFFER: Wording(
        "DATA", "Unite them by name with --union, or choose other columns with --select."
    ),
    FaultKind.QUERIED_COLUMNS_DIFFER: Wording("DATA", "Unite them by name with --union."),
    FaultKind.TYPES_DIFFER: Wording("DATA", "Give the column one type in all files."),
    FaultKind.UNKNOWN_COLUMN: Wording("--select"),
    FaultKind.UNKNOWN_NAME: Wording("QUERY"),
    FaultKind.UNKNOWN_FORMAT: Wording("DATA", "Name its format with --format."),
    FaultKind.UNKNOWN_OUTPUT_FORMAT: Wording("--output", "Name its format with --to."),
    FaultKind.OTHER_COMPRESSION: Wording("DATA", after=", with --format and their format"),
    FaultKind.WORKBOOK: Wording("DATA"),
    FaultKind.COMPRESSED_COLUMNS: Wording("DATA"),
    FaultKind.COMPRESSED_OUTPUT_COLUMNS: Wording("--output"),
    FaultKind.SEVERAL_FORMATS: Wording("DATA"),
    FaultKind.NO_FILES: Wording("DATA"),
    FaultKind.ADDRESS_OF_ROWS: Wording(
        "DATA", "Pipe them: curl or aws s3 cp ADDRESS - | criteria ... -, with --format and their format."
    ),
    FaultKind.ADDRESSES_AND_FILES: Wording("DATA"),
    FaultKind.ADDRESS_FOR_ENGINE: Wording("--engine", "Use --engine polars, or copy the files."),
    FaultKind.ADDRESS_FOR_SCHEMA: Wording("DATA", "Copy a file. To filter Parquet and Arrow, no schema is needed."),
    FaultKind.MISSING_PACKAGE: Wording(None),
    FaultKind.ARRAY_INSTEAD_OF_LINES: Wording(
        "--format", "For one JSON array of records, or one object in several lines, use --format json."
    ),
    FaultKind.LINES_INSTEAD_OF_ARRAY: Wording("--format", "For one JSON object a line, use --format ndjson."),
    FaultKind.NOT_JSON: Wording("--format", "If the data are not JSON, name their format with --format."),
    FaultKind.SEVERAL_IN_A_LINE: Wording("DATA", "Write each in a line of its own: jq -c . FILE | criteria ... -"),
    FaultKind.UNSUPPORTED_COLUMN: Wording("--select", "Choose other columns with --select, or write parquet or arrow."),
    FaultKind.NANOSECONDS_IN_PYTHON: Wording("--engine", "Cast it to microseconds, or use --engine polars."),
    FaultKind.DURATIONS_IN_DUCKDB: Wording("--engine", "Select other columns, or use --engine polars."),
    FaultKind.NANOSECONDS_IN_DUCKDB: Wording("--engine", "Name and select other columns, or use --engine polars."),
    FaultKind.YEAR_OUTSIDE_PYTHON: Wording("--engine", "Use --engine polars, and write ndjson, csv, parquet or arrow."),
    FaultKind.CSV_NOT_UTF_8: Wording(
        "DATA", "Name their encoding: --encoding cp1252 for text from Windows, or latin-1."
    ),
    FaultKind.CARRIAGE_RETURN: Wording(
        "DATA",
        "If lines end with carriage returns alone, convert them: tr '\\r' '\\n' < FILE | criteria ... -"
        ", with --format csv.",
    ),
    FaultKind.RAGGED_ROW: Wording("DATA", "Leave such rows out with --on-error skip."),
    FaultKind.LINES_ABOVE_HEADER: Wording(
        "DATA", "If other lines are above the header, name how many: --skip-lines N."
    ),
    FaultKind.SEPARATOR_LINE: Wording(
        "DATA", "Skip it, and name the character between cells: --skip-lines 1 --delimiter."
    ),
    FaultKind.NULL_WORD: Wording("DATA", "If it means null, name it with --null."),
    FaultKind.OTHER_DELIMITER: Wording("DATA", "Name the character between cells with --delimiter."),
    FaultKind.PARQUET_INSTEAD_OF_ROWS: Wording("--format", "Use --format parquet."),
    FaultKind.ARROW_INSTEAD_OF_ROWS: Wording("--format", "Use --format arrow."),
    FaultKind.NOT_UTF_8: Wording(
        "DATA", "Convert them: iconv -f cp1252 -t utf-8 FILE | criteria ... -, if the text is from Windows."
    ),
    FaultKind.UTF_16: Wording(
        "DATA", "For CSV, name the encoding: --encoding utf-16. Convert other data: iconv -f utf-16 -t utf-8."
    ),
    FaultKind.UTF_32: Wording(
        "DATA", "For CSV, name the encoding: --encoding utf-32. Convert other data: iconv -f utf-32 -t utf-8."
    ),
    FaultKind.NAME_NOT_UTF_8: Wording("DATA", "Rename the file."),
    FaultKind.NAME_OF_ENGINE: Wording("--engine", "Use --engine polars, or rename the file."),
}


def worded(fault: CriteriaError) -> Sequence[Problem]:
    """The problems of a fault, with the hint of the command line."""
    if not isinstance(fault, FileFault) or fault.kind is None:
        return fault.problems
    wording = WORDINGS[fault.kind]
    hints = [wording.hint or (problem.hint and problem.hint + wording.after) for problem in fault.problems]
    return [replace(problem, hint=hint) for problem, hint in zip(fault.problems, hints, strict=True)]


def source_of(fault: CriteriaError) -> Source:
    """The text in which a fault was found."""
    if isinstance(fault, DataFault):
        return Source(fault.name, fault.text, fault.first_line)
    return Source("criteria")


def as_input_error(fault: CriteriaError) -> InputError:
    """The fault as an error that ends a command."""
    return InputError(source_of(fault), worded(fault))


def as_usage_error(fault: UsageFault, data: str = "DATA") -> InputError | click.BadParameter:
    """The fault as an error that ends a command with exit code 2; `data` is the argument that names the data."""
    option = WORDINGS[fault.kind].option
    option = data if option == "DATA" else option
    if option is None:
        return InputError(Source("criteria"), worded(fault), exit_code=2)
    message = " ".join(f"{problem.message} {problem.hint or ''}".rstrip() for problem in worded(fault))
    return click.BadParameter(message, param_hint=option)
