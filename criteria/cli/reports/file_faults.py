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
    """The option or argument to blame (None: none), and a hint (None: the fault's own)."""

    option: str | None
    hint: str | None = None


WORDINGS: Mapping[FaultKind, Wording] = {
    FaultKind.ENGINE_OF_COLUMNS: Wording(
        "--engine", "Omit --engine, or write the data as Parquet first: --output FILE.parquet."
    ),
    FaultKind.COLUMNS_DIFFER_IN_CASE: Wording("--engine", "Use --engine polars."),
    FaultKind.COLUMNS_DIFFER: Wording(
        "DATA", "Unite them by name with --union and --engine polars, or choose other columns with --select."
    ),
    FaultKind.UNION_OF_ENGINE: Wording("--union", "Use --engine polars."),
    FaultKind.UNKNOWN_COLUMN: Wording("--select"),
    FaultKind.UNKNOWN_NAME: Wording("QUERY"),
    FaultKind.UNKNOWN_FORMAT: Wording("DATA", "Name its format with --format."),
    FaultKind.UNKNOWN_OUTPUT_FORMAT: Wording("--output", "Name its format with --to."),
    FaultKind.OTHER_COMPRESSION: Wording("DATA"),
    FaultKind.COMPRESSED_COLUMNS: Wording("DATA"),
    FaultKind.COMPRESSED_OUTPUT_COLUMNS: Wording("--output"),
    FaultKind.SEVERAL_FORMATS: Wording("DATA"),
    FaultKind.NO_FILES: Wording("DATA"),
    FaultKind.MISSING_PACKAGE: Wording(None),
    FaultKind.ARRAY_INSTEAD_OF_LINES: Wording(
        "--format", "For one JSON array of records, or one object in several lines, use --format json."
    ),
    FaultKind.LINES_INSTEAD_OF_ARRAY: Wording("--format", "For one JSON object a line, use --format ndjson."),
    FaultKind.NANOSECONDS_IN_PYTHON: Wording("--engine", "Cast it to microseconds, or use --engine polars."),
    FaultKind.YEAR_OUTSIDE_PYTHON: Wording("--engine", "Use --engine polars, and write ndjson, csv, parquet or arrow."),
    FaultKind.CSV_NOT_UTF_8: Wording(
        "DATA", "Name their encoding: --encoding cp1252 for text from Windows, or latin-1."
    ),
    FaultKind.RAGGED_ROW: Wording("DATA", "Leave such rows out with --on-error skip."),
    FaultKind.NULL_WORD: Wording("DATA", "If it means null, name it with --null."),
    FaultKind.OTHER_DELIMITER: Wording("DATA", "Name what is between cells with --delimiter."),
    FaultKind.PARQUET_INSTEAD_OF_ROWS: Wording("--format", "Use --format parquet."),
    FaultKind.ARROW_INSTEAD_OF_ROWS: Wording("--format", "Use --format arrow."),
    FaultKind.UTF_16: Wording(
        "DATA", "Of CSV, name it: --encoding utf-16. Convert other data: iconv -f utf-16 -t utf-8."
    ),
    FaultKind.NAME_NOT_UTF_8: Wording("DATA", "Rename the file."),
    FaultKind.NAME_OF_ENGINE: Wording("--engine", "Use --engine polars, or rename the file."),
}


def worded(fault: CriteriaError) -> Sequence[Problem]:
    """The problems of a fault, with the hint of the command line."""
    hint = WORDINGS[fault.kind].hint if isinstance(fault, FileFault) and fault.kind is not None else None
    return fault.problems if hint is None else [replace(problem, hint=hint) for problem in fault.problems]


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
