"""Tests which records of a batch a query selects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from criteria.backends.compiling import compile as compiled
from criteria.backends.python.attribute_loop import attribute_loop, column_loop
from criteria.files.records import Batch, ColumnRecords
from criteria.text.json_streaming import decode, past_blanks
from criteria.tree.nodes import Query
from criteria.values.loading import Lookups, Records


class Matcher:
    """The Python predicate, over the records of a batch."""

    def __init__(self, query: Query, records: Records, lookups: Lookups) -> None:
        self._predicate = compiled(query, "python", records=records, lookups=lookups)
        self._loop = attribute_loop(query) if records == "json" and not query.entities else None
        self._columns = column_loop(query) if records == "typed" and not query.entities else None

    @property
    def attributes(self) -> Mapping[str, str] | None:
        """The attributes that the members of records may be; None: they have to be keys of dicts."""
        return None if self._loop is None else self._loop.attributes

    @property
    def takes_rounded(self) -> bool:
        """Whether numbers of records with attributes may be rounded to doubles."""
        return self._loop is not None and self._loop.rounded is not None

    @property
    def takes_columns(self) -> bool:
        """Whether records may be `ColumnRecords`."""
        return self._columns is not None

    def hits(self, batch: Batch) -> list[int]:
        """The indexes of the selected records."""
        if batch.has_attributes:
            return self._hits_by_attributes(batch.records, batch.texts)
        if isinstance(batch.records, ColumnRecords):
            return self._hits_in_columns(batch.records)
        if len(batch.records) == 1:
            return [0] if self._predicate(batch.records[0]) else []
        found = {*map(id, self._predicate.filter(batch.records))}
        return [at for at, record in enumerate(batch.records) if id(record) in found] if found else []

    def _hits_in_columns(self, records: ColumnRecords) -> list[int]:
        assert self._columns is not None
        columns = dict(zip(records.names, records.columns, strict=True))
        try:
            return self._columns.indexes([columns[name] for name in self._columns.names])
        except Exception:  # values that cannot be compared
            return [at for at, record in enumerate(records) if self._predicate(record)]

    def _hits_by_attributes(self, rows: Sequence[Any], texts: Sequence[str]) -> list[int]:
        assert self._loop is not None
        with suppress(Exception):  # values that cannot be compared
            if self._loop.rounded is None:
                return self._loop.indexes(rows)
            candidates = self._loop.rounded.candidates(rows)
            likely = [rows[at] for at in candidates]
            found = {candidates[at] for at in self._loop.indexes(likely)}
            for at in self._loop.rounded.doubtful(likely):
                place = candidates[at]
                (found.add if self._predicate(_record(texts[place])) else found.discard)(place)
            return sorted(found)
        return [at for at, text in enumerate(texts) if self._predicate(_record(text))]


def _record(text: str) -> dict[str, Any]:
    record: dict[str, Any] = decode(text, past_blanks(text, 0))[0]
    return record
