"""Criteria and orders over a schema."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from criteria import Field, ObjectList, Schema
from criteria.conformance.strategies.values import any_text_operands, folded_operands, operands
from criteria.parsing.bind import ALLOWED
from criteria.schema.field import invalid_name
from criteria.schema.schema import Reference
from criteria.tree.nodes import EQUALITY, MEMBERSHIP, ORDERING, Operator, TextOperator, is_folded, is_text


def criteria_objects(
    schema: Schema, max_leaves: int = 8, operators: Collection[Operator] = tuple(Operator)
) -> st.SearchStrategy[dict[str, Any]]:
    """Decoded criteria that the schema accepts: every operator on every field it applies to, under AND, OR and NOT."""
    return st.one_of(_criteria(schema, tuple(operators), max_leaves), st.just({}))


@lru_cache(256)
def _criteria(
    schema: Schema, operators: tuple[Operator, ...], max_leaves: int, steps: int = 2
) -> st.SearchStrategy[dict[str, Any]]:
    """Criteria that are not empty, with paths through so many references."""
    leaves = st.sampled_from(schema.fields).flatmap(lambda field: _leaf(field, operators))
    if schema.object_lists:
        objects = st.sampled_from(schema.object_lists).flatmap(lambda one: _object_leaf(one, operators))
        leaves = st.one_of(leaves, objects, objects)
    if schema.references and steps:
        referring = st.sampled_from(schema.references).flatmap(lambda one: _referred(schema, one, operators, steps - 1))
        leaves = st.one_of(leaves, referring, referring)
    return st.one_of(leaves, st.recursive(leaves, _combined, max_leaves=max_leaves))


@lru_cache(256)
def _object_leaf(objects: ObjectList, operators: tuple[Operator, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """A comparison of a list of objects with null, criteria of its elements, or a path through it."""
    name, inside = objects.name, _criteria(objects.element, operators, 3)
    return st.one_of(
        st.sampled_from([{name: None}, {name: {"$ne": None}}]),
        inside.map(lambda criteria: {name: {"$elemMatch": criteria}}),
        inside.map(lambda criteria: {name: {"$elemMatch": criteria}}),
        inside.filter(_is_comparison).map(lambda criteria: {f"{name}.{next(iter(criteria))}": _only(criteria)}),
    )


@lru_cache(256)
def _referred(
    schema: Schema, one: Reference, operators: tuple[Operator, ...], steps: int
) -> st.SearchStrategy[dict[str, Any]]:
    """Criteria of the object to which a reference refers, or a path through it."""
    inside = _criteria(schema.inside(one), operators, 3, steps)
    paths = inside.filter(lambda criteria: _is_comparison(criteria) and _is_reached(one, next(iter(criteria))))
    return st.one_of(
        inside.map(lambda criteria: {one.name: {"$elemMatch": criteria}}),
        paths.map(lambda criteria: {f"{one.name}.{next(iter(criteria))}": _only(criteria)}),
        paths.map(lambda criteria: {f"{one.name}.{next(iter(criteria))}": _only(criteria)}),
    )


def _is_reached(one: Reference, name: str) -> bool:
    """Whether a path leads to a field. `objectId` is the reference itself, and its own operators apply."""
    return name != "objectId" and not invalid_name(f"{one.name}.{name}")


def _is_comparison(criteria: dict[str, Any]) -> bool:
    return len(criteria) == 1 and not criteria.keys() & {"AND", "OR", "NOT"}


def _only(criteria: dict[str, Any]) -> Any:
    return next(iter(criteria.values()))


def order_by_texts(schema: Schema) -> st.SearchStrategy[str]:
    """orderBy of one to three sortable fields."""
    sortable = [one.name for one in schema.fields if not one.is_list]
    names = st.lists(
        st.sampled_from([name for name in sortable if "," not in name]), min_size=1, max_size=3, unique=True
    )
    directions = st.lists(st.sampled_from(("", " asc", " desc", " DESC")), min_size=3, max_size=3)
    return st.tuples(names, directions).map(lambda pair: ",".join(name + way for name, way in zip(*pair, strict=False)))


def _combined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    groups = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        groups.map(lambda terms: {"AND": terms}),
        groups.map(lambda terms: {"OR": terms}),
        inner.map(lambda term: {"NOT": term}),
        st.lists(inner, min_size=2, max_size=3).map(_merged),
    )


def _merged(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Several members in one object."""
    return {key: value for one in objects for key, value in one.items()}


@lru_cache(1024)
def _leaf(field: Field, operators: tuple[Operator, ...]) -> st.SearchStrategy[dict[str, Any]]:
    allowed = [operator for operator in operators if operator in ALLOWED[field.field_type]]
    comparisons = [_comparison(field, operator) for operator in allowed]
    comparisons += [st.just({"$ne": None} if one is Operator.NE else None) for one in allowed if one in EQUALITY]
    orderings = [_comparison(field, operator) for operator in allowed if operator in ORDERING]
    if orderings:
        one_bound = st.one_of(orderings)
        comparisons.append(st.tuples(one_bound, one_bound).map(lambda pair: {**pair[0], **pair[1]}))
    return st.one_of(comparisons).map(lambda comparison: {field.name: comparison})


def _comparison(field: Field, operator: Operator) -> st.SearchStrategy[Any]:
    """The value of a member: an operand, or an object of an operator with one."""
    if operator in MEMBERSHIP:
        values: st.SearchStrategy[Any] = st.lists(operands(field), max_size=4)
    elif is_text(operator):
        values = _of_text(field, operator)
    elif field.values is not None and operator in ORDERING:
        values = any_text_operands(field)
    else:
        values = operands(field)
    return values.map(lambda value: {operator.value: value}) if operator.value else values


def _of_text(field: Field, operator: TextOperator) -> st.SearchStrategy[str]:
    return folded_operands(field) if is_folded(operator) else any_text_operands(field)
