"""What MySQL once answered wrongly: list conditions on tables of some size, and `$contains` on folding columns."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import Field, ObjectList, Schema
from tests.conftest import Engines

SCHEMA = Schema(
    "things",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string"),
        Field("tags", "string", is_list=True),
        Field("p.days", "date", is_list=True),
    ],
    system_properties=False,
)
COUNT = 300
RECORDS: list[dict[str, Any]] = [
    {
        "id": number,
        "name": ("Straße", "strasse", "Strasse", None)[number % 4],
        "tags": (["red"], ["blue", "red"], [], None, ["green", None])[number % 5],
        "p": {"days": (["2024-02-29"], ["2024-03-01", "2024-02-29"], [None])[number % 3]},
    }
    for number in range(COUNT)
]


@pytest.mark.parametrize("engine_name", ["mysql", "mysql-binary", "mysql-padding", "mariadb"])
@pytest.mark.parametrize(
    ("criteria_json", "matches"),
    [
        ({"tags": "blue"}, lambda one: one["id"] % 5 == 1),
        ({"tags": "red"}, lambda one: one["id"] % 5 in (0, 1)),
        ({"NOT": {"tags": "red"}}, lambda one: one["id"] % 5 not in (0, 1)),
        ({"tags": {"$in": ["green", "blue"]}}, lambda one: one["id"] % 5 in (1, 4)),
        ({"tags": None}, lambda one: one["id"] % 5 in (2, 3)),
        ({"tags": {"$ne": None}}, lambda one: one["id"] % 5 in (0, 1, 4)),
        ({"p.days": {"$gt": "2024-02-29"}}, lambda one: one["id"] % 3 == 1),
        ({"tags": "red", "p.days": {"$lte": "2024-02-29"}}, lambda one: one["id"] % 5 in (0, 1) and one["id"] % 3 != 2),
        ({"name": {"$contains": "strasse"}}, lambda one: one["id"] % 4 == 1),
        ({"name": {"$contains": "trasse"}}, lambda one: one["id"] % 4 in (1, 2)),
        ({"NOT": {"name": {"$contains": "aß"}}}, lambda one: one["id"] % 4 != 0),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_each_row_is_asked_for_itself(engine_name: str, criteria_json: Any, matches: Any, engines: Engines) -> None:
    """A condition looks at each row's own list and text, with several hundred rows and whatever the collation."""
    table = engines.get(engine_name).table(SCHEMA)
    with table.holding(RECORDS):
        selected = sorted(table.select(criteria.parse(criteria_json, SCHEMA)))
    assert selected == [one["id"] for one in RECORDS if matches(one)]
    assert 0 < len(selected) < COUNT


PEOPLE = Schema(
    "people",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("tags", "string", is_list=True),
        ObjectList("homes", [Field("city", "string"), Field("floors", "integer", is_list=True)]),
    ],
    system_properties=False,
)
ORDERS = Schema(
    "orders",
    [Field("id", "integer", is_unique=True, nullable=False), Field("user", "objectRef", object_entity_type="people")],
    system_properties=False,
).with_entities({"people": PEOPLE})


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize(
    ("criteria_json", "columns"),
    [
        ({"user.tags": "a"}, ["`_referred1`.`tags`"]),
        ({"user.homes.city": "a"}, ["`_referred1`.`homes`"]),
        ({"user.homes.floors": 1}, ["`_referred1`.`homes`", "`_object2`.`_item`"]),
    ],
    ids=str,
)
def test_a_list_in_a_referred_row_is_read_for_each_row(dialect: str, criteria_json: Any, columns: list[str]) -> None:
    """MySQL 8.0.28 to 8.0.46 counted the elements once for all rows: only JSON_TABLE named the column of the row."""
    query = criteria.parse(criteria_json, ORDERS)
    text = criteria.compile(query, "sql", dialect=dialect, tables={"people": "people"}).text
    assert text.count("JSON_TABLE(") == len(columns)
    for column in columns:
        argument = f"JSON_EXTRACT({column}, " if dialect == "mysql" else f"{column}, "
        assert f"JSON_TABLE({argument}" in text
        assert f" AND {column} IS NOT NULL)" in text
