"""Prints records as a table: the columns that fit with their types, and a last line about the rest."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO
from uuid import UUID

from criteria.cli.reports.problems import visible
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import MAX_CHARACTERS, Field, joined_too_long

if TYPE_CHECKING:
    from rich.table import Table

ROWS = 50
"""The number of records shown without a limit."""

_WIDEST = 40
_GAP = 3
_MAX_LISTED = 20
"""Columns without room whose names are printed."""

_MOST_COLUMNS = 1000
"""Columns whose cells are printed, wherever."""

_LEAST_ROWS = 10
"""Rows between two headers, at least."""

_TYPES: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "double",
    Decimal: "number",
    str: "string",
    date: "date",
    datetime: "dateTime",
    UUID: "guid",
    list: "list",
    dict: "object",
    bytes: "binary",
    time: "time",
    timedelta: "duration",
}


def print_table(
    records: Sequence[Mapping[str, Any]],
    total: int | None,
    out: TextIO,
    fields: Iterable[Field] = (),
    *,
    is_page: bool = False,
) -> None:
    """Prints records, members of objects under names with dots, and how many there are.

    `total` is the number of all records; None: there are more than these, and it is unknown. `fields` are the
    columns whose types are known; those of others are told by their values. A page was asked for by its length, so
    nothing is said about others.
    """
    from rich.text import Text

    from criteria.cli.reports.console import PlainConsole

    rows = _rows(records)
    every = list(dict.fromkeys(name for row in rows for name in row))
    names = every[:_MOST_COLUMNS]
    known = {one.column: f"list of {one.field_type.value}" if one.is_list else one.field_type.value for one in fields}
    types = {name: known.get(name) or _told_type(row.get(name) for row in rows) for name in names}
    cells = {name: [_cell(row[name]) if name in row else "" for row in rows] for name in names}
    width = shutil.get_terminal_size().columns if out.isatty() else None
    shown = _fitting({name: [visible(name), types[name], *cells[name]] for name in names}, width)
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = PlainConsole(file=out, width=width or 100_000, color_system=colours, highlight=False)
    columns = [_Column(visible(name), types[name], cells[name], _are_numbers(name, rows)) for name in shown]
    if rows and console.is_terminal:
        page = max(_LEAST_ROWS, shutil.get_terminal_size().lines - 3) if out.isatty() else len(rows)
        console.print(_rich_table(columns, len(rows), page))
    elif rows:
        out.writelines(_plain_lines(columns))
    for line in _notes(len(rows), total, every[len(shown) :], is_page):
        console.print(Text(line), style="dim", soft_wrap=True)
    sys.stdout.flush()


class _Column(NamedTuple):
    """A column as texts."""

    name: str
    type_name: str
    cells: Sequence[str]
    are_numbers: bool

    @property
    def texts(self) -> Sequence[str]:
        """What is printed below each other."""
        return [self.name, self.type_name, *self.cells]


def _are_numbers(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(isinstance(row.get(name), (int, float)) or row.get(name) is None for row in rows)


def _rich_table(columns: Sequence[_Column], count: int, page: int) -> Table:
    """A table for a terminal, with the header again after each page of rows."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP - 1, 0, 0), header_style="bold")
    for one in columns:
        justify: Literal["right", "left"] = "right" if one.are_numbers else "left"
        table.add_column(Text(one.name), no_wrap=True, overflow="ellipsis", max_width=_WIDEST, justify=justify)
    table.add_row(*(Text(one.type_name, style="dim") for one in columns))
    for at in range(count):
        if at and at % page == 0:
            table.add_row(*(Text(one.name, style="bold") for one in columns))
        table.add_row(*(Text(one.cells[at]) for one in columns))
    return table


def _plain_lines(columns: Sequence[_Column]) -> Iterator[str]:
    """The lines of the same table without styles. rich takes a hundred times as long, and pipes take any width."""
    texts = [_of_one_width(one.texts, one.are_numbers) for one in columns]
    gap = " " * (_GAP - 1)
    for line in zip(*texts, strict=True):
        yield gap.join(line) + "\n"
    if not texts:
        yield "\n"


