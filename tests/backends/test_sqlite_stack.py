"""SQLite's parser has a stack, and a statement for which it has no room is refused before SQLite sees it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Schema
from criteria.backends.sql.sqlite_stack import symbols
from tests.linked_records import DISCOUNT, ENTITIES, ORDER, USER
from tests.test_references import deep

GROWS = sqlite3.sqlite_version_info >= (3, 46)
ROOM = 100

KINDS: dict[str, Any] = {
    "string": "a\u00e9", "integer": 1, "boolean": True, "decimal": "1.5", "double": 1.5, "date": "2020-01-01",
    "dateTime": "2020-01-01T00:00:00Z", "guid": "00000000-0000-0000-0000-000000000001",
}  # fmt: skip
FIELDS = [
    Field(f"{path}{kind}{'s' * is_list}", kind, is_list=is_list)
    for kind in KINDS
    for path in ("", "p.")
    for is_list in (False, True)
]
VALUES = Schema("values", [Field("id", "integer", is_unique=True, nullable=False), *FIELDS], system_properties=False)
INSIDE = Schema("inside", [VALUES.fields[0], ObjectList("items", FIELDS)], system_properties=False)


def compiled(source: dict[str, Any], schema: Schema) -> Any:
    return criteria.compile(
        criteria.parse(source, schema), "sql", dialect="sqlite", tables={"user": "u", "organization": "o"}
    )


def used(condition: Any) -> int:
    """The symbols that SQLite needs: each parenthesis around a condition takes one more."""

    def fits(parentheses: int) -> bool:
        text = f"SELECT 1 WHERE {'(' * parentheses}{condition.text}{')' * parentheses}"
        with closing(sqlite3.connect(":memory:")) as connection:
            try:
                connection.execute(text, condition.params)
            except sqlite3.OperationalError as error:
                return "parser stack" not in str(error)
        return True

    low, high = -1, ROOM
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return ROOM - low


def sources() -> list[tuple[dict[str, Any], Schema]]:
    """Every comparison of every type, and tests inside each other."""
    found: list[tuple[dict[str, Any], Schema]] = []
    for field in FIELDS:
        value = KINDS[field.field_type.value]
        operands: list[Any] = [value, None, {"$ne": value}, {"$nin": [value]}]
        if field.field_type.value not in ("boolean", "guid"):
            operands += [{"$gt": value}, {"$lte": value}]
        if field.field_type.value == "string":
            operands += [{operator: value} for operator in ("$contains", "$startsWith", "$endsWith", "$icontains")]
        found += [({field.name: operand}, VALUES) for operand in operands]
        found += [({f"items.{field.name}": operand}, INSIDE) for operand in operands]
        found += [({"AND": [{"id": 1}, {"OR": [{"id": 2}, {field.name: one}]}]}, VALUES) for one in operands]
    found += [({f"user.{'friends.' * steps}email": "a"}, DISCOUNT) for steps in range(4)]
    found += [({f"user.{'profile.boss.' * steps}age": {"$ne": 1}}, DISCOUNT) for steps in range(4)]
    found += [({"items.guests.email": "a", "items.user.friends.age": 1}, ORDER)]
    return [*found, *((deep(levels), USER.with_entities(ENTITIES)) for levels in range(4))]


@pytest.mark.skipif(GROWS, reason="the stack of this SQLite grows")
def test_the_stack_is_foretold() -> None:
    """Never less than SQLite needs, and not much more."""
    found = [(compiled(*one), one[0]) for one in sources()]
    differences = {str(source): symbols(one.text) - used(one) for one, source in found}
    assert {source: more for source, more in differences.items() if not 0 <= more <= 12} == {}


@pytest.mark.parametrize(
    ("source", "schema"),
    [
        ({f"user.{'friends.' * 6}email": "a"}, DISCOUNT),
        (deep(5), USER.with_entities(ENTITIES)),
    ],
)  # fmt: skip
def test_what_has_no_room_is_refused(source: dict[str, Any], schema: Schema) -> None:
    """Within the limits of the language: as a condition and as a search, with what to do instead."""
    calls: list[Callable[[], Any]] = [
        lambda: compiled(source, schema),
        lambda: criteria.compile(criteria.parse_search({"query": source}, schema), "sql", dialect="sqlite", table="t",
                                 tables={"user": "u", "organization": "o"}),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(CriteriaError) as caught:
            call()
        assert [problem.code for problem in caught.value.problems] == ["unsupported"]
        assert caught.value.problems[0].hint


def test_columns_named_as_words_of_sql_take_no_room() -> None:
    """A column named `case` is quoted in the statement, so it does not begin a CASE."""
    schema = Schema(
        "words", [VALUES.fields[0], *(Field(name, "integer") for name in ("case", "end", "x"))], system_properties=False
    )
    texts = [
        compiled({"OR": [{name: {"$gt": number}} for number in range(200)]}, schema).text
        for name in ("x", "case", "end")
    ]
    assert len({symbols(text) for text in texts}) == 1
