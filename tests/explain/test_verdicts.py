"""The verdict of an explanation is the predicate's, of the whole query and of every part of it."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Query, Schema
from criteria.conformance import schemas
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects
from criteria.conformance.strategies import records as conforming
from criteria.explanation import ExplainedNode, Explanation, FoundKind, FoundValue
from criteria.explanation.finding_words import verdict_lines
from tests.explain import conflicts
from tests.explain.conflicts import FIELDS
from tests.memory import garbage

MODES = ("typed", "json")
NOON = datetime(2024, 3, 1, 12, tzinfo=timezone.utc)


def is_predicates(explanation: Explanation, record: Any, mode: Any) -> bool:
    """Whether each node has the verdict of its predicate."""
    schema = explanation.query.schema
    return all(
        node.verdict is criteria.compile(Query(node.expression, schema), "python", records=mode)(record)
        for node in explanation.root.walk()
    )


def lines(node: ExplainedNode) -> int:
    """One for each node. That a list has no elements is one line, whatever it is made of."""
    return 1 if node.emptiness is not None else 1 + sum(map(lines, node.terms))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("schema", [*schemas.ALL.values(), FIELDS], ids=lambda one: one.name)
def test_verdicts_on_any_record(schema: Schema, mode: Any) -> None:
    """Whatever a record holds, each part of the query has the predicate's verdict on it, and all of it can be shown."""
    queries = conflicts.queries() if schema is FIELDS else criteria_objects(schema)

    @given(criteria_json=queries, record=garbage.records(schema).filter(lambda record: record is not None))
    def agrees(criteria_json: dict[str, Any], record: Any) -> None:
        query = criteria.parse(criteria_json, schema)
        explanation = criteria.explain(query, record, records=mode)
        assert explanation.matches is criteria.compile(query, "python", records=mode)(record)
        assert is_predicates(explanation, record, mode)
        assert json.loads(json.dumps(explanation.to_json(), allow_nan=False))["matches"] is explanation.matches
        assert len(list(verdict_lines(explanation.root))) == lines(explanation.root)

    agrees()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", schemas.ALL)
