"""The Qdrant backend: filters for searches among vectors, and payloads."""

from __future__ import annotations

from typing import NoReturn

from qdrant_client import models

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES, Backend
from criteria.backends.qdrant.filter import compile_filter
from criteria.backends.qdrant.refusals import check_comparisons, check_schema
from criteria.backends.qdrant.storage import QdrantStorage, qdrant_storage
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import FOLDED, Expression

__all__ = ["BACKEND", "QdrantStorage"]


def _compile_query(normal: Expression, schema: Schema | None) -> models.Filter:
    check_schema(schema)
    check_comparisons(normal)
    return compile_filter(normal)


def _compile_search(search: Search, normal: Expression) -> NoReturn:
    message = "Qdrant returns the nearest points first, and a search has an order of its own."
    hint = "Compile the search's query, and pass its limit and skip to query_points as limit and offset."
    raise CriteriaError(Problem("unsupported", message, hint=hint))


BACKEND = Backend(
    "qdrant",
    _compile_query,
    _compile_search,
    {"qdrant": qdrant_storage},
    operators=FIRST_OPERATORS | FOLDED,
    types=FIRST_TYPES | {FieldType.DATE},
)
