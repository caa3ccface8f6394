"""Values that are not what the schema declares: only negated comparisons are true of them, and nothing else tells it.

Of JSON that is any value of another type. In CSV and in columns all values have their types, and only those are told
that the schema does not list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from criteria.files.csv_cells import has_no_offset
from criteria.files.kinds_seen import MAX_RECORDS
from criteria.files.records import Batch
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Expression, leaves_and_tests
from criteria.tree.query import Query
from criteria.values.coerce import known_values
from criteria.values.loading import Records, loader

_STEP = 128
"""Of the records after the first ones, each so many-th is looked at."""


class _Values:
    """The values of one field: how many there are, how many do not fit, and the first of those. `lists` are the paths
    to the lists of objects, one inside the other, that the field is in."""

    __slots__ = ("count", "field", "first", "known", "lists", "load", "record", "unfit")

    def __init__(self, field: Field, lists: tuple[tuple[str, ...], ...], records: Records) -> None:
        self.field, self.lists = field, lists
        self.load = loader(field, records)
        self.known = None if field.values is None else known_values(field)
        self.count = self.unfit = self.record = 0
        self.first: Any = None

    @property
    def path(self) -> tuple[str, ...]:
        """The whole path."""
        return (*(name for path in self.lists for name in path), *self.field.path)

    def see(self, record: Any, number: int) -> None:
        """Takes note of the values of a record. Null is not a value."""
        for holder in _elements(record, self.lists) if self.lists else (record,):
            self._see(_at(holder, self.field.path), number)

    def _see(self, found: Any, number: int) -> None:
        is_list = self.field.is_list and isinstance(found, list)
        for value in found if is_list else (found,):
            if value is not None:
                self.count += 1
                if is_list is not self.field.is_list or not self._is_fit(value):
                    if not self.unfit:
                        self.first, self.record = value, number
                    self.unfit += 1

    def _is_fit(self, value: Any) -> bool:
        loaded = self.load(value)
        return loaded is not None and (self.known is None or loaded in self.known)

    def note(self, where: str) -> str | None:
        """What is to be said of them."""
        if not self.unfit:
            return None
        kind = f"a list of {self.field.field_type.value}" if self.field.is_list else self.field.field_type.value
        remedy = self._remedy()
        is_unlisted = self.field.values is not None and isinstance(self.first, str)
        what = "values that the schema does not list" if is_unlisted else f"values that are not of type {kind}"
        example = f"{self.unfit:,} of {self.count:,}, such as {quoted(self.first)} in record {self.record}"
        name = quoted(".".join(self.path))
        said = f"In {where} {name} has {what}: {example}. Only negated comparisons are true of them."
        return said if remedy is None else f"{said} {remedy}"

    def _remedy(self) -> str | None:
        """What to do about times without an offset, which are values in other formats."""
        if self.field.field_type is not FieldType.DATE_TIME or not isinstance(self.first, str):
            return None
        if not has_no_offset(self.first):
            return None
        written = f"{self.first.replace(' ', 'T')}Z"
        return (
            f"In JSON, times have an offset: if they are in UTC, write them as {quoted(written)}. "
            'Without one they are read from CSV and columns, if the schema says "timeZone": "UTC".'
        )


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _elements(record: Any, lists: tuple[tuple[str, ...], ...]) -> Iterator[Any]:
    """The objects that lists of objects have, the last list in the elements of those before."""
    if not lists:
        yield record
        return
    found = _at(record, lists[0])
    for one in found if isinstance(found, list) else ():
        yield from _elements(one, lists[1:])


Place = tuple[Field, tuple[tuple[str, ...], ...]]


def _compared(expression: Expression, lists: tuple[tuple[str, ...], ...] = ()) -> Iterator[Place]:
    """The fields that are compared with something else than null, and the lists of objects that they are in."""
    found, tests = leaves_and_tests(expression)
    for leaf in found:
        if leaf.value is not None:
            yield leaf.field, lists
    for test in tests:
        if test.term is not None:
            yield from _compared(test.term, (*lists, test.objects.place.path))


class UnfitValues:
    """The values of the fields that a query with a schema compares: of all of the first records, and of some of the
    others."""

    def __init__(self, query: Query, records: Records = "json") -> None:
        compared = {(lists, field.path): field for field, lists in _compared(query.expression)}
        self._values = [
            _Values(field, lists, records)
            for (lists, _), field in compared.items()
            if records == "json" or field.values is not None
        ]
        self._looked_at = self._records = 0
        self.is_whole = False
        """Whether all records were read."""

    @property
    def names(self) -> list[str]:
        """The names of the members of records that are looked at."""
        return [*dict.fromkeys(one.path[0] for one in self._values)]

    @property
    def is_looking(self) -> bool:
        """Whether all of the next records are looked at."""
        return bool(self._values) and self._records < MAX_RECORDS

    def see(self, batch: Batch, from_folders: Collection[str] = ()) -> None:
        """Takes note of the first records, but not of what the names of folders say."""
        left = MAX_RECORDS - self._records
        self.see_records(islice(batch.records, left), from_folders)
        if left < len(batch.records):
            self.skim(batch.part(left), None, from_folders)

    def see_records(self, records: Iterable[Mapping[str, Any]], from_folders: Collection[str] = ()) -> None:
        """Takes note of records, which follow those before."""
        asked = [one for one in self._values if one.field.name not in from_folders]
        for record in records:
            self._records += 1
            self._looked_at += 1
            for one in asked:
                one.see(record, self._records)

    def skim(self, batch: Batch, attributes: Mapping[str, str] | None, from_folders: Collection[str] = ()) -> None:
        """Takes note of some of the records after the first ones. `attributes` says what members are called if records
        have attributes."""
        asked = [one for one in self._values if one.field.name not in from_folders]
        if asked:
            for at in range(-self._records % _STEP, len(batch.records), _STEP):
                record = batch.records[at]
                if batch.reread is not None:
                    record = {name: getattr(record, one) for name, one in (attributes or {}).items()}
                self._looked_at += 1
                for one in asked:
                    one.see(record, self._records + at + 1)
        self._records += len(batch.records)

    def notes(self) -> Iterator[str]:
        """What is to be said of the values."""
        where = "all records"
        if self._looked_at > MAX_RECORDS:
            where = f"the {self._looked_at:,} records that were looked at"
        elif not self.is_whole or self._records >= MAX_RECORDS:
            where = f"the first {self._looked_at:,} records"
        for one in self._values:
            note = one.note(where)
            if note is not None:
                yield note
