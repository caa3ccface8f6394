"""OpenAPI documents of entities (docs/openapi.md#in-your-own-server)."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from criteria import Field
from criteria.web import Entity, Keys
from criteria.web.openapi import OpenApiDocument


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
