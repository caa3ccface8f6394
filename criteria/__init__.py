"""Search criteria as data: one query, one answer, on every engine. docs/language.md says what criteria mean.

import criteria

users = criteria.Schema.from_json({"name": "user", "fields": [{"name": "age", "fieldType": "integer"}]})
query = criteria.parse('{"age": {"$gte": 18}}', users)
adults = criteria.compile(query, "python").filter(records)
where = criteria.compile(query, "sql", dialect="postgres")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from criteria import backends, tables
    from criteria import fastapi as fastapi  # in need of extras, so not in __all__
    from criteria import pydantic as pydantic
    from criteria import sqlalchemy as sqlalchemy
    from criteria.backends.compiling import compile
    from criteria.backends.registry import storage
    from criteria.errors import CriteriaError, Problem
    from criteria.explanation import Explanation, explain
    from criteria.json_schema import query_json_schema
    from criteria.limits import Limits
    from criteria.parsing.parser import parse
    from criteria.schema.field import Field, FieldType
    from criteria.schema.schema import ObjectList, Schema
    from criteria.search.order_by import SortKey, parse_order_by
    from criteria.search.page import Page
    from criteria.search.parameters import parse_search
    from criteria.search.search import Search
    from criteria.tables.column import Column
    from criteria.tables.document_collection import Collection
    from criteria.tables.table import Table
    from criteria.tree.query import Query

__all__ = [
    "Collection",
    "Column",
    "CriteriaError",
    "Explanation",
    "Field",
    "FieldType",
    "Limits",
    "ObjectList",
    "Page",
    "Problem",
    "Query",
    "Schema",
    "Search",
    "SortKey",
    "Table",
    "backends",
    "compile",
    "explain",
    "parse",
    "parse_order_by",
    "parse_search",
    "query_json_schema",
    "storage",
    "tables",
]

__version__ = "0.1.0"

_HOMES = {
    "Collection": "tables.document_collection",
    "Column": "tables.column",
    "CriteriaError": "errors",
    "Explanation": "explanation",
    "Field": "schema.field",
    "FieldType": "schema.field",
    "Limits": "limits",
    "ObjectList": "schema.schema",
    "Page": "search.page",
    "Problem": "errors",
    "Query": "tree.query",
    "Schema": "schema.schema",
    "Search": "search.search",
    "SortKey": "search.order_by",
    "Table": "tables.table",
    "compile": "backends.compiling",
    "explain": "explanation",
    "parse": "parsing.parser",
    "parse_order_by": "search.order_by",
    "parse_search": "search.parameters",
    "query_json_schema": "json_schema",
    "storage": "backends.registry",
}
"""The module of each public name. Modules are loaded at first use (PEP 562), so that `import criteria` takes no time: a
program that only prints its help does not load the parser."""

_MODULES = ("backends", "django", "fastapi", "pydantic", "sqlalchemy", "tables")
"""Modules that are loaded at first use. Those that need an extra are not in `__all__`."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
