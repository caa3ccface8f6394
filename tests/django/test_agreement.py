"""Generated queries, orders and pages of Django's models select the instances that the Python predicate does."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Schema, Search
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from criteria.search.cursor import decode_cursor
from tests.conftest import CASES, Engines, capped
from tests.django.orders import JSON, SETTINGS, TYPES, Orders, ids, open_orders, seen

NAMES = ["sqlite", "postgres-natural", "mariadb", pytest.param("mysql", marks=pytest.mark.heavy("one more server"))]

EXAMPLES = capped(max(2, min(500, CASES // 100)))

QUERIES = 6
"""Of each example: writing its rows takes longer than selecting them."""


@pytest.mark.parametrize("name", NAMES)
def test_instances_are_those_of_the_predicate(name: str, engines: Engines) -> None:
    with open_orders(name, engines) as orders:
        own, others = schemas(orders)

        @settings(max_examples=EXAMPLES)
        @given(
            rows=records(own, 6),
            companies=records(others["company"], 3),
            labels=records(others["labels"], 3),
            items=records(others["items"], 4),
            links=st.lists(st.integers(0, 11), min_size=24, max_size=24),
            queries=st.lists(criteria_objects(orders.asked.schema, 3), min_size=QUERIES, max_size=QUERIES),
            order_by=order_by_texts(orders.asked.schema),
            limit=st.one_of(st.none(), st.integers(0, 4)),
            skip=st.integers(0, 3),
        )
        def agree(
            rows: list[Any], companies: list[Any], labels: list[Any], items: list[Any], links: list[int],
            queries: list[dict[str, Any]], order_by: str, limit: int | None, skip: int,
        ) -> None:  # fmt: skip
            with orders.rolled_back():
                write(orders, own, others, rows, companies, labels, items, links)
                instances = [seen(one, orders.using) for one in orders.rows.order_by("id")]
                for criteria_json in queries:
                    check(orders, instances, criteria_json, order_by, limit, skip)

        agree()


def schemas(orders: Orders) -> tuple[Schema, dict[str, Schema]]:
    """The schema of the generated orders, and those of what is related to them."""
    model = criteria.django.model
    models = orders.models
    own = model(
        models.Order,
        json=JSON,
        exclude=["company", "double"],
        types=TYPES,
    ).schema
    others = {
        "company": model(models.Company, exclude=["parent"], json=SETTINGS).schema,
        "labels": model(models.Label).schema,
        "items": model(models.Item, exclude=["order"]).schema,
    }
    return own, others


def write(
    orders: Orders, own: Schema, others: dict[str, Schema], rows: list[Any], companies: list[Any], labels: list[Any],
    items: list[Any], links: list[int],
) -> None:  # fmt: skip
    """Writes orders and what is related to them. `links` says which belongs to which; some belong to none."""
    models, draw = orders.models, cycle(links)
    made: list[Any] = []
    for row in companies:
        parent = made[next(draw) % len(made)] if made and next(draw) % 3 else None
        made.append(orders.create(models.Company, orders.fitting(others["company"], row), parent=parent))
    tags = [orders.create(models.Label, orders.fitting(others["labels"], row)) for row in labels]
    written: list[Any] = []
    for row in rows:
        record = orders.fitting(own, row)
        company = made[next(draw) % len(made)] if made and next(draw) % 4 else None
        order = orders.create(models.Order, record, company=company)
        order.labels.set(tags[: next(draw) % 4])
        written.append(order)
    for row in items:
        if written:
            record = orders.fitting(others["items"], row)
            orders.create(models.Item, record, order=written[next(draw) % len(written)])


def check(
    orders: Orders, instances: list[Any], criteria_json: dict[str, Any], order_by: str, limit: int | None, skip: int
) -> None:
    """The rows of one query under filter, exclude and in a subquery, their number, and a page of them."""
    asked, all_rows = orders.asked, orders.rows
    query = criteria.parse(criteria_json, asked.schema)
    selected = criteria.compile(query, "python", by="column").filter(instances)
    wanted = ids(selected)
    condition = asked.q(query)
    found = all_rows.filter(condition)
    assert ids(found) == wanted, found.query
    assert ids(all_rows.exclude(condition)) == ids([one for one in instances if one not in selected]), found.query
    assert found.count() == len(wanted)
    assert ids(all_rows.filter(id__in=found.values("id"))) == wanted
    search = Search(query, criteria.parse_order_by(order_by, asked.schema), limit, skip, get_total_count=True)
    page = asked.page(search, all_rows)
    expected = criteria.compile(search, "python", by="column")(instances)
    assert [one.id for one in page.data] == [one.id for one in expected.data], order_by
    assert (page.has_more_records, page.total_count) == (expected.has_more_records, expected.total_count)
    if limit and not any(key.field.name.startswith("company.") for key in search.order_by):  # of related rows
        walk(orders, search, expected)


def walk(orders: Orders, search: Search, expected: criteria.Page) -> None:
    """The pages after each other by cursors, and one page back, are the rows in their order."""
    asked = orders.asked
    every = asked.page(replace(search, limit=None, skip=0), orders.rows).data
    page = asked.page(replace(search, skip=0), orders.rows)
    found = list(page.data)
    while page.has_more_records:
        first = page.data[0]
        position = decoded(page.next_cursor, search)
        page = asked.page(replace(search, skip=0, after=position), orders.rows)
        selected = list(asked.select(replace(search, skip=0, after=position), orders.rows))
        assert [one.pk for one in selected[: search.limit]] == [one.pk for one in page.data]
        found += page.data
        back = asked.page(replace(search, skip=0, before=decoded(page.previous_cursor, search)), orders.rows)
        assert back.data[0].pk == first.pk
    assert [one.pk for one in found] == [one.pk for one in every]


def decoded(cursor: Any, search: Search) -> Any:
    """The position in a cursor."""
    return decode_cursor(cursor, search.query, search.sort_keys, None)
