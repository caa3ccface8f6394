"""The in-memory backend: a predicate over records, and searches of lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from criteria.ast import Expression
from criteria.backends import Backend
from criteria.backends.python.order import sort
from criteria.backends.python.predicate import Predicate, predicate
from criteria.errors import CriteriaError, Problem, quoted
from criteria.page import Page
from criteria.schema import Schema
from criteria.search import Search
from criteria.values import Records

__all__ = ["BACKEND", "Predicate"]


def _compile_query(normal: Expression, schema: Schema | None, *, records: Records = "typed") -> Predicate:
    return predicate(normal, _known(records))


def _compile_search(
    search: Search, normal: Expression, *, records: Records = "typed"
) -> Callable[[Iterable[Any]], Page]:
    matches = predicate(normal, _known(records))

    def run(rows: Iterable[Any]) -> Page:
        """The page of the search, of any records."""
        found = sort(matches.filter(rows), search.sort_keys, records)
        end = None if search.fetch is None else search.skip + search.fetch
        return search.page(found[search.skip : end], len(found) if search.get_total_count else None)

    return run


def _known(records: Records) -> Records:
    if records not in ("typed", "json"):
        hint = 'There are "typed" and "json".'
        raise CriteriaError(Problem("unknown_option", f"There are no {quoted(records)} records.", hint=hint))
    return records


BACKEND = Backend("python", _compile_query, _compile_search, {})
