"""Each kind of finding by an example, and what is beside it and no finding."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Query
from criteria.explanation import Finding, Outcome, Reason
from criteria.tree.nodes import And, Comparison, Operator, Or
from tests.explain.conflicts import FIELDS

NEVER: dict[str, Any] = {
    "an empty interval": {"a": {"$gt": 5, "$lt": 3}},
    "an interval of one value, without it": {"a": {"$gte": 5, "$lte": 5, "$ne": 5}},
    "two values": {"AND": [{"s": "a"}, {"s": "b"}]},
    "no value and a value": {"AND": [{"a": None}, {"a": {"$gt": 3}}]},
    "no value, and something": {"AND": [{"s": None}, {"s": {"$contains": ""}}]},
    "a list without its values": {"a": {"$in": [1, 2], "$nin": [1, 2]}},
    "a list without its values, one by one": {"AND": [{"a": {"$in": [1, 2]}}, {"a": {"$ne": 1}}, {"a": {"$ne": 2}}]},
    "lists without a common value": {"AND": [{"g": {"$in": []}}, {"b": True}]},
    "two beginnings": {"AND": [{"s": {"$startsWith": "ab"}}, {"s": {"$startsWith": "cd"}}]},
    "two endings": {"AND": [{"s": {"$endsWith": "ab"}}, {"s": {"$endsWith": "cb"}}]},
    "a beginning behind the last value": {"AND": [{"s": {"$startsWith": "b"}}, {"s": {"$lt": "b"}}]},
    "a beginning before the first value": {"AND": [{"s": {"$startsWith": "ab"}}, {"s": {"$gte": "ac"}}]},
    "a beginning of none of the values": {"s": {"$in": ["ab", "cd"], "$startsWith": "x"}},
    "a text in none of the values": {"s": {"$in": ["ab", "cd"], "$contains": "x"}},
    "an ending, and not what is in it": {"AND": [{"s": {"$endsWith": "abc"}}, {"NOT": {"s": {"$contains": "b"}}}]},
    "a text, and not the same": {"AND": [{"s": {"$contains": "b"}}, {"NOT": {"s": {"$contains": "b"}}}]},
    "a beginning, and not a shorter one": {"AND": [{"s": {"$startsWith": "ab"}}, {"NOT": {"s": {"$startsWith": "a"}}}]},
    "before the first string": {"s": {"$lt": ""}},
    "an alternative that is excluded as a whole": {"AND": [{"a": 5}, {"OR": [{"a": 1}, {"a": {"$gt": 7}}]}]},
    "behind NOT": {"NOT": {"OR": [{"a": {"$gt": 3}}, {"a": {"$lte": 3}}, {"a": {"$nin": [1, 2]}}]}},
    "an element of a list without one": {"AND": [{"al": 5}, {"al": None}]},
    "an element that no element is": {"al": {"$gt": 5, "$nin": [7]}, "NOT": {"al": {"$gt": 3}}},
    "two doubles side by side": {"f": {"$gt": 1.0, "$lt": 1.0000000000000002}},
    "zero, which has one value": {"AND": [{"f": 0.0}, {"f": {"$lt": -0.0}}]},
}
"""Queries that no record fulfils, whatever it holds."""

NEVER_OF_TYPES: dict[str, Any] = {
    "between two integers": {"a": {"$gt": 5, "$lt": 6}},
    "between two milliseconds": {"d": {"$gt": "2024-01-01T00:00:00Z", "$lt": "2024-01-01T00:00:00.001Z"}},
    "between two microseconds": {"u": {"$gt": "2024-01-01T00:00:00Z", "$lt": "2024-01-01T00:00:00.000001Z"}},
    "between two decimals": {"m": {"$gt": "1.1", "$lt": "1.2"}},
    "all booleans left out": {"AND": [{"b": {"$ne": True}}, {"b": {"$ne": False}}, {"b": {"$ne": None}}]},
    "above all integers": {"a": {"$gt": 2**63 - 1}},
    "above all decimals": {"m": {"$gt": "99.9"}},
    "below all instants": {"d": {"$lt": "0001-01-01T00:00:00Z"}},
    "between two elements": {"AND": [{"al": {"$gt": 5}}, {"NOT": {"al": {"$gte": 6}}}]},
}
"""Queries that no record fulfils whose values are of the declared types."""

ALWAYS: dict[str, Any] = {
    "all": {},
    "a value or not": {"OR": [{"a": 5}, {"a": {"$ne": 5}}]},
    "a comparison or its negation": {"OR": [{"a": {"$gt": 3}}, {"NOT": {"a": {"$gt": 3}}}]},
    "a value or none": {"OR": [{"s": None}, {"s": {"$ne": None}}]},
    "an ending or not": {"OR": [{"s": {"$endsWith": "x"}}, {"NOT": {"s": {"$endsWith": "x"}}}]},
    "not in an empty list": {"a": {"$nin": []}},
    "an element or none": {"OR": [{"al": 3}, {"al": {"$ne": 3}}]},
}
"""Queries that every record fulfils, whatever it holds."""

ALWAYS_OF_TYPES: dict[str, Any] = {
    "two overlapping halves, and no value": {"OR": [{"a": {"$lte": 5}}, {"a": {"$gt": 3}}, {"a": None}]},
    "two halves beside each other": {"OR": [{"a": {"$lt": 5}}, {"a": {"$gt": 4}}, {"a": None}]},
    "all booleans": {"OR": [{"b": {"$in": [True, False]}}, {"b": None}]},
}
"""Queries that every record fulfils whose values are of the declared types."""

NO_FINDING: dict[str, Any] = {
    "elements on both sides": {"al": {"$gt": 5, "$lt": 3}},
    "two elements": {"AND": [{"sl": "a"}, {"sl": "b"}]},
    "an integer between": {"a": {"$gt": 5, "$lt": 7}},
    "one boolean left out": {"AND": [{"b": {"$ne": True}}, {"b": {"$ne": None}}]},
    "two halves, and no value is left out": {"OR": [{"a": {"$lte": 5}}, {"a": {"$gt": 5}}]},
    "the first string": {"s": {"$lte": ""}},
    "an ending of an ending": {"AND": [{"s": {"$endsWith": "b"}}, {"s": {"$contains": "ab"}}]},
    "a microsecond between": {"u": {"$gt": "2024-01-01T00:00:00Z", "$lt": "2024-01-01T00:00:00.001Z"}},
    "a beginning and another ending": {"AND": [{"s": {"$startsWith": "a"}}, {"s": {"$endsWith": "b"}}]},
    "either ending, and one of them": {
        "AND": [{"OR": [{"s": {"$endsWith": "a"}}, {"s": {"$endsWith": "b"}}]}, {"s": {"$contains": "ab"}}, {"b": True}]
    },
    "two texts": {"AND": [{"s": {"$contains": "a"}}, {"s": {"$contains": "b"}}]},
    "negative doubles in their order": {"f": {"$gt": -2.5, "$lt": -1.0}},
    "every text begins with nothing": {
        "AND": [{"OR": [{"s": {"$startsWith": "\U0010ffff"}}, {"b": True}]}, {"s": "x"}]
    },
    "several fields": {"a": 1, "s": "x", "b": True},
    "a double between": {"f": {"$gt": 5, "$lt": 6}},
}
"""Queries in which nothing is found."""


def explained(source: Any) -> criteria.Explanation:
    """The explanation of a query of the schema."""
    return criteria.explain(criteria.parse(source, FIELDS))


@pytest.mark.parametrize(
    ("source", "outcome", "rests_on"),
    [
        pytest.param(source, outcome, rests_on, id=name)
        for cases, outcome, rests_on in (
            (NEVER, Outcome.NEVER, ()),
            (NEVER_OF_TYPES, Outcome.NEVER, ("types",)),
            (ALWAYS, Outcome.ALWAYS, ()),
            (ALWAYS_OF_TYPES, Outcome.ALWAYS, ("types",)),
        )
        for name, source in cases.items()
    ],
)
def test_what_is_known_of_a_query(source: Any, outcome: Outcome, rests_on: tuple[str, ...]) -> None:
    """The query is never or always true, what that rests on is said, and so is why."""
    explanation = explained(source)
    assert (explanation.outcome, explanation.rests_on) == (outcome, rests_on)
    assert explanation.findings or source == {}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in NO_FINDING.items()])
def test_what_no_finding_is(source: Any) -> None:
    """Of a query that some records fulfil and others do not nothing is said."""
    explanation = explained(source)
    assert (explanation.outcome, explanation.findings) == (Outcome.SOMETIMES, ())


def test_one_of_two_endings() -> None:
    """A string may have the second of two endings, of which it has to have one."""
    explanation = explained(
        {"AND": [{"OR": [{"s": {"$endsWith": "a"}}, {"s": {"$endsWith": "b"}}]}, {"s": {"$endsWith": "b"}}]}
    )
    assert explanation.outcome is Outcome.SOMETIMES
    assert [finding.reason for finding in explanation.findings] == [Reason.REDUNDANT]


def only(source: Any) -> Finding:
    """The only finding of a query."""
    (finding,) = explained(source).findings
    return finding


def test_the_smallest_terms_are_named() -> None:
    """Of many terms those are named that conflict, at the AND that joins them."""
    finding = only(
        {"AND": [{"b": True}, {"a": {"$gt": 0}}, {"a": {"$lt": 9}}, {"OR": [{"s": "x"}, {"f": 1}]}, {"a": 9}]}
    )
    assert finding.pointer == "/AND"
    assert (finding.outcome, finding.reason, finding.field) == (Outcome.NEVER, Reason.CONTRADICTION, "a")
    assert finding.terms == ("/AND/2/a/$lt", "/AND/4/a")


def test_three_terms_that_conflict_only_together() -> None:
    """Where no two terms conflict, those are named of which none can be left out."""
    finding = only(
        {"AND": [{"a": {"$ne": 2}}, {"a": {"$nin": [3, 4]}}, {"b": True}, {"a": {"$in": [1, 2]}}, {"a": {"$ne": 1}}]}
    )
    assert finding.terms == ("/AND/0/a/$ne", "/AND/3/a/$in", "/AND/4/a/$ne")


def test_an_inner_conflict_is_reported_once() -> None:
    """A finding is reported at the innermost group of which it is true; those around it repeat nothing."""
    inner = {"AND": [{"a": 1}, {"a": 2}]}
    explanation = explained({"AND": [{"OR": [inner, inner]}, {"s": "x"}]})
    assert explanation.outcome is Outcome.NEVER
    assert [finding.pointer for finding in explanation.findings] == ["/AND/0/OR/0/AND", "/AND/0/OR/1/AND"]


def test_a_conflict_of_each_field() -> None:
    """Two fields of one AND that conflict are two findings."""
    findings = explained({"AND": [{"a": 1}, {"s": "x"}, {"a": 2}, {"s": "y"}]}).findings
    assert [(finding.field, finding.terms) for finding in findings] == [
        ("a", ("/AND/0/a", "/AND/2/a")), ("s", ("/AND/1/s", "/AND/3/s")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "outcome", "reason", "rests_on"),
    [
        ({"an": None}, Outcome.NEVER, Reason.NOT_NULLABLE, ("not_nullable",)),
        ({"an": {"$ne": None}}, Outcome.ALWAYS, Reason.NOT_NULLABLE, ("not_nullable",)),
        ({"p.an": {"$ne": None}}, Outcome.ALWAYS, Reason.NOT_NULLABLE, ("not_nullable",)),
        ({"sn": {"$gte": ""}}, Outcome.ALWAYS, Reason.RANGE, ("types", "not_nullable")),
        ({"a": {"$in": []}}, Outcome.NEVER, Reason.EMPTY_LIST, ()),
        ({"a": {"$nin": []}}, Outcome.ALWAYS, Reason.EMPTY_LIST, ()),
        ({"a": {"$lt": -(2**63)}}, Outcome.NEVER, Reason.RANGE, ("types",)),
    ],
)
def test_single_comparisons(source: Any, outcome: Outcome, reason: Reason, rests_on: tuple[str, ...]) -> None:
    """A comparison may be never or always true for itself: what it rests on is said."""
    finding = only(source)
    assert (finding.outcome, finding.reason, finding.rests_on) == (outcome, reason, rests_on)
    assert finding.terms == (finding.pointer,)


def test_the_weakest_ground_is_named() -> None:
    """Where a conflict rests on nothing, that one is named, not one beside it that rests on the types."""
    finding = only({"AND": [{"a": {"$gt": 5}}, {"a": {"$lt": 6}}, {"a": {"$lt": 3}}]})
    assert (finding.rests_on, finding.terms) == ((), ("/AND/0/a/$gt", "/AND/2/a/$lt"))


@pytest.mark.parametrize(
    ("source", "pointer", "terms"),
    [
        ({"AND": [{"a": {"$gt": 5}}, {"a": {"$gt": 3}}]}, "/AND/1/a/$gt", ("/AND/0/a/$gt",)),
        ({"OR": [{"a": {"$gt": 5}}, {"a": {"$gt": 3}}]}, "/OR/0/a/$gt", ("/OR/1/a/$gt",)),
        ({"AND": [{"a": 1}, {"b": True}, {"a": 1}]}, "/AND/2/a", ("/AND/0/a",)),
        ({"AND": [{"s": "ab"}, {"NOT": {"s": "b"}}]}, "/AND/1/NOT/s", ("/AND/0/s",)),
        ({"AND": [{"s": "ab"}, {"s": {"$ne": None}}]}, "/AND/1/s/$ne", ("/AND/0/s",)),
        ({"AND": [{"a": 1}, {"OR": [{"a": 1}, {"b": True}]}]}, "/AND/1/OR", ("/AND/0/a",)),
    ],
)
def test_terms_that_change_nothing(source: Any, pointer: str, terms: tuple[str, ...]) -> None:
    """A term that follows from others is named, with those."""
    finding = only(source)
    assert (finding.reason, finding.outcome) == (Reason.REDUNDANT, Outcome.SOMETIMES)
    assert (finding.pointer, finding.terms) == (pointer, terms)


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        ({"AND": [{"x": 5}, {"x": "5"}]}, Outcome.SOMETIMES),
        ({"AND": [{"x": True}, {"x": 1}]}, Outcome.SOMETIMES),
        ({"x": {"$gt": 5, "$lt": 3}}, Outcome.SOMETIMES),
        ({"AND": [{"x": 5}, {"x": {"$ne": 5}}]}, Outcome.NEVER),
        ({"AND": [{"x": 5}, {"x": {"$nin": [4, 5]}}]}, Outcome.NEVER),
        ({"AND": [{"x": "5"}, {"x": None}]}, Outcome.NEVER),
        (
            {"AND": [{"NOT": {"x": {"$gt": 2.0**60}}}, {"NOT": {"x": {"$lte": 2.0**60}}}, {"x": {"$ne": None}}]},
            Outcome.SOMETIMES,
        ),
        ({"NOT": {"OR": [{"x": {"$lte": 2.0**60}}, {"x": {"$gte": 2.0**60 + 256}}, {"x": None}]}}, Outcome.SOMETIMES),
        ({"AND": [{"x": None}, {"x": {"$gt": 3}}]}, Outcome.NEVER),
        ({"OR": [{"x": None}, {"x": {"$ne": None}}]}, Outcome.ALWAYS),
        ({"x": {"$gt": 5, "$lt": 6}}, Outcome.SOMETIMES),
        ({"AND": [{"x": 5}, {"x": 5.5}]}, Outcome.SOMETIMES),
        ({"OR": [{"x": True}, {"x": False}, {"x": None}]}, Outcome.SOMETIMES),
        ({"AND": [{"x": {"$gt": 2**53}}, {"x": {"$lt": 2**53 + 1}}]}, Outcome.SOMETIMES),
    ],
)
def test_without_a_schema(source: Any, outcome: Outcome) -> None:
    """A field may hold a list, whose elements satisfy one comparison each; nothing is known but what the comparisons
    say."""
    explanation = criteria.explain(criteria.parse(source))
    assert (explanation.outcome, explanation.rests_on) == (outcome, ())


def test_trees_made_by_hand() -> None:
    """Operands that have not the field's type tell nothing; empty groups are what they are in the language."""
    field = FIELDS.find("a")
    assert field is not None
    odd = And(
        (Comparison(field, Operator.EQ, "x"), Comparison(field, Operator.GT, 1.5), Comparison(field, Operator.EQ, 3))
    )
    assert criteria.explain(Query(odd, FIELDS)).outcome is Outcome.SOMETIMES
    assert criteria.explain(Query(Or(()), FIELDS)).outcome is Outcome.NEVER
    assert criteria.explain(Query(And((Or(()), And(()))), FIELDS), {}).matches is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (({"a": 1},), "invalid_parameter"),
        ((None,), "invalid_parameter"),
    ],
)
def test_other_objects_than_queries(arguments: Any, code: str) -> None:
    """Only what parse gives is explained."""
    with pytest.raises(CriteriaError) as raised:
        criteria.explain(*arguments)
    assert [problem.code for problem in raised.value.problems] == [code]


def test_records_of_an_unknown_kind() -> None:
    """Records are typed or JSON."""
    records: Any = "yaml"
    with pytest.raises(CriteriaError) as raised:
        criteria.explain(criteria.parse({"a": 1}, FIELDS), {}, records=records)
    assert [problem.code for problem in raised.value.problems] == ["unknown_option"]


def test_uses_and_normal_form() -> None:
    """The fields and operators of a query, in its order, and its normal form."""
    explanation = explained(
        {"NOT": {"OR": [{"a": {"$gt": 1, "$ne": None}}, {"s": None}, {"a": 2}, {"s": {"$nin": ["x"]}}]}}
    )
    assert [(use.field.name, use.operators) for use in explanation.uses] == [
        ("a", ("$gt", "notEmpty", "equals")), ("s", ("empty", "$nin")),
    ]  # fmt: skip
    assert explanation.normal == criteria.parse(explanation.to_json()["normalForm"], FIELDS).expression
