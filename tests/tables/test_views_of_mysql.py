"""Lists inside JSON whose rows MySQL and MariaDB take from a view, from a derived table, or to groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import criteria
from criteria import Field, ObjectList, Schema
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import created

SCHEMA = Schema(
    "seen",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("tags", "string", is_list=True),
        Field("document.tags", "string", is_list=True),
        Field("document.sizes", "decimal", precision=9, scale=2, is_list=True),
        ObjectList("homes", [Field("city", "string"), Field("floors", "integer", is_list=True)]),
    ],
    system_properties=False,
)
COLUMNS = "tags JSON, document JSON, homes JSON"
ROWS = """
INSERT INTO foreign_rows VALUES
    (1, '["a", "b"]', '{"tags": ["a"], "sizes": ["1.50", 2.5]}', '[{"city": "a", "floors": [1, 2]}]'),
    (2, '["b", null]', '{"tags": ["b", ["a"], {"tags": "a"}, "[\\\\"a\\\\"]"]}', '[{"city": "b"}, {"floors": [3]}]'),
    (3, '[]', '{"tags": [], "sizes": []}', '[]'),
    (4, NULL, NULL, NULL),
    (5, 'null', 'null', 'null'),
    (6, '"a"', '{"tags": "a", "sizes": "1.50"}', '{"city": "a", "floors": [1]}'),
    (7, '{"0": "a"}', '[{"tags": ["a"]}]', '[[{"city": "a", "floors": [1]}]]'),
    (8, '1', '{"tags": {"tags": ["a"]}, "sizes": 1.5}', '["a", {"city": "a", "floors": 1}]'),
    (9, '[["a"]]', '{"tags": [null], "sizes": [null, true]}', '[null, {"city": null, "floors": [null]}]')
