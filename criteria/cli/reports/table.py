"""Prints records as a table: the columns that fit, and a last line about the rest."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TextIO

from criteria.cli.reports.problems import visible

ROWS = 50
"""The number of records shown without a limit."""

_WIDEST = 40
_GAP = 3


def print_table(records: Sequence[Mapping[str, Any]], more: bool, out: TextIO) -> None:
    """Prints records, members of objects under names with dots. `more` says that there are others."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [dict(_flat(record)) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [_cell(row.get(name)) for row in rows] for name in names}
    width = shutil.get_terminal_size().columns if out.isatty() else None
    shown = _fitting({name: [visible(name), *cells[name]] for name in names}, width)
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    console = Console(file=out, width=width or 100_000, color_system=colours, highlight=False)
    table = Table(box=None, pad_edge=False, padding=(0, _GAP - 1, 0, 0), header_style="bold")
    for name in shown:
        numeric = all(isinstance(row.get(name), (int, float)) or row.get(name) is None for row in rows)
        table.add_column(
            Text(visible(name)), no_wrap=True, overflow="ellipsis", max_width=_WIDEST,
            justify="right" if numeric and rows else "left",
        )  # fmt: skip
    for at in range(len(rows)):
        table.add_row(*(Text(cells[name][at]) for name in shown))
    if rows:
        console.print(table)
    for line in _notes(len(rows), more, names[len(shown) :]):
        console.print(Text(line), style="dim", soft_wrap=True)
    sys.stdout.flush()


def _notes(count: int, more: bool, hidden: Sequence[str]) -> Iterator[str]:
    if hidden:
        yield f"{len(hidden)} more columns: {', '.join(map(visible, hidden))}"
    if more:
        yield f"The first {count} records. See others with --limit and --skip, all with --output FILE."
    elif not count:
        yield "No records."


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
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return visible(str(value))
