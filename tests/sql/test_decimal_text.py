"""The SQL of decimals inside JSON on SQLite: short enough for a thousand comparisons."""

from __future__ import annotations

import operator
import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import pytest

import criteria
from criteria import Field, Schema

SCHEMA = Schema(
    "items",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("p.amount", "decimal", precision=30, scale=10),
        Field("p.amounts", "decimal", precision=30, scale=10, is_list=True),
    ],
    system_properties=False,
)


def text_of(*comparisons: object) -> str:
    """The condition that one of some comparisons holds, on SQLite."""
    text: str = criteria.compile(criteria.parse({"OR": list(comparisons)}, SCHEMA), "sql", dialect="sqlite").text
    return text


@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
@pytest.mark.parametrize("operand", ["12.5", "-12.5"])
@pytest.mark.parametrize("name", ["p.amount", "p.amounts"])
def test_ordering_reads_the_decimal_from_json_once(name: str, operand: str, operator: str) -> None:
    """The text has one CASE that reads the value: the parts of the ordering name the column that it computes."""
    text = text_of({name: {operator: operand}})
    assert text.count("GLOB '*.*.*'") == 1
    assert len(re.findall(r"`_computed`\.`_decimal` [<>]=? \?", text)) == 1


def test_length_grows_by_the_same_amount_for_each_comparison() -> None:
    """A thousand orderings take as many characters each as one does."""
    one = len(text_of({"p.amount": {"$gt": "1.5"}}))
    many = len(text_of(*({"p.amount": {"$gt": f"{number}.5"}} for number in range(1000))))
    assert one < 1000
    assert many < 1000 * (one + 10)


@pytest.mark.parametrize(
    "comparison",
    [{"$gt": "1.5"}, {"$lte": "-1.5"}, {"$in": ["1.5", "2"]}, {"$nin": ["1.5", "2"]}, {"$ne": "1.5"}, "1.5"],
    ids=str,
)
def test_negation_reads_the_decimal_from_json_as_often_as_the_comparison_does(comparison: object) -> None:
    """A record without a value fulfils it, which takes no other mention of the value."""
    plain, negation = text_of({"p.amount": comparison}), text_of({"NOT": {"p.amount": comparison}})
    for text in (plain, negation):
        assert text.count("GLOB '*.*.*'") == 1
        assert text.count("JSON_TYPE") == 2  # of a text, and of a number
    assert abs(len(negation) - len(plain)) < 30


def test_negations_take_as_many_characters_each_as_one_does() -> None:
    """Inside an OR of a thousand, and inside a NOT around all of them."""
    one = len(text_of({"NOT": {"p.amount": {"$gt": "1.5"}}}))
    some: list[object] = [{"p.amount": {"$gt": f"{number}.5"}} for number in range(1000)]
    assert one < 1000
    assert len(text_of(*({"NOT": each} for each in some))) < 1000 * (one + 10)
    assert len(text_of({"NOT": {"OR": some}})) < 1000 * (one + 10)


def ordered_by(*names: str) -> str:
    """The statement of a search in an order."""
    fields = [Field(name, "decimal", precision=30, scale=10) for name in names]
    key = Field("id", "integer", is_unique=True, nullable=False)
    schema = Schema("items", [key, *fields], system_properties=False)
    search = criteria.parse_search({"orderBy": ",".join(names), "limit": 5}, schema)
    text: str = criteria.compile(search, "sql", dialect="sqlite", table="items").rows.text
    return text


def test_order_reads_the_decimal_from_json_once() -> None:
    """One sort key has its sign, its length and its digits. A second one has what the scale cuts off a number."""
    text = ordered_by("p.amount")
    assert text.count("GLOB '*.*.*'") == 1
    assert text.count("`_computed`.`_decimal` < '0'") == 1


def test_orders_take_as_many_characters_for_each_sort_key_as_one_does() -> None:
    """Of ten decimals, or of one."""
    one = len(ordered_by("p.a0"))
    assert one < 3000
    assert len(ordered_by(*(f"p.a{number}" for number in range(10)))) < 10 * one


NUMBERS = [
    "0", "1", "-1", "9.99", "10", "-9.99", "-10", "0.5", "-0.5", "123456789012345678.0123456789", "99.9", "100",
    "-99.9", "-100", "-123456789012345678.0123456789", "0.0000000001", "-0.0000000001",
]  # fmt: skip


