"""Normal form has the shape that backends rely on, and the meaning of the expression."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Schema
from criteria.conformance import schemas
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects, records
from criteria.tree.nodes import EVERYTHING, NOTHING, And, Comparison, Expression, Not, Operator, Or
from criteria.tree.normalize import depth, normalize
from tests.parsing.arbitrary import FEWER

POSITIVE = set(Operator) - {Operator.NE, Operator.NIN}


def expressions(schema: Schema) -> st.SearchStrategy[Expression]:
    """Trees of a schema's comparisons, with groups of no, one and many terms."""
    leaves = criteria_objects(schema, 2).map(lambda source: criteria.parse(source, schema).expression)
    return st.recursive(
        st.one_of(leaves, leaves, st.sampled_from((EVERYTHING, NOTHING))),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, max_size=3).map(lambda terms: And(tuple(terms))),
            st.lists(inner, max_size=3).map(lambda terms: Or(tuple(terms))),
        ),
        max_leaves=8,
    )


NARROW = Schema(
    "narrow",
    [criteria.Field("a", "integer"), criteria.Field("b", "string"), criteria.Field("l", "integer", is_list=True)],
    system_properties=False,
)
"""Few fields, so that comparisons of one field meet."""

CASES = st.sampled_from((NARROW, schemas.SCALARS, schemas.LISTS, schemas.NESTED)).flatmap(expressions)


@FEWER
@given(expression=CASES)
def test_normalising_twice_is_normalising_once(expression: Expression) -> None:
    """Normal form is a fixed point."""
    normal = normalize(expression)
    assert normalize(normal) == normal


@FEWER
@given(expression=CASES)
def test_the_shape_of_normal_form(expression: Expression) -> None:
    """Normal form is EVERYTHING, NOTHING, or a tree that keeps every promise of its module."""
    normal = normalize(expression)
    if normal not in (EVERYTHING, NOTHING):
        check_shape(normal)


def check_shape(normal: Expression) -> None:
    """Checks each node of a normal form."""
    if isinstance(normal, Not):
        assert isinstance(normal.term, Comparison)
        normal = normal.term
    if isinstance(normal, Comparison):
        check_comparison(normal)
        return
    assert isinstance(normal, (And, Or))
    assert len(normal.terms) > 1
    assert len(set(normal.terms)) == len(normal.terms)
    assert not any(type(term) is type(normal) for term in normal.terms)
    are_groups = [isinstance(term, (And, Or)) for term in normal.terms]
    assert are_groups == sorted(are_groups, reverse=True)
    check_equalities(normal)
    for term in normal.terms:
        check_shape(term)


def check_comparison(comparison: Comparison) -> None:
    """A comparison has a positive operator, and a list of two or more different values where it has a list."""
    assert comparison.operator in POSITIVE
    assert isinstance(comparison.value, tuple) is (comparison.operator is Operator.IN)
    if isinstance(comparison.value, tuple):
        assert len(comparison.value) >= 2
        assert len(set(comparison.value)) == len(comparison.value)


def check_equalities(group: And | Or) -> None:
    """Equalities of one field under OR, and their negations under AND, are merged into one comparison."""
    fields: Counter[Any] = Counter()
    for term in group.terms:
        one = term.term if isinstance(group, And) and isinstance(term, Not) else term
        is_that_kind = isinstance(term, Not) if isinstance(group, And) else isinstance(term, Comparison)
        if is_that_kind and isinstance(one, Comparison) and one.value is not None:
            fields[one.field] += one.operator in (Operator.EQ, Operator.IN)
    assert all(count <= 1 for count in fields.values())