def test_verdicts_on_conforming_records(name: str, mode: Any) -> None:
    """On records that conform the verdict is that of the reference evaluator, typed and as JSON."""
    schema = schemas.ALL[name]

    @given(criteria_json=criteria_objects(schema), rows=conforming(schema, max_size=3))
    def agrees(criteria_json: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        query = criteria.parse(criteria_json, schema)
        for row in rows:
            typed = schema.decode(row)
            explanation = criteria.explain(query, row if mode == "json" else typed, records=mode)
            assert explanation.matches is is_true(query.expression, typed)

    agrees()


@given(criteria_json=criteria_objects(schemas.SCALARS), record=st.data())
def test_without_a_record_there_are_no_verdicts(criteria_json: dict[str, Any], record: Any) -> None:
    """Without a record nothing has a verdict, and the JSON has no tree."""
    explanation = criteria.explain(criteria.parse(criteria_json, schemas.SCALARS))
    assert {node.verdict for node in explanation.root.walk()} == {None}
    assert {"matches", "tree"}.isdisjoint(explanation.to_json())


def leaf(name: str, comparison: Any, record: Any, mode: Any = "typed") -> ExplainedNode:
    """The only comparison of a query, judged."""
    explanation = criteria.explain(criteria.parse({name: comparison}, FIELDS), record, records=mode)
    return explanation.root


@pytest.mark.parametrize(
    ("name", "comparison", "record", "verdict", "kind", "value"),
    [
        ("a", {"$gt": 1}, {"a": 2}, True, FoundKind.VALUE, 2),
        ("a", {"$ne": 1}, {}, True, FoundKind.NONE, None),
        ("a", {"$ne": 1}, {"a": "1"}, True, FoundKind.OTHER, "1"),
        ("a", None, {"a": "1"}, False, FoundKind.OTHER, "1"),
        ("b", True, {"b": 1}, False, FoundKind.OTHER, 1),
        ("p.an", 3, {"p": {"an": Decimal(3)}}, True, FoundKind.VALUE, Decimal(3)),
        ("p.an", 3, {"p": None}, False, FoundKind.NONE, None),
        ("o", 7, {"o": {"objectId": 7}}, True, FoundKind.VALUE, {"objectId": 7}),
        ("day", {"$lte": "2024-02-29"}, {"day": date(2024, 2, 29)}, True, FoundKind.VALUE, date(2024, 2, 29)),
        ("day", {"$gt": "2024-02-29"}, {"day": NOON}, False, FoundKind.OTHER, NOON),
        ("day", "2024-02-29", {"day": "2024-02-29"}, False, FoundKind.OTHER, "2024-02-29"),
        ("sl", {"$startsWith": "a"}, {"sl": ["b", "ab"]}, True, FoundKind.VALUE, ["b", "ab"]),
        ("sl", None, {"sl": [None]}, True, FoundKind.NONE, [None]),
        ("sl", None, {"sl": []}, True, FoundKind.NONE, []),
        ("sl", {"$ne": "a"}, {"sl": [1, 2]}, True, FoundKind.OTHER, [1, 2]),
        ("sl", "a", {"sl": "a"}, False, FoundKind.NONE, "a"),
    ],
)
def test_what_a_comparison_finds(
    name: str, comparison: Any, record: Any, verdict: bool, kind: FoundKind, value: Any
) -> None:
    """Each comparison has its verdict, the value as the record holds it, and what that is for the field."""
    node = leaf(name, comparison, record)
    assert node.found is not None
    assert (node.verdict, node.found.kind, node.found.value) == (verdict, kind, value)


def test_json_records_hold_spellings() -> None:
    """A dateTime of a JSON record is one in any spelling; in a typed record a string is none."""
    comparison, record = {"$gte": "2024-01-01T00:00:00Z"}, {"d": "2024-01-01T01:00:00+01:00"}
    as_json, typed = leaf("d", comparison, record, "json"), leaf("d", comparison, record)
    assert (as_json.verdict, as_json.found and as_json.found.kind) == (True, FoundKind.VALUE)
    assert (typed.verdict, typed.found and typed.found.kind) == (False, FoundKind.OTHER)


def test_days_of_records() -> None:
    """A JSON record holds a day as text, a typed one as a date, and an explanation as JSON shows both as text."""
    comparison = {"$gte": "2024-02-29"}
    for mode, value in (("typed", date(2024, 2, 29)), ("json", "2024-02-29")):
        query = criteria.parse({"day": comparison}, FIELDS)
        found = criteria.explain(query, {"day": value}, records=mode).to_json()["tree"]  # type: ignore[arg-type]
        assert (found["verdict"], found["found"], found["value"]) == (True, "value", "2024-02-29")
    assert leaf("day", comparison, {"day": "2024-02-30"}, "json").found == FoundValue("2024-02-30", FoundKind.OTHER)
    assert leaf("day", comparison, {"day": "2024-02-29T00:00:00Z"}, "json").verdict is False


def test_every_comparison_is_looked_at() -> None:
    """Also where the first term decides, the others have their verdicts."""
    query = criteria.parse({"AND": [{"a": 1}, {"OR": [{"s": "x"}, {"b": True}]}]}, FIELDS)
    explanation = criteria.explain(query, {"a": 2, "s": "x", "b": True})
    assert [(node.name, node.verdict) for node in explanation.root.walk()] == [
        ("AND", False), ("comparison", False), ("OR", True), ("comparison", True), ("comparison", True),
    ]  # fmt: skip


def test_lists_inside_each_other_are_shown_to_some_levels() -> None:
    """A list of a record may be deeper than the interpreter's stack, or hold itself: its beginning is shown."""
    deep: Any = [1]
    for _ in range(5000):
        deep = [deep]
    itself: list[Any] = []
    itself.append(itself)
    for value in (deep, itself):
        for schema in (FIELDS, None):
            for record in ({"a": value}, {"al": [value, value]}):
                query = criteria.parse({next(iter(record)): 1}, schema)
                [line] = verdict_lines(criteria.explain(query, record).root)
                assert "[[[" in line
                assert len(line) < 300
