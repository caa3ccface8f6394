"""Fields that list their values (docs/language.md#listed-values)."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.conftest import Engines
from tests.parsing.outcome import refused

STATES = ("open", "paid", "Paid", "in transit", "\u00e9", "", "%")
ORDERS = Schema(
    "orders",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("state", "string", values=STATES),
        Field("past", "string", is_list=True, values=STATES),
        Field("p.state", "string", values=STATES),
    ],
    system_properties=False,
)
ROWS: list[dict[str, Any]] = [
    *({"id": n, "state": one, "past": [one, None, "open"], "p": {"state": one}} for n, one in enumerate(STATES)),
    {"id": 90, "state": None},
]


class State(enum.Enum):
    """States as programs write them."""

    OPEN = "open"
    PAID = "paid"
    OTHER = "Paid"


def test_operands_outside_are_refused() -> None:
    """An operand of equality or membership is one of the values, and the hint has the nearest one."""
    for query, pointer in (
        ({"state": "payd"}, "/state"),
        ({"state": {"$ne": "payd"}}, "/state/$ne"),
        ({"past": {"$in": ["open", "payd"]}}, "/past/$in/1"),
        ({"NOT": {"p.state": {"$nin": ["payd"]}}}, "/NOT/p.state/$nin/0"),
    ):
        [problem] = refused(lambda query=query: criteria.parse(query, ORDERS))  # type: ignore[misc]
        assert (problem.code, problem.pointer) == ("unknown_value", pointer)
        assert problem.hint in ('Did you mean "paid"?', 'Did you mean "Paid"?')
    assert [one.code for one in refused(lambda: criteria.parse({"state": 5}, ORDERS))] == ["type_mismatch"]


@pytest.mark.heavy("generated values")
@pytest.mark.parametrize("name", ["state", "past", "p.state"])
@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte", "$startsWith", "$endsWith", "$contains"])
def test_other_operators_take_any_string(name: str, operator: str, engines: Engines) -> None:
    """Orderings and text operators select what they select of a field that lists nothing, on every engine."""
    bare = [Field(one.name, one.field_type, is_list=one.is_list, is_unique=one.is_unique, nullable=one.nullable)
            for one in ORDERS.fields]  # fmt: skip
    unlisted = Schema("orders", bare, system_properties=False)
    queries = [
        query
        for operand in ("p", "a", "open", "payd", "", "\u00e9", "zz")
        for query in ({name: {operator: operand}}, {"NOT": {name: {operator: operand}}})
    ]
    expected = {}
    for query in queries:
        plain = criteria.compile(criteria.parse(query, unlisted), "python", records="json")
        parsed = criteria.parse(query, ORDERS)
        assert criteria.parse(parsed.to_json(), ORDERS) == parsed
        expected[parsed] = [row["id"] for row in ROWS if plain(row)]
    for engine in engines.all():
        table = engine.table(ORDERS)
        with table.holding(ROWS):
            for parsed, ids in expected.items():
                assert sorted(table.select(parsed)) == ids, (engine.name, parsed.to_json())


def test_members_of_an_enum_are_their_values() -> None:
    """In typed records a member counts as its value, in dicts and objects, one by one and in lists."""
    records = [{"id": n, "state": state, "past": [state]} for n, state in enumerate(State)]
    for query, expected in (
        ({"state": "paid"}, [1]),
        ({"state": {"$ne": "paid"}}, [0, 2]),
        ({"state": {"$in": ["open", "Paid"]}}, [0, 2]),
        ({"state": {"$gt": "o"}}, [0, 1]),
        ({"past": "open"}, [0]),
    ):
        predicate = criteria.compile(criteria.parse(query, ORDERS), "python")
        assert [record["id"] for record in predicate.filter(records)] == expected
        assert [record["id"] for record in records if predicate(record)] == expected
    page = criteria.compile(criteria.parse_search({"orderBy": "state"}, ORDERS), "python")(records)
    assert [record["id"] for record in page.data] == [2, 0, 1]


def test_records_have_listed_values() -> None:
    """Other values are refused by decode, encode and stores."""
    storage = criteria.storage(ORDERS, "sqlite")
    for write in (ORDERS.decode, ORDERS.encode, storage.encode):
        assert write({"id": 1, "state": "paid"})
        assert [one.pointer for one in refused(lambda: write({"id": 1, "state": "payd"}))] == ["/state"]  # noqa: B023


@pytest.mark.parametrize("values", [[], "paid", ["a", "a"], [1], ["\ud800"], ["a\0"], 5])
def test_wrong_lists_are_refused(values: Any) -> None:
    """The values are a list of one or more different strings, of a string."""
    with pytest.raises(CriteriaError) as caught:
        Field("f", "string", values=values)
    assert [(one.code, one.pointer) for one in caught.value.problems] == [("invalid_schema", "/values")]


def test_only_strings_list_values() -> None:
    """A field of another type has no values, and a schema file reads what Python says."""
    assert refused(lambda: Field("f", "integer", values=["1"]))[0].pointer == "/values"
    file = {"name": "o", "fields": [{"name": "state", "fieldType": "string", "values": list(STATES)}]}
    found = Schema.from_json(json.dumps(file)).find("state")
    assert found == Field("state", "string", values=list(STATES))


def test_json_schema_lists_the_values() -> None:
    """The JSON Schema of queries accepts the values and no others, also in $ne and $in; other operators any string."""
    import jsonschema

    validator = jsonschema.Draft7Validator(criteria.query_json_schema(ORDERS))
    right: list[Any] = ["paid", None, {"$ne": "open"}, {"$ne": None}, {"$in": ["%", ""]}]
    right += [{"$gt": "x"}, {"$contains": "x"}]
    wrong: list[Any] = ["payd", "xpaid", "paidx", {"$ne": "payd"}, {"$nin": ["paid", "payd"]}, 5]
    assert [one for one in right if not validator.is_valid({"state": one})] == []
    assert [one for one in wrong if validator.is_valid({"state": one})] == []


def test_explanations_point_at_what_was_written() -> None:
    """An ordering that became `$in` of listed values keeps its pointer; other criteria are refused as before."""
    from criteria.explanation.source_tree import written_tree

    written = {"AND": [{"state": {"$gt": "open"}}, {"NOT": {"state": {"$startsWith": "p"}}}]}
    query = criteria.parse(written, ORDERS)
    greater, other = written_tree(query, written).terms
    assert (greater.pointer, other.terms[0].pointer) == ("/AND/0/state/$gt", "/AND/1/NOT/state/$startsWith")
    assert criteria.explain(query, {"state": "paid"}, records="json", written=written)
    assert refused(lambda: criteria.explain(query, written={"state": "paid"}))[0].pointer == "/written"
