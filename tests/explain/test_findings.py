"""What is found to be never or always true is so, of every record; and where all is seen, nothing is missed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, FieldType, ObjectList, Query, Schema
from criteria.conformance import schemas
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects
from criteria.conformance.strategies import records as conforming
from criteria.explanation import ExplainedNode, Explanation, Outcome, Reason
from criteria.parsing.bind import ALLOWED
from criteria.tree.nodes import EVERYTHING, NOTHING, And, AnyElement, Comparison, Expression, Not, Operator, Or
from tests.conftest import CASES, capped
from tests.explain import conflicts
from tests.explain.conflicts import FIELDS
from tests.memory import garbage


def claims(explanation: Explanation, given: Iterable[str] = ()) -> list[tuple[Expression, bool]]:
    """The expressions that are said to be never (False) or always (True) true, where no more is taken for granted."""
    nodes: dict[str, list[ExplainedNode]] = {}
    for node in of_the_record(explanation.root):
        nodes.setdefault(node.pointer, []).append(node)
    found = [
        (nodes[finding.pointer][0].expression, finding.outcome is Outcome.ALWAYS)
        for finding in explanation.findings
        if finding.outcome is not Outcome.SOMETIMES and set(finding.rests_on) <= set(given) and finding.pointer in nodes
    ]
    if explanation.outcome is not Outcome.SOMETIMES and set(explanation.rests_on) <= set(given):
        found.append((explanation.query.expression, explanation.outcome is Outcome.ALWAYS))
    return found


def of_the_record(node: ExplainedNode) -> Iterator[ExplainedNode]:
    """A node and those below it, but not those inside the elements of lists of objects."""
    yield node
    for term in () if isinstance(node.expression, AnyElement) else node.terms:
        yield from of_the_record(term)


def claims_of_elements(explanation: Explanation, given: Iterable[str]) -> list[tuple[AnyElement, Expression, bool]]:
    """The claims about expressions inside the elements of lists of objects: the list, the expression, the claim."""
    tests = [node for node in explanation.root.walk() if isinstance(node.expression, AnyElement)]
    below: dict[str, list[tuple[AnyElement, Expression]]] = {}
    for test in tests:
        assert isinstance(test.expression, AnyElement)
        for term in test.terms:
            is_path = term.pointer == test.pointer and isinstance(term.expression, (Comparison, AnyElement))
            for node in () if is_path else of_the_record(term):
                below.setdefault(node.pointer, []).append((test.expression, node.expression))
    return [
        (*below[finding.pointer][0], finding.outcome is Outcome.ALWAYS)
        for finding in explanation.findings
        if finding.outcome is not Outcome.SOMETIMES and set(finding.rests_on) <= set(given)
        if len(below.get(finding.pointer, ())) == 1
    ]


def with_constant(node: ExplainedNode, pointer: str, constant: Expression) -> Expression:
    """The expression of a tree with a constant in one place."""
    if node.pointer == pointer:
        return constant
    terms = tuple(with_constant(term, pointer, constant) for term in node.terms)
    match node.expression:
        case And():
            return And(terms)
        case Or():
            return Or(terms)
        case Not():
            return Not(*terms)
        case leaf:
            return leaf


ALL_GIVEN = ("types", "not_nullable")


@settings(max_examples=capped(CASES))
@given(criteria_json=conflicts.queries(), rows=st.lists(conflicts.records(), min_size=1, max_size=8))
def test_no_generated_record_denies_a_finding(criteria_json: dict[str, Any], rows: list[Any]) -> None:
    """What is never true is true of no record, what is always true of every one."""
    explanation = criteria.explain(criteria.parse(criteria_json, FIELDS))
    typed = [FIELDS.decode(row) for row in rows]
    for expression, expected in claims(explanation, ALL_GIVEN):
        assert [is_true(expression, record) for record in typed] == [expected] * len(typed)


@given(criteria_json=conflicts.queries(), rows=st.lists(conflicts.records(), min_size=1, max_size=8))
def test_what_is_redundant_changes_nothing(criteria_json: dict[str, Any], rows: list[Any]) -> None:
    """With a redundant term out of it a query says the same of every record."""
    explanation = criteria.explain(criteria.parse(criteria_json, FIELDS))
    typed = [FIELDS.decode(row) for row in rows]
    verdicts = [is_true(explanation.query.expression, record) for record in typed]
    for finding in explanation.findings:
        if finding.reason is Reason.REDUNDANT:
            without = [with_constant(explanation.root, finding.pointer, one) for one in (EVERYTHING, NOTHING)]
            assert verdicts in [[is_true(one, record) for record in typed] for one in without]


@pytest.mark.parametrize("mode", ["typed", "json"])
@pytest.mark.parametrize("schema", [FIELDS, schemas.SCALARS, schemas.LISTS, schemas.NESTED], ids=lambda one: one.name)
def test_what_rests_on_nothing_holds_of_any_record(schema: Schema, mode: Any) -> None:
    """A finding that takes nothing for granted holds of records that keep no promise at all."""
    queries = conflicts.queries() if schema is FIELDS else criteria_objects(schema)

    @given(criteria_json=queries, rows=st.lists(garbage.records(schema), min_size=1, max_size=4))
    def holds(criteria_json: dict[str, Any], rows: list[Any]) -> None:
        for expression, expected in claims(criteria.explain(criteria.parse(criteria_json, schema))):
            predicate = criteria.compile(Query(expression, schema), "python", records=mode)
            assert [predicate(row) for row in rows] == [expected] * len(rows)

    holds()


_LITERALS = (0, 1, 2, 1.5, 0.5, 2**53 + 1, float(2**53), "", "a", "ab", "b", True, False)
_LISTED = tuple(one for one in _LITERALS if one != 2**53 + 1)
"""Literals that may stand beside each other in a list: with a fraction among them, all numbers have to be doubles."""

_FREE = st.recursive(
    st.tuples(
        st.sampled_from(("x", "y.z")),
        st.one_of(
            st.none(),
            st.just({"$ne": None}),
            st.sampled_from(_LITERALS),
            st.sampled_from(_LITERALS).map(lambda value: {"$ne": value}),
            st.tuples(
                st.sampled_from(("$gt", "$gte", "$lt", "$lte")),
                st.sampled_from([one for one in _LITERALS if not isinstance(one, bool)]),
            ).map(lambda pair: {pair[0]: pair[1]}),
            st.lists(st.sampled_from(_LISTED), max_size=3).map(lambda chosen: {"$in": chosen}),
            st.lists(st.sampled_from(_LISTED), max_size=3).map(lambda chosen: {"$nin": chosen}),
            st.sampled_from(("", "a", "b")).map(lambda text: {"$endsWith": text}),
        ),
    ).map(lambda pair: {pair[0]: pair[1]}),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(lambda terms: {"AND": terms}),
        st.lists(inner, min_size=1, max_size=4).map(lambda terms: {"OR": terms}),
        inner.map(lambda term: {"NOT": term}),
    ),
    max_leaves=6,
)
_ANY_VALUE: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from((*_LITERALS, None, math.inf, -math.inf, 10**400, 2**53, 0.25, 5, "aab", "c", [1], {})),
    st.lists(st.sampled_from((*_LITERALS, None, [1], {"z": 1}, math.nan)), max_size=3),
    garbage.values(schemas.NESTED),
)


@given(criteria_json=_FREE, x=_ANY_VALUE, z=_ANY_VALUE)
def test_without_a_schema_findings_hold_of_any_record(criteria_json: dict[str, Any], x: Any, z: Any) -> None:
    """Without a schema nothing is taken for granted, and findings hold of whatever a record has."""
    explanation = criteria.explain(criteria.parse(criteria_json))
    assert explanation.rests_on == ()
    for expression, expected in claims(explanation):
        predicate = criteria.compile(Query(expression), "python")
        assert [predicate(row) for row in ({"x": x, "y": {"z": z}}, {}, {"x": z})] == [expected] * 3


@pytest.mark.parametrize("name", ["scalars", "lists", "nested", "names", "microseconds", "objects"])
def test_findings_hold_of_records_of_every_schema(name: str) -> None:
    """On the schemas that all engines are compared on, no record denies a finding either."""
    schema = schemas.ALL[name]

    @given(criteria_json=criteria_objects(schema), rows=conforming(schema))
    def holds(criteria_json: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        typed = [schema.decode(row) for row in rows]
        for expression, expected in claims(criteria.explain(criteria.parse(criteria_json, schema)), ALL_GIVEN):
            assert [is_true(expression, record) for record in typed] == [expected] * len(typed)

    holds()


LINES = Schema(
    "lines",
    [
        Field("n", "integer"),
        ObjectList(
            "lines",
            [Field("n", "integer"), Field("s", "string", nullable=False), ObjectList("parts", [Field("n", "integer")])],
        ),
    ],
    system_properties=False,
)


@pytest.mark.parametrize(
    ("source", "outcome", "found"),
    [
        ({"lines": {"$elemMatch": {"n": {"$gt": 5, "$lt": 3}}}}, "never",
         [("never", "contradiction", "/lines/$elemMatch/n", "lines.n")]),
        ({"NOT": {"lines": {"$elemMatch": {"n": {"$gt": 5, "$lt": 3}}}}}, "always",
         [("never", "contradiction", "/NOT/lines/$elemMatch/n", "lines.n")]),
        ({"lines": {"$elemMatch": {"parts": {"$elemMatch": {"AND": [{"n": 1}, {"n": 2}]}}}}}, "never",
         [("never", "contradiction", "/lines/$elemMatch/parts/$elemMatch/AND", "lines.parts.n")]),
        ({"lines": {"$elemMatch": {"OR": [{"n": {"$ne": 1}}, {"n": 1}]}}}, "sometimes",
         [("always", "tautology", "/lines/$elemMatch/OR", "lines.n")]),
        ({"lines": {"$elemMatch": {"n": {"$gt": 5}, "OR": [{"n": {"$gt": 3}}, {"s": "a"}]}}}, "sometimes",
         [("sometimes", "redundant", "/lines/$elemMatch/OR", "lines.n")]),
        ({"lines": {"$elemMatch": {"n": {"$gt": 5, "$gte": 3}}}}, "sometimes",
         [("sometimes", "redundant", "/lines/$elemMatch/n/$gte", "lines.n")]),
        ({"lines.n": {"$gt": 5, "$lt": 3}}, "sometimes", []),
        ({"lines.s": None}, "sometimes", []),
        ({"lines": {"$elemMatch": {"s": None}}}, "never",
         [("never", "not_nullable", "/lines/$elemMatch/s", "lines.s")]),
        ({"lines.s": {"$in": []}}, "never", [("never", "empty_list", "/lines.s/$in", "lines.s")]),
        ({"lines.s": {"$nin": []}}, "always", [("always", "empty_list", "/lines.s/$nin", "lines.s")]),
        ({"NOT": {"lines.parts.n": {"$in": []}}}, "always",
         [("never", "empty_list", "/NOT/lines.parts.n/$in", "lines.parts.n")]),
        ({"lines": None, "lines.n": 1}, "never", [("never", "contradiction", "", "lines")]),
        ({"OR": [{"lines": None}, {"lines": {"$ne": None}}]}, "always", [("always", "tautology", "/OR", "lines")]),
        ({"lines": {"$ne": None}, "lines.parts.n": 1}, "sometimes",
         [("sometimes", "redundant", "/lines/$ne", "lines")]),
    ],
)  # fmt: skip
def test_findings_inside_lists_of_objects(
    source: dict[str, Any], outcome: str, found: list[tuple[str, str, str, str]]
) -> None:
    """What no object can fulfil is never true, and every finding has words."""
    explanation = criteria.explain(criteria.parse(source, LINES), written=source)
    assert explanation.outcome.value == outcome
    assert [(one.outcome.value, one.reason.value, one.pointer, one.field) for one in explanation.findings] == found
    assert len(explanation.to_json()["findings"]) == len(found)


@given(rows=conforming(schemas.OBJECTS, 3), criteria_json=criteria_objects(schemas.OBJECTS, 4))
def test_no_object_denies_a_finding_about_its_list(rows: list[dict[str, Any]], criteria_json: dict[str, Any]) -> None:
    """What is never true inside a list is true of no object in it."""
    claimed = claims_of_elements(criteria.explain(criteria.parse(criteria_json, schemas.OBJECTS)), ALL_GIVEN)
    held = [one for row in rows for one in objects_of(schemas.OBJECTS, schemas.OBJECTS.decode(row))]
    for test, expression, expected in claimed:
        objects = [item for name, item in held if name == test.objects.element.name]
        assert [is_true(expression, item) for item in objects] == [expected] * len(objects)


def objects_of(schema: Schema, record: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects in the lists of a record, each with the name of their schema."""
    for one in schema.object_lists:
        value: Any = record
        for step in one.place.path:
            value = (value or {}).get(step)
        for item in value or ():
            if item is not None:
                yield one.element.name, item
                yield from objects_of(one.element, item)