def _of_one_width(texts: Sequence[str], are_numbers: bool) -> list[str]:
    """Texts that are padded, or cut, to the width of a column."""
    from rich.cells import cell_len, set_cell_size

    width = min(_WIDEST, max(map(cell_len, texts)))
    found: list[str] = []
    for text in texts:
        text = text.rstrip() if are_numbers else text
        left = width - cell_len(text)
        if left < 0:
            found.append(set_cell_size(text, width - 1) + "…")
        else:
            found.append(" " * left + text if are_numbers else text + " " * left)
    return found


def _notes(count: int, total: int | None, hidden: Sequence[str], is_page: bool) -> Iterator[str]:
    if hidden:
        more = f" and {len(hidden) - _MAX_LISTED:,} more" if len(hidden) > _MAX_LISTED else ""
        yield f"{len(hidden)} more columns: {', '.join(map(_short, hidden[:_MAX_LISTED]))}{more}"
    if not count:
        yield "No records."
    elif is_page:
        return
    elif total == count:
        yield "1 record." if count == 1 else f"{count} records."
    else:
        known = "" if total is None else f" of {total:,}"
        yield f"The first {count}{known} records. See others with --limit and --skip, all with --output FILE."


def _short(name: str) -> str:
    """The name of a column as visible text, cut as its cells are."""
    shown = visible(name[: _WIDEST + 1])
    return shown if len(shown) <= _WIDEST else f"{shown[: _WIDEST - 1]}…"


def _fitting(columns: Mapping[str, Sequence[str]], width: int | None) -> list[str]:
    """The first columns that a terminal has room for; at least one."""
    from rich.cells import cell_len

    shown: list[str] = []
    left = width
    for name, cells in columns.items():
        if left is not None:
            left -= min(_WIDEST, max(map(cell_len, cells))) + _GAP
            if left < -_GAP and shown:
                break
        shown.append(name)
    return shown


_Path = tuple[str, ...]


def _rows(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The cells of records, by the names of the columns. Raises `CriteriaError` (`unsupported`)."""
    paths: dict[str, _Path] = {}
    rows: list[dict[str, Any]] = []
    for record in records:
        row: dict[str, Any] = {}
        for path, value in _flat(record):
            name = ".".join(path)
            if paths.setdefault(name, path) != path:
                message = f"Two columns of the table would be named {quoted(name)}."
                raise CriteriaError(Problem("unsupported", message, hint="Write ndjson or json."))
            row[name] = value
        rows.append(row)
    return rows


def _flat(record: Mapping[str, Any], prefix: _Path = (), length: int = 0) -> Iterator[tuple[_Path, Any]]:
    """The values of a record with their paths. The names around them have `length` characters, with a dot each."""
    for name, value in record.items():
        if prefix and length + len(name) > MAX_CHARACTERS:
            hint = "Write ndjson or json, or choose others with --select."
            raise CriteriaError(Problem("unsupported", joined_too_long(name), hint=hint))
        if isinstance(value, dict) and value:
            yield from _flat(value, (*prefix, name), length + len(name) + 1)
        else:
            yield (*prefix, name), value


def _told_type(values: Iterable[Any]) -> str:
    """The types of values, in the order in which they were found; of nothing but nulls, `null`."""
    found = dict.fromkeys(_TYPES.get(type(value), type(value).__name__) for value in values if value is not None)
    return " or ".join(found) or "null"


def _cell(value: Any) -> str:
    """What is printed for a value that is there. Strings that would look like another value are in quotes."""
    if value is None:
        return "null"
    if value in ("", "null"):
        return f'"{value}"'
    if isinstance(value, (bytes, bytearray)):
        return "1 byte" if len(value) == 1 else f"{len(value)} bytes"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return visible(str(value))
