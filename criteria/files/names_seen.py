"""Names of a query, and of an output, that no record has: where no schema declares a name, nothing else tells that it
is misspelled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from criteria.errors import MAX_PROBLEMS, Problem, to_pointer
from criteria.files.records import Batch
from criteria.messages import MAX_HINTS, Hints, nearest, quoted
from criteria.schema.field import MAX_CHARACTERS, MAX_SEGMENTS
from criteria.text.json_streaming import decode, past_blanks
from criteria.tree.nodes import leaves
from criteria.tree.query import Query

_MAX_RECORDS = 100
"""Records of a batch that are asked for names near to one that was not seen."""

_MAX_KNOWN = 10_000
"""Names that are known before a record, at most."""

_MAX_LETTERS = 250_000
"""The letters of all known names, at most: more than those among which hints are looked for."""


class _Known:
    """Some of the names that records have. However long the names of objects are, those inside are joined with them
    only up to the length of a field's name, and kept up to a bound."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._letters = 0
        self.is_any = False
        """Whether a record has a name, which may be longer than that of a field."""

    @property
    def is_full(self) -> bool:
        """Whether no further record is looked at."""
        return len(self._names) >= _MAX_KNOWN or self._letters >= _MAX_LETTERS

    def add(self, names: Iterable[str]) -> None:
        """Keeps names, up to the bound."""
        for name in names:
            if self._letters >= _MAX_LETTERS:
                return
            if name not in self._names:
                self._names.add(name)
                self._letters += len(name)
                self.is_any = True

    def see(self, record: Mapping[str, Any]) -> None:
        """Keeps the names of a record, up to the bound."""
        self.is_any = self.is_any or bool(record)
        self.add(_names(record))

    def without(self, others: Collection[str] = ()) -> list[str]:
        """The names but for others, sorted."""
        return sorted(self._names.difference(others))


class NamesSeen:
    """The names of a query and of an output, and which of them records had. With a schema every name of the query is
    known, and `selected` has those of the output that it does not declare."""

    def __init__(self, query: Query, selected: Collection[tuple[str, ...]] = ()) -> None:
        fields = (leaf.field for leaf in leaves(query.expression)) if query.schema is None else ()
        self._asked = {field.path for field in fields}
        self._selected = frozenset(selected)
        self.unseen: dict[tuple[str, ...], None] = dict.fromkeys([*self._asked, *selected])
        self._known = _Known()
        self.inside: dict[tuple[str, ...], int] = {}
        """The members of the only record that are lists of objects, and how many objects each has."""
        self._records = 0
        self.is_whole = False
        """Whether all records were read."""

    def see(self, batch: Batch, from_folders: Iterable[str] = ()) -> None:
        """Takes note of records, and of the names that those of folders add to them."""
        self._known.add(from_folders)
        self._records += len(batch.texts)
        for path in [path for path in self.unseen if any(_has(record, path) for record in batch.records)]:
            del self.unseen[path]
        if self.unseen and not self._known.is_full:
            for text in islice(batch.texts, _MAX_RECORDS):  # of the record only some members may be there
                record = decode(text, past_blanks(text, 0))[0]
                self._known.see(record)
                self.inside = dict(lists_of_objects(record)) if self._records == 1 else {}

    def problems(self) -> Iterator[Problem]:
        """A problem for each name that no record has, if there are records and all of them were read."""
        if self.is_whole and self._known.is_any:
            known, hints = self._known.without(), Hints()
            yield from (self._problem(path, known, hints) for path in self.unseen)

    @property
    def lacks_selected(self) -> bool:
        """Whether no record had any of the names that the output shows, so far."""
        return bool(self._selected) and self._selected <= self.unseen.keys()

    def notes(self) -> Iterator[str]:
        """What is to be said if not all records were read, and those that were have nothing that the output shows."""
        if self.is_whole or not self._known.is_any or not self.lacks_selected:
            return
        which = "The record" if self._records == 1 else f"Each of the {self._records:,} records"
        known, hints = self._known.without(), Hints()
        lacking = [path for path in self.unseen if path in self._selected]
        told = lacking[: MAX_PROBLEMS - 1]
        for path in told:
            hint = self._problem(path, known, hints).hint
            yield f"{which} read so far lacks {quoted('.'.join(path))}. {hint or ''}".rstrip()
        if more := len(lacking) - len(told):
            yield f"{which} read so far lacks {more:,} more of the names that the output shows."

    def records_inside(self) -> tuple[tuple[str, ...], int] | None:
        """The names that lead to the longest list of objects in the only record, which lacks names that were asked for,
        and the number of the objects. None where there is nothing such."""
        if not self.is_whole or not self.unseen or self._records != 1 or not self.inside:
            return None
        longest = max(self.inside, key=lambda path: self.inside[path])
        return longest, self.inside[longest]

    def _problem(self, path: tuple[str, ...], known: list[str], hints: Hints) -> Problem:
        name = ".".join(path)
        hint = None
        if hints.are_left:
            hint = nearest(name, known, hints) or (f"Records have {_listed(known)}." if known else None)
        if path not in self._asked:
            return Problem("unknown_field", f"No record has {quoted(name)}, which the output names.", hint=hint)
        return Problem("unknown_field", f"No record has {quoted(name)}.", to_pointer((name,)), hint=hint)


