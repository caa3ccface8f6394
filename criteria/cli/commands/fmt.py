"""`criteria fmt`: formats query files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate

import click
from click.exceptions import Exit

from criteria import CriteriaError
from criteria.cli.arguments import Integer, force_exclude_option, paths_argument, stdin_name_option
from criteria.cli.inputs.config import Configs
from criteria.cli.inputs.query_files import QueryFile, QueryFiles
from criteria.cli.inputs.reading import is_yaml, query_file
from criteria.cli.reports.problems import Source, counted, show
from criteria.errors import Problem
from criteria.files.atomic_write import replacing
from criteria.files.formats import STDIN
from criteria.limits import DEFAULT_LIMITS
from criteria.text.json_layout import FORMATTED_TOO_LONG, lay_out_json

_LINE_LENGTH = 100

_MAX_DIFF_LINE = 10_000
"""Characters of the longest line of which a difference is printed. A difference without it would be no patch."""

_MAX_PAIRS = 5_000_000
"""Pairs of equal lines that are looked at for a difference: about a second."""


@dataclass(frozen=True, slots=True)
class _Formatted:
    """A file, its formatted text, or None and the reason."""

    file: QueryFile
    source: Source
    layout: bytes | None
    problems: tuple[Problem, ...] = ()

    @property
    def is_changed(self) -> bool:
        return self.layout is not None and self.layout != self.source.content


@click.command("fmt")
@paths_argument
@click.option("--check", is_flag=True, help="Only list the files that would change.")
@click.option("--diff", is_flag=True, help="Only print what would change.")
@click.option(
    "--line-length",
    metavar="N",
    type=Integer(20, 1000),
    help=f"Longest line for objects and lists. Default: the configuration's, or {_LINE_LENGTH}.",
)
@stdin_name_option
@force_exclude_option
def format_files(
    paths: tuple[str, ...],
    check: bool,
    diff: bool,
    line_length: int | None,
    stdin_name: str | None,
    force_exclude: bool,
) -> None:
    """Format query files, without changing their meaning.

    Objects and lists are written on one line if they fit, and otherwise one member per line. Members keep their order,
    numbers their digits, and files the line ends of Windows. In YAML, comments and block style are kept. Files and
    folders are found as by check. A file that is not JSON or YAML is left as it is and its problems are shown; a query
    that the schema refuses is formatted like any other. --diff only names a file with a line of more than 10,000
    characters, or with more equal lines than it compares in a second.

    Changed files are rewritten and listed on standard output. Standard input is written to standard output.

    Examples, in the folder of "criteria init":

    \b
      criteria fmt queries --check
      criteria fmt queries/leading-the.json --diff
      echo '{"year":{"$lt":1942}}' | criteria fmt -

    Exit codes: 0, done; 1, a file is not JSON or YAML, or with --check or --diff a file would change; 2, a file cannot
    be read or written, nothing is found, or the configuration is wrong.
    """
    found = QueryFiles(Configs())
    files = found.named(paths, stdin_name, force_exclude)
    formatted = [_formatted(file, _line_length(found, file, line_length)) for file in files]
    for one in formatted:
        show(one.source, one.problems, err=True)
        _put(one, check, diff)
    changed = sum(one.is_changed for one in formatted)
    failed = sum(bool(one.problems) for one in formatted)
    would = "would change" if check or diff else "changed"
    refused = f", {failed} refused" if failed else ""
    click.echo(f"{counted(len(files), 'file')}, {changed or 'none'} {would}{refused}", err=True)
    if failed or (changed and (check or diff)):
        raise Exit(1)


def _line_length(found: QueryFiles, file: QueryFile, given: int | None) -> int:
    config = found.config(file)
    return given or (config and config.line_length) or _LINE_LENGTH


def _formatted(file: QueryFile, line_length: int) -> _Formatted:
    read = query_file(STDIN if file.is_stdin else file.name, "PATH")
    source = Source(file.name, read.content)
    try:
        if len(source.content) > DEFAULT_LIMITS.text:
            message = f"The criteria are longer than {DEFAULT_LIMITS.text} bytes."
            raise CriteriaError(Problem("too_long", message))
        if is_yaml(file.name):
            from criteria.text.yaml_layout import lay_out_yaml

            layout = lay_out_yaml(source.content, line_length)
        else:
            layout = lay_out_json(source.content, line_length, DEFAULT_LIMITS.text)
        if _ends_lines_with_crlf(source.content):
            layout = layout.replace("\n", "\r\n")
        content = layout.encode()
        if len(content) > DEFAULT_LIMITS.text:
            raise CriteriaError(FORMATTED_TOO_LONG)
        return _Formatted(file, source, content)
    except CriteriaError as error:
        return _Formatted(file, source, None, error.problems)


def _ends_lines_with_crlf(content: bytes) -> bool:
    """Whether all lines of a file end as Windows ends them."""
    return b"\r\n" in content and content.count(b"\n") == content.count(b"\r\n")


def _put(one: _Formatted, check: bool, diff: bool) -> None:
    """Writes a formatted file, unless it is only checked, and reports one that changes."""
    if diff:
        if one.is_changed:
            _print_bytes(_difference(one))
    elif check:
        if one.is_changed:
            click.echo(one.source.shown)
    elif one.file.is_stdin:
        _print_bytes(one.layout or b"")
    elif one.is_changed:
        with replacing(one.file.name) as beside:
            beside.write_bytes(one.layout or b"")
        click.echo(one.source.shown)


def _difference(one: _Formatted) -> bytes:
    """The difference, or nothing if it has lines that nobody can read, or more of them than can be compared: then
    standard error says so."""
    before, after = (_lines(text.decode("utf-8")) for text in (one.source.content, one.layout or b""))
    name = one.source.shown
    if any(len(line) > _MAX_DIFF_LINE for line in (*before, *after)):
        click.echo(f"{name}: would change, with lines of more than {_MAX_DIFF_LINE:,} characters", err=True)
        return b""
    try:
        lines = [*_unified(name, before, after)]
    except _TooManyLinesError:
        click.echo(f"{name}: would change, in more lines than can be compared", err=True)
        return b""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    ).encode()


def _unified(name: str, before: list[str], after: list[str]) -> Iterator[str]:
    """The lines of a unified difference, as `difflib.unified_diff` has them, which would match the lines again. Raises
    `_TooManyLinesError`."""
    yield f"--- {name}\n"
    yield f"+++ {name}\n"
    for group in _Matcher(before, after).get_grouped_opcodes():
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for kind, start, end, new_start, new_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in before[start:end])
            else:
                yield from (f"-{line}" for line in before[start:end])
                yield from (f"+{line}" for line in after[new_start:new_end])


def _range(start: int, end: int) -> str:
    """Lines of a file as the header of a hunk names them. An empty range is behind the line before it."""
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


class _TooManyLinesError(Exception):
    """The lines of two texts take too long to compare."""


class _Matcher(SequenceMatcher[str]):
    """Compares lines as `difflib.unified_diff` does, up to a bound. Raises `_TooManyLinesError`."""

    def __init__(self, before: list[str], after: list[str]) -> None:
        super().__init__(None, before, after)
        self._left = _MAX_PAIRS
        equal: Mapping[str, list[int]] = self.b2j  # type: ignore[attr-defined]  # which the documentation has
        self._pairs = [0, *accumulate(1 + len(equal.get(line, ())) for line in before)]

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        """Each call looks at all pairs of equal lines whose first one is in a part of the text."""
        end = len(self._pairs) - 1 if ahi is None else ahi
        self._left -= self._pairs[end] - self._pairs[alo]
        if self._left < 0:
            raise _TooManyLinesError
        return super().find_longest_match(alo, end, blo, bhi)


def _lines(text: str) -> list[str]:
    """The lines with their ends, which are line feeds alone: Python splits at U+2028 and others, too."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def _print_bytes(text: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()
