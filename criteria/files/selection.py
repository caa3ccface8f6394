"""Selecting from row formats: file after file, in batches, through the Python predicate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import chain
from typing import Any, BinaryIO

from criteria.backends.compiling import compile as compiled
from criteria.errors import Problem, listed
from criteria.files.columns_seen import ColumnsSeen
from criteria.files.compression import decompressed
from criteria.files.csv_dialect import DEFAULT_DIALECT, CsvDialect
from criteria.files.faults import DataFault
from criteria.files.folder_columns import FolderColumns, FolderValues, with_values
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.files.kinds_seen import KindsSeen
from criteria.files.matching import Matcher
from criteria.files.names_seen import NamesSeen
from criteria.files.records import Batch, Data, MemberAttributes, Table
from criteria.files.unfit_values import UnfitValues
from criteria.parsing.parser import parse
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.search.page import Page
from criteria.search.search import Search
from criteria.tree.nodes import places
from criteria.tree.query import Query
from criteria.values.loading import Lookups, Records

_TABLES: Mapping[Format, tuple[str, str]] = {
    Format.NDJSON: ("criteria.files.ndjson", "Ndjson"),
    Format.JSON: ("criteria.files.json_array", "JsonArray"),
    Format.CSV: ("criteria.files.csv_table", "CsvTable"),
}
"""The module and the class that read each row format. They are imported when they are used."""


@dataclass(frozen=True, slots=True)
class RowReader:
    """How row files are read: `opened` returns the bytes of a path and its name in messages."""

    inputs: Inputs
    schema: Schema | None
    opened: Callable[[str], AbstractContextManager[tuple[str, BinaryIO]]]
    bad: Callable[[DataFault], None]
    is_partial: bool = False
    """Whether nothing but the texts of selected records is needed, and of records what the search names."""
    csv: CsvDialect = DEFAULT_DIALECT
    shown: tuple[tuple[str, ...], ...] = ()
    """The members that the output shows; without any, all."""
    lookups: Lookups = field(default_factory=dict)
    """What finds the objects that references lead to, by their ids."""
    _names: list[NamesSeen] = field(default_factory=list)
    _columns: list[ColumnsSeen] = field(default_factory=list)
    _kinds: list[KindsSeen | UnfitValues] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)

    @property
    def records(self) -> Records:
        """The kind of records, for the predicate."""
        return "typed" if self.inputs.format is Format.CSV else "json"

    @property
    def page(self) -> Page | None:
        """The page of an ordered search, once its records were read."""
        return self._pages[-1] if self._pages else None

    @property
    def lacks_shown(self) -> bool:
        """Whether no record had any of the members that the output shows, so far. Never if a schema declares one."""
        is_lacking = any(names.lacks_selected for names in self._names)
        return is_lacking and len(self._undeclared()) == len(self.shown)

    def unseen(self) -> list[Problem]:
        """What the query or the output names and no record has, once all records were read."""
        of_columns = (problem for columns in self._columns for problem in columns.problems())
        of_names = (problem for names in self._names for problem in names.problems())
        return [*listed(chain(of_names, of_columns))]

    def records_inside(self) -> tuple[tuple[str, ...], int] | None:
        """Where records may be in a JSON text that was read as one record, and how many. None where nothing such is."""
        if self.inputs.format is not Format.JSON or self.inputs.at is not None:
            return None
        return next((found for names in self._names if (found := names.records_inside()) is not None), None)

    def from_folders(self, names: Iterable[str]) -> list[str]:
        """Which of these names records have from the names of the folders that their files are in."""
        folders = FolderColumns(self.inputs, self.schema, self.records)
        added = {name for path in self.inputs.paths for name in folders.values(path).names}
        return [name for name in names if name in added]

    def united_header(self, search: Search) -> list[str]:
        """The columns of united files of CSV, which need a schema. Raises `DataFault` for a field that none has."""
        from criteria.files.csv_union import united_header

        assert self.schema is not None, "cells have the types of a schema"
        return united_header(self.inputs, self.csv, self.schema, search, self.opened)

    def notes(self) -> list[str]:
        """What is to be said of the query's comparisons, and of the names of the output, as the records show it."""
        of_output = [note for names in self._names for note in names.notes()] if self.lacks_shown else []
        return [*of_output, *(note for kinds in self._kinds for note in kinds.notes())]

    def selected(
        self, search: Search, begin: Callable[[str, str], None], before_waiting: Callable[[], object]
    ) -> Iterator[Batch]:
        """The selected records of all files. `begin` receives the text before each file's records, `before_waiting` is
        called each time before a file may block."""
        if search.order_by:
            page = _ordered(self._selected(search, begin, before_waiting), search, self.records)
            self._pages.append(page)
            for record in page.data:
                yield record.batch.part(record.at, record.at + 1)
        elif search.limit == 0:
            yield from self._nothing(search, begin, before_waiting)
        else:
            yield from _page(self._selected(search, begin, before_waiting), search)

    def _members(self, search: Search) -> Sequence[tuple[str, ...]] | None:
        """The members of records that are needed; None: all."""
        if not self.is_partial:
            return None
        fields = places(search.query.expression) + [key.field for key in search.sort_keys]
        return [*dict.fromkeys([*(one.path for one in fields), *self._undeclared()])]

    def _undeclared(self) -> tuple[tuple[str, ...], ...]:
        """The members that the output shows, and no schema declares: records tell whether they have them. CSV has a
        header, which tells."""
        if self.inputs.format is Format.CSV:
            return ()
        if self.schema is None:
            return self.shown
        places = [*self.schema.fields, *(one.place for one in self.schema.object_lists)]
        declared = [one.path for one in places]
        return tuple(
            path
            for path in self.shown
            if not any(one[: len(path)] == path or path[: len(one)] == one for one in declared)
        )

    def _selected(
        self, search: Search, begin: Callable[[str, str], None], before_waiting: Callable[[], object]
    ) -> Iterator[Batch]:
        query = search.query
        names, kinds = NamesSeen(query, self._undeclared()), self._seen(query)
        self._names.append(names)
        columns = ColumnsSeen(self._fields(search))
        self._kinds.append(kinds)
        self._columns.append(columns)
        matcher = Matcher(query, self.records, self.lookups)
        attributes = None
        if matcher.attributes is not None and not search.order_by:
            attributes = MemberAttributes(
                matcher.attributes,
                lambda: not (names.unseen or kinds.is_looking or columns.is_looking),
                matcher.takes_rounded,
            )
        by_columns = matcher.takes_columns and not search.order_by
        for table, name, values in self._tables(search, before_waiting, attributes, takes_columns=by_columns):
            has_begun = False
            for batch in with_values(table.batches(), values):
                if not has_begun:
                    begin(table.head, name)
                    has_begun = True
                if names.unseen:
                    names.see(batch, values.names)
                if kinds.is_looking:
                    kinds.see(batch, frozenset(values.names))
                elif isinstance(kinds, UnfitValues):
                    kinds.skim(batch, matcher.attributes, frozenset(values.names))
                if columns.is_looking:
                    columns.see(batch)
                indexes = matcher.hits(batch)
                if indexes:
                    yield batch.only(indexes)
            if not has_begun:
                begin(table.head, name)
        names.is_whole = kinds.is_whole = True

    def _fields(self, search: Search) -> Sequence[Field]:
        """The fields that records of JSON have to have by their names."""
        if self.schema is None or self.records == "typed":
            return ()
        if self.is_partial:
            return search.named_fields
        return (*self.schema.fields, *(one.place for one in self.schema.object_lists))

    def _seen(self, query: Query) -> KindsSeen | UnfitValues:
        """What looks at the values."""
        return KindsSeen(query) if self.schema is None else UnfitValues(query, self.records)

    def _tables(
        self,
        search: Search,
        before_waiting: Callable[[], object],
        attributes: MemberAttributes | None = None,
        *,
        takes_columns: bool = False,
    ) -> Iterator[tuple[Table, str, FolderValues]]:
        folders = FolderColumns(self.inputs, self.schema, self.records)
        members, named = self._members(search), search.named_fields
        also = tuple(key.field for key in search.sort_keys) if search.order_by else ()
        is_utf_8 = self.inputs.format is not Format.CSV or self.csv.is_utf_8
        module, reader = _TABLES[self.inputs.format]
        table: Callable[[Data], Table] = getattr(import_module(module), reader)
        for path in self.inputs.paths:
            with self.opened(path) as (name, stream):
                values = folders.values(path)
                data = Data(
                    name, decompressed(stream, name, is_utf_8=is_utf_8), self.schema, before_waiting, self.bad,
                    members, self.inputs.at, self.csv, named, also, not self.is_partial, frozenset(values.names),
                    None if values.values else attributes, takes_columns and not values.values, self.inputs.is_union,
                )  # fmt: skip
                yield table(data), name, values

    def _nothing(
        self, search: Search, begin: Callable[[str, str], None], before_waiting: Callable[[], object]
    ) -> Iterator[Batch]:
        """No records. Only headers are read."""
        if self.inputs.format is Format.CSV:
            for table, name, _ in self._tables(search, before_waiting):
                begin(table.head, name)
        yield from ()


