"""DuckDB in sessions whose default collation is not code point order."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from tests.conftest import Engines
from tests.engines.sql import DuckdbEngine

SCHEMA = Schema(
    "words",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("s", "string"),
        Field("l", "string", is_list=True),
        Field("p.s", "string"),
        Field("p.l", "string", is_list=True),
    ],
    system_properties=False,
)
WORDS = ("a", "A", "á", "b", "B", "null", "NULL", None)
RECORDS: list[dict[str, Any]] = [
    {"id": number, "s": word, "l": [word], "p": {"s": word, "l": [word]}} for number, word in enumerate(WORDS)
]


@pytest.mark.parametrize("collation", ["NOCASE", "NOACCENT.NOCASE", "de"])
def test_text_compares_by_code_point_in_every_session(collation: str, engines: Engines) -> None:
    """Columns without a collation, lists and JSON compare by code point, whatever the session's collation is."""
    engines.check("duckdb")
    import duckdb

    with duckdb.connect(":memory:") as connection:
        if "de" in collation:
            connection.execute("LOAD icu")
        connection.execute(f"SET default_collation = '{collation}'")
        table = DuckdbEngine("duckdb", "duckdb", connection).table(SCHEMA)
        with table.holding(RECORDS):
            for name in ("s", "l", "p.s", "p.l"):
                for comparison, expected in (
                    ("a", {"a"}),
                    ({"$in": ["A", "null"]}, {"A", "null"}),
                    ({"$gt": "B"}, {"a", "b", "á", "null", "NULL"}),
                    ({"$lte": "NULL"}, {"A", "B", "NULL"}),
                    ({"$startsWith": "N"}, {"NULL"}),
                    ({"$endsWith": "L"}, {"NULL"}),
                    ({"$contains": "ul"}, {"null"}),
                    (None, {None}),
                ):
                    found = table.select(criteria.parse({name: comparison}, SCHEMA))
                    assert {WORDS[key] for key in found} == expected, (name, comparison)
                    found = table.select(criteria.parse({"NOT": {name: comparison}}, SCHEMA))
                    assert {WORDS[key] for key in found} == {*WORDS} - expected, (name, comparison)
            order = criteria.parse_order_by("s", SCHEMA)
            page = table.search(Search(criteria.parse({}, SCHEMA), order, limit=None))
            assert [WORDS[key] for key in page.data] == [None, "A", "B", "NULL", "a", "b", "null", "á"]


def _through(count: int) -> Query:
    users = Schema(
        "users",
        [
            Field("id", "integer", is_unique=True, nullable=False),
            Field("friends", "objectRef", object_entity_type="users", is_list=True),
        ],
        system_properties=False,
    )
    source = {"AND": [{"friends": {"$elemMatch": {"id": {"$gt": number}}}} for number in range(count)]}
    return criteria.parse(source, users.with_entities({"users": users}))


def test_as_many_lists_of_references_as_the_planner_takes(engines: Engines) -> None:
    """400 conditions behind a list of references are answered. 500 exceed DuckDB's expression depth, so 401 are refused
    before it is asked."""
    engines.check("duckdb")
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE users (id BIGINT, friends BIGINT[])")
        connection.execute("INSERT INTO users VALUES (1, [2]), (2, []), (500, [500])")
        sql = criteria.compile(_through(400), "sql", dialect="duckdb", tables={"users": "users"})
        found = connection.execute(f"SELECT id FROM users WHERE {sql.text} ORDER BY id", sql.params).fetchall()
    assert found == [(500,)]
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(_through(401), "sql", dialect="duckdb", tables={"users": "users"})
    assert [one.code for one in refused.value.problems] == ["unsupported"]
    assert criteria.compile(_through(1000), "sql", dialect="sqlite", tables={"users": "users"}).text