def misspelled(query: Query, record: Mapping[str, Any]) -> Iterator[str]:
    """What is to be said of names in a query that a record does not have, while it has a near one that is no field.

    Near ones are looked for `MAX_HINTS` times, and it is said if there are more names."""
    fields = () if query.schema is None else query.schema.names
    found = _Known()
    found.see(record)
    known = found.without(fields)
    hints = Hints()
    asked = dict.fromkeys(leaf.field.path for leaf in leaves(query.expression))
    missing = [".".join(path) for path in asked if not _has(record, path)]
    for name in missing[:MAX_HINTS]:
        near = nearest(name, known, hints)
        if near is not None:
            yield f"The record has no {quoted(name)}. {near}"
    more = len(missing) - MAX_HINTS
    if known and more > 0:
        yield (
            f"The record lacks {more:,} more {'name' if more == 1 else 'names'} of the query, such as "
            f"{quoted(missing[MAX_HINTS])}: whether it has names like these was not looked for."
        )


_MAX_LISTED = 10


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return ", ".join(map(quoted, names[:_MAX_LISTED])) + more


def _has(record: Any, path: tuple[str, ...]) -> bool:
    """Whether a record has a name, in one of its objects where lists are on the way, however deep these are."""
    found = [(record, 0)]
    while found:
        value, at = found.pop()
        if at == len(path):
            return True
        if isinstance(value, list):
            found += [(one, at) for one in value]
        elif isinstance(value, dict) and path[at] in value:
            found.append((value[path[at]], at + 1))
    return False


_MAX_LEVELS = 32
"""Objects inside each other in which lists of objects are looked for."""


def lists_of_objects(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """The lists of objects in objects: the names that lead to each, and how long it is. An object that has nothing but
    objects may be such a list, too."""
    if not path and len(value) > 1 and all(isinstance(one, dict) for one in value.values()):
        yield (), len(value)
    for name, inner in value.items():
        if isinstance(inner, dict) and len(path) < _MAX_LEVELS:
            yield from lists_of_objects(inner, (*path, name))
        elif isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
            yield (*path, name), len(inner)


def _names(record: Any, prefix: str = "", segments: int = 1) -> Iterator[str]:
    """The names of a record that a query can have."""
    for name, value in record.items():
        if len(prefix) + len(name) > MAX_CHARACTERS:
            continue
        yield prefix + name
        if isinstance(value, dict) and segments < MAX_SEGMENTS:
            yield from _names(value, f"{prefix}{name}.", segments + 1)
