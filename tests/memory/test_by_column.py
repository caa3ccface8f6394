"""`by="column"`: records that name their fields as the database does (docs/language.md#records)."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import make_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema

ORDERS = Schema(
    "orders",
    [
        Field("orderId", "integer", column="order_id", is_unique=True, nullable=False),
        Field("isGift", "boolean", column="is_gift"),
        Field("customerName", "string", column="customer_name"),
        Field("paidAt", "dateTime", column="paid_at", time_zone="UTC"),
        Field("count", "integer"),
        Field("extra.colour", "string", column="extra_data"),
    ],
    system_properties=False,
)
COLUMNS = ("order_id", "is_gift", "customer_name", "paid_at", "count", "extra_data")
ROWS: list[tuple[Any, ...]] = [
    (1, True, "Zoe", datetime(2024, 1, 1), 3, {"colour": "red"}),
    (2, False, "ann", datetime(2024, 1, 2), None, None),
    (3, True, None, None, 5, {"colour": "blue"}),
    (4, None, "Bob", datetime(2024, 1, 1, 12), 3, {}),
]

QUERIES: list[tuple[Any, list[int]]] = [
    ({"isGift": True}, [1, 3]),
    ({"isGift": {"$ne": True}}, [2, 4]),
    ({"customerName": {"$gt": "C"}}, [1, 2]),
    ({"customerName": None}, [3]),
    ({"count": {"$in": [3, 4]}}, [1, 4]),
    ({"paidAt": "2024-01-01T01:00:00+01:00"}, [1]),
    ({"paidAt": {"$gte": "2024-01-01T12:00:00Z"}}, [2, 4]),
    ({"NOT": {"paidAt": {"$lt": "2024-01-01T12:00:00Z"}}}, [2, 3, 4]),
    ({"extra.colour": "blue"}, [3]),
    ({"extra.colour": {"$ne": "blue"}, "count": 3}, [1, 4]),
]

Make = Callable[[], Sequence[Any]]


def dicts() -> Sequence[Any]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]


def dataclasses() -> Sequence[Any]:
    made = make_dataclass("Order", COLUMNS)
    return [made(*row) for row in ROWS]


def namedtuples() -> Sequence[Any]:
    made = namedtuple("Order", COLUMNS)  # type: ignore[misc]
    return [made(*row) for row in ROWS]


def sqlite_rows() -> Sequence[Any]:
    """Rows of sqlite3, which have no booleans and no nested objects."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("CREATE TABLE orders (order_id, count, customer_name)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(row[0], row[4], row[2]) for row in ROWS])
        text = "SELECT order_id, count, 'other' AS CUSTOMER_NAME, customer_name FROM orders"
        return connection.execute(text).fetchall()


def orm() -> tuple[Any, Any]:
    """A mapped class of SQLAlchemy, and a session with its rows."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session, declarative_base

    base: Any = declarative_base()
    kinds = (sa.Integer, sa.Boolean, sa.String, sa.DateTime, sa.Integer, sa.JSON)
    columns = {name: sa.Column(kind, primary_key=name == "order_id") for name, kind in zip(COLUMNS, kinds, strict=True)}
    order: Any = type("Order", (base,), {"__tablename__": "orders", **columns})
    engine = sa.create_engine("sqlite://")
    base.metadata.create_all(engine)
    session = Session(engine)
    session.add_all([order(**one) for one in dicts()])
    session.commit()
    return order, session


def instances() -> Sequence[Any]:
    order, session = orm()
    return _loaded(session, session.query(order).order_by(order.order_id))


def core_rows() -> Sequence[Any]:
    """Rows of a statement: tuples, whose own method `count` is not the column."""
    order, session = orm()
    return _loaded(session, session.execute(order.__table__.select().order_by(order.order_id)))


def _loaded(session: Any, found: Iterable[Any]) -> list[Any]:
    """What was found, after which the session's database is closed."""
    loaded = list(found)
    session.close()
    session.get_bind().dispose()
    return loaded


ALL: list[Make] = [dicts, dataclasses, namedtuples, instances, core_rows]


def ids(records: Sequence[Any]) -> list[int]:
    return [record["order_id"] if isinstance(record, dict) else record.order_id for record in records]


@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_predicates_and_searches_read_columns(make: Make) -> None:
    """One schema, whose names are not those of the columns, filters, orders and pages every kind of record."""
    records = make()
    for query, expected in QUERIES:
        predicate = criteria.compile(criteria.parse(query, ORDERS), "python", by="column")
        assert ids(predicate.filter(records)) == expected, query
        assert ids([record for record in records if predicate(record)]) == expected, query
    for order_by, expected in (("customerName", [3, 4, 1, 2]), ("paidAt desc", [2, 4, 1, 3]), ("count", [2, 1, 4, 3])):
        search = criteria.parse_search({"orderBy": order_by, "limit": 3, "getTotalCount": True}, ORDERS)
        page = criteria.compile(search, "python", by="column")(records)
        assert (ids(page.data), page.has_more_records, page.total_count) == (expected[:3], True, 4)


def test_streams_of_rows_are_paged_by_column() -> None:
    """Of many records only the first of the order are kept, which are found by column too."""
    rows = [{"order_id": n, "count": n * 7919 % 1000, "orderId": -n} for n in range(1000)]
    search = criteria.parse_search({"orderBy": "count desc", "limit": 2}, ORDERS)
    page = criteria.compile(search, "python", by="column")(iter(rows))
    assert [row["count"] for row in page.data] == [999, 998]


