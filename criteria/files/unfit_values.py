"""Values of JSON that are not what the schema declares: only negated comparisons are true of them, and nothing else
tells it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from criteria.errors import quoted
from criteria.files.csv_cells import has_no_offset
from criteria.files.kinds_seen import MAX_RECORDS
from criteria.files.records import Batch
from criteria.schema.field import ElementField, Field, FieldType
from criteria.tree.nodes import Query, leaves
from criteria.values.loading import loader


class _Values:
    """The values of one field in the first records: how many there are, how many do not fit, and the first of those."""

    __slots__ = ("count", "field", "first", "load", "record", "unfit")

    def __init__(self, field: Field) -> None:
        self.field = field
        self.load = loader(field, "json")
        self.count = self.unfit = self.record = 0
        self.first: Any = None

    def see(self, record: Any, number: int) -> None:
        """Takes note of the values of a record. Null is not a value."""
        for name in self.field.path:
            if not isinstance(record, dict):
                return
            record = record.get(name)
        is_list = self.field.is_list and isinstance(record, list)
        for value in record if is_list else (record,):
            if value is not None:
                self.count += 1
                if is_list is not self.field.is_list or not self._is_fit(value):
                    if not self.unfit:
                        self.first, self.record = value, number
                    self.unfit += 1

    def _is_fit(self, value: Any) -> bool:
        loaded = self.load(value)
        return loaded is not None and (self.field.values is None or loaded in self.field.values)

    def note(self, where: str) -> str | None:
        """What is to be said of them."""
        if not self.unfit:
            return None
        kind = f"a list of {self.field.field_type.value}" if self.field.is_list else self.field.field_type.value
        remedy = self._remedy()
        is_unlisted = self.field.values is not None and isinstance(self.first, str)
        what = "values that the schema does not list" if is_unlisted else f"values that are not of type {kind}"
        example = f"{self.unfit:,} of {self.count:,}, such as {quoted(self.first)} in record {self.record}"
        said = f"In {where} {quoted(self.field.name)} has {what}: {example}. Only negated comparisons are true of them."
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


class UnfitValues:
    """The values of the fields that a query with a schema compares, in the first records."""

    def __init__(self, query: Query) -> None:
        fields = {leaf.field.path: leaf.field for leaf in leaves(query.expression) if leaf.value is not None}
        own = [one for one in fields.values() if not isinstance(one, ElementField)]
        self._values = [_Values(one) for one in own]
        self._records = 0
        self.is_whole = False
        """Whether all records were read."""

    @property
    def is_looking(self) -> bool:
        """Whether further records are looked at."""
        return bool(self._values) and self._records < MAX_RECORDS

    def see(self, batch: Batch, from_folders: Collection[str] = ()) -> None:
        """Takes note of the first records, but not of what the names of folders say."""
        asked = [one for one in self._values if one.field.name not in from_folders]
        for record in islice(batch.records, MAX_RECORDS - self._records):
            self._records += 1
            for one in asked:
                one.see(record, self._records)

    def notes(self) -> Iterator[str]:
        """What is to be said of the values."""
        is_sample = not self.is_whole or self._records >= MAX_RECORDS
        where = f"the first {self._records:,} records" if is_sample else "all records"
        for one in self._values:
            note = one.note(where)
            if note is not None:
                yield note
