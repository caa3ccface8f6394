"""Pointers lead to where things stand in the criteria."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

import criteria
from criteria import CriteriaError, Schema
from criteria.conformance import schemas
from criteria.conformance.strategies import criteria_objects
from criteria.tree.nodes import Comparison
from tests.explain import conflicts
from tests.explain.conflicts import FIELDS


def at(document: Any, pointer: str) -> Any:
    """What a JSON Pointer leads to."""
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@pytest.mark.parametrize("schema", [FIELDS, *schemas.ALL.values()], ids=lambda one: one.name)
def test_pointers_lead_to_operands(schema: Schema) -> None:
    """The pointer of each comparison leads to its operand, in the criteria as written and as the query gives them."""
    queries = conflicts.queries() if schema is FIELDS else criteria_objects(schema)

    @given(criteria_json=queries)
    def lead(criteria_json: dict[str, Any]) -> None:
        query = criteria.parse(criteria_json, schema)
        for written, document in ((None, query.to_json()), (criteria_json, criteria_json)):
            root = criteria.explain(query, written=written).root
            for node in root.walk():
                value = at(document, node.pointer)
                if isinstance(node.expression, Comparison):
                    operator = node.expression.operator.value
                    if operator == "$in" and isinstance(value, str):  # among the values that a field lists
                        operator = node.pointer.rsplit("/", 1)[-1]
                    operand = {node.expression.field.name: {operator: value} if operator else value}
                    compared = node.expression.field  # of the schema, or of the objects in a list
                    alone = Schema(schema.name, [compared], system_properties=False)
                    assert criteria.parse(operand, alone).expression == node.expression

    lead()


@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "bytes"])
def test_text_may_be_what_was_written(encode: Any) -> None:
    """Criteria may be text: several members and operators are at their own places."""
    text = ' {"a": {"$gt": 5, "$lt": 3}, "p.an": 1, "NOT": {"x~/y": "b"}} '
    schema = Schema("one", [*FIELDS.fields, criteria.Field("x~/y", "string")], system_properties=False)
    explanation = criteria.explain(criteria.parse(text, schema), written=encode(text))
    assert [node.pointer for node in explanation.root.walk()] == [
        "", "/a", "/a/$gt", "/a/$lt", "/p.an", "/NOT", "/NOT/x~0~1y",
    ]  # fmt: skip
    (finding,) = explanation.findings
    assert (finding.pointer, finding.terms) == ("/a", ("/a/$gt", "/a/$lt"))


def test_a_reference_by_its_id() -> None:
    """A reference may be written by its objectId: that is its place."""
    source = {"o.objectId": 7}
    explanation = criteria.explain(criteria.parse(source, FIELDS), {"o": 7}, written=source)
    assert (explanation.root.pointer, explanation.matches) == ("/o.objectId", True)


def test_a_list_of_several_types() -> None:
    """Without a schema a list of several types is a comparison for each, all at the place of the list."""
    source = {"x": {"$in": [1, "a", True]}}
    root = criteria.explain(criteria.parse(source), {"x": "a"}, written=source).root
    assert {node.pointer for node in root.walk()} == {"/x/$in"}
    assert [node.verdict for node in root.walk()] == [True, False, True, False]


@pytest.mark.parametrize(
    "written",
    [{"a": 1, "s": "x"}, {"s": "x"}, {"NOT": {"a": 1}}, {}, [], 5, {"a": {"$gt": 1}}, {"AND": [{"a": 1}]},
     {"a": {"$x": 1}}, {"AND": 5}, {"a": [1]}],
    ids=json.dumps,
)  # fmt: skip
def test_other_criteria_are_refused(written: Any) -> None:
    """Criteria that the query was not parsed from are refused: their pointers would lead nowhere."""
    query = criteria.parse({"a": 1} if written != {"a": [1]} else {"OR": [{"a": 1}]}, FIELDS)
    with pytest.raises(CriteriaError) as raised:
        criteria.explain(query, written=written)
    assert [problem.code for problem in raised.value.problems] == ["invalid_parameter"]
