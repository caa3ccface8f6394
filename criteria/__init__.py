"""Search criteria as data: one query, one answer, on every engine.

import criteria

users = criteria.Schema.from_json({"name": "user", "fields": [{"name": "age", "fieldType": "integer"}]})
query = criteria.parse('{"age": {"$gte": 18}}', users)
adults = criteria.compile(query, "python").filter(records)
where = criteria.compile(query, "sql", dialect="postgres")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from criteria import backends
from criteria.ast import Query
from criteria.errors import CriteriaError, Problem
from criteria.limits import Limits
from criteria.order_by import SortKey, parse_order_by
from criteria.page import Page
from criteria.parser import parse
from criteria.schema import Schema
from criteria.search import Search, parse_search
from criteria.types import Field, FieldType

__all__ = [
    "CriteriaError",
    "Field",
    "FieldType",
    "Limits",
    "Page",
    "Problem",
    "Query",
    "Schema",
    "Search",
    "SortKey",
    "backends",
    "compile",
    "parse",
    "parse_order_by",
    "parse_search",
    "storage",
]

__version__ = "0.1.0"


def compile(subject: Query | Search, backend: str, **options: Any) -> Any:
    """A query or a search in the words of an engine.

    - `"python"`: a `Predicate`, or for a search a function from records to a `Page`; option `records`, `"typed"` or
      `"json"`.
    - `"sql"`: a `Sql` condition, or for a search a `SqlSearch`; options `dialect`, `paramstyle`, `table` (needed for
      searches). Dialect `mysql` is what MariaDB takes; MySQL 8, whose collations have other names, is `mysql8`.
    - `"mongo"`: a filter, or for a search a `MongoSearch`; option `strict`.
    - the name of a plug-in (`criteria.backends.available()`): what it gives.

    Raises `CriteriaError` when there is no such backend, dialect or option, or when the engine cannot give the right
    answer (`unsupported`).
    """
    return _compiler()(backends.load(backend), subject, options)


def storage(schema: Schema, engine: str, **options: Any) -> Any:
    """How a schema's values lie on an engine, so that compiled queries are right on them.

    `engine` is `"sqlite"`, `"postgres"`, `"mysql"`, `"duckdb"` (option `table`, see `criteria.backends.sql.storage`) or
    `"mongo"`. Raises `CriteriaError` (`unknown_dialect`, `unsupported`).
    """
    return backends.storage(schema, engine, options)


@cache
def _compiler() -> Callable[[backends.Backend, object, Mapping[str, Any]], Any]:
    """What compiles, loaded at the first use: an import statement takes its time at every call."""
    from criteria.backends.compiling import compile_for

    return compile_for
