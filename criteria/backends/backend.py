"""`Backend`: the functions that a backend offers, in a frozen record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from criteria.backends.template import Template
from criteria.schema.field import FieldType
from criteria.tree.nodes import Operator

FIRST_OPERATORS = frozenset({
    Operator.EQ, Operator.NE, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.IN, Operator.NIN,
    Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS,
})  # fmt: skip
"""The operators of the language's first version: those of a backend that does not name its own."""

FIRST_TYPES = frozenset({
    FieldType.STRING, FieldType.INTEGER, FieldType.BOOLEAN, FieldType.DECIMAL, FieldType.DOUBLE, FieldType.DATE_TIME,
    FieldType.GUID, FieldType.OBJECT_REF,
})  # fmt: skip
"""The field types of the language's first version: those of a backend that does not name its own."""


@dataclass(frozen=True, slots=True, repr=False)
class Backend:
    """The functions of a backend. `criteria.compile` and `criteria.storage` call them.

    - `name`: the name for `criteria.compile`.
    - `compile_query(normal, schema, **options)` takes an expression in normal form (see `criteria.tree.normalize`) and
      the query's schema or None. It returns the compiled query, of any class.
    - `compile_search(search, normal, **options)` takes a `Search` and the normal form of its query. It returns the
      compiled search.
    - `storages` maps the names of engines to functions `storage(schema, **options)`, whose results create tables for
      the schema, and write and read its records.
    - `operators`, `types`: what the backend can compile. `criteria.compile` refuses queries with other operators or
      fields of other types (`unsupported`) before it calls the backend, so that a backend never sees an operator that
      is newer than itself.
    - `object_lists`: whether `compile_query` and `compile_search` take tests of lists of objects (`AnyElement`).
      Otherwise `criteria.compile` refuses such queries (`unsupported`).
    - `references`: whether they take tests of references (`AnyReferred`). Otherwise such queries are refused as well.
    - `pages_by_cursor`: whether `compile_search` takes `Search.after` and `Search.before` into account. Otherwise
      `criteria.compile` refuses such searches (`unsupported`).

    A backend may also prepare templates. It then compiles queries that differ only in their values once:

    - `prepare_query(normal, schema, slots, **options)` and `prepare_search(search, normal, slots, **options)` return a
      `Template` of what the functions above return; `slots` has the index of each value of the expression, and then of
      each value of the search's position.

    Options are keyword-only parameters. Each function raises `CriteriaError` (`unsupported`) for a query that the
    engine cannot answer correctly (docs/language.md#agreement).
    """

    name: str
    compile_query: Callable[..., Any]
    compile_search: Callable[..., Any]
    storages: Mapping[str, Callable[..., Any]]
    prepare_query: Callable[..., Template] | None = None
    prepare_search: Callable[..., Template] | None = None
    operators: frozenset[Operator] = FIRST_OPERATORS
    types: frozenset[FieldType] = FIRST_TYPES
    pages_by_cursor: bool = False
    object_lists: bool = False
    references: bool = False

    def __repr__(self) -> str:
        return f"Backend({self.name!r})"
