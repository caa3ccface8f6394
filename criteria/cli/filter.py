"""`criteria filter`: the records that a query selects."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from itertools import islice
from pathlib import PurePath
from typing import Annotated, Any, Literal

import typer

import criteria
from criteria import Query, Schema, Search, SortKey
from criteria.cli.arguments import LimitOption, OrderOption, QueryArgument, SchemaOption, SkipOption
from criteria.cli.csv_table import CsvTable
from criteria.cli.json_array import JsonArray
from criteria.cli.ndjson import Ndjson
from criteria.cli.reading import (
    STDIN,
    name_of,
    opened,
    parse_query,
    query_source,
    read_order,
    read_schema,
    refuse_shared_stdin,
)
from criteria.cli.records import Data, Row, Table


class Format(str, Enum):
    """The formats of data."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"


_TABLES: Mapping[Format, Callable[[Data], Table]] = {
    Format.NDJSON: Ndjson,
    Format.JSON: JsonArray,
    Format.CSV: CsvTable,
}
_SUFFIXES = {".ndjson": Format.NDJSON, ".jsonl": Format.NDJSON, ".json": Format.JSON, ".csv": Format.CSV}


def filter_records(
    query: QueryArgument,
    data: Annotated[str, typer.Argument(metavar="DATA", help="Data file; - is standard input.")] = STDIN,
    schema: SchemaOption = None,
    data_format: Annotated[
        Format | None,
        typer.Option("--format", help="Format of the data; by default what the file name ends with, or ndjson."),
    ] = None,
    order_by: OrderOption = None,
    limit: LimitOption = None,
    skip: SkipOption = None,
    count: Annotated[bool, typer.Option("--count", help="Print only how many records match.")] = False,
) -> None:
    """Print the records that a query selects.

    They are printed unchanged, in the format that they came in: NDJSON (one object a line; printed as they arrive), a
    JSON array of objects, or CSV (needs --schema; a header names the fields, an empty cell is null, a list is a JSON
    array, booleans are true and false).

    Examples, in the folder examples:

    \b
      criteria filter '{"year": {"$lt": 1942}}' films.ndjson
      criteria filter queries/leading-the.json films.ndjson --count
      criteria filter queries/hits-2010-to-christmas-2012.json films.ndjson \\
          --schema films.schema.json --order-by "boxOfficeMillions desc" --limit 3
      tail -n 50 films.ndjson | criteria filter '{"tomatoes.meter": {"$gte": 90}}' --limit 1
    """
    refuse_shared_stdin(query, data, schema)
    if count and (limit is not None or skip is not None or order_by is not None):
        message = "All records that match are counted: leave --limit, --skip and --order-by out."
        raise typer.BadParameter(message, param_hint="--count")
    known = read_schema(schema)
    parsed = parse_query(query_source(query), known)
    order = read_order(order_by, known)
    make_table = _TABLES[data_format or _format_of(data)]
    # Bytes, and a buffer also where PYTHONUNBUFFERED has taken it away from sys.stdout.
    with opened(data, "DATA") as stream, open(sys.stdout.fileno(), "wb", closefd=False) as out:
        table = make_table(Data(name_of(data), stream, known, out.flush))
        found = _selected(table, parsed)
        if count:
            typer.echo(sum(1 for _ in found))
        elif known is not None and order:
            table.write(_ordered(found, known, order, limit, skip or 0, table.records), out)
        else:
            end = None if limit is None else (skip or 0) + limit
            table.write((text for _, text in islice(found, skip or 0, end)), out)


def _format_of(path: str) -> Format:
    if path == STDIN:
        return Format.NDJSON
    found = _SUFFIXES.get(PurePath(path).suffix.lower())
    if found is None:
        message = f"{path} does not end with {', '.join(_SUFFIXES)}: name its format with --format."
        raise typer.BadParameter(message, param_hint="DATA")
    return found


def _selected(table: Table, query: Query) -> Iterator[Row]:
    matches = criteria.compile(query, "python", records=table.records).matches
    return (row for row in table.rows() if matches(row[0]))


class _Sortable(dict[str, Any]):
    """A record that keeps its text at hand."""

    __slots__ = ("text",)

    def __init__(self, row: Row) -> None:
        super().__init__(row[0])
        self.text = row[1]


def _ordered(found: Iterable[Row], schema: Schema, order: tuple[SortKey, ...], limit: int | None, skip: int,
             records: Literal["typed", "json"]) -> Iterator[bytes]:  # fmt: skip
    """The texts of a page of rows that a query selected already."""
    everything = Search(criteria.parse({}, schema), order, limit, skip)
    page = criteria.compile(everything, "python", records=records)(map(_Sortable, found))
    return (record.text for record in page.data)