_SEEN = tuple(
    one for one in FIELDS.fields
    if not one.is_list and one.field_type not in (FieldType.STRING, FieldType.GUID, FieldType.OBJECT_REF)
)  # fmt: skip
"""Fields of which all findings about them alone are seen."""


def around(field: Field) -> list[Any]:
    """The operands of a field, the next values on both sides of each, and no value."""
    schema = Schema("one", [Field("f", field.field_type, precision=field.precision, scale=field.scale)])
    values = [schema.decode({"objectId": 1, "f": one})["f"] for one in conflicts.stored(field)]
    beside = [two for one in values for two in neighbours(field, one)]
    return [None] * field.nullable + values + [one for one in beside if conforms(schema, one)]


def neighbours(field: Field, value: Any) -> list[Any]:
    """The next smaller and the next greater value."""
    if isinstance(value, bool):
        return []
    if isinstance(value, float):
        return [math.nextafter(value, -math.inf), math.nextafter(value, math.inf)]
    step: Any = 1
    if isinstance(value, Decimal):
        step = Decimal(1).scaleb(-(field.scale or 0))
    elif isinstance(value, datetime):
        step = timedelta(microseconds=1 if field.precision == 6 else 1000)
    elif isinstance(value, date):
        step = timedelta(days=1)
    found = []
    for sign in (-1, 1):
        with suppress(OverflowError):  # the years 1 and 9999 end
            found.append(value + sign * step)
    return found


