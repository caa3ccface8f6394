"""Compiles searches to the arguments of `find()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from criteria.backends.mongo.bson_values import document_key
from criteria.errors import CriteriaError, Problem
from criteria.limits import MAX_SORT_KEYS
from criteria.search.search import Search

COLLATION = {"locale": "simple"}
"""Compares strings by code point, whatever collation the collection has."""


@dataclass(frozen=True, slots=True)
class MongoSearch:
    """The arguments of a search on a collection.

    `limit` is one more than the search's, which shows whether more records follow: never 0, which MongoDB reads as no
    limit. None means all. Pass `collation` to `find()` and `count_documents()`.

    `count_filter` selects all records of the query, for `count_documents()`; `filter` those after the position of a
    search with a cursor, and else the same.
    """

    filter: dict[str, Any]
    sort: tuple[tuple[str, int], ...]
    skip: int
    limit: int | None
    count_filter: dict[str, Any]

    @property
    def collation(self) -> dict[str, Any]:
        """The collation under which the filter and the order are correct."""
        return dict(COLLATION)


def compile_search(search: Search, document: dict[str, Any], beyond: dict[str, Any]) -> MongoSearch:
    """A search with the filters of its query and of what comes after its position."""
    both = {"$and": [document, beyond]} if document and beyond else document or beyond
    return MongoSearch(both, sort_of(search), search.skip, search.fetch, document)


def sort_of(search: Search) -> tuple[tuple[str, int], ...]:
    """The keys of a search's order, with their directions. `_id` ends the order when the schema has no key.

    Raises `CriteriaError` (`unsupported`) if these are more than MongoDB takes.
    """
    sort = [(document_key(key.field), -1 if key.descending else 1) for key in search.fetched_keys]
    schema = search.query.schema
    if schema is None or not schema.key:
        sort.append(("_id", sort[-1][1] if sort else 1))
    if len(sort) > MAX_SORT_KEYS:
        message = f"MongoDB takes at most {MAX_SORT_KEYS} sort keys. Without a key in the schema the last one is _id."
        hint = "Leave out one, or give the schema a key."
        raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=()))
    return tuple(sort)
