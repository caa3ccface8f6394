"""The options that say how CSV is written."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from criteria.cli.arguments import Integer
from criteria.files.csv_dialect import DEFAULT_DIALECT, UTF_8, CsvDialect
from criteria.files.formats import Format
from criteria.messages import quoted

_OPTIONS = (
    click.option(
        "--delimiter",
        metavar="CHARACTER",
        help="CSV: the character between cells. Default: a comma, or a tab in .tsv files.",
    ),
    click.option("--encoding", metavar="NAME", help="CSV: the encoding, such as latin-1, cp1252 or utf-16."),
    click.option(
        "--null",
        metavar="TEXT",
        multiple=True,
        help="CSV: cells with this text are null, like empty ones. May be repeated.",
    ),
    click.option(
        "--no-header",
        is_flag=True,
        help="CSV: the first row holds values; the columns are column_1, column_2 ...",
    ),
    click.option(
        "--skip-lines",
        metavar="N",
        type=Integer(min=0),
        help="CSV: the number of lines before the header.",
    ),
    click.option("--decimal-comma", is_flag=True, help="CSV: numbers are written like 1,5."),
)

CommandT = TypeVar("CommandT", bound=Callable[..., None])


def csv_options(command: CommandT) -> CommandT:
    """Adds the options to a command, with the names of the parameters of `csv_dialect`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_NAMED = {"tab": "\t", "\\t": "\t"}


def csv_dialect(
    delimiter: str | None,
    encoding: str | None,
    null: Sequence[str],
    no_header: bool,
    skip_lines: int | None,
    decimal_comma: bool,
) -> CsvDialect:
    """The dialect that the options name. A wrong one is a usage error."""
    if delimiter is not None:
        delimiter = _NAMED.get(delimiter, delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise click.BadParameter("Name one character, such as ; or tab.", param_hint="--delimiter")
    if encoding is not None:
        _check_encoding(encoding)
    return CsvDialect(delimiter, encoding or UTF_8, frozenset(null), not no_header, skip_lines or 0, decimal_comma)


def _check_encoding(name: str) -> None:
    try:
        b"".decode(name)  # which also refuses what does not make text of bytes, but not every such name
        if not isinstance(codecs.getincrementaldecoder(name)().decode(b"", True), str):
            raise LookupError
    except (LookupError, UnicodeError, TypeError, ValueError):  # names are ASCII
        message = f"There is no encoding {quoted(name)}: name one such as latin-1, cp1252 or utf-16."
        raise click.BadParameter(message, param_hint="--encoding") from None


def refuse_csv_options(dialect: CsvDialect, kind: Format) -> None:
    """Options for CSV with data of another format are a usage error."""
    if kind is Format.CSV or dialect == DEFAULT_DIALECT:
        return
    default = DEFAULT_DIALECT
    options = {
        "--delimiter": dialect.delimiter != default.delimiter,
        "--encoding": dialect.encoding != default.encoding,
        "--null": dialect.nulls != default.nulls,
        "--no-header": dialect.has_header != default.has_header,
        "--skip-lines": dialect.skip_lines != default.skip_lines,
        "--decimal-comma": dialect.decimal_comma != default.decimal_comma,
    }
    named = next(name for name, is_given in options.items() if is_given)
    raise click.BadParameter(f"It applies to CSV only, and the data are {kind.value}.", param_hint=named)
