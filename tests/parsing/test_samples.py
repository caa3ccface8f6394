"""The samples of the reference API (docs/language.md#source): criteria, orders and requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.tree.nodes import And, Comparison, Expression, Not, Operator, Or
from tests.parsing.outcome import outcome, problems

STRINGS = ("firstName", "name", "Name", "email", "field3", "field4", "field5")
USERS = Schema("user", [*(Field(name, "string") for name in STRINGS), Field("field1", "integer"),
                        Field("field2", "integer")])  # fmt: skip


def comparison(name: str, operator: Operator, value: Any) -> Comparison:
    """A comparison of a field of the schema."""
    field = USERS.find(name)
    assert field is not None
    return Comparison(field, operator, value)


SAMPLES: dict[str, tuple[str, Expression]] = {
    "user by e-mail, GET": ('{"email":"[email protected]"}', comparison("email", Operator.EQ, "[email protected]")),
    "user by name, POST": ('{"name":"John"}', comparison("name", Operator.EQ, "John")),
    "Equals": ('{"firstName":"John"}', comparison("firstName", Operator.EQ, "John")),
    "Not Equals": ('{"firstName":{"$ne":"John"}}', comparison("firstName", Operator.NE, "John")),
    "Greater Than": ('{"firstName":{"$gt":"John"}}', comparison("firstName", Operator.GT, "John")),
    "Greater Than or Equal To": ('{"firstName":{"$gte":"John"}}', comparison("firstName", Operator.GTE, "John")),
    "Less Than": ('{"firstName":{"$lt":"John"}}', comparison("firstName", Operator.LT, "John")),
    "Less Than or Equal To": ('{"firstName":{"$lte":"John"}}', comparison("firstName", Operator.LTE, "John")),
    "Empty": ('{"firstName":null}', comparison("firstName", Operator.EQ, None)),
    "Not Empty": ('{"firstName":{"$ne":null}}', comparison("firstName", Operator.NE, None)),
    "In List": ('{"firstName":{"$in":["John","Adam"]}}', comparison("firstName", Operator.IN, ("John", "Adam"))),
    "Not In List": ('{"firstName":{"$nin":["John","Adam"]}}', comparison("firstName", Operator.NIN, ("John", "Adam"))),
    "Starts With": ('{"Name":{"$startsWith":"John"}}', comparison("Name", Operator.STARTS_WITH, "John")),
    "Ends With": ('{"Name":{"$endsWith":"Smith"}}', comparison("Name", Operator.ENDS_WITH, "Smith")),
    "Contains": ('{"Name":{"$contains":"Smith"}}', comparison("Name", Operator.CONTAINS, "Smith")),
    "null and $in": (
        '{"OR": [ {"field1":{"$in":[1,2,3]}}, {"field1":null}]}',
        Or((comparison("field1", Operator.IN, (1, 2, 3)), comparison("field1", Operator.EQ, None))),
    ),
    "null and $nin": (
        '{"AND": [ {"field1":{"$nin":[1,2,3]}}, {"field1":{"$ne":null} }]}',
        And((comparison("field1", Operator.NIN, (1, 2, 3)), comparison("field1", Operator.NE, None))),
    ),
    "NOT((field1>value1) AND (field2<value2)) OR ((field3=value3) AND (field4=value4 OR field5=value5))": (
        """{"OR": [
            { "NOT": {
                   "AND": [
                    {"field1" : {"$gt" : 10}},
                    {"field2" : {"$lt" : 5}}
               ]
         }},
         {"AND": [
               {"field3": "c"},
               {"OR": [
                    {"field4": "d"},
                    {"field5": "e"}
               ]}
         ]}
        ]}""",
        Or((
            Not(And((comparison("field1", Operator.GT, 10), comparison("field2", Operator.LT, 5)))),
            And((
                comparison("field3", Operator.EQ, "c"),
                Or((comparison("field4", Operator.EQ, "d"), comparison("field5", Operator.EQ, "e"))),
            )),
        )),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(name: str) -> None:
    """Each sample has the meaning that the reference API describes, as text and decoded, also with strict=True."""
    text, expression = SAMPLES[name]
    for source in (text, json.loads(text)):
        assert criteria.parse(source, USERS).expression == expression
        assert criteria.parse(source, USERS, strict=True).expression == expression
        assert not isinstance(outcome(source), tuple)


@pytest.mark.parametrize("operator", ["$in", "$nin"])
def test_samples_with_typographic_quotes(operator: str) -> None:
    """The reference API prints samples of lists with typographic quotes: when copied, they get a hint that says so."""
    (problem,) = problems(f'{{"firstName":{{"{operator}":["John",\u201dAdam\u201d]}}}}', USERS)
    assert problem.code == "invalid_json"
    assert problem.column == len(operator) + 26
    assert problem.hint is not None
    assert "Typographic quotes" in problem.hint


@pytest.mark.parametrize("operator", ["$in", "$nin"])
def test_null_values_are_not_allowed_inside_lists(operator: str) -> None:
    """null inside $in and $nin is refused (docs/language.md#null)."""
    (problem,) = problems({"field1": {operator: [1, 2, 3, None]}}, USERS)
    assert problem.code == "null_in_list"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("name", [("name", False)]),
        ("name desc", [("name", True)]),
        ("name desc,email asc", [("name", True), ("email", False)]),
        ("name,email", [("name", False), ("email", False)]),
        ("name,email desc", [("name", False), ("email", True)]),
    ],
)
def test_orders(text: str, keys: list[tuple[str, bool]]) -> None:
    """The sample orders (docs/language.md#orderby)."""
    assert [(key.field.name, key.descending) for key in criteria.parse_order_by(text, USERS)] == keys


def test_requests() -> None:
    """The sample requests, with parameters from a URL and from a body (docs/language.md#paging)."""
    page = criteria.parse_search({"limit": "20", "skip": "20"}, USERS)
    assert (page.limit, page.skip, page.get_total_count) == (20, 20, False)
    counted = criteria.parse_search({"getTotalCount": "true", "query": {"name": "John"}}, USERS)
    assert counted.get_total_count
    assert counted.query == criteria.parse_search({"query": '{"name":"John"}'}, USERS).query
    assert (counted.limit, counted.skip) == (10, 0)
