"""Tests of related rows share an EXISTS where one row decides about them, and many of them are no join."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from itertools import combinations
from typing import Any

import pytest

import criteria
from tests.django.orders import Orders, ids
from tests.django.test_conditions import NAMES, orders, q
from tests.django.test_large import ON_SQLITE

__all__ = ["NAMES", "orders"]

EVERY = {1, 2, 3}

OF_RELATED: list[dict[str, Any]] = [
    {"company.name": "Acme"}, {"company.name": {"$ne": "Acme"}}, {"company.name": None},
    {"company.name": {"$ne": None}}, {"company.name": {"$nin": ["x", "y"]}}, {"company.name": {"$contains": "c"}},
    {"company.parent.name": {"$startsWith": "P"}}, {"company.children.name": None},
    {"labels.name": "red"}, {"labels.name": {"$ne": "red"}}, {"labels.name": {"$contains": "b"}},
    {"labels.name": None}, {"NOT": {"labels.name": {"$contains": "e"}}},
    {"items.price": {"$lt": 10}}, {"items.price": {"$gt": 10}}, {"items.price": None},
]  # fmt: skip


def test_joined_tests_select_what_they_do_on_their_own(orders: Orders) -> None:
    """A missing row fulfils no comparison, and every negation. Two rows may fulfil two comparisons of many rows."""

    def rows(criteria_json: Any) -> set[int]:
        condition = q(orders, criteria_json)
        found = set(ids(orders.rows.filter(condition)))
        assert set(ids(orders.rows.exclude(condition))) == EVERY - found
        return found

    alone = [rows(one) for one in OF_RELATED]
    assert alone[:4] == [{1}, {2, 3}, {2, 3}, {1}]
    for (one, first), (other, second) in combinations(zip(OF_RELATED, alone, strict=True), 2):
        assert rows({"AND": [one, other]}) == first & second
        assert rows({"OR": [one, other]}) == first | second
        mixed = {"OR": [{"AND": [one, other, {"id": {"$lt": 2}}]}, {"NOT": {"OR": [one, {"NOT": other}]}}]}
        assert rows(mixed) == (first & second & {1}) | (second - first)


SEVERAL = [{"$contains": f"x{at}"} for at in range(20)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("criteria_json", "exists"),
    [
        ({"OR": [{"items.text": one} for one in SEVERAL]}, 1),
        ({"NOT": {"OR": [{"items.text": one} for one in SEVERAL]}}, 1),
        ({"AND": [{"items.text": one} for one in SEVERAL]}, 20),
        ({"AND": [{"company.name": one} for one in SEVERAL]}, 1),
        ({"NOT": {"AND": [{"company.name": one} for one in SEVERAL]}}, 1),
        ({"OR": [{"AND": [{"company.name": one}, {"company.name": two}]} for one, two in combinations(SEVERAL, 2)]}, 1),
    ],
)
def test_tests_that_one_row_decides_share_an_exists(orders: Orders, criteria_json: Any, exists: int) -> None:
    """SQLite takes time quadratic in the number of EXISTS."""
    found = orders.rows.filter(q(orders, criteria_json))
    assert str(found.query).count("EXISTS") == exists


@ON_SQLITE
def test_one_exists_is_compiled_for_a_query(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django takes milliseconds for each EXISTS, and a query may have a thousand."""
    from django.db.models.sql.compiler import SQLCompiler

    compiled: list[Any] = []
    as_sql = SQLCompiler.as_sql

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        compiled.append(self)
        return as_sql(self, *args, **options)

    monkeypatch.setattr(SQLCompiler, "as_sql", counted)
    comparisons = [{"items.text": {"$contains": f"100%{at}"}} for at in range(200)]
    text, params = orders.rows.filter(q(orders, {"AND": comparisons})).query.sql_with_params()
    assert text.count("EXISTS") == text.count("COALESCE(") == 200
    assert len(compiled) == 2
    asked = [one for one in params if "100" in str(one)]
    assert [f"100%{at}" in str(one).replace("\\", "") for at, one in enumerate(asked)] == [True] * 200
    del compiled[:]
    groups = {"OR": [{"AND": [one, {"id": {"$gt": at}}]} for at, one in enumerate(comparisons)]}
    text, _ = orders.rows.filter(q(orders, groups)).query.sql_with_params()
    assert (text.count("EXISTS"), len(compiled)) == (200, 2)


@contextmanager
def limited(orders: Orders) -> Iterator[None]:
    """A block whose statements may take a minute."""
    name = "mariadb" if orders.using == "mariadb" else orders.wrapper.vendor
    limits = {
        "postgresql": "SET statement_timeout = {}",
        "mysql": "SET max_execution_time = {}",
        "mariadb": "SET max_statement_time = {} / 1000",
    }
    with orders.wrapper.cursor() as cursor:
        if name in limits:
            cursor.execute(limits[name].format(60_000))
        yield
        if name in limits:
            cursor.execute(limits[name].format(0))


def test_a_hundred_tests_that_different_rows_may_fulfil(orders: Orders) -> None:
    """PostgreSQL, MySQL and MariaDB made one join of them, and took minutes to decide in which order."""
    model = criteria.django.model(orders.models.Order, include=["name"], relations={"labels": ["name", "id"]})
    each = [{"labels.id": {"$gt": -at}} for at in range(200)]
    with limited(orders):
        assert ids(orders.rows.filter(model.q(criteria.parse({"AND": each}, model.schema)))) == [1, 3]
        assert ids(orders.rows.exclude(model.q(criteria.parse({"AND": each}, model.schema)))) == [2]


def test_tests_in_a_copied_queryset_and_of_no_rows(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queryset is compiled again with another outer query, and the manager of related rows may have none."""
    both = {"AND": [{"labels.name": {"$contains": "e"}}, {"labels.name": {"$contains": "u"}}]}
    condition = q(orders, both)
    inner = orders.rows.filter(deepcopy(condition))
    assert ids(orders.rows.filter(pk__in=inner.values("pk")).filter(condition)) == [1, 3]
    manager = type(orders.models.Label._base_manager)
    every = manager.get_queryset

    def none(self: Any) -> Any:
        return every(self).none() if self.model is not orders.models.Order else every(self)

    monkeypatch.setattr(manager, "get_queryset", none)
    assert ids(orders.rows.filter(q(orders, both))) == []
    assert ids(orders.rows.exclude(q(orders, both))) == [1, 2, 3]
