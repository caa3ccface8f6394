"""Searches as what `find()` takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from criteria.backends.mongo.bson_values import document_key
from criteria.search.search import Search

COLLATION = {"locale": "simple"}
"""Strings compare by code point, whatever the collection's own collation is."""


@dataclass(frozen=True, slots=True)
class MongoSearch:
    """The arguments of a search on a collection.

    `limit` asks for one document more than the search's, which tells whether there are more; None means all, and 0
    that nothing is to be asked (MongoDB would take it for all). Pass `collation` to `find()` and `count_documents()`.
    """

    filter: dict[str, Any]
    sort: tuple[tuple[str, int], ...]
    skip: int
    limit: int | None

    @property
    def collation(self) -> dict[str, Any]:
        """The collation that the filter and the order are right under."""
        return dict(COLLATION)


def compile_search(search: Search, document: dict[str, Any]) -> MongoSearch:
    """A search with its filter document; `_id` ends the order when the schema has no key."""
    sort = [(document_key(key.field), -1 if key.descending else 1) for key in search.sort_keys]
    schema = search.query.schema
    if schema is None or not schema.key:
        sort.append(("_id", sort[-1][1] if sort else 1))
    return MongoSearch(document, tuple(sort), search.skip, search.fetch if search.limit != 0 else 0)
