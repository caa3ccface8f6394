"""DuckDB in sessions whose default collation is not code point order."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema, Search
from tests.conftest import Engines
from tests.engines.sql import DuckdbEngine
from tests.linked_users import LINKED

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


def _of_lists(number: int) -> dict[str, Any]:
    return {"friends.id": {"$gt": number}}


def _of_one(number: int) -> dict[str, Any]:
    return {"OR": [{"boss.id": {"$gt": number}}, {"id": 10_000 + number}]}


def _of_both(number: int) -> dict[str, Any]:
    return _of_lists(number) if number % 2 else _of_one(number)


def _of_two_steps(number: int) -> dict[str, Any]:
    return {"friends.boss.id": {"$gt": number}}


@pytest.mark.parametrize(
    ("condition", "most"),
    [(_of_lists, 150), (_of_one, 150), (_of_both, 150), (_of_two_steps, 75)],
    ids=["lists", "single", "both", "two steps"],
)
def test_as_many_references_as_the_planner_takes(
    condition: Callable[[int], dict[str, Any]], most: int, engines: Engines
) -> None:
    """150 conditions on the objects of references are answered, each step of a path being one. DuckDB's planner takes
    ten times as long for 300, and 1,000 exceed the depth of an expression, so 151 are refused before it is asked."""
    engines.check("duckdb")
    import duckdb

    def through(count: int) -> Query:
        source = {"AND": [condition(number) for number in range(count)]}
        return criteria.parse(source, LINKED.with_entities({"users": LINKED}))

    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE users (id BIGINT, friends BIGINT[], boss BIGINT)")
        connection.execute("INSERT INTO users VALUES (1, [2], 2), (2, [], 1), (500, [500], 500), (600, NULL, NULL)")
        sql = criteria.compile(through(most), "sql", dialect="duckdb", tables={"users": "users"})
        found = connection.execute(f"SELECT id FROM users WHERE {sql.text} ORDER BY id", sql.params).fetchall()
    assert found == [(500,)]
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(through(most + 1), "sql", dialect="duckdb", tables={"users": "users"})
    assert {one.code for one in refused.value.problems} == {"unsupported"}
    assert refused.value.problems[0].pointer
    assert criteria.compile(through(500), "sql", dialect="sqlite", tables={"users": "users"}).text


def test_a_thousand_conditions_on_the_object_of_one_reference_are_one_test(engines: Engines) -> None:
    """Under AND, OR and NOT: they are one subquery, which the planner takes in no time."""
    engines.check("duckdb")
    import duckdb

    schema = LINKED.with_entities({"users": LINKED})
    conditions = [{"boss.id": {"$gt": number}} for number in range(1000)]
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE users (id BIGINT, friends BIGINT[], boss BIGINT)")
        connection.execute("INSERT INTO users VALUES (1, [2], 2), (2, [], 1), (5000, [5000], 5000), (6, NULL, NULL)")
        for source, expected in (
            ({"AND": conditions}, [(5000,)]),
            ({"OR": conditions}, [(1,), (2,), (5000,)]),
            ({"OR": [{"NOT": one} for one in conditions]}, [(1,), (2,), (6,)]),
        ):
            query = criteria.parse(source, schema)
            sql = criteria.compile(query, "sql", dialect="duckdb", tables={"users": "users"})
            found = connection.execute(f"SELECT id FROM users WHERE {sql.text} ORDER BY id", sql.params).fetchall()
            assert found == expected


LISTS = Schema(
    "lists",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("names", "string", is_list=True),
        Field("counts", "integer", is_list=True),
        Field("name", "string"),
        Field("size", "double"),
        Field("doc.names", "string", is_list=True),
        ObjectList("items", [Field("n", "integer"), ObjectList("parts", [Field("n", "integer")])]),
    ],
    system_properties=False,
)


@pytest.mark.parametrize(
    "condition",
    [
        lambda number: {"NOT": {"names": f"m{number}"}},
        lambda number: {"names": {"$gt": f"n{number}"}},
        lambda number: {"counts": {"$gte": number - 997}},
        lambda number: {"NOT": {"counts": {"$lt": number - 999}}},
        lambda number: {"doc.names": {"$gt": f"n{number}"}},
        lambda number: {"items": {"$elemMatch": {"n": {"$gte": number - 997}}}},
        lambda number: {"items": {"$elemMatch": {"parts": {"$elemMatch": {"n": {"$gte": number - 997}}}}}},
        lambda number: {"NOT": {"name": {"$startsWith": f"m{number}"}}},
        lambda number: {"NOT": {"size": {"$lt": number - 999}}},
    ],
    ids=["equality", "texts", "numbers", "negated", "in JSON", "objects", "nested objects", "text", "double"],
)
def test_a_thousand_conditions_on_one_field(condition: Callable[[int], dict[str, Any]], engines: Engines) -> None:
    """As many as a query may have are planned in the time of one request: it took up to two minutes."""
    engines.check("duckdb")
    import duckdb

    storage = criteria.storage(LISTS, "duckdb")
    query = criteria.parse({"AND": [condition(number) for number in range(1000)]}, LISTS)
    sql = criteria.compile(query, "sql", dialect="duckdb")
    with duckdb.connect(":memory:") as connection:
        connection.execute(storage.create_table)
        for key, name, count in ((1, "o", 2), (2, "m7", -1)):
            parts = [{"n": count}]
            record = {
                "names": [name],
                "counts": [count],
                "doc": {"names": [name]},
                "items": [{"n": count, "parts": parts}],
            }
            connection.execute(
                storage.insert, storage.encode({"id": key, "name": name, "size": float(count), **record})
            )
        begin = process_time()
        found = connection.execute(f"SELECT id FROM lists WHERE {sql.text} ORDER BY id", sql.params).fetchall()
        assert process_time() - begin < 15
    assert found == [(1,)]