def _page(batches: Iterable[Batch], search: Search) -> Iterator[Batch]:
    skip, left = search.skip, search.limit
    for batch in batches:
        if skip:
            skipped = min(skip, len(batch.records))
            skip -= skipped
            batch = batch.part(skipped)
        if left is not None:
            batch = batch.part(0, left)
            left -= len(batch.records)
        if batch.records:
            yield batch
        if left == 0:
            return


class _Sortable(dict[str, Any]):
    """A record that knows its batch and its index there."""

    __slots__ = ("at", "batch")

    def __init__(self, batch: Batch, at: int) -> None:
        super().__init__(batch.records[at])
        self.batch, self.at = batch, at


def _ordered(batches: Iterable[Batch], search: Search, records: Records) -> Page:
    """The ordered page of the selected rows, each a `_Sortable`. Without a unique key, rows whose sort keys are equal
    keep the order of the files, and pages are parts of the whole order."""
    schema = search.query.schema
    assert schema is not None, "sort keys have the types of a schema"
    everything = replace(search, query=parse({}, schema))
    found = (_Sortable(batch, at) for batch in batches for at in range(len(batch.records)))
    if schema.key:
        page: Page = compiled(everything, "python", records=records)(found)
        return page
    whole: Page = compiled(replace(everything, limit=None, skip=0), "python", records=records)(found)
    end = None if search.limit is None else search.skip + search.limit
    return replace(whole, data=whole.data[search.skip : end])
