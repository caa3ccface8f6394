"""What SQLAlchemy and Django write: the fields, the values that the columns can hold, and how a table is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from struct import pack, unpack
from typing import Any, Protocol
from uuid import RFC_4122

from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Field, Schema, Search, Table
from criteria.conformance.reference import ordered
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.conftest import CASES, capped

HOW_TO_GET = 'pip install -e ".[test,orm-test]"'
LABELS = ("sad", "OK", "a", "é", "B")
KEY = Field("id", "integer", is_unique=True, nullable=False)


def missing_orm(package: str, oldest: int) -> str | None:
    """How to get an ORM of a version that is new enough; None if it is here."""
    try:
        version = import_module(package).__version__
    except ImportError:
        return HOW_TO_GET
    if int(version.split(".")[0]) >= oldest:
        return None
    return f"{HOW_TO_GET} in an environment without the extra bench, whose odata-query needs SQLAlchemy 1.4"


def within(bits: int) -> Callable[[Any], bool]:
    """Whether a signed integer of so many bits holds a value."""
    return lambda value: -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def is_short(value: Any) -> bool:
    return len(value) <= 60


def is_label(value: Any) -> bool:
    return value in LABELS


def is_single(value: Any) -> bool:
    """Whether a double is one of 32 bits that MySQL keeps."""
    try:
        return bool(unpack("<f", pack("<f", value))[0] == value) and (value == 0 or abs(value) > 1e-37)
    except OverflowError:
        return False


def is_modern(value: Any) -> bool:
    """MySQL's dates start at the year 1000."""
    return bool(value.year >= 1000)


def is_whole_second(value: Any) -> bool:
    """MySQL's DATETIME has no fractions."""
    return bool(value.microsecond == 0 and value.year >= 1000)


def is_standard(value: Any) -> bool:
    """Whether MariaDB's UUID takes a guid: one of RFC 4122, or all zeros. Some of version 8 are refused."""
    return bool(value.int == 0 or (value.variant == RFC_4122 and value.version in range(1, 8)))


def text_in_json(value: Any) -> Any:
    """A typed value as a program writes it inside JSON."""
    if hasattr(value, "isoformat"):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value if value is None or isinstance(value, (str, int)) else str(value)


class OrmTable(Protocol):
    """A table that an ORM created, and its rows."""

    schema: Schema
    table: Table

    def holding(self, typed: Sequence[dict[str, Any]]) -> AbstractContextManager[None]:
        """Has the ORM write typed records, in a transaction that is rolled back."""

    def rows(self, text: str, params: Any) -> list[Any]:
        """The rows of a statement on the connection of the driver."""


def fitting(schema: Schema, holds: Mapping[str, Callable[[Any], bool]], row: dict[str, Any]) -> dict[str, Any]:
    """The typed record of a row, with null in the place of values that the columns cannot hold."""
    record = schema.decode(row)
    for name, can_hold in holds.items():
        if record.get(name) is not None and not can_hold(record[name]):
            record[name] = None
    return record


def check_agreement(orm: OrmTable, holds: Mapping[str, Callable[[Any], bool]]) -> None:
    """Generated queries, orders and pages select the rows that the Python predicate does."""
    schema = orm.schema

    @settings(max_examples=capped(min(1000, CASES // 20)))
    @given(
        rows=records(schema, 8),
        criteria_json=criteria_objects(schema, 4),
        order_by=order_by_texts(schema),
        limit=st.one_of(st.none(), st.integers(1, 4)),
        skip=st.integers(0, 3),
    )
    def agree(
        rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int | None, skip: int
    ) -> None:
        typed = [fitting(schema, holds, row) for row in rows]
        with orm.holding(typed):
            check(orm, typed, criteria_json, order_by, limit, skip)

    agree()


def check(
    orm: OrmTable, typed: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int | None,
    skip: int,
) -> None:  # fmt: skip
    """A condition, its total form, NOT of that, the count and a page of one query."""
    schema, table = orm.schema, orm.table
    query = criteria.parse(criteria_json, schema)
    matches = criteria.compile(query, "python")
    selected = [record for record in typed if matches(record)]
    wanted = [record["id"] for record in selected]
    others = [record["id"] for record in typed if record not in selected]
    for total, around, expected in ((False, "{}", wanted), (True, "{}", wanted), (True, "NOT {}", others)):
        where = criteria.compile(query, "sql", table=table, total=total)
        text = f"SELECT id FROM {table.name} WHERE {around.format(where.text)} ORDER BY id"
        assert [row[0] for row in orm.rows(text, where.params)] == expected, where
    search = Search(query, criteria.parse_order_by(order_by, schema), limit, skip, get_total_count=True)
    statements = criteria.compile(search, "sql", table=table)
    in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
    assert statements.count is not None
    at = [stored.column for stored in table.fields.values()].index("id")
    found = [row[at] for row in orm.rows(statements.rows.text, statements.rows.params)]
    assert found == in_order[skip : None if limit is None else skip + limit + 1], statements.rows
    assert orm.rows(statements.count.text, statements.count.params)[0][0] == len(wanted)


def run(connection: Any, text: str, params: Any) -> list[Any]:
    """The rows of a statement. psycopg cannot return instants with a local time before the year 1: they are text."""
    cursor = connection.cursor()
    if hasattr(cursor, "adapters"):
        text_loader = import_module("psycopg.types.string").TextLoader
        cursor.adapters.register_loader("timestamptz", text_loader)
    try:
        cursor.execute(text, params)
        return list(cursor.fetchall())
    finally:
        cursor.close()
