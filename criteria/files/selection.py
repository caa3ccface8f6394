"""Selecting from row formats: file after file, in batches, through the Python predicate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import compress
from typing import Any, BinaryIO, Literal

from criteria.ast import Query
from criteria.engines import compile as compiled
from criteria.files.compression import decompressed
from criteria.files.csv_table import CsvTable
from criteria.files.faults import DataFault
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.json_array import JsonArray
from criteria.files.ndjson import Ndjson
from criteria.files.page import Page
from criteria.files.records import Batch, Data, Table
from criteria.parser import parse
from criteria.schema import Schema
from criteria.search import Search

_TABLES: Mapping[Format, Callable[[Data], Table]] = {
    Format.NDJSON: Ndjson,
    Format.JSON: JsonArray,
    Format.CSV: CsvTable,
}


@dataclass(frozen=True, slots=True)
class RowReader:
    """How files of rows are read: `opened` gives the bytes of a path and what messages call it."""

    inputs: Inputs
    schema: Schema | None
    opened: Callable[[str], AbstractContextManager[tuple[str, BinaryIO]]]
    before_waiting: Callable[[], object]
    bad: Callable[[DataFault], None]

    @property
    def records(self) -> Literal["typed", "json"]:
        """What the records hold."""
        return "typed" if self.inputs.format is Format.CSV else "json"

    def selected(self, query: Query, page: Page, begin: Callable[[str, str], None]) -> Iterator[Batch]:
        """The selected records of all files. `begin` is told what stands in front of each file's records."""
        if page.order and self.schema is not None:
            yield _ordered(self._selected(query, begin), self.schema, page, self.records)
        elif page.limit == 0:
            yield from self._nothing(begin)
        else:
            yield from _page(self._selected(query, begin), page)

    def _selected(self, query: Query, begin: Callable[[str, str], None]) -> Iterator[Batch]:
        predicate = compiled(query, "python", records=self.records)
        for table, name in self._tables():
            has_begun = False
            for records, texts in table.batches():
                if not has_begun:
                    begin(table.head, name)
                    has_begun = True
                try:
                    hits = [*map(predicate.matches, records)]
                except Exception:  # a value that cannot be compared as it is
                    hits = [*map(predicate, records)]
                if True in hits:
                    yield [*compress(records, hits)], [*compress(texts, hits)]
            if not has_begun:
                begin(table.head, name)

    def _tables(self) -> Iterator[tuple[Table, str]]:
        for path in self.inputs.paths:
            with self.opened(path) as (name, stream):
                data = Data(name, decompressed(stream), self.schema, self.before_waiting, self.bad)
                yield _TABLES[self.inputs.format](data), name

    def _nothing(self, begin: Callable[[str, str], None]) -> Iterator[Batch]:
        """No record, and nothing is read but a header."""
        if self.inputs.format is Format.CSV:
            for table, name in self._tables():
                begin(table.head, name)
        yield from ()


def _page(batches: Iterable[Batch], page: Page) -> Iterator[Batch]:
    skip, left = page.skip, page.limit
    for records, texts in batches:
        if skip:
            skipped = min(skip, len(records))
            skip -= skipped
            records, texts = records[skipped:], texts[skipped:]
        if left is not None:
            records, texts = records[:left], texts[:left]
            left -= len(records)
        if records:
            yield records, texts
        if left == 0:
            return


class _Sortable(dict[str, Any]):
    """A record that keeps its text at hand."""

    __slots__ = ("text",)

    def __init__(self, record: dict[str, Any], text: str) -> None:
        super().__init__(record)
        self.text = text


def _ordered(batches: Iterable[Batch], schema: Schema, page: Page, records: Literal["typed", "json"]) -> Batch:
    """The page of rows that a query selects already."""
    everything = Search(parse({}, schema), page.order, page.limit, page.skip)
    found = (_Sortable(*row) for batch in batches for row in zip(*batch, strict=True))
    data = compiled(everything, "python", records=records)(found).data
    return [dict(record) for record in data], [record.text for record in data]
