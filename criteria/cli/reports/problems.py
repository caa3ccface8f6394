"""Prints problems: position, code and message; the line; and what to write instead."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import click

from criteria import Problem
from criteria.errors import MAX_PROBLEMS
from criteria.messages import in_a_line, shown_name

_WIDTH = 100
"""The maximum number of characters shown of a line."""

_TAB = "    "


class Source(NamedTuple):
    """A text that was read: its name in messages, its bytes, and the number of its first line."""

    name: str
    content: bytes = b""
    first_line: int = 1

    @property
    def shown(self) -> str:
        """The name for display."""
        return shown_name(self.name)


class InputError(Exception):
    """An input that stops the command: its problems, and the exit code."""

    def __init__(self, source: Source, problems: Sequence[Problem], exit_code: int = 1) -> None:
        super().__init__(source, problems, exit_code)
        self.source = source
        self.problems = problems
        self.exit_code = exit_code


def show(source: Source, problems: Sequence[Problem], *, err: bool) -> None:
    """Prints the problems of a source to standard output or error, in colour if that is a terminal."""
    lines = source.content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
    for problem in problems:
        click.echo("\n".join(_worded(source, lines, problem)), err=err, color=wants_colour())


def show_notes(name: str, notes: Iterable[str]) -> None:
    """Prints notes on an input on standard error, at most as many as an error lists problems."""
    told = iter(notes)
    for note in islice(told, MAX_PROBLEMS):
        click.echo(f"{shown_name(name)}: note: {visible(note)}", err=True)
    if more := sum(1 for _ in told):
        click.echo(f"{shown_name(name)}: note: {counted(more, 'more note')} not shown.", err=True)


def wants_colour() -> bool | None:
    """Whether the environment requests colours (FORCE_COLOR) or forbids them (NO_COLOR, which wins, or a terminal
    without colours); None: it depends on the output."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _worded(source: Source, lines: Sequence[str], problem: Problem) -> list[str]:
    numbers = [str(number) for number in (problem.line, problem.column) if number is not None]
    place = click.style(":".join((source.shown, *numbers)), bold=True)
    shown = problem.shown_pointer
    pointer = f" (at {in_a_line(shown)})" if shown and problem.column is None else ""
    worded = [f"{place}: {click.style(problem.code, fg='red')}: {visible(problem.message)}{pointer}"]
    if problem.line is not None and problem.column is not None:
        at = problem.line - source.first_line
        line = lines[at].removesuffix("\r") if at < len(lines) else ""
        if line.strip():
            shown, before = excerpt(line, problem.column)
            mark = "^" * token_cells(line, problem.column)
            worded += [f"    {shown}", f"    {' ' * before}{click.style(mark, fg='green', bold=True)}"]
    return worded + ([f"  {visible(problem.hint)}"] if problem.hint else [])


def excerpt(line: str, column: int) -> tuple[str, int]:
    """The part of a line around a column (counted from 1), and the number of terminal cells before that column."""
    at = min(column - 1, len(line))
    start = max(0, min(at - _WIDTH // 2, len(line) - _WIDTH))
    end = start + _WIDTH
    head = ("..." if start else "") + visible(line[start:at])
    return head + visible(line[at:end]) + ("..." if end < len(line) else ""), sum(map(_cells, head))


def token_cells(line: str, column: int) -> int:
    """The number of terminal cells of the token at a column, as far as `excerpt` shows it; at least one."""
    at = min(column - 1, len(line))
    end = max(0, min(at - _WIDTH // 2, len(line) - _WIDTH)) + _WIDTH
    found = _TOKEN.match(line, at, max(end, at))
    return max(1, sum(map(_cells, visible(found[0])))) if found else 1


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\w$.+-]+')
"""A string, or a number or word. Of anything else the first character is the token."""


def visible(text: str) -> str:
    """The text with tabs as blanks and control characters as visible symbols, so that it cannot control a terminal."""
    return "".join(map(_picture, text)) if not text.isprintable() else text


def _picture(character: str) -> str:
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(0x2400 + ord(character))
    return "\ufffd" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def counted(count: int, noun: str) -> str:
    """A number with its noun: "no files", "1 file", "2 files"."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
