"""Counter-examples: queries that once selected other records on one engine, or reached its statement unchecked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema, Search
from tests.conftest import Engines
from tests.engines import Engine

KEY = Field("id", "integer", is_unique=True, nullable=False)


def own(*fields: Field) -> Schema:
    """A schema with a key and some fields."""
    return Schema("counter", [KEY, *fields], system_properties=False)


def codes(run: Any) -> list[str]:
    """The codes of a refusal."""
    with pytest.raises(CriteriaError) as caught:
        run()
    return [problem.code for problem in caught.value.problems]


def test_a_missing_column_is_an_error() -> None:
    """SQLite reads an unknown name in double quotes as a string, so that the column `nosuch` would equal "nosuch"."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE item (a TEXT)")
        connection.execute("INSERT INTO item VALUES ('nosuch')")
        sql = criteria.compile(criteria.parse({"nosuch": "nosuch"}), "sql", dialect="sqlite")
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            connection.execute(f"SELECT * FROM item WHERE {sql.text}", sql.params)


@pytest.mark.parametrize("places", [(34, 0), (34, 34), (30, 10), (1, 0)], ids=str)
def test_a_decimal_with_one_digit_too_many_is_out_of_range(places: tuple[int, int]) -> None:
    """All nines and one more digit would round up to more digits than the decimal has: refused everywhere."""
    precision, scale = places
    schema = own(Field("d", "decimal", precision=precision, scale=scale))
    text = ("9" * (precision - scale) or "0") + "." + "9" * (scale + 1)
    assert codes(lambda: criteria.parse({"d": text}, schema)) == ["out_of_range"]
    assert codes(lambda: schema.decode({"id": 1, "d": text})) == ["invalid_record"]
    matches = criteria.compile(criteria.parse({"d": {"$gt": "0"}}, schema), "python", records="json")
    assert matches({"d": text}) is False


SEARCHES: list[dict[str, Any]] = [
    {"skip": "0; DROP TABLE item"},
    {"limit": "1"},
    {"limit": True},
    {"limit": -1},
    {"skip": 2**31},
    {"skip": None},
    {"get_total_count": "no"},
    {"order_by": "name"},
    {"resolve": ["name"]},
]


@pytest.mark.parametrize("arguments", SEARCHES, ids=str)
def test_arguments_of_a_search_are_checked(arguments: dict[str, Any]) -> None:
    """The limit and skip of a search are printed into the SQL, so only integers are accepted."""
    query = criteria.parse({}, own())
    assert codes(lambda: Search(query, **arguments)) == ["invalid_parameter"]


def test_a_declared_collation_is_independent_of_the_session(engine: Engine) -> None:
    """A column that is declared to compare by code point does so in a session with another collation."""
    schema = own(Field("s", "string", collation="binary"))
    table = engine.table(schema)
    with table.holding([{"id": 1, "s": "a"}, {"id": 2, "s": "A"}, {"id": 3, "s": "b"}]):
        for criteria_json, expected in (
            ({"s": "a"}, [1]),
            ({"s": {"$in": ["A", "B"]}}, [2]),
            ({"s": {"$gt": "A"}}, [1, 3]),
            ({"s": {"$startsWith": "a"}}, [1]),
        ):
            query = criteria.parse(criteria_json, schema)
            assert sorted(table.select(query)) == expected
        everything = Search(criteria.parse({}, schema), criteria.parse_order_by("s", schema))
        assert list(table.search(everything).data) == [2, 1, 3]


@pytest.mark.parametrize("count", [5, 12])
def test_an_order_by_many_strings_runs(count: int, engine: Engine) -> None:
    """An order by a dozen strings runs, and the last of them decides when the others tie."""
    schema = own(*[Field(f"s{number}", "string") for number in range(count)])
    tied = {f"s{number}": "é" * 300 for number in range(count - 1)}
    rows = [{"id": 1, **tied, f"s{count - 1}": "b"}, {"id": 2, **tied, f"s{count - 1}": "a"}]
    table = engine.table(schema)
    with table.holding(rows):
        order = criteria.parse_order_by(",".join(f"s{number}" for number in range(count)), schema)
        assert list(table.search(Search(criteria.parse({}, schema), order)).data) == [2, 1]


