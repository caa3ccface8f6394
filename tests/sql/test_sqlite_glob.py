"""Text operators that are patterns of GLOB on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product

import pytest

import criteria
from criteria import Field, Limits, Schema
from criteria.tree.comparing import COMPARE
from criteria.tree.nodes import Operator

SCHEMA = Schema(
    "texts",
    [Field("id", "integer", is_unique=True, nullable=False), Field("s", "string"), Field("p.s", "string")],
    system_properties=False,
)
PIECES = ["a", "A", "\ufffd", "\ufffe", "\uffff", "\ue000", "\ue001", "\ue002", "*", "?", "[", "]", "^"]
TEXTS = ["".join(pieces) for length in range(4) for pieces in product(PIECES, repeat=length)]
OPERANDS = ["".join(pieces) for length in range(1, 3) for pieces in product(PIECES, repeat=length)]


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    """A table of all texts of up to three pieces."""
    storage = criteria.storage(SCHEMA, "sqlite")
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute(storage.create_table)
        records = [{"id": at, "s": text, "p": {"s": text}} for at, text in enumerate(TEXTS)]
        opened.executemany(storage.insert, map(storage.encode, records))
        yield opened


def selected(connection: sqlite3.Connection, comparison: object, field: str = "s") -> list[str]:
    """The texts that fulfil a comparison."""
    sql = criteria.compile(criteria.parse({field: comparison}, SCHEMA), "sql", dialect="sqlite")
    found = connection.execute(f"SELECT id FROM texts WHERE {sql.text} ORDER BY id", sql.params)
    return [TEXTS[at] for (at,) in found]


@pytest.mark.heavy("each pattern on each row")
@pytest.mark.parametrize(
    "operator",
    [Operator.ENDS_WITH, Operator.IEQ, Operator.ICONTAINS, Operator.ISTARTS_WITH, Operator.IENDS_WITH],
    ids=lambda one: str(one.value),
)
def test_characters_that_glob_takes_for_others_are_themselves(
    operator: Operator, connection: sqlite3.Connection
) -> None:
    """Wildcards, and U+FFFD, U+FFFE and U+FFFF, which GLOB takes for one character, in operands and in rows."""
    holds = COMPARE[operator]
    for operand in OPERANDS:
        expected = [text for text in TEXTS if holds(text, operand)]
        assert selected(connection, {operator.value: operand}) == expected, ascii(operand)


def test_texts_inside_json_end_as_those_in_columns_do(connection: sqlite3.Connection) -> None:
    for operand in ("a", "\ufffd", "A\uffff", "[*"):
        found = selected(connection, {"$endsWith": operand}, "p.s")
        assert found == [text for text in TEXTS if text.endswith(operand)]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_replacement_characters_are_themselves_in_databases_of_all_encodings(encoding: str) -> None:
    """U+FFFD in operands and in rows. A database in UTF-16 makes it of the other two."""
    texts = [text for text in TEXTS if not {"\ufffe", "\uffff"}.intersection(text)]
    storage = criteria.storage(SCHEMA, "sqlite")
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute(f"PRAGMA encoding = '{encoding}'")
        opened.execute(storage.create_table)
        opened.executemany(storage.insert, [storage.encode({"id": TEXTS.index(text), "s": text}) for text in texts])
        for operator, operand in product(
            (Operator.ENDS_WITH, Operator.IEQ, Operator.ICONTAINS, Operator.ISTARTS_WITH, Operator.IENDS_WITH),
            ("a\ufffd", "\ufffda", "\ufffd\ue000A", "[a"),
        ):
            expected = [text for text in texts if COMPARE[operator](text, operand)]
            assert selected(opened, {operator.value: operand}) == expected, (operator, ascii(operand))


def ends_of(operand: str) -> criteria.backends.sql.Sql:
    """The condition that a text ends with an operand."""
    sql: criteria.backends.sql.Sql = criteria.compile(
        criteria.parse({"s": {"$endsWith": operand}}, SCHEMA), "sql", dialect="sqlite"
    )
    return sql


@pytest.mark.parametrize(
    ("plain", "other"), [("an end", "?"), ("a?", "?a"), ("x[*", "[x"), ("aaab", "aaaab"), ("a" * 3, "a" * 4)]
)
def test_ends_that_glob_finds_slowly_are_compared(plain: str, other: str, connection: sqlite3.Connection) -> None:
    """At each character of a text GLOB begins to compare with a wildcard, or with one of many equal characters.

    Both kinds of operands are of different forms: neither is compiled as the other was, in any order.
    """
    for operand in (plain, other, plain):
        assert ("GLOB" in ends_of(operand).text) == (operand == plain)
        assert selected(connection, {"$endsWith": operand}) == [text for text in TEXTS if text.endswith(operand)]
    either = {"OR": [{"s": {"$endsWith": one}} for one in (plain, other, "A")]}
    sql = criteria.compile(criteria.parse(either, SCHEMA), "sql", dialect="sqlite")
    found = [
        TEXTS[at] for (at,) in connection.execute(f"SELECT id FROM texts WHERE {sql.text} ORDER BY id", sql.params)
    ]
    assert found == [text for text in TEXTS if text.endswith((plain, other, "A"))]


@pytest.mark.parametrize("length", [32, 33, 60_000])
def test_long_ends_are_found(length: int) -> None:
    """Also those that are longer than a pattern of GLOB may be."""
    key = Field("id", "integer", is_unique=True, nullable=False)
    schema = Schema("texts", [key, Field("s", "string")], system_properties=False)
    end = "x" + "y" * (length - 1)
    query = criteria.parse({"s": {"$endsWith": end}}, schema, limits=Limits(text_operand=length))
    sql = criteria.compile(query, "sql", dialect="sqlite")
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE texts (id INTEGER, s TEXT)")
        opened.executemany("INSERT INTO texts VALUES (?, ?)", enumerate([end, "y" + end, end[1:], end + "x", None]))
        found = opened.execute(f"SELECT id FROM texts WHERE {sql.text}", sql.params)
        assert [row[0] for row in found] == [0, 1]
