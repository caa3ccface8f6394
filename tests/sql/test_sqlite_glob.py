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


@pytest.mark.parametrize("length", [32, 33, 60_000])
def test_long_ends_are_found(length: int) -> None:
    """Also those that are longer than a pattern of GLOB may be."""
    key = Field("id", "integer", is_unique=True, nullable=False)
    schema = Schema("texts", [key, Field("s", "string")], system_properties=False)
    end = "y" * (length - 1) + "x"
    query = criteria.parse({"s": {"$endsWith": end}}, schema, limits=Limits(text_operand=length))
    sql = criteria.compile(query, "sql", dialect="sqlite")
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE texts (id INTEGER, s TEXT)")
        opened.executemany("INSERT INTO texts VALUES (?, ?)", enumerate([end, "y" + end, end[1:], end + "x", None]))
        found = opened.execute(f"SELECT id FROM texts WHERE {sql.text}", sql.params)
        assert [row[0] for row in found] == [0, 1]
