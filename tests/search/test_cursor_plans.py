"""The plans of pages by cursor: an index over the sort keys serves them, and no page reads more than the first ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, cast

import pytest

import criteria
from benchmarks.keyset import ORDERS, PAGE, SCHEMA, after, records
from benchmarks.keyset_engines import OPENERS, SqlPages
from criteria import Search
from tests.conftest import Engines

RECORDS = records(3_000)
MANY = 20_000
"""For MySQL, which may scan a table of 3,000 records: it estimates its costs from a random sample of pages."""

MARGIN = 6
"""Entries at the ends of ranges, and those that MariaDB looks at ahead."""


def places(ordered: list[dict[str, Any]], name: str) -> list[int]:
    """Numbers of records in the middle half: evenly spread, and where the first sort key is about to change.

    Where few records are left, an engine may well sort them.
    """
    middle = range(len(ordered) // 4, 3 * len(ordered) // 4)
    runs = [number for number in middle if ordered[number - 1][name] != ordered[number][name]]
    return sorted({*middle[::500], *(number - 3 for number in runs[:: max(1, len(runs) // 3)])})


def continued(first: Search, ordered: list[dict[str, Any]]) -> Iterator[Search]:
    """The searches after records of an order, and before them."""
    for number in places(ordered, first.sort_keys[0].field.name):
        search = after(first, ordered, number)
        yield search
        yield replace(search, after=None, before=search.after)


SERVERS = ("postgres", "mariadb", "mysql", "mongodb")


@pytest.mark.parametrize(
    "name", ["sqlite", *(pytest.param(one, marks=pytest.mark.heavy("it explains 150 statements")) for one in SERVERS)]
)
def test_a_page_after_a_cursor_reads_as_few_rows_as_the_first(name: str, engines: Engines) -> None:
    """Wherever it is, forwards and backwards, though records with one status have neighbouring keys."""
    engines.check(name)
    rows = records(MANY) if name == "mysql" else RECORDS
    with ExitStack() as stack:
        engine = OPENERS[name](stack, SCHEMA, engines.servers.get)
        engine.load(rows)
        stack.callback(engine.drop)
        for order in ORDERS:
            first = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by(order, SCHEMA), PAGE)
            ordered = list(criteria.compile(replace(first, limit=None), "python")(rows).data)
            read = engine.examined(first)
            assert read is not None
            most = read + PAGE + MARGIN if name != "sqlite" else 2.1 * read  # steps, with those of a second statement
            for search in continued(first, ordered):
                found = engine.examined(search)
                assert found is not None
                assert found <= most, (order, search.position, [plan.text for plan in engine.plans(search)])


@pytest.mark.heavy("MySQL explains two statements")
def test_mysql_needs_an_index_in_the_opposite_order_for_keys_of_both_directions(engines: Engines) -> None:
    """Only for pages `before` a cursor: it reads no ranges of such an index backwards, and sorts."""
    engines.check("mysql")
    with ExitStack() as stack:
        engine = cast(SqlPages, OPENERS["mysql"](stack, SCHEMA, engines.servers.get))
        engine.load(RECORDS)
        stack.callback(engine.drop)
        first = Search(criteria.parse({}, SCHEMA), criteria.parse_order_by("status desc, created", SCHEMA), PAGE)
        ordered = list(criteria.compile(replace(first, limit=None), "python")(RECORDS).data)
        forwards = after(first, ordered, len(ordered) // 2)
        backwards = replace(forwards, after=None, before=forwards.after)

        def read(search: Search) -> int:
            return cast(int, engine.examined(search))

        assert max(read(forwards), read(backwards)) <= PAGE + MARGIN
        engine.execute("DROP INDEX by_both_back ON item")
        assert read(forwards) <= PAGE + MARGIN
        assert read(backwards) > len(ordered) // 2


@pytest.mark.heavy("MariaDB explains four statements")
def test_mariadb_takes_the_range_under_bounds_and_not_under_an_equality(engines: Engines) -> None:
    """It prefers the equality in the first column of an index to a range of more of its columns."""
    engines.check("mariadb")
    with ExitStack() as stack:
        engine = cast(SqlPages, OPENERS["mariadb"](stack, SCHEMA, engines.servers.get))
        engine.load(RECORDS)
        stack.callback(engine.drop)
        engine.execute("CREATE INDEX by_status_created ON item (status, created, id)")
        engine.execute("ANALYZE TABLE item")

        def read(query: dict[str, Any], order: str) -> int:
            first = Search(criteria.parse(query, SCHEMA), criteria.parse_order_by(order, SCHEMA), PAGE)
            ordered = list(criteria.compile(replace(first, limit=None), "python")(RECORDS).data)
            assert cast(int, engine.examined(first)) <= PAGE + MARGIN
            return cast(int, engine.examined(after(first, ordered, len(ordered) // 2)))

        assert read({"status": "paid"}, "created") > 400
        assert read({"status": {"$gte": "paid", "$lte": "paid"}}, "status, created") <= PAGE + MARGIN
