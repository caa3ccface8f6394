"""Statements with many values on MySQL and MariaDB, whose planners try all orders of the lists that they join."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from tests.conftest import Engines

SCHEMA = Schema(
    "many", [Field("id", "integer", is_unique=True, nullable=False), Field("n", "integer")], system_properties=False
)
RECORDS: list[dict[str, Any]] = [{"id": number, "n": number if number % 4 else None} for number in range(40)]


@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
@pytest.mark.parametrize("negated", [False, True])
def test_twenty_long_lists_are_planned_at_once(engine_name: str, negated: bool, engines: Engines) -> None:
    """Each of them alone is a table that the planner joins: twenty took hours."""
    table = engines.get(engine_name).table(SCHEMA)
    lists = [{"n": {"$nin" if negated else "$in": [*range(at, at + 40, 2), *range(1000, 1200)]}} for at in range(20)]
    with table.holding(RECORDS):
        found = sorted(table.select(criteria.parse({"AND": lists}, SCHEMA)))
    allowed = [set(one["n"]["$nin" if negated else "$in"]) for one in lists]
    expected = [
        one["id"]
        for one in RECORDS
        if (negated if one["n"] is None else all((one["n"] in some) is not negated for some in allowed))
    ]
    assert found == expected