@pytest.mark.parametrize("schema", [NARROW, schemas.SCALARS, schemas.LISTS, schemas.NESTED], ids=lambda one: one.name)
def test_normal_form_means_the_same(schema: Schema) -> None:
    """An expression and its normal form are true of the same records."""
    keyed = Schema(schema.name, [criteria.Field("key", "integer", is_unique=True, nullable=False), *schema.fields],
                   system_properties=False)  # fmt: skip

    @FEWER
    @given(expression=expressions(schema), rows=records(keyed))
    def same(expression: Expression, rows: list[dict[str, Any]]) -> None:
        normal = normalize(expression)
        for record in map(keyed.decode, rows):
            assert is_true(normal, record) is is_true(expression, record)

    same()


@FEWER
@given(expression=CASES)
def test_negation_mirrors(expression: Expression) -> None:
    """NOT of NOT has the same normal form, and negation changes no depth."""
    assert normalize(Not(Not(expression))) == normalize(expression)
    assert depth(Not(expression)) == depth(expression)


@pytest.mark.parametrize(
    ("source", "equal"),
    [
        ({"OR": [{"a": 1}, {"b": "x"}, {"a": 2}]}, {"OR": [{"a": {"$in": [1, 2]}}, {"b": "x"}]}),
        ({"OR": [{"a": {"$in": [1, 2]}}, {"a": 2}, {"a": {"$in": []}}]}, {"a": {"$in": [1, 2]}}),
        ({"AND": [{"a": {"$ne": 1}}, {"a": {"$nin": [2, 3]}}]}, {"a": {"$nin": [1, 2, 3]}}),
        ({"AND": [{"NOT": {"a": 1}}, {"a": {"$ne": 1}}]}, {"a": {"$ne": 1}}),
        ({"a": {"$in": [5]}}, {"a": 5}),
        ({"a": {"$nin": [5, 5]}}, {"a": {"$ne": 5}}),
        ({"NOT": {"a": {"$in": []}}}, {}),
        ({"a": {"$nin": []}}, {}),
        ({"AND": [{"a": 1}, {"a": {"$nin": []}}]}, {"a": 1}),
        ({"NOT": {"AND": [{"a": 1}, {"NOT": {"b": "x"}}]}}, {"OR": [{"a": {"$ne": 1}}, {"b": "x"}]}),
        ({"a": 1, "AND": [{"b": "x", "l": 2}]}, {"AND": [{"a": 1}, {"b": "x"}, {"l": 2}]}),
        ({"OR": [{"a": 1}, {"AND": [{"a": 2}, {"b": "x"}]}]}, {"OR": [{"AND": [{"a": 2}, {"b": "x"}]}, {"a": 1}]}),
    ],
)  # fmt: skip
def test_different_words_for_one_normal_form(source: Any, equal: Any) -> None:
    """Criteria that say the same in other words have one normal form."""
    first, second = (normalize(criteria.parse(one, NARROW).expression) for one in (source, equal))
    assert first == second


@pytest.mark.parametrize(
    "source",
    [
        {"AND": [{"a": 1}, {"a": 2}]},
        {"AND": [{"l": 1}, {"l": 2}]},
        {"OR": [{"a": {"$ne": 1}}, {"a": {"$ne": 2}}]},
        {"OR": [{"a": 1}, {"a": None}]},
        {"AND": [{"a": {"$nin": [1]}}, {"a": {"$ne": None}}]},
    ],
)
def test_comparisons_that_stay_apart(source: Any) -> None:
    """Equalities under AND, inequalities under OR, and the empty test are never merged with others."""
    normal = normalize(criteria.parse(source, NARROW).expression)
    assert isinstance(normal, (And, Or))
    assert len(normal.terms) == 2


