"""The MongoDB backend: filters for `find()`, searches, and documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES, Backend
from criteria.backends.mongo.bson_values import check_schema
from criteria.backends.mongo.codecs import BsonCodec, check_order, codecs_in
from criteria.backends.mongo.filter import compile_filter
from criteria.backends.mongo.pipeline import (
    AnyCollection,
    MongoPipelines,
    PipelineCompiler,
    Stage,
    checked_collections,
    search_pipelines,
)
from criteria.backends.mongo.positions import after
from criteria.backends.mongo.search import MongoSearch, compile_search, sort_of
from criteria.backends.mongo.storage import MongoStorage, mongo_storage
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tables.document_collection import Collection
from criteria.tree.nodes import EVERYTHING, FOLDED, Expression
from criteria.tree.normalize import normalize

__all__ = ["BACKEND", "MongoPipelines", "MongoSearch", "MongoStorage"]


def _compile_query(
    normal: Expression,
    schema: Schema | None,
    *,
    strict: bool = False,
    collection: Collection | None = None,
    collections: Mapping[str, AnyCollection] | None = None,
) -> dict[str, Any] | list[Stage]:
    check_schema(schema)
    codecs, others = _codecs(schema, collection), checked_collections(collections, normal)
    if others is None:
        return compile_filter(normal, strict, codecs)
    return PipelineCompiler(strict, others).stages(normal, codecs)


def _compile_search(
    search: Search,
    normal: Expression,
    *,
    strict: bool = False,
    collection: Collection | None = None,
    collections: Mapping[str, AnyCollection] | None = None,
) -> MongoSearch | MongoPipelines:
    schema = search.query.schema
    check_schema(schema)
    codecs, others = _codecs(schema, collection), checked_collections(collections, normal)
    check_order(search.sort_keys, codecs)
    position = search.position
    following = EVERYTHING if position is None else after(search.fetched_keys, position)
    beyond = compile_filter(normalize(following), strict, codecs)
    if others is None:
        return compile_search(search, compile_filter(normal, strict, codecs), beyond)
    stages = PipelineCompiler(strict, others).stages(normal, codecs)
    return search_pipelines(search, stages, dict(sort_of(search)), beyond)


def _codecs(schema: Schema | None, collection: object) -> Mapping[str, BsonCodec]:
    """How a collection stores the fields of a query."""
    if collection is None:
        return {}
    if not isinstance(collection, Collection):
        raise CriteriaError(Problem("unknown_option", f"{quoted(collection)} is not a Collection."))
    return codecs_in(collection, schema)


BACKEND = Backend(
    "mongo",
    _compile_query,
    _compile_search,
    {"mongo": mongo_storage},
    operators=FIRST_OPERATORS | FOLDED,
    types=FIRST_TYPES | {FieldType.DATE},
    pages_by_cursor=True,
    object_lists=True,
    references=True,
)
