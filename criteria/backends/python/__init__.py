"""The in-memory backend: a predicate over records, and searches of lists of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES
from criteria.backends.compiling import template_backend
from criteria.backends.python.order import sort
from criteria.backends.python.predicate import Predicate, prepare
from criteria.backends.python.reading import By, Reading
from criteria.backends.python.top_records import first
from criteria.backends.template import Recompiled, Template
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.page import Page
from criteria.search.search import Search
from criteria.tree.nodes import EVERYTHING, Expression, Query
from criteria.tree.parameters import Slots
from criteria.values.loading import Records

__all__ = ["BACKEND", "Predicate"]


@dataclass(frozen=True, slots=True, repr=False)
class SearchInRecords(Recompiled):
    """A function from records to the page of a search."""

    search: Search
    matches: Predicate
    reading: Reading

    def __call__(self, rows: Iterable[Any]) -> Page:
        """The page of the search, of any records."""
        search = self.search
        if search.fetch is None:
            found = sort(self.matches.filter(rows), search.sort_keys, self.reading)
            total = len(found)
        else:
            found, total = first(
                self.matches.pieces(rows),
                search.sort_keys,
                search.skip + search.fetch,
                self.reading,
                is_counted=search.get_total_count,
            )
        return search.page(found[search.skip :], total if search.get_total_count else None)

    def __repr__(self) -> str:
        return f"SearchInRecords({self.matches!r})"


def _prepare_query(
    normal: Expression, schema: Schema | None, slots: Slots, *, records: Records = "typed", by: By = "name"
) -> Template:
    return Template(prepare(normal, slots, Reading(records, by)))


def _prepare_search(
    search: Search, normal: Expression, slots: Slots, *, records: Records = "typed", by: By = "name"
) -> Template:
    reading = Reading(records, by)
    fill = prepare(normal, slots, reading)
    search = replace(search, query=Query(EVERYTHING, search.query.schema))  # a cached template must not keep values

    def search_in(values: Sequence[Any]) -> SearchInRecords:
        return SearchInRecords(search, fill(values), reading)

    return Template(search_in)


BACKEND = template_backend(
    "python", _prepare_query, _prepare_search, {}, FIRST_OPERATORS, FIRST_TYPES | {FieldType.DATE}
)
