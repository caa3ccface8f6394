"""Records of JSON that have the columns of fields in place of their names: no field of them would have a value, and
nothing else tells it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from criteria.errors import Problem, to_pointer
from criteria.files.kinds_seen import MAX_RECORDS
from criteria.files.records import Batch
from criteria.messages import quoted
from criteria.schema.field import ElementField, Field
from criteria.text.json_streaming import decode, past_blanks


class ColumnsSeen:
    """The fields that are needed and have a column of another name, and which of them the first records have."""

    def __init__(self, fields: Iterable[Field]) -> None:
        own = [one for one in fields if not isinstance(one, ElementField)]
        self._unseen = {one.path[0]: one.column for one in own if one.column != one.path[0]}
        self._stored: dict[str, None] = {}
        self._records = 0

    @property
    def is_looking(self) -> bool:
        """Whether further records are looked at."""
        return bool(self._unseen) and self._records < MAX_RECORDS

    def see(self, batch: Batch) -> None:
        """Takes note of the first records, but not of their other members: of the record only some may be there."""
        left = MAX_RECORDS - self._records
        self._records += len(batch.texts)
        for record in islice(batch.records, left):
            for name in [one for one in self._unseen if one in record]:
                del self._unseen[name]
        missing = [one for one in self._unseen if one not in self._stored]
        for text in islice(batch.texts, left if missing else 0):
            record = decode(text, past_blanks(text, 0))[0]
            self._stored |= dict.fromkeys(name for name in missing if self._unseen[name] in record)

    def problems(self) -> list[Problem]:
        """A problem for each field whose name no record has, while records have its column."""
        return [self._problem(name, column) for name, column in self._unseen.items() if name in self._stored]

    def _problem(self, name: str, column: str) -> Problem:
        message = f"No record has {quoted(name)}. Records have {quoted(column)}, which is the column of that field."
        hint = f"JSON is read by the names of fields. Name the field {quoted(column)} in the schema of these data."
        return Problem("unknown_field", message, to_pointer((name,)), hint=hint)