INSIDE = Schema(
    "inside",
    [
        criteria.Field("id", "integer", is_unique=True, nullable=False),
        criteria.ObjectList("items", [criteria.Field("a", "integer"), criteria.Field("b", "string")]),
        criteria.ObjectList("parts", [criteria.Field("a", "integer")]),
    ],
    system_properties=False,
)


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ({"OR": [{"items.a": 1}, {"items.b": {"$gt": "x"}}, {"items.a": 2}]},
         {"items": {"$elemMatch": {"OR": [{"a": {"$in": [1, 2]}}, {"b": {"$gt": "x"}}]}}}),
        ({"AND": [{"NOT": {"items.a": 1}}, {"NOT": {"items.a": 2}}, {"id": 1}]},
         {"AND": [{"NOT": {"items": {"$elemMatch": {"a": {"$in": [1, 2]}}}}}, {"id": 1}]}),
        ({"OR": [{"items.a": 1}, {"parts.a": 1}]}, {"OR": [{"items.a": 1}, {"parts.a": 1}]}),
        ({"OR": [{"items.a": 1}, {"items": {"$ne": None}}]}, {"OR": [{"items.a": 1}, {"items": {"$ne": None}}]}),
    ],
)  # fmt: skip
def test_tests_of_one_list_are_joined(source: dict[str, Any], same: dict[str, Any]) -> None:
    """An object that fulfils one term or the other is one object. Whether a list is empty is another question."""
    normal = normalize(criteria.parse(source, INSIDE).expression)
    assert normal == normalize(criteria.parse(same, INSIDE).expression)
    assert normalize(normal) == normal


def test_tests_of_a_list_under_and_are_not_joined() -> None:
    """Each term may be fulfilled by another object."""
    for source in ({"items.a": 1, "items.b": "x"}, {"OR": [{"NOT": {"items.a": 1}}, {"NOT": {"items.b": "x"}}]}):
        assert isinstance(normalize(criteria.parse(source, INSIDE).expression), (And, Or))


LINKED = Schema(
    "linked",
    [
        criteria.Field("id", "integer", is_unique=True, nullable=False),
        criteria.Field("a", "integer"),
        criteria.Field("b", "string"),
        criteria.Field("one", "objectRef", object_entity_type="linked"),
        criteria.Field("many", "objectRef", object_entity_type="linked", is_list=True),
    ],
    system_properties=False,
)


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ({"one.a": 1, "one.b": "x"}, {"one": {"$elemMatch": {"a": 1, "b": "x"}}}),
        ({"OR": [{"one.a": 1}, {"one.b": "x"}]}, {"one": {"$elemMatch": {"OR": [{"a": 1}, {"b": "x"}]}}}),
        ({"NOT": {"one.a": 1, "one.b": "x"}}, {"NOT": {"one": {"$elemMatch": {"a": 1, "b": "x"}}}}),
        ({"one.one.a": 1, "one.one.b": "x"}, {"one": {"$elemMatch": {"one": {"$elemMatch": {"a": 1, "b": "x"}}}}}),
        ({"one.many.a": 1, "one.many.b": "x"}, {"one": {"$elemMatch": {"AND": [{"many.a": 1}, {"many.b": "x"}]}}}),
    ],
)  # fmt: skip
def test_tests_of_one_object_are_joined(source: dict[str, Any], same: dict[str, Any]) -> None:
    """A reference that is not a list refers to one object, which fulfils all terms or does not."""
    schema = LINKED.with_entities({"linked": LINKED})
    normal = normalize(criteria.parse(source, schema).expression)
    assert normal == normalize(criteria.parse(same, schema).expression)
    assert normalize(normal) == normal


def test_tests_of_a_list_of_references_under_and_are_not_joined() -> None:
    """Each term may be fulfilled by another object."""
    schema = LINKED.with_entities({"linked": LINKED})
    for source in ({"many.a": 1, "many.b": "x"}, {"OR": [{"NOT": {"many.a": 1}}, {"NOT": {"many.b": "x"}}]}):
        assert isinstance(normalize(criteria.parse(source, schema).expression), (And, Or))


def test_joined_tests_are_no_deeper() -> None:
    """The depth of a query is that of its groups as written, so what is beside a test does not make it too deep."""
    query = criteria.parse({"OR": [{"items.a": 1}, {"items.b": "x"}, {"id": 1}]}, INSIDE)
    assert depth(query.expression) == 2