def test_order_of_texts_and_numbers_is_that_of_their_values() -> None:
    """Positive and negative ones of all lengths, JSON numbers beyond any precision, and missing ones first."""
    rows: list[tuple[Decimal | None, str]] = [(None, "{}"), (None, '{"amount": null}')]
    rows += [(Decimal(text), f'{{"amount": "{Decimal(text):.10f}"}}') for text in NUMBERS]
    rows += [(Decimal(text), f'{{"amount": {text}}}') for text in ("2", "-2.5", "1e300", "-1e300", "1e22", "-3e22")]
    rows.sort(key=lambda row: (row[0] is not None, row[0] or 0))
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE items (id INTEGER, p TEXT)")
    connection.executemany("INSERT INTO items VALUES (?, ?)", [(at, row[1]) for at, row in enumerate(rows)])
    for direction, expected in (("asc", [*range(len(rows))]), ("desc", [*range(len(rows) - 1, -1, -1)])):
        search = criteria.parse_search({"orderBy": f"p.amount {direction},id {direction}", "limit": 100}, SCHEMA)
        statement = criteria.compile(search, "sql", dialect="sqlite", table="items").rows
        assert [row[0] for row in connection.execute(statement.text, statement.params)] == expected
    connection.close()


def _neighbours(scale: int) -> Iterator[Decimal]:
    """Decimals of 15 digits, each with those directly below and above it: of all sizes, zero, and both ends."""
    dice = random.Random(scale)  # noqa: S311  # data to compare
    most = 10**15 - 1
    around = [dice.randrange(10**size) for size in range(16) for _ in range(12)]
    for number in [0, most, *around, *(2**power for power in range(49))]:
        for near in (number - 1, number, number + 1):
            yield from (Decimal(sign * min(most, abs(near))).scaleb(-scale) for sign in (1, -1))


_OF_VALUES = {"$gt": operator.gt, "$gte": operator.ge, "$lt": operator.lt, "$lte": operator.le}


@pytest.mark.parametrize("scale", [0, 1, 2, 7, 14, 15])
def test_decimals_of_fifteen_digits_differ_from_their_neighbours(scale: int) -> None:
    """SQLite compares them as doubles: each is equal to itself only, and they are in the order of their values."""
    key = Field("id", "integer", is_unique=True, nullable=False)
    schema = Schema("items", [key, Field("d", "decimal", precision=15, scale=scale)], system_properties=False)
    values = sorted(set(_neighbours(scale)))
    storage = criteria.storage(schema, "sqlite")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(storage.create_table)
        encoded = [storage.encode({"id": at, "d": value}) for at, value in enumerate(values)]
        connection.executemany(storage.insert, encoded[::-1])
        ordered = criteria.compile(
            criteria.parse_search({"orderBy": "d,id", "limit": len(values)}, schema),
            "sql",
            dialect="sqlite",
            table="items",
        ).rows
        assert [row[0] for row in connection.execute(ordered.text, ordered.params)] == list(range(len(values)))
        for at in range(0, len(values), 7):
            for name, is_selected in _OF_VALUES.items():
                query = criteria.parse({"d": {name: str(values[at])}}, schema)
                sql = criteria.compile(query, "sql", dialect="sqlite")
                near = range(max(0, at - 3), min(len(values), at + 4))
                text = f"SELECT id FROM items WHERE id BETWEEN {near[0]} AND {near[-1]} AND {sql.text}"
                found = {row[0] for row in connection.execute(text, sql.params)}
                assert found == {one for one in near if is_selected(values[one], values[at])}, (name, values[at])


def test_an_index_serves_orderings_and_orders_of_fifteen_digits() -> None:
    """Records are found in it, and read in its order."""
    key = Field("id", "integer", is_unique=True, nullable=False)
    schema = Schema("items", [key, Field("d", "decimal", precision=15, scale=2)], system_properties=False)
    search = criteria.parse_search({"query": {"d": {"$gt": "1.5"}}, "orderBy": "d", "limit": 5}, schema)
    rows = criteria.compile(search, "sql", dialect="sqlite", table="items").rows
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(criteria.storage(schema, "sqlite").create_table)
        connection.execute("CREATE INDEX by_number ON items (CAST(d AS REAL), id)")
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {rows.text}", rows.params)]
    assert len(plan) == 1  # nothing is sorted
    assert plan[0].startswith("SEARCH items USING INDEX by_number")
