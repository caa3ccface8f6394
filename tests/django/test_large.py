"""Queries of a megabyte over related rows: refused or answered, in bounded memory, and never an error of the engine."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError
from criteria.backends.sql.statement import OTHER_BINDS
from tests.django.orders import Orders, ids
from tests.django.test_conditions import NAMES, orders
from tests.tables.large_queries import in_little_memory, long_lists, many_comparisons, text_of

__all__ = ["NAMES", "orders"]


def rows(orders: Orders, query: criteria.Query) -> Any:
    return orders.rows.filter(orders.asked.q(query))


@pytest.mark.heavy("a thousand subqueries")
def test_a_thousand_comparisons_with_related_rows(orders: Orders) -> None:
    """Engines limit how deep an expression is; a chain of a thousand EXISTS is deeper."""
    query = criteria.parse(text_of(many_comparisons("items.text", "items.price")), orders.asked.schema)
    assert ids(orders.rows.exclude(orders.asked.q(query))) == [1, 2, 3]
    one_more = {"OR": [query.to_json(), {"labels.name": "red"}]}
    found = criteria.parse(one_more, orders.asked.schema, limits=criteria.Limits(leaves=1001))
    assert ids(rows(orders, found)) == [1]


def asked(orders: Orders) -> Any:
    return criteria.django.model(orders.models.Order, include=["name"], relations={"labels": ["name", "id"]})


def test_many_lists_of_values_of_related_rows(orders: Orders) -> None:
    """Lists are bound as arrays when all of them together have very many values, however few each of them has."""
    model = asked(orders)
    query = criteria.parse(text_of(long_lists("labels.id", 250, 10)), model.schema)
    found = orders.rows.filter(model.q(query))
    assert ids(found) == [1, 2, 3]
    params = len(found.query.get_compiler(orders.using).as_sql()[1])
    assert params < (4000 if orders.using == "mysql" else 1100)  # Django's own are up to four for each
    both = query & criteria.parse({"labels.name": "red"}, query.schema)
    assert ids(orders.rows.filter(model.q(both))) == [1]


@pytest.mark.heavy("statements of a megabyte")
def test_a_megabyte_of_values_of_related_rows(orders: Orders) -> None:
    """They are more than SQLite takes as parameters, and take little memory."""
    model = asked(orders)
    query = criteria.parse(text_of(long_lists("labels.id", 40, 1000)), model.schema)
    with in_little_memory():
        assert ids(orders.rows.filter(model.q(query))) == [1, 2, 3]


ON_SQLITE = pytest.mark.parametrize("orders", ["sqlite"], indirect=True)


@ON_SQLITE
def test_a_queryset_has_room_for_conditions_of_its_own(orders: Orders) -> None:
    """Criteria with nearly as many parameters as SQLite takes are refused: those of the view come to them."""
    with orders.rolled_back():
        orders.create(orders.models.Order, {"id": 100, "name": "Zoe", "weight": 0.5})

        def found(count: int) -> list[int] | str:
            lists = [{"weight": {"$in": [at + 0.5 for at in range(start, min(start + 1000, count))]}}
                     for start in range(0, count, 1000)]  # fmt: skip
            query = criteria.parse(text_of({"OR": lists}), orders.asked.schema)
            try:
                return ids(rows(orders, query).filter(name="Zoe"))
            except CriteriaError as refused:
                return refused.problems[0].code

        assert found(32_766 - OTHER_BINDS) == [100]
        assert [found(count) for count in range(32_766 - 3, 32_766 + 2)] == ["unsupported"] * 5


def nested(path: str, groups: int) -> dict[str, object]:
    """A comparison of a path, inside so many groups."""
    found: dict[str, object] = {path: {"$ne": "a"}}
    for level in range(groups):
        inner = {"AND": [{"name": {"$gt": str(level)}}, found]}
        found = {"OR": [{"name": str(level)}, inner]} if level % 2 else {"NOT": found}
    return found


@ON_SQLITE
def test_relations_one_after_the_other_run_or_are_refused(orders: Orders) -> None:
    """SQLite's parser has no room for seven relations inside fourteen groups: the statement is refused, no error of
    SQLite. A path of seven runs on its own."""
    with orders.rolled_back():
        company = orders.models.Company
        rows_of = company.objects.using(orders.using)
        first = rows_of.create(id=101, name="a", parent_id=101)
        rows_of.create(id=102, name="b", parent=first)
        rows_of.create(id=103, name="c")
        found: dict[tuple[int, int], list[int] | str] = {}
        model = criteria.django.model(company, include={"id", "name"})
        for steps in range(1, 8):
            model = criteria.django.model(company, include={"id", "name"}, relations={"parent": model})
            for groups in (0, 4, 8, 14):
                query = criteria.parse(nested("parent." * steps + "name", groups), model.schema)
                try:
                    rows = rows_of.filter(model.q(query), id__gt=100).order_by("id")
                    found[steps, groups] = list(rows.values_list("id", flat=True))
                except CriteriaError as refused:
                    found[steps, groups] = refused.problems[0].code
        assert [found[steps, 0] for steps in range(1, 8)] == [[103]] * 7
        assert found[7, 14] == "unsupported"
        assert all(found[steps, groups] == found[1, groups] for steps in range(1, 6) for groups in (4, 8, 14))
