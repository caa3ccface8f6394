"""Prints records as a table: the columns that fit with their types, and a last line about the rest."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, TextIO
from uuid import UUID

from criteria.cli.reports.problems import visible
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import MAX_CHARACTERS, Field, joined_too_long

ROWS = 50
"""The number of records shown without a limit."""

_WIDEST = 40
_GAP = 3
_MAX_LISTED = 20
"""Columns without room whose names are printed."""

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
    from rich.table import Table
    from rich.text import Text

    from criteria.cli.reports.console import PlainConsole

    rows = [dict(_flat(record)) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    known = {one.column: f"list of {one.field_type.value}" if one.is_list else one.field_type.value for one in fields}
    types = {name: known.get(name) or _told_type(row.get(name) for row in rows) for name in names}
    cells = {name: [_cell(row[name]) if name in row else "" for row in rows] for name in names}
    width = shutil.get_terminal_size().columns if out.isatty() else None
    shown = _fitting({name: [visible(name), types[name], *cells[name]] for name in names}, width)
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = PlainConsole(file=out, width=width or 100_000, color_system=colours, highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP - 1, 0, 0), header_style="bold")
    for name in shown:
        numeric = all(isinstance(row.get(name), (int, float)) or row.get(name) is None for row in rows)
        table.add_column(
            Text(visible(name)), no_wrap=True, overflow="ellipsis", max_width=_WIDEST,
            justify="right" if numeric and rows else "left",
        )  # fmt: skip
    table.add_row(*(Text(types[name], style="dim") for name in shown))
    page = max(_LEAST_ROWS, shutil.get_terminal_size().lines - 3) if out.isatty() else len(rows)
    for at in range(len(rows)):
        if at and at % page == 0:
            table.add_row(*(Text(visible(name), style="bold") for name in shown))
        table.add_row(*(Text(cells[name][at]) for name in shown))
    if rows:
        console.print(table)
    for line in _notes(len(rows), total, names[len(shown) :], is_page):
        console.print(Text(line), style="dim", soft_wrap=True)
    sys.stdout.flush()


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


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if prefix and len(prefix) + len(name) > MAX_CHARACTERS:
            hint = "Write ndjson or json, or choose others with --select."
            raise CriteriaError(Problem("unsupported", joined_too_long(name), hint=hint))
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


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
