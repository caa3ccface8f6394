"""Predicates: generated Python, with one function for a single record and two loops for many.

The loops run over chunks of the input. Most records are dicts that have every key and values of the usual classes, so
the quick loop checks almost nothing. If it raises, the patient loop tests the chunk again. If that raises too, because
of keys or numbers that cannot be compared, each record of the chunk is tested by closures that never raise. Once most
chunks need the patient loop, the quick loop is no longer tried.
"""

from __future__ import annotations

import linecache
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from itertools import islice
from sys import float_info
from threading import Lock
from types import CodeType
from typing import Any
from uuid import UUID

from criteria.backends.python.closures import Matches, tree
from criteria.backends.python.code import SourceWriter
from criteria.backends.python.element_tests import bind_element_tests
from criteria.backends.python.operands import Bindings, bind_leaves
from criteria.backends.python.reading import Reading
from criteria.backends.python.spelled_values import Watch, places_to_watch
from criteria.backends.template import Recompiled
from criteria.tree.comparing import has_no_value, is_empty
from criteria.tree.nodes import EVERYTHING, Expression
from criteria.tree.parameters import Slots
from criteria.values.loading import member, member_of_each

Loop = Callable[[Iterable[Any]], list[Any]]

_PIECE = 1024
"""Records in a chunk: few enough to be read twice and to stay in the processor's cache. Copying a slice of a list
touches all its records at once, which is faster than one by one when they are scattered in memory."""

_MAX_QUICK = 100
"""Comparisons in a query with loops of its own: longer sources take more time to compile than the loops save."""

_MAX_SOURCE = 250_000
"""Characters of a condition that is compiled. Python takes about a hundred bytes for each while it compiles, so longer
ones, of thousands of members in paths, are made of closures alone."""


@dataclass(frozen=True, slots=True, repr=False)
class Predicate(Recompiled):
    """Tells whether a query selects a record.

    Records are mappings or objects with attributes. A call and `filter` never raise, whatever a record contains. They
    warn (`UserWarning`) if the first typed records hold text as decoded JSON does, which `records="json"` reads. A
    pickled predicate is compiled again where it is loaded. Rows of a table are made typed records by `decode` first.
    """

    matches: Matches
    quick: Loop
    patient: Loop
    careful: Matches
    source: str
    selects_all: bool = False
    watch: Watch | None = None
    decode: Callable[[Any], dict[str, Any]] | None = None

    def __call__(self, record: Any) -> bool:
        """Whether the query selects the record."""
        if self.decode is not None:
            record = self.decode(record)
        if self.watch is not None and self.watch.left > 0:
            self.watch.look(record)
        try:
            return self.matches(record) if type(record) is dict else self.careful(record)
        except Exception:  # a value or a key that cannot be compared
            return self.careful(record)

    def filter(self, records: Iterable[Any]) -> list[Any]:
        """The records that the query selects, in their order."""
        selected: list[Any] = []
        for piece in self.pieces(records):
            selected += piece
        return selected

    def pieces(self, records: Iterable[Any]) -> Iterator[list[Any]]:
        """The records that the query selects, in their order, as one list for each chunk of the input."""
        if self.selects_all:
            yield from _pieces(records)
            return
        if self.decode is not None:
            for piece in _pieces(records):
                yield [record for record in piece if self(record)]
            return
        loop, faults = self.quick, 0
        for pieces, piece in enumerate(_pieces(records), 1):
            if self.watch is not None and self.watch.left > 0:
                self.watch.look(piece[0])
            try:
                selected = loop(piece)
            except Exception:
                selected = self._patiently(piece)
                faults += 1
                if 2 * faults > pieces + 2:
                    loop = self.patient
            yield selected

    def _patiently(self, piece: Sequence[Any]) -> list[Any]:
        try:
            return self.patient(piece)
        except Exception:
            return [record for record in piece if self.careful(record)]

    def __repr__(self) -> str:
        return f"Predicate({self.source.count(chr(10))} lines)"


def _pieces(records: Iterable[Any]) -> Iterator[list[Any]]:
    """The records in chunks. Of a stream, no more than one chunk is read ahead."""
    if type(records) is list:
        for start in range(0, len(records), _PIECE):
            yield records[start : start + _PIECE]
        return
    stream = iter(records)
    while piece := list(islice(stream, _PIECE)):
        yield piece


