"""Tests which records of a batch a query selects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from criteria.backends.compiling import compile as compiled
from criteria.backends.python.attribute_loop import AttributeLoop, RoundedLoop, attribute_loop, column_loop
from criteria.errors import Problem
from criteria.files.records import Batch, ColumnRecords
from criteria.text.json_decoders import TOO_DEEP
from criteria.tree.query import Query
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
        return self._loop is not None and self._loop.takes_rounded

    @property
    def takes_columns(self) -> bool:
        """Whether records may be `ColumnRecords`."""
        return self._columns is not None

    def hits(self, batch: Batch) -> list[int]:
        """The indexes of the selected records."""
        if batch.reread is not None:
            return self._hits_by_attributes(batch, batch.reread)
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

    def _hits_by_attributes(self, batch: Batch, reread: Callable[[str], Any]) -> list[int]:
        assert self._loop is not None
        with suppress(Exception):  # values that cannot be compared, or a text that cannot be read again
            if self._loop.rounded is None:
                return self._loop.indexes(batch.records)
            return self._hits_of_rounded(self._loop, self._loop.rounded, batch, reread)
        return [at for at in range(len(batch.records)) if self._is_hit(batch, at, reread)]

    def _hits_of_rounded(
        self, loop: AttributeLoop, rounded: RoundedLoop, batch: Batch, reread: Callable[[str], Any]
    ) -> list[int]:
        """The indexes of the selected records. The doubtful ones are read again."""
        found = rounded.candidates(batch.records)
        likely = [batch.records[at] for at in found]
        doubtful = [found[at] for at in rounded.doubtful(likely)]
        if rounded.candidates is not loop.indexes:
            found = [found[at] for at in loop.indexes(likely)]
        if not doubtful:
            return found
        hits = {doubtful[at] for at in loop.indexes([reread(batch.texts[at]) for at in doubtful])}
        return sorted(hits.union({*found}.difference(doubtful)))

    def _is_hit(self, batch: Batch, at: int, reread: Callable[[str], Any]) -> bool:
        assert self._loop is not None
        row = batch.records[at]
        if self._loop.takes_rounded:
            try:
                row = reread(batch.texts[at])
            except Exception:  # it is nested as deeply as can be read, and was read with a shorter stack
                raise batch.fault(at, [Problem("invalid_json", TOO_DEEP)], is_element=False) from None
        return self._predicate({name: getattr(row, one) for name, one in self._loop.attributes.items()})