def conforms(schema: Schema, value: Any) -> bool:
    """Whether a typed record may have the value."""
    try:
        schema.encode({"objectId": 1, "f": value})
    except CriteriaError:
        return False
    return True


@pytest.mark.parametrize("field", _SEEN, ids=lambda one: one.name)
def test_of_one_ordered_field_all_is_seen(field: Field) -> None:
    """Of a query on one field whose values are numbers, instants or booleans, never and always are found exactly when a
    search through all values that its operands tell apart finds them."""
    records = []
    for value in around(field):
        record: Any = value
        for segment in reversed(field.path):
            record = {segment: record}
        records.append(record)

    @given(criteria_json=conflicts.queries((field,)))
    def agrees(criteria_json: dict[str, Any]) -> None:
        explanation = criteria.explain(criteria.parse(criteria_json, FIELDS))
        for node in explanation.root.walk():
            verdicts = {is_true(node.expression, record) for record in records}
            alone = criteria.explain(Query(node.expression, FIELDS))
            expected = {frozenset({True}): Outcome.ALWAYS, frozenset({False}): Outcome.NEVER}
            assert alone.outcome is expected.get(frozenset(verdicts), Outcome.SOMETIMES)

    agrees()


_TEXTS = [None, *("".join(letters) for size in range(5) for letters in product("ab", repeat=size)), "abc", "\U0010ffff"]