def prepare(normal: Expression, slots: Slots, reading: Reading) -> Callable[[Sequence[Any]], Predicate]:
    """The predicate of an expression in normal form, over typed or JSON records, as a function of its values."""
    bindings = Bindings()
    leaves = bind_leaves(normal, slots, reading.records, bindings)
    tests = bind_element_tests(normal, slots, reading, bindings)
    patient = SourceWriter(leaves, bindings, reading, is_quick=False, element_tests=tests).text(normal)
    conditions = (patient if len(patient) <= _MAX_SOURCE else "careful(row)", "matches(row)", "matches(row)")
    if len(leaves) <= _MAX_QUICK:
        quick = SourceWriter(leaves, bindings, reading, is_quick=True, element_tests=tests).text(normal)
        conditions = (patient, quick, patient)
    source = _source(("careful", *bindings.keys.values(), *bindings.makes), *conditions)
    names = dict(NAMES)
    exec(compiled(source), names)
    predicate, keys, makes = names["predicate"], tuple(bindings.keys), tuple(bindings.makes.values())
    places = {name: place for place, name in enumerate(bindings.makes)}
    tested = {leaf: bound.test for leaf, bound in leaves.items() if bound.test} | tests
    grow = tree(normal, {node: places[name] for node, name in tested.items()}, reading)
    selects_all, watched = normal == EVERYTHING, places_to_watch(normal, reading)
    decode = None if reading.table is None else reading.decoder(normal)

    def fill(values: Sequence[Any]) -> Predicate:
        made = [make(values) for make in makes]
        carefully = _Lazily(lambda: grow(made))
        matches, quick_loop, patient_loop = predicate(carefully, *keys, *made)
        watch = Watch(watched) if watched else None
        return Predicate(matches, quick_loop, patient_loop, carefully, source, selects_all, watch, decode)

    return fill


NAMES: Mapping[str, Any] = {
    "date": date,
    "datetime": datetime,
    "decimal": Decimal,
    "ends_with": str.endswith,
    "guid": UUID,
    "has_no_value": has_no_value,
    "is_empty": is_empty,
    "member": member,
    "member_of_each": member_of_each,
    "exact_bits": float_info.mant_dig,
    "get": dict.get,
    "utc": timezone.utc,
    "length_3": len("2000-01-01T00:00:00.000Z"),
    "length_6": len("2000-01-01T00:00:00.000000Z"),
    "marks_3": slice(10, None, 13),
    "marks_6": slice(10, None, 16),
    "tz": "TZ",
}
"""The names that the source of every query uses. The marks are the two letters in the text of an instant."""


def _source(parameters: Iterable[str], matches: str, quick: str, patient: str) -> str:
    lines = (
        f"def predicate({', '.join(parameters)}):",
        "    def matches(row):",
        f"        return {matches}",
        "    def quick(rows):",
        f"        return [row for row in rows if {quick}]",
        "    def patient(rows):",
        f"        return [row for row in rows if {patient}]",
        "    return matches, quick, patient",
        "",
    )
    return "\n".join(lines)


class _Lazily:
    """A condition made of closures, built when the first record needs it."""

    __slots__ = ("_make", "_matches")

    def __init__(self, make: Callable[[], Matches]) -> None:
        self._make = make
        self._matches: Matches | None = None

    def __call__(self, record: Any) -> bool:
        if self._matches is None:
            self._matches = self._make()
        return self._matches(record)


_FILED: deque[tuple[str, int]] = deque()
_FILING = Lock()
MAX_FILED, MAX_FILED_CHARACTERS = 256, 4_000_000
"""Sources that tracebacks find, and their characters together. The last one is among them, however long it is."""


_MOST_BRACKETS = 40
"""Brackets inside each other that Python's parser takes on every version: it takes more than a hundred."""


def compiled(source: str) -> CodeType:
    """The code of a source. Raises `RecursionError` and `SyntaxError` for one that is nested too deep for Python.

    Python's parser raises `MemoryError` for its own stack, too. Of a source that is not deep, the memory is used up.
    """
    try:
        return compile(source, filed(source), "exec")
    except MemoryError:
        if _depth(source) > _MOST_BRACKETS:
            raise RecursionError("the source is nested too deep for Python's parser") from None
        raise


def _depth(source: str) -> int:
    """How many brackets are inside each other, at most. Those in strings count as well."""
    deepest = depth = 0
    for character in source:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def filed(source: str) -> str:
    """A file name under which tracebacks find the source. The oldest sources are dropped."""
    filename = f"<criteria predicate {hash(source) & 0xFFFFFFFFFFFF:012x}>"
    with _FILING:
        if filename not in linecache.cache:
            _FILED.append((filename, len(source)))
            while len(_FILED) > 1 and (
                len(_FILED) > MAX_FILED or sum(length for _, length in _FILED) > MAX_FILED_CHARACTERS
            ):
                linecache.cache.pop(_FILED.popleft()[0], None)
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename
