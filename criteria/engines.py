"""The way to engines: what a query or a schema is on one of them."""

from __future__ import annotations

from typing import Any

from criteria import backends
from criteria.ast import Query
from criteria.backends.compiling import compile_for
from criteria.schema import Schema
from criteria.search import Search


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
    return compile_for(backends.load(backend), subject, options)


def storage(schema: Schema, engine: str, **options: Any) -> Any:
    """How a schema's values lie on an engine, so that compiled queries are right on them.

    `engine` is `"sqlite"`, `"postgres"`, `"mysql"`, `"duckdb"` (option `table`, see `criteria.backends.sql.storage`) or
    `"mongo"`. Raises `CriteriaError` (`unknown_dialect`, `unsupported`).
    """
    return backends.storage(schema, engine, options)