@settings(max_examples=capped(CASES))
@given(criteria_json=conflicts.queries((FIELDS.fields[2],)))
def test_strings_of_two_letters(criteria_json: dict[str, Any]) -> None:
    """What is never or always true of a string is so of every short one of two letters."""
    explanation = criteria.explain(criteria.parse(criteria_json, FIELDS))
    for expression, expected in claims(explanation, ALL_GIVEN):
        assert {is_true(expression, {"s": text}) for text in _TEXTS} == {expected}


_ITEMS: dict[str, tuple[Any, ...]] = {
    "al": (0, 1, 2, 3, 5, 1.5, "x", None),
    "bl": (True, False, 0, None),
    "sl": ("", "a", "b", "ab", "aab", 5, None),
}
"""Elements of lists: some that conform, one that does not, and null."""


@pytest.mark.parametrize("name", _ITEMS)
def test_short_lists(name: str) -> None:
    """What is never or always true of a list is so of every one of up to two elements, of those that do not conform
    where nothing is taken for granted."""
    field = FIELDS.find(name)
    assert field is not None
    lists = [None, *(list(items) for size in range(3) for items in product(_ITEMS[name], repeat=size))]
    dirty = {"al": (1.5, "x"), "bl": (0,), "sl": (5,)}[name]
    clean = [one for one in lists if not any(type(item) is type(bad) for item in one or () for bad in dirty)]

    @settings(max_examples=capped(CASES))
    @given(criteria_json=conflicts.queries((field,)))
    def holds(criteria_json: dict[str, Any]) -> None:
        explanation = criteria.explain(criteria.parse(criteria_json, FIELDS))
        for given_names, rows in (((), lists), (ALL_GIVEN, clean)):
            for expression, expected in claims(explanation, given_names):
                predicate = criteria.compile(Query(expression, FIELDS), "python")
                assert {predicate({name: row}) for row in rows} == {expected}

    holds()


