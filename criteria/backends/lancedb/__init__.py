"""The LanceDB backend: filters for searches among vectors, and Arrow schemas.

A filter is text in the SQL of DataFusion. LanceDB takes no parameters, so the values are literals in it.
"""

from __future__ import annotations

from typing import NoReturn

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES, Backend
from criteria.backends.lancedb.filter import compile_filter
from criteria.backends.lancedb.refusals import check_comparisons, check_schema
from criteria.backends.lancedb.storage import LanceStorage, lance_storage
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import FOLDED, Expression

__all__ = ["BACKEND", "LanceStorage"]


def _compile_query(normal: Expression, schema: Schema | None) -> str:
    check_schema(schema)
    check_comparisons(normal)
    return compile_filter(normal)


def _compile_search(search: Search, normal: Expression) -> NoReturn:
    message = "LanceDB returns the nearest rows first, and a search has an order of its own."
    hint = "Compile the search's query, and pass its limit and skip to limit() and offset()."
    raise CriteriaError(Problem("unsupported", message, hint=hint))


BACKEND = Backend(
    "lancedb",
    _compile_query,
    _compile_search,
    {"lancedb": lance_storage},
    operators=FIRST_OPERATORS | FOLDED,
    types=FIRST_TYPES | {FieldType.DATE},
)
