"""A backend, as a frozen record of the functions that it offers."""

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
"""The operators of the language's first version, which a backend knows that does not name its operators."""

FIRST_TYPES = frozenset({
    FieldType.STRING, FieldType.INTEGER, FieldType.BOOLEAN, FieldType.DECIMAL, FieldType.DOUBLE, FieldType.DATE_TIME,
    FieldType.GUID, FieldType.OBJECT_REF,
})  # fmt: skip
"""The field types of the language's first version, which a backend knows that does not name its types."""


@dataclass(frozen=True, slots=True, repr=False)
class Backend:
    """What a backend can do.

    - `compile_query(normal, schema, **options)` takes an expression in normal form (see `criteria.tree.normalize`).
    - `compile_search(search, normal, **options)` takes the whole search beside its query's normal form.
    - `storages` maps the name of each engine whose tables it knows to `storage(schema, **options)`.
    - `operators` and `types` name what it can compile. Queries with another operator, or with a field of another type,
      are refused (`unsupported`) before any of its functions is called: a backend that was written before an operator
      existed never sees it.

    A backend may offer more, and is then asked only once for all queries that differ in nothing but their values:

    - `prepare_query(normal, schema, slots, **options)` and `prepare_search(search, normal, slots, **options)` give what
      the functions above give, as a `Template`; `slots` finds the places of the expression's values.

    What the engine cannot answer rightly, a function refuses with `CriteriaError` (`unsupported`).
    """

    name: str
    compile_query: Callable[..., Any]
    compile_search: Callable[..., Any]
    storages: Mapping[str, Callable[..., Any]]
    prepare_query: Callable[..., Template] | None = None
    prepare_search: Callable[..., Template] | None = None
    operators: frozenset[Operator] = FIRST_OPERATORS
    types: frozenset[FieldType] = FIRST_TYPES

    def __repr__(self) -> str:
        return f"Backend({self.name!r})"
