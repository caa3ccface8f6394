"""OpenAPI documents of entities (docs/openapi.md#in-your-own-server)."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from criteria import Field, ObjectList, Schema
from criteria.web import Entity, Keys
from criteria.web.openapi import OpenApiDocument, criteria_json_schemas


def document() -> dict[str, Any]:
    """Two entities that list values, each its own."""
    api = OpenApiDocument("Shop", "1", Keys("an-api-key", "a-master-key"))
    api.add(
        Entity("order", [Field("state", "string", values=("open", "paid")), Field("due", "date")], max_limit=10),
        Entity("film", [Field("kind", "string", values=("short", "feature"))], max_limit=10),
    )
    found: dict[str, Any] = api.to_json()
    return found


@pytest.mark.parametrize(
    ("name", "criteria_json", "is_valid"),
    [
        ("OrderCriteria", {"state": "open"}, True),
        ("OrderCriteria", {"state": {"$ne": "paid"}}, True),
        ("OrderCriteria", {"state": "short"}, False),
        ("OrderCriteria", {"state": {"$ne": "short"}}, False),
        ("OrderCriteria", {"state": None}, True),
        ("OrderCriteria", {"due": {"$gte": "2026-01-31"}}, True),
        ("OrderCriteria", {"due": "2026-02-30"}, False),
        ("OrderCriteria", {"due": {}}, False),
        ("FilmCriteria", {"kind": {"$in": ["short"]}}, True),
        ("FilmCriteria", {"kind": "open"}, False),
    ],
)
def test_entities_list_values_of_their_own(name: str, criteria_json: Any, is_valid: bool) -> None:
    found = document()
    json_schema = {**found["components"]["schemas"][name], "components": found["components"]}
    assert Draft202012Validator(json_schema).is_valid(criteria_json) is is_valid


def test_objects_of_operators_have_no_pattern() -> None:
    """Swagger UI compares an object with the pattern of the strings that may be in its place, and would not send it."""
    schemas = document()["components"]["schemas"]
    compared = [one for name, one in schemas.items() if "comparison" in name]
    assert len(compared) > 3
    assert [one for one in compared if "pattern" in one] == []


def test_lists_of_one_name_have_their_own_fields() -> None:
    """Those of two schemas, and of another entity that criteria lead to."""
    key = Field("id", "integer", is_unique=True, nullable=False)
    shop = Schema("shop", [key, ObjectList("lines", [Field("open", "boolean")])], system_properties=False)
    order = Schema(
        "order",
        [key, ObjectList("lines", [Field("sku", "string")]), Field("shop", "objectRef", object_entity_type="shop")],
        system_properties=False,
    ).with_entities({"shop": shop})
    bill = Schema("bill", [key, ObjectList("lines", [Field("price", "decimal")])], system_properties=False)
    schemas: dict[str, Any] = {}
    for one in (order, bill, shop):
        for name, json_schema in criteria_json_schemas(one, f"{one.name.capitalize()}Criteria").items():
            assert schemas.setdefault(name, json_schema) == json_schema
    lines = {"Order": {"sku": "A"}, "Bill": {"price": "1.5"}, "Shop": {"open": True}}
    for name in lines:
        whole = {**schemas[f"{name}Criteria"], "components": {"schemas": schemas}}
        for other, asked in lines.items():
            found = {"lines": {"$elemMatch": asked}}
            assert Draft202012Validator(whole).is_valid(found) is (name == other)
    whole = {**schemas["OrderCriteria"], "components": {"schemas": schemas}}
    assert Draft202012Validator(whole).is_valid({"shop": {"$elemMatch": {"lines": {"$elemMatch": {"open": True}}}}})
    assert not Draft202012Validator(whole).is_valid({"shop": {"$elemMatch": {"lines": {"$elemMatch": {"sku": "A"}}}}})