"""
VIEWS = {
    "merged": "CREATE ALGORITHM = MERGE VIEW merged AS SELECT * FROM foreign_rows",
    "twice_merged": "CREATE VIEW twice_merged AS SELECT * FROM merged WHERE id > 0",
    "in_table": "CREATE ALGORITHM = TEMPTABLE VIEW in_table AS SELECT * FROM foreign_rows",
    "united": "CREATE VIEW united AS SELECT * FROM foreign_rows WHERE id < 4 UNION ALL "
    "SELECT * FROM foreign_rows WHERE id > 3",
}
SOURCES = (
    "foreign_rows",
    *VIEWS,
    "(SELECT * FROM foreign_rows) AS derived",
    "(SELECT * FROM merged) AS derived",
    "(SELECT DISTINCT id, tags, document, homes FROM foreign_rows) AS derived",
)
CASES: list[tuple[Any, list[int]]] = [
    ({"tags": "a"}, [1]),
    ({"tags": {"$contains": "b"}}, [1, 2]),
    ({"tags": {"$in": ["b", "c"]}}, [1, 2]),
    ({"NOT": {"tags": "a"}}, [2, 3, 4, 5, 6, 7, 8, 9]),
    ({"document.tags": "a"}, [1]),
    ({"document.tags": '["a"]'}, [2]),
    ({"document.tags": {"$ne": "a"}}, [2, 3, 4, 5, 6, 7, 8, 9]),
    ({"document.tags": None}, [3, 4, 5, 6, 7, 8, 9]),
    ({"document.sizes": {"$gt": "2.00"}}, [1]),
    ({"document.sizes": "1.50"}, [1]),
    ({"homes.city": "a"}, [1, 8]),
    ({"homes.city": {"$ne": "a"}}, [2, 3, 4, 5, 6, 7, 9]),
    ({"homes.floors": {"$gte": 2}}, [1, 2]),
    ({"homes": {"$elemMatch": {"city": "a", "floors": 1}}}, [1]),
    ({"homes": None}, [3, 4, 5, 6]),
]


@pytest.fixture(params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest, engines: Engines) -> Iterator[SqlEngine]:
    """A server with the rows and the views."""
    with created(engines, request.param, COLUMNS, ROWS) as engine:
        try:
            for text in VIEWS.values():
                engine.execute(text)
            yield engine
        finally:
            for name in reversed(VIEWS):
                engine.execute(f"DROP VIEW IF EXISTS {name}")


def condition(engine: SqlEngine, criteria_json: Any) -> criteria.backends.sql.Sql:
    where: criteria.backends.sql.Sql = criteria.compile(
        criteria.parse(criteria_json, SCHEMA), "sql", dialect=engine.dialect
    )
    return where


def test_a_list_is_read_from_views_and_derived_tables(server: SqlEngine) -> None:
    """MySQL 9.7 refused them with "Incorrect arguments to JSON_TABLE" wherever it merged the source into the query."""
    for criteria_json, expected in CASES:
        where = condition(server, criteria_json)
        for source in SOURCES:
            text = f"SELECT id FROM {source} WHERE {where.text} ORDER BY id"
            assert server.keys(text, where.params, 0) == expected, (criteria_json, source)


def test_a_condition_on_a_list_makes_groups(server: SqlEngine) -> None:
    """Of a table and of a merged view: the rows that fulfil it, and the others."""
    for criteria_json, expected in CASES:
        where = condition(server, criteria_json)
        for source in ("foreign_rows", "merged"):
            text = f"SELECT ({where.text}) AS found, COUNT(*) FROM {source} GROUP BY found ORDER BY found"
            groups = [tuple(row) for row in server.execute(text, where.params)]
            assert groups == [(0, 9 - len(expected)), (1, len(expected))], (criteria_json, source)


def test_rows_are_changed_through_a_merged_view(server: SqlEngine) -> None:
    where = condition(server, {"document.tags": "a"})
    server.execute(f"UPDATE merged SET homes = '[]' WHERE {where.text}", where.params)
    emptied = "SELECT id FROM foreign_rows WHERE JSON_LENGTH(homes) = 0 ORDER BY id"
    assert server.keys(emptied, None, 0) == [1, 3]
    server.execute(f"DELETE FROM merged WHERE {where.text}", where.params)
    assert server.keys("SELECT MIN(id) FROM foreign_rows", None, 0) == [2]


def test_a_view_with_lists_is_reflected(server: SqlEngine) -> None:
    """With the checks of its values, and its searches select the rows and count them."""
    server.execute("DELETE FROM foreign_rows WHERE id > 4")
    for name in VIEWS:
        table = criteria.tables.reflect(server.connection, name, SCHEMA)
        options = {"query": '{"document.tags": {"$ne": "a"}}', "orderBy": "id desc", "getTotalCount": "true"}
        search = criteria.compile(criteria.parse_search(options, SCHEMA), "sql", table=table)
        assert [row[0] for row in server.execute(search.rows.text, search.rows.params)] == [4, 3, 2]
        assert search.count is not None
        assert server.execute(search.count.text, search.count.params)[0][0] == 3


def test_references_lead_to_views_and_from_them(server: SqlEngine) -> None:
    """Lists of the objects of a view that are referred to by the rows of another."""
    orders = Schema(
        "orders",
        [Field("id", "integer", is_unique=True, nullable=False), Field("to", "objectRef", object_entity_type="seen")],
        system_properties=False,
    ).with_entities({"seen": SCHEMA})
    for criteria_json, expected in CASES:
        [[name, operand]] = criteria_json.items()
        if name == "NOT":
            continue
        query = criteria.parse({f"to.{name}": operand}, orders)
        for seen in SOURCES[:3]:
            where = criteria.compile(query, "sql", dialect=server.dialect, tables={"seen": seen})
            source = "(SELECT id, id AS `to` FROM merged) AS orders_of_rows"
            text = f"SELECT id FROM {source} WHERE {where.text} ORDER BY id"
            assert server.keys(text, where.params, 0) == expected, (criteria_json, seen)
