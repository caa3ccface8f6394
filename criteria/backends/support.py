"""Checks that a backend names the operators and field types of a query. Others are refused before it is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from criteria.backends.backend import Backend
from criteria.errors import CriteriaError, Problem, listed, quoted
from criteria.schema.field import Field
from criteria.search.order_by import SortKey
from criteria.tree.nodes import Comparison, Expression, leaves


def check_support(backend: Backend, expression: Expression, sort_keys: Sequence[SortKey] = ()) -> None:
    """Raises `CriteriaError` (`unsupported`) for each operator and field type that the backend does not name."""
    operators, types = backend.operators, backend.types
    comparisons = leaves(expression)
    for leaf in comparisons:
        if leaf.operator not in operators or leaf.field.field_type not in types:
            break
    else:
        if all(key.field.field_type in types for key in sort_keys):
            return
    fields = [leaf.field for leaf in comparisons] + [key.field for key in sort_keys]
    raise CriteriaError(*listed((*_operators(backend, comparisons), *_types(backend, fields))))


def check_types(backend: Backend, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for each field of a type that the backend does not name."""
    problems = _types(backend, fields)
    if problems:
        raise CriteriaError(*listed(problems))


def _operators(backend: Backend, comparisons: Iterable[Comparison]) -> list[Problem]:
    unknown = dict.fromkeys(leaf.operator for leaf in comparisons if leaf.operator not in backend.operators)
    return [
        Problem("unsupported", f"Backend {quoted(backend.name)} does not support {operator.value or 'equality'}.")
        for operator in unknown
    ]


def _types(backend: Backend, fields: Iterable[Field]) -> list[Problem]:
    unknown = dict.fromkeys(field for field in fields if field.field_type not in backend.types)
    return [
        Problem(
            "unsupported",
            f"Backend {quoted(backend.name)} does not support type {field.field_type.value} "
            f"(field {quoted(field.name)}).",
        )
        for field in unknown
    ]
