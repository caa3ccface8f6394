"""The MongoDB backend: filters for `find()`, searches, and documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES, Backend
from criteria.backends.mongo.bson_values import check_schema
from criteria.backends.mongo.codecs import BsonCodec
from criteria.backends.mongo.filter import compile_filter
from criteria.backends.mongo.search import MongoSearch, compile_search
from criteria.backends.mongo.storage import MongoStorage, mongo_storage
from criteria.backends.support import check_finite
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tables.collection import Collection
from criteria.tree.nodes import FOLDED, Expression
from criteria.tree.normalize import normalize
from criteria.values.non_finite import is_nan

__all__ = ["BACKEND", "MongoSearch", "MongoStorage"]


def _compile_query(
    normal: Expression, schema: Schema | None, *, strict: bool = False, collection: Collection | None = None
) -> dict[str, Any]:
    check_schema(schema)
    return compile_filter(normal, strict, _codecs(schema, collection))


def _compile_search(
    search: Search, normal: Expression, *, strict: bool = False, collection: Collection | None = None
) -> MongoSearch:
    schema = search.query.schema
    check_schema(schema)
    check_finite(search.sort_keys, search.position, "MongoDB", is_nan)
    codecs = _codecs(schema, collection)
    beyond = compile_filter(normalize(search.beyond), strict, codecs)
    return compile_search(search, compile_filter(normal, strict, codecs), beyond)


def _codecs(schema: Schema | None, collection: object) -> Mapping[str, BsonCodec]:
    """How a collection stores the fields of a query."""
    if collection is None:
        return {}
    if not isinstance(collection, Collection):
        raise CriteriaError(Problem("unknown_option", f"{quoted(collection)} is not a Collection."))
    if schema is None or not collection.schema.covers(schema):
        message = (
            f"The query's schema has fields that the collection of {quoted(collection.schema.name)} does not have."
        )
        hint = "Parse the query with the collection's schema."
        raise CriteriaError(Problem("invalid_schema", message, hint=hint))
    return collection.codecs


BACKEND = Backend(
    "mongo",
    _compile_query,
    _compile_search,
    {"mongo": mongo_storage},
    operators=FIRST_OPERATORS | FOLDED,
    types=FIRST_TYPES | {FieldType.DATE},
    pages_by_cursor=True,
    object_lists=True,
)
