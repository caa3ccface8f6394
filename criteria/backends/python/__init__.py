"""The in-memory backend: a predicate over records, and searches of lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES
from criteria.backends.compiling import template_backend
from criteria.backends.python.order import sort
from criteria.backends.python.positions import Counted, after
from criteria.backends.python.predicate import Predicate, prepare
from criteria.backends.python.reading import By, Reading, StoredRows
from criteria.backends.python.top_records import first
from criteria.backends.template import Recompiled, Template
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.page import Page
from criteria.search.search import Search
from criteria.tree.nodes import FOLDED, Expression
from criteria.tree.parameters import Slots
from criteria.tree.references import check_given
from criteria.values.loading import Lookups, Records

__all__ = ["BACKEND", "Predicate"]


@dataclass(frozen=True, slots=True, repr=False)
class SearchInRecords(Recompiled):
    """A function from records to the page of a search."""

    search: Search
    matches: Predicate
    reading: Reading

    def __call__(self, rows: Iterable[Any]) -> Page:
        """The page of the search, of any records."""
        search, reading = self.search, self.reading
        keys = search.fetched_keys
        pieces: Iterable[Sequence[Any]] = self.matches.pieces(rows)
        counted: Counted | None = None
        if search.position is not None:
            pieces = counted = Counted(pieces, after(keys, search.position, reading))
        if search.fetch is None:
            found = sort([record for piece in pieces for record in piece], keys, reading)
            total = len(found)
        else:
            length, is_counted = search.skip + search.fetch, search.get_total_count
            found, total = first(pieces, keys, length, reading, is_counted=is_counted)
        if counted is not None:
            total = counted.total
        return search.page(found[search.skip :], total if search.get_total_count else None, position_of=self._position)

    def _position(self, record: Any) -> Sequence[Any]:
        return [self.reading.value(key.field)(record) for key in self.search.sort_keys]

    def __repr__(self) -> str:
        return f"SearchInRecords({self.matches!r})"


class UnboundSearch(NamedTuple):
    """A search of records without its search, which a cached template must not keep: it has the values of a query."""

    matches: Predicate
    reading: Reading

    def of_search(self, search: Search) -> SearchInRecords:
        """The compiled search."""
        return SearchInRecords(search, self.matches, self.reading)


def _prepare_query(
    normal: Expression,
    schema: Schema | None,
    slots: Slots,
    *,
    records: Records = "typed",
    by: By = "name",
    lookups: Lookups | None = None,
    table: StoredRows | None = None,
) -> Template:
    reading = Reading(records, by, lookups or {}, table)
    has_references = check_given("lookups", reading.lookups, normal)
    reading.check(normal)
    return Template(prepare(normal, slots, reading), is_reusable=not has_references)


def _prepare_search(
    search: Search,
    normal: Expression,
    slots: Slots,
    *,
    records: Records = "typed",
    by: By = "name",
    lookups: Lookups | None = None,
    table: StoredRows | None = None,
) -> Template:
    reading = Reading(records, by, lookups or {}, table)
    has_references = check_given("lookups", reading.lookups, normal)
    reading.check(normal, [key.field for key in search.sort_keys])
    fill = prepare(normal, slots, reading)
    return Template(lambda values: UnboundSearch(fill(values), reading), is_reusable=not has_references)


BACKEND = template_backend(
    "python",
    _prepare_query,
    _prepare_search,
    {},
    FIRST_OPERATORS | FOLDED,
    FIRST_TYPES | {FieldType.DATE},
    pages_by_cursor=True,
    object_lists=True,
    references=True,
)
