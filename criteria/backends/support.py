"""Checks that a backend names the operators and field types of a query. Others are refused before it is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from criteria.backends.backend import Backend
from criteria.backends.pointers import first_pointer, is_alike, is_of, pointers_of
from criteria.backends.unsupported import hint_for
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.tree.nodes import (
    ELEM_MATCH,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    all_leaves,
    all_reference_tests,
    element_tests,
)
from criteria.tree.query import Query

if TYPE_CHECKING:
    from criteria.search.order_by import SortKey
    from criteria.search.search import Search


def check_support(
    backend: Backend, query: Query, sort_keys: Sequence[SortKey] = (), search: Search | None = None
) -> None:
    """Raises `CriteriaError` (`unsupported`) for each operator and field type that the backend does not name, and for
    lists of objects and references if it does not have them. The pointers are those of the operators in what a client
    has asked in the query, or in the `search` that has it."""
    operators, types = backend.operators, backend.types
    tests = element_tests(query.expression)
    references = all_reference_tests(query.expression)
    comparisons = all_leaves(query.expression)
    for leaf in comparisons:
        if leaf.operator not in operators or leaf.field.field_type not in types:
            break
    else:
        are_ordered = all(key.field.field_type in types for key in sort_keys)
        if are_ordered and (backend.object_lists or not tests) and (backend.references or not references):
            return
    pointers = pointers_of(*(query if search is None else search).asked)
    what = f"Backend {quoted(backend.name)}"
    hint = hint_for(tests)
    problems = [] if backend.object_lists else _elements(what, tests, pointers, hint)
    problems += [] if backend.references else _references(what, references, pointers, hint)
    problems += _operators(backend, comparisons, pointers)
    problems += _types(backend, [leaf.field for leaf in comparisons] + [key.field for key in sort_keys], pointers)
    raise CriteriaError(*listed(problems))


def check_types(backend: Backend, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for each field of a type that the backend does not name."""
    problems = [replace(one, asked_fields=None) for one in _types(backend, fields, ())]
    if problems:
        raise CriteriaError(*listed(problems))


def refuse_tests(query: Query, what: str, hint: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for each list of objects and each reference in a query, for what compiles
    queries without a backend of its own. `hint` says how else to ask for related rows."""
    elements, references = element_tests(query.expression), all_reference_tests(query.expression)
    if elements or references:
        pointers = pointers_of(*query.asked)
        problems = [
            *_elements(what, elements, pointers, hint_for(elements)),
            *_references(what, references, pointers, hint),
        ]
        raise CriteriaError(*listed(problems))


def refuse_references(query: Query, what: str, hint: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for each reference that a query follows."""
    references = all_reference_tests(query.expression)
    if references:
        raise CriteriaError(*listed(_references(what, references, pointers_of(*query.asked), hint)))


def _elements(
    what: str, tests: Iterable[AnyElement], pointers: Sequence[tuple[Expression, str]], hint: str
) -> list[Problem]:
    """A problem for each list of objects."""
    message = f"{what} does not support {ELEM_MATCH} and paths through lists of objects"
    firsts = {test.objects.name: test for test in reversed(list(tests))}
    return [
        Problem(
            "unsupported",
            f"{message} (list {quoted(name)}).",
            first_pointer(pointers, partial(is_alike, test)),
            hint=hint,
            asked_fields=(name,),
        )
        for name, test in reversed(firsts.items())
    ]


def _references(
    what: str, tests: Iterable[AnyReferred], pointers: Sequence[tuple[Expression, str]], hint: str
) -> list[Problem]:
    """A problem for each reference."""
    firsts = {test.reference.name: test for test in reversed(list(tests))}
    return [
        Problem(
            "unsupported",
            f"{what} does not follow references (field {quoted(name)}).",
            first_pointer(pointers, partial(is_alike, test)),
            hint=hint,
            asked_fields=(name,),
        )
        for name, test in reversed(firsts.items())
    ]


def _operators(
    backend: Backend, comparisons: Iterable[Comparison], pointers: Sequence[tuple[Expression, str]]
) -> list[Problem]:
    unknown = [leaf for leaf in comparisons if leaf.operator not in backend.operators]
    firsts = {leaf.operator: leaf for leaf in reversed(unknown)}
    return [
        Problem(
            "unsupported",
            f"Backend {quoted(backend.name)} does not support {operator.value or 'equality'}.",
            first_pointer(pointers, partial(is_alike, leaf)),
            asked_fields=(leaf.field.name,),
        )
        for operator, leaf in reversed(firsts.items())
    ]


def _types(backend: Backend, fields: Iterable[Field], pointers: Sequence[tuple[Expression, str]]) -> list[Problem]:
    unknown = dict.fromkeys(field for field in fields if field.field_type not in backend.types)
    return [
        Problem(
            "unsupported",
            f"Backend {quoted(backend.name)} does not support type {field.field_type.value} "
            f"(field {quoted(field.name)}).",
            first_pointer(pointers, partial(is_of, field)),
            asked_fields=(field.name,),
        )
        for field in unknown
    ]
