"""Queries in words, for people who approve them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

import criteria
from criteria import Field, Query, Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects
from criteria.explanation import Reason
from criteria.explanation.finding_words import findings_in_words, outcome_words, verdict_lines
from criteria.explanation.query_words import comparison_words, selects
from criteria.tree.nodes import And, Or
from tests.explain import conflicts
from tests.explain.conflicts import FIELDS


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"a": 5}, "a is 5"),
        ({"an": 5}, "an is 5"),
        ({"a": {"$ne": 5}}, "a is not 5, or has no value"),
        ({"an": {"$ne": 5}}, "an is not 5"),
        ({"NOT": {"a": {"$ne": 5}}}, "a is 5"),
        ({"a": {"$gt": 5}}, "a is more than 5"),
        ({"NOT": {"a": {"$gt": 5}}}, "a is at most 5, or has no value"),
        ({"NOT": {"an": {"$lte": 5}}}, "an is more than 5"),
        ({"NOT": {"NOT": {"a": {"$gte": 5}}}}, "a is at least 5"),
        ({"a": None}, "a has no value"),
        ({"a": {"$ne": None}}, "a has a value"),
        ({"a": {"$in": [5, 6]}}, "a is one of 5, 6"),
        ({"a": {"$in": [5]}}, "a is 5"),
        ({"a": {"$in": []}}, "a is in an empty list"),
        ({"a": {"$nin": [5, 6]}}, "a is none of 5, 6, or has no value"),
        ({"b": True}, "b is true"),
        ({"f": 8.0}, "f is 8"),
        ({"f": 0.1}, "f is 0.1"),
        ({"m": "1.50"}, "m is 1.5"),
        ({"m": 20}, "m is 20"),
        ({"s": {"$gt": "M"}}, 's comes after "M"'),
        ({"s": {"$lte": "M"}}, 's is "M" or comes before it'),
        ({"s": {"$startsWith": "The "}}, 's starts with "The " (case-sensitive)'),
        ({"NOT": {"s": {"$contains": "%"}}}, 's does not contain "%" (case-sensitive), or has no value'),
        ({"d": {"$gte": "2024-01-01T00:00:00+01:00"}}, "d is at or after 2023-12-31 23:00 UTC"),
        ({"d": {"$lt": "2024-01-01T09:30:05.250Z"}}, "d is before 2024-01-01 09:30:05.25 UTC"),
        ({"day": "2024-01-31"}, "day is 2024-01-31"),
        ({"day": {"$gte": "2024-01-31"}}, "day is on or after 2024-01-31"),
        ({"day": {"$gt": "2024-01-31"}}, "day is after 2024-01-31"),
        ({"NOT": {"day": {"$gt": "2024-01-31"}}}, "day is on or before 2024-01-31, or has no value"),
        ({"day": {"$lt": "0001-01-01"}}, "day is before 0001-01-01"),
        ({"day": {"$nin": ["2024-01-31", "2024-02-01"]}}, "day is none of 2024-01-31, 2024-02-01, or has no value"),
        ({"dayl": "2024-01-31"}, "some element of dayl is 2024-01-31"),
        ({"g": "6BA7B811-9dad-11d1-80b4-00c04fd430c8"}, 'g is "6ba7b811-9dad-11d1-80b4-00c04fd430c8"'),
        ({"p.an": 3}, "p.an is 3"),
        ({"sl": "x"}, 'some element of sl is "x"'),
        ({"sl": {"$ne": "x"}}, 'no element of sl is "x", or it has none'),
        ({"NOT": {"al": {"$gt": 5}}}, "no element of al is more than 5, or it has none"),
        ({"sl": None}, "sl has no elements"),
        ({"sl": {"$ne": None}}, "sl has elements"),
    ],
    ids=str,
)  # fmt: skip
def test_comparisons(source: Any, words: str) -> None:
    """A comparison in words says also what it says of records without a value, where there may be some."""
    assert selects(criteria.parse(source, FIELDS)) == f"Selects records where {words}."


def test_groups() -> None:
    """Groups are lists of lines; a group inside a group of its kind, or alone in one, joins the one around it."""
    source = {"AND": [{"a": {"$gt": 1, "$lt": 9}}, {"OR": [{"s": "x"}, {"AND": [{"b": True}]}]},
                      {"NOT": {"OR": [{"a": 5}, {"an": 6}, {"s": None}, {"s": {"$ne": "y"}}]}}]}  # fmt: skip
    assert selects(criteria.parse(source, FIELDS)).splitlines() == [
        "Selects records where all of these hold:",
        "  - a is more than 1",
        "  - a is less than 9",
        "  - at least one of these holds:",
        '    - s is "x"',
        "    - b is true",
        "  - none of these holds:",
        "    - a is 5 (false where it has no value)",
        "    - an is 6",
        "    - s has no value",
        '    - s is not "y", or has no value',
    ]


def test_not_of_an_and() -> None:
    """NOT of an AND is a list as well: a record without a value is among those that it selects."""
    source = {"NOT": {"AND": [{"a": 5}, {"NOT": {"OR": [{"a": 1}, {"a": 2}]}}]}}
    assert selects(criteria.parse(source, FIELDS)).splitlines() == [
        "Selects records where not all of these hold:",
        "  - a is 5 (false where it has no value)",
        "  - none of these holds:",
        "    - a is 1",
        "    - a is 2",
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (criteria.parse({}), "Selects every record."),
        (Query(Or(())), "Selects no record."),
        (Query(And((Or(()),))), "Selects no record."),
    ],
)
def test_queries_without_comparisons(query: Query, words: str) -> None:
    """No condition is every record, a choice of nothing none."""
    assert selects(query) == words


def test_long_ones_are_cut() -> None:
    """Of long groups, lists and strings the words show the beginning, and how much more there is."""
    terms = [{"a": {"$in": list(range(100))}}, {"s": "x" * 100}, *({"a": number} for number in range(998))]
    _, listed, text, *others = selects(criteria.parse({"OR": terms}, FIELDS)).splitlines()
    assert listed.endswith("18, 19 and 80 more")
    assert len(text) < 80
    assert len(others) == 19
    assert others[-1] == "  - and 980 more"


def test_names_and_values_do_not_steer_a_terminal() -> None:
    """Characters that cannot be seen are escaped; names that are no words are quoted."""
    schema = Schema(
        "odd", [Field('First "Name"', "string"), Field("x", "string", is_list=True)], system_properties=False
    )
    query = criteria.parse({'First "Name"': "a\x1b[31m\u202eb\n\u2028"}, schema)
    assert selects(query) == ('Selects records where "First \\"Name\\"" is "a\\u001b[31m\\u202eb\\n\\u2028".')
    explanation = criteria.explain(query, {'First "Name"': "\x1b\x07\ud800"})
    assert all(line.isprintable() for line in verdict_lines(explanation.root))


@pytest.mark.parametrize("schema", [FIELDS, *schemas.ALL.values()], ids=lambda one: one.name)
def test_every_query_has_words(schema: Schema) -> None:
    """Any query has words, of one line for each comparison at most and a head for each group, all printable; any
    explanation is JSON."""
    queries = conflicts.queries() if schema is FIELDS else criteria_objects(schema)

    @given(criteria_json=queries)
    def said(criteria_json: dict[str, Any]) -> None:
        query = criteria.parse(criteria_json, schema)
        explanation = criteria.explain(query)
        lines = selects(query).splitlines()
        assert all(line.isprintable() for line in lines)
        assert len(lines) <= sum(1 for _ in explanation.root.walk())
        assert len(findings_in_words(explanation)) == len(explanation.findings)
        assert json.loads(json.dumps(explanation.to_json()))["words"] == lines

    said()


def test_a_comparison_and_its_negation_differ() -> None:
    """No comparison has the words of its negation."""
    sources: list[dict[str, Any]] = [
        {"a": 1},
        {"s": {"$endsWith": "x"}},
        {"sl": "x"},
        {"a": None},
        {"sl": None},
        {"m": {"$nin": [1, 2]}},
    ]
    for source in sources:
        query = criteria.parse(source, FIELDS)
        ((_, comparison),) = criteria.explain(query).root.comparisons()
        assert comparison_words(comparison) != comparison_words(comparison, expected=False)


FOUND: dict[Reason, tuple[dict[str, Any], str]] = {
    Reason.CONTRADICTION: ({"a": {"$gt": 5, "$lt": 6}}, "Never true: these contradict each other for any value of a."),
    Reason.TAUTOLOGY: ({"OR": [{"a": 5}, {"NOT": {"a": 5}}]}, "Always true: one of these holds for any value of a."),
    Reason.EMPTY_LIST: ({"a": {"$nin": []}}, "Always true: no value is in an empty list."),
    Reason.NOT_NULLABLE: ({"an": None}, "Never true: an always has a value."),
    Reason.RANGE: ({"s": {"$lt": ""}}, "Never true: s cannot hold such a value."),
    Reason.REDUNDANT: ({"a": {"$gt": 5, "$gte": 5}}, "Redundant, because these imply it: a is at least 5."),
}


@pytest.mark.parametrize("reason", Reason)
def test_findings_in_words(reason: Reason) -> None:
    """Each reason has words."""
    source, words = FOUND[reason]
    explanation = criteria.explain(criteria.parse(source, FIELDS))
    assert [finding.reason for finding in explanation.findings] == [reason]
    assert [one.head for one in findings_in_words(explanation)] == [words]


def test_terms_of_findings_in_words() -> None:
    """The terms of a finding are worded with the NOT around them, and with their assumptions."""
    explanation = criteria.explain(criteria.parse({"AND": [{"a": {"$gt": 5}}, {"NOT": {"a": {"$gte": 6}}}]}, FIELDS))
    (words,) = findings_in_words(explanation)
    assert words.terms == (
        ("/AND/0/a/$gt", "a is more than 5"),
        ("/AND/1/NOT/a/$gte", "a is less than 6, or has no value"),
    )
    assert words.rests_on == "Assuming that stored values have the types that the schema declares."
    assert outcome_words(explanation) == (
        "This query selects no records, assuming that stored values have the types that the schema declares."
    )
    assert outcome_words(criteria.explain(criteria.parse({"a": 5}, FIELDS))) is None


def test_verdicts_in_lines() -> None:
    """The tree as written has a line for each node, with its verdict and what was found."""
    source = {"AND": [{"a": {"$gt": 5}}, {"NOT": {"OR": [{"s": None}, {"sl": "x"}]}}, {"b": True}]}
    record = {"a": 6, "s": "y", "sl": ["a", "b"], "b": "yes"}
    explanation = criteria.explain(criteria.parse(source, FIELDS), record)
    assert list(verdict_lines(explanation.root, ("yes", "no"))) == [
        "no AND",
        "  yes a is more than 5: it has 6",
        "  yes NOT",
        "    no OR",
        '      no s has no value: it has "y"',
        '      no some element of sl is "x": it has ["a", "b"]',
        '  no b is true: it has "yes", which is not a boolean',
    ]
