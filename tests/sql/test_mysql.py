"""What MySQL once answered wrongly: list conditions on tables of some size, and `$contains` on folding columns."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import Field, ObjectList, Schema, Search
from tests.conftest import Engines
from tests.engines.sql import SqlEngine, binary_schema

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


LONG = Schema(
    "long_texts",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("s", "string"),
        Field("doc.s", "string"),
    ],
    system_properties=False,
)


@pytest.mark.parametrize("declared", ["compared by code point", "of the server's collation"])
@pytest.mark.parametrize("engine_name", ["mysql", "mariadb"])
def test_rows_are_sorted_by_a_long_text(engine_name: str, declared: str, engines: Engines) -> None:
    """A text that is longer than the server's sort buffer sorts as others do, which was an error of MySQL 9 (1038)."""
    engine = engines.get(engine_name)
    assert isinstance(engine, SqlEngine)
    schema = binary_schema(LONG) if declared == "compared by code point" else LONG
    start = "b" * 300_000
    texts = [start, start[:1000] + "a", start[:1000] + "c", "b" * 256, "b" * 257, "a", "c", None, "B" * 300, "b ", "b",
             "b" * 256 + "B", "b" * 256 + "a"]  # fmt: skip
    in_order = sorted((number for number, one in enumerate(texts) if one is not None), key=lambda at: str(texts[at]))
    in_order = [texts.index(None), *in_order]
    records = [{"id": number, "s": one, "doc": {"s": one}} for number, one in enumerate(texts)]
    table = engine.table(schema)
    with table.holding(records):
        for name in ("s", "doc.s"):
            for direction, expected in ((name, in_order), (f"{name} desc", in_order[::-1])):
                for limit in (3, None):
                    search = Search(criteria.parse({}, schema), criteria.parse_order_by(direction, schema), limit)
                    assert list(table.search(search).data) == expected[:limit], (direction, limit)
