"""The MongoDB backend: filters for `find()`, searches, and documents."""

from __future__ import annotations

from typing import Any

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES, Backend
from criteria.backends.mongo.bson_values import check_schema
from criteria.backends.mongo.filter import compile_filter
from criteria.backends.mongo.search import MongoSearch, compile_search
from criteria.backends.mongo.storage import MongoStorage, mongo_storage
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import Expression

__all__ = ["BACKEND", "MongoSearch", "MongoStorage"]


def _compile_query(normal: Expression, schema: Schema | None, *, strict: bool = False) -> dict[str, Any]:
    check_schema(schema)
    return compile_filter(normal, strict)


def _compile_search(search: Search, normal: Expression, *, strict: bool = False) -> MongoSearch:
    check_schema(search.query.schema)
    return compile_search(search, compile_filter(normal, strict))


BACKEND = Backend(
    "mongo",
    _compile_query,
    _compile_search,
    {"mongo": mongo_storage},
    operators=FIRST_OPERATORS,
    types=FIRST_TYPES | {FieldType.DATE},
)