@pytest.mark.parametrize("character", ["a", "\u00e9", "\U0001f600"], ids=["1 byte", "2 bytes", "4 bytes"])
def test_texts_that_differ_late_are_ordered(character: str, engine: Engine) -> None:
    """MariaDB sorts by 1,024 bytes at a time: no character at the end of such a piece is left out."""
    schema = own(Field("s", "string"))
    table = engine.table(schema)
    for length in (255, 256, 257, 511, 512, 513, 767, 768, 1023, 1024, 1025, 2048):
        rows = [{"id": key, "s": character * length + last} for key, last in enumerate("cab")]
        with table.holding([*rows, {"id": 3, "s": character * length}]):
            order = criteria.parse_order_by("s", schema)
            assert list(table.search(Search(criteria.parse({}, schema), order)).data) == [3, 1, 2, 0], length


FOLDING = ["sqlite", "duckdb", "mysql", "mysql8", "bigquery", "spark", "trino", "tsql", "redshift"]


@pytest.mark.parametrize("dialect", FOLDING)
def test_names_that_differ_only_in_letter_case_are_refused(dialect: str) -> None:
    """`Name` and `name` are refused: they would be one column, and the query would compare the wrong values."""
    schema = own(Field("Name", "string"), Field("name", "string"))
    query = criteria.parse({"name": "x"}, schema)
    assert codes(lambda: criteria.compile(query, "sql", dialect=dialect)) == ["unsupported"]
    assert criteria.compile(query, "sql", dialect="postgres").params == ("x",)


@pytest.mark.parametrize("name", ["xmin", "xmax", "cmin", "cmax", "ctid", "tableoid"])
def test_names_of_postgres_system_columns_are_refused(name: str) -> None:
    """Fields with the names of PostgreSQL's system columns are refused."""
    query = criteria.parse({name: "1"}, own(Field(name, "string")))
    assert codes(lambda: criteria.compile(query, "sql", dialect="postgres")) == ["unsupported"]


NO_DECIMALS = [
    "", "-", ".", "abc", "1.", ".5", "-.5", "--1.0", "1.0.0", "1-1", "+1.0", " 1.0", "1.0 ", "1.0\n", "NaN", "1 0",
]  # fmt: skip
"""Strings that are not decimals inside JSON."""


@pytest.mark.parametrize("text", NO_DECIMALS)
def test_a_string_in_json_that_is_not_a_decimal_matches_nothing(text: str, engine: Engine) -> None:
    """A decimal inside JSON is compared only if the string is a decimal."""
    schema = own(Field("p.d", "decimal", precision=10, scale=1))
    table = engine.table(schema)
    with table.holding([{"id": 1, "p": {"d": text}}, {"id": 2, "p": {"d": "1.0"}}, {"id": 3, "p": {"d": "-7.5"}}]):
        for operator, expected in (("$gt", [2]), ("$lt", [3]), ("$gte", [2]), ("$lte", [3])):
            query = criteria.parse({"p.d": {operator: 0}}, schema)
            assert sorted(table.select(query)) == expected
            complement = criteria.parse({"NOT": {"p.d": {operator: 0}}}, schema)
            assert sorted(table.select(complement)) == sorted({1, 2, 3} - set(expected))


def test_a_scalar_under_a_list_field_is_not_an_element(engines: Engines) -> None:
    """A scalar under a list field is not an element, although MongoDB compares it like one."""
    engine: Any = engines.get("mongodb")
    collection = engine.database["no_lists"]
    collection.insert_many([{"id": 1, "n": 5}, {"id": 2, "n": [5]}, {"id": 3, "n": []}, {"id": 4, "n": [None, 7]}])
    schema = own(Field("n", "integer", is_list=True))
    for criteria_json, positive in (
        ({"n": 5}, [2]),
        ({"n": {"$gt": 4}}, [2, 4]),
        ({"n": {"$in": [5, 6]}}, [2]),
        ({"n": None}, [1, 3]),
    ):
        for given, expected in (
            (criteria_json, positive),
            ({"NOT": criteria_json}, sorted({1, 2, 3, 4} - set(positive))),
        ):
            found = collection.find(criteria.compile(criteria.parse(given, schema), "mongo"))
            assert sorted(document["id"] for document in found) == expected
    collection.drop()


def test_keys_that_differ_in_letter_case_are_two_keys(engine: Engine) -> None:
    """A string key distinguishes "a" from "A" and "a " from "a", whatever the table's collation is."""
    schema = Schema("texts", [Field("id", "string", is_unique=True, nullable=False)], system_properties=False)
    table = engine.table(schema)
    keys = ["A", "a", "a ", "\u00e4"]
    with table.holding([{"id": key} for key in keys]):
        order = criteria.parse_order_by("id", schema)
        assert list(table.search(Search(criteria.parse({}, schema), order)).data) == keys
        assert table.select(criteria.parse({"id": "a"}, schema)) == ["a"]
