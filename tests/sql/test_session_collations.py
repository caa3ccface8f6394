"""The collation of a session of MySQL or MariaDB: statements name their own, so that none changes an answer or is an
error ("Illegal mix of collations")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import criteria
from criteria import Field
from criteria.conformance.suite_files import cases
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.foreign import Foreign, created

BINARY = {"mysql": "utf8mb4_0900_bin", "mariadb": "utf8mb4_nopad_bin"}
"""The collation of a server that orders characters by their numbers, as that of JSON does under another name."""

COLLATIONS = {
    "mysql": ("utf8mb4_0900_bin", "utf8mb4_bin", "utf8mb4_0900_as_cs", "utf8mb4_tr_0900_ai_ci", "utf8mb4_general_ci"),
    "mariadb": ("utf8mb4_nopad_bin", "utf8mb4_bin", "utf8mb4_general_ci", "utf8mb4_turkish_ci", "utf8mb4_unicode_ci"),
}
PAIRS = [(name, one) for name, found in COLLATIONS.items() for one in found]


@contextmanager
def under(engine: SqlEngine, collation: str) -> Iterator[None]:
    """A block in which the session has another collation."""
    [[before]] = engine.execute("SELECT @@collation_connection")
    engine.execute(f"SET collation_connection = {collation}")
    try:
        yield
    finally:
        engine.execute(f"SET collation_connection = {before}")


INSIDE = {
    "text": (Field("doc.text", "string"), "x", {"$startsWith": "x"}),
    "truth": (Field("doc.truth", "boolean"), True, {"$in": [True]}),
    "day": (Field("doc.day", "date"), "2024-01-31", {"$gt": "2024-01-30"}),
    "at": (Field("doc.at", "dateTime"), "2024-01-31T09:30:00Z", {"$lte": "2024-01-31T09:30:00Z"}),
    "token": (Field("doc.token", "guid"), "6ba7b810-9dad-11d1-80b4-00c04fd430c8", {"$ne": None}),
    "total": (Field("doc.total", "decimal", precision=12, scale=2), "1.5", {"$gt": "1.49"}),
    "count": (Field("doc.count", "integer"), 3, {"$in": [3, 4]}),
    "size": (Field("doc.size", "double"), 0.5, {"$lt": 1}),
    "tags": (Field("tags", "string", is_list=True), "a", {"$contains": "a"}),
}
DOCUMENT = """{"text": "x", "truth": true, "day": "2024-01-31", "at": "2024-01-31T09:30:00.000Z", "count": 3,
"size": 0.5, "token": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "total": "1.50"}"""
FIELDS = [field for field, _, _ in INSIDE.values()]
INSERT = f"INSERT INTO foreign_rows VALUES (1, '{DOCUMENT}', '[\"a\"]'), (2, '{{}}', '[]'), (3, NULL, NULL)"


@pytest.mark.parametrize("name", BINARY)
def test_json_is_read_under_the_servers_binary_collation(name: str, engines: Engines) -> None:
    """A table with values of each type inside JSON is reflected, and its first row is found by each of them."""
    with created(engines, name, "doc JSON, tags JSON", INSERT) as engine, under(engine, BINARY[name]):
        foreign = Foreign(engine, FIELDS)
        for field, value, operators in INSIDE.values():
            assert foreign.keys({field.name: value}) == [1]
            assert foreign.keys({field.name: operators}) == [1]
            assert foreign.keys({field.name: None}) == [2, 3]
            assert foreign.keys({field.name: {"$ne": value}}) == [2, 3]
            if not field.is_list:
                assert foreign.in_order(f"{field.name} desc")[0] == 1


@pytest.mark.heavy("servers of both")
@pytest.mark.parametrize(("name", "collation"), PAIRS)
def test_the_suite_under_a_collation_of_the_session(name: str, collation: str, engines: Engines) -> None:
    """Each case selects, sorts and counts its rows, in the library's own tables."""
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    wrong = []
    for case in cases(refused=False):
        table = engine.table(case.schema)
        with under(engine, collation), table.holding(case.records):
            for test in case.tests:
                search = case.search(test)
                found, expected = list(table.search(search).data), list(test["matches"])
                if "orderBy" not in test:
                    found, expected = sorted(found), sorted(expected)
                if found != expected:
                    wrong.append((test["description"], found, expected))
    assert wrong == []


@pytest.mark.parametrize("name", BINARY)
def test_a_list_of_very_many_values_under_the_servers_binary_collation(name: str, engines: Engines) -> None:
    """They are bound as one array, whose texts have a collation of their own."""
    many = [f"2024-01-01T00:{minute:02}:{second:02}Z" for minute in range(60) for second in range(60)]
    fields = [Field("name", "string"), *FIELDS]
    insert = INSERT.replace("(1, '", "(1, 'é', '").replace("(2, ", "(2, 'E', ").replace("(3, ", "(3, NULL, ")
    limits = criteria.Limits(values=10_000)
    with (
        created(engines, name, "name VARCHAR(20), doc JSON, tags JSON", insert) as engine,
        under(engine, BINARY[name]),
    ):
        foreign = Foreign(engine, fields)
        for field, value in (("name", "é"), ("doc.text", "x"), ("tags", "a"), ("doc.at", "2024-01-31T09:30:00Z")):
            query = criteria.parse({field: {"$in": [value, *many]}}, foreign.schema, limits=limits)
            array = criteria.compile(query, "sql", dialect=name)
            assert len(array.params) == 1
            for where in (array, criteria.compile(query, "sql", table=foreign.table)):
                text = f"SELECT id FROM foreign_rows WHERE {where.text}"
                assert engine.keys(text, where.params, 0) == [1]
