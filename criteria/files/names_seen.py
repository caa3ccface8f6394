"""Names of a query that no record has: without a schema, nothing else tells that a name is misspelled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from criteria.errors import Problem, nearest, quoted, to_pointer
from criteria.files.records import Batch
from criteria.text.json_streaming import decode, past_blanks
from criteria.tree.nodes import Query, leaves

_MAX_RECORDS = 100
"""Records of a batch that are asked for names near to one that was not seen."""

_MAX_KNOWN = 10_000


class NamesSeen:
    """The names of a query and of an output, and which of them records had. With a schema every name is known."""

    def __init__(self, query: Query, selected: Collection[tuple[str, ...]] = ()) -> None:
        fields = (leaf.field for leaf in leaves(query.expression)) if query.schema is None else ()
        self._asked = {field.path for field in fields}
        self.unseen: dict[tuple[str, ...], None] = dict.fromkeys([*self._asked, *selected])
        self.known: set[str] = set()
        self.is_whole = False
        """Whether all records were read."""

    def see(self, batch: Batch) -> None:
        """Takes note of records."""
        for path in [path for path in self.unseen if any(_has(record, path) for record in batch.records)]:
            del self.unseen[path]
        if self.unseen and len(self.known) < _MAX_KNOWN:
            for text in islice(batch.texts, _MAX_RECORDS):  # of the record only some members may be there
                self.known.update(_names(decode(text, past_blanks(text, 0))[0]))

    def problems(self) -> list[Problem]:
        """A problem for each name that no record has, if there are records and all of them were read."""
        if not self.is_whole or not self.known:
            return []
        return [self._problem(path) for path in self.unseen]

    def _problem(self, path: tuple[str, ...]) -> Problem:
        name = ".".join(path)
        hint = nearest(name, sorted(self.known)) or f"Records have {_listed(sorted(self.known))}."
        if path not in self._asked:
            return Problem("unknown_field", f"No record has {quoted(name)}, which the output names.", hint=hint)
        return Problem("unknown_field", f"No record has {quoted(name)}.", to_pointer((name,)), hint=hint)


_MAX_LISTED = 10


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(map(quoted, names[:_MAX_LISTED])) + more


def _has(record: Any, path: tuple[str, ...]) -> bool:
    if not path:
        return True
    if isinstance(record, list):
        return any(_has(one, path) for one in record)
    return isinstance(record, dict) and path[0] in record and _has(record[path[0]], path[1:])


def _names(record: Any, prefix: str = "") -> Iterator[str]:
    for name, value in record.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from _names(value, f"{prefix}{name}.")