@pytest.mark.parametrize(
    ("comparison", "outcome"),
    [
        ({"$gt": "2024-01-01", "$lt": "2024-01-02"}, Outcome.NEVER),
        ({"$gt": "2024-02-28", "$lt": "2024-03-01"}, Outcome.SOMETIMES),
        ({"$gt": "2023-02-28", "$lt": "2023-03-01"}, Outcome.NEVER),
        ({"$lt": "0001-01-01"}, Outcome.NEVER),
        ({"$lte": "0001-01-01"}, Outcome.SOMETIMES),
        ({"$gt": "9999-12-31"}, Outcome.NEVER),
        ({"$gte": "9999-12-31"}, Outcome.SOMETIMES),
    ],
    ids=str,
)
def test_days_follow_each_other(comparison: dict[str, str], outcome: Outcome) -> None:
    """No day lies between two that follow each other, leap years included, nor outside the years 1 to 9999."""
    explanation = criteria.explain(criteria.parse({"day": comparison}, FIELDS))
    assert explanation.outcome is outcome
    assert explanation.rests_on == (("types",) if outcome is Outcome.NEVER else ())


def test_every_type_and_operator_is_drawn() -> None:
    """The queries of these tests have fields of every type, and every operator that a type allows."""
    assert {field.field_type for field in FIELDS.fields} == set(FieldType)
    for name in ("s", "day", "b"):
        field = FIELDS.find(name)
        assert field is not None
        assert operators_of(field) == ALLOWED[field.field_type]


def operators_of(field: Field) -> set[Operator]:
    """The operators in the comparisons that are drawn of a field."""
    drawn: set[Operator] = set()

    @settings(max_examples=300, derandomize=True)  # the same draws in each run: by chance one may be missing
    @given(criteria_json=conflicts.comparisons(field))
    def collect(criteria_json: dict[str, Any]) -> None:
        explanation = criteria.explain(criteria.parse(criteria_json, FIELDS))
        drawn.update(comparison.operator for _, comparison in explanation.root.comparisons())

    collect()
    return drawn