def test_rows_of_sqlite3_are_read_by_name() -> None:
    """A row has the names of its columns, in their letter case; sqlite3 itself would find CUSTOMER_NAME."""
    rows = sqlite_rows()
    for query, expected in (
        ({"count": {"$gte": 4}}, [3]),
        ({"customerName": "Bob"}, [4]),
        ({"isGift": None}, [1, 2, 3, 4]),
    ):
        predicate = criteria.compile(criteria.parse(query, ORDERS), "python", by="column")
        assert [row["order_id"] for row in predicate.filter(rows)] == expected


class State(Enum):
    """Members whose names are not their values."""

    OPEN = "open"
    PAID = "paid"


STATES = Schema(
    "orders",
    [Field("orderId", "integer", column="order_id"), Field("orderState", "string", column="order_state",
                                                           values=[one.value for one in State])],
    system_properties=False,
)  # fmt: skip
MEMBERS = [(1, State.OPEN), (2, State.PAID), (3, None), (4, "paid")]


def enum_dicts() -> Sequence[Any]:
    return [{"order_id": at, "order_state": state} for at, state in MEMBERS]


def enum_dataclasses() -> Sequence[Any]:
    made = make_dataclass("Order", ("order_id", "order_state"))
    return [made(*one) for one in MEMBERS]


def enum_namedtuples() -> Sequence[Any]:
    made = namedtuple("made", ("order_id", "order_state"))
    return [made(*one) for one in MEMBERS]


def enum_instances(by_row: bool = False) -> Sequence[Any]:
    """Instances of a mapped class of SQLAlchemy, which gives members back; `by_row`: rows of its table."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session, declarative_base

    base: Any = declarative_base()
    state = sa.Enum(State, values_callable=lambda members: [one.value for one in members])
    columns = {"order_id": sa.Column(sa.Integer, primary_key=True), "order_state": sa.Column(state)}
    order: Any = type("Order", (base,), {"__tablename__": "orders", **columns})
    engine = sa.create_engine("sqlite://")
    base.metadata.create_all(engine)
    session = Session(engine)
    session.add_all([order(order_id=at, order_state=one) for at, one in MEMBERS])
    session.commit()
    if by_row:
        return _loaded(session, session.execute(order.__table__.select().order_by(order.order_id)))
    return _loaded(session, session.query(order).order_by(order.order_id))


def enum_rows() -> Sequence[Any]:
    return enum_instances(by_row=True)


@pytest.mark.parametrize("make", [enum_dicts, enum_dataclasses, enum_namedtuples, enum_instances, enum_rows])
def test_members_of_an_enum_are_their_values(make: Make) -> None:
    """Of a field that lists its values, in every kind of record, and in orders."""
    records = make()
    for query, expected in (
        ({"orderState": "paid"}, [2, 4]),
        ({"orderState": {"$ne": "paid"}}, [1, 3]),
        ({"orderState": {"$in": ["open"]}}, [1]),
        ({"orderState": {"$startsWith": "pa"}}, [2, 4]),
        ({"orderState": {"$gt": "open"}}, [2, 4]),
        ({"orderState": None}, [3]),
    ):
        predicate = criteria.compile(criteria.parse(query, STATES), "python", by="column")
        assert ids(predicate.filter(records)) == expected, query
    search = criteria.Search(criteria.parse({}, STATES), criteria.parse_order_by("orderState desc, orderId", STATES))
    assert ids(criteria.compile(search, "python", by="column")(records).data) == [2, 4, 1, 3]


def test_names_are_the_default() -> None:
    """Without the option a record has the names of the fields, and columns are nothing to it."""
    query = criteria.parse({"isGift": True}, ORDERS)
    records = [{"isGift": True}, {"is_gift": True}]
    ways: list[tuple[dict[str, Any], list[int]]] = [({}, [0]), ({"by": "name"}, [0]), ({"by": "column"}, [1])]
    for options, expected in ways:
        predicate = criteria.compile(query, "python", **options)
        assert [at for at, record in enumerate(records) if predicate(record)] == expected


@pytest.mark.parametrize("by", ["columns", None, 5, ["name"]])
def test_unknown_ways_are_refused(by: Any) -> None:
    """`by` is one of two words."""
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(criteria.parse({}, ORDERS), "python", by=by)
    assert [problem.code for problem in caught.value.problems] == ["unknown_option"]


def test_naive_times_are_utc_only_where_the_field_says_so() -> None:
    """Of a field without a time zone they are no values; aware ones are instants of both."""
    fields = [Field("told", "dateTime", time_zone="UTC"), Field("untold", "dateTime")]
    schema = Schema("times", fields, system_properties=False)
    naive, aware = datetime(2024, 1, 1), datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    records: list[Any] = [{"told": naive, "untold": naive}, SimpleNamespace(told=aware, untold=aware)]
    for name, expected in (("told", [0, 1]), ("untold", [1])):
        for comparison in ("2024-01-01T00:00:00Z", {"$gte": "2024-01-01T00:00:00Z"}, {"$in": ["2024-01-01T00:00:00Z"]}):
            predicate = criteria.compile(criteria.parse({name: comparison}, schema), "python")
            found = predicate.filter(records)
            assert [at for at, record in enumerate(records) if record in found] == expected
