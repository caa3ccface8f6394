"""Conditions in every place where Django takes one, on every kind of column and relation."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import Engines
from tests.django.orders import Orders, ids, open_orders

NAMES = ["sqlite", "postgres-natural", "mariadb", pytest.param("mysql", marks=pytest.mark.heavy("one more server"))]


@pytest.fixture(scope="module", params=NAMES)
def orders(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Orders]:
    """Three orders: one with everything, one with nothing, and one whose texts would be patterns elsewhere."""
    with open_orders(request.param, engines) as opened, opened.rolled_back():
        models = opened.models
        parent = opened.create(models.Company, {"name": "Parent"})
        company = opened.create(models.Company, {"name": "Acme", "settings": {"theme": "dark"}}, parent=parent)
        red, blue = (opened.create(models.Label, {"name": name}) for name in ("red", "blue"))
        first = opened.create(
            models.Order,
            {"id": 1, "name": "Ada", "small": 4, "total": Decimal(100), "is_gift": True, "mood": "OK", "codes": [1, 2]},
            company=company,
        )
        first.labels.set([red, blue])
        opened.create(models.Order, {"id": 2})
        third = opened.create(
            models.Order, {"id": 3, "name": "ada%_", "total": Decimal(9), "meta": {"name": "100%"}, "mood": "sad"}
        )
        third.labels.set([blue])
        for order, price in ((first, 5), (first, 50), (third, None)):
            opened.create(models.Item, {"price": price, "text": "x"}, order=order)
        yield opened


@pytest.fixture(autouse=True)
def _unchanged(orders: Orders) -> Iterator[None]:
    """What a test writes is rolled back."""
    with orders.rolled_back():
        yield


def q(orders: Orders, criteria_json: Any) -> Any:
    return orders.asked.q(criteria.parse(criteria_json, orders.asked.schema))


@pytest.mark.parametrize(
    ("criteria_json", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"name": {"$ne": "Ada"}}, [2, 3]),
        ({"name": {"$startsWith": "ada%"}}, [3]),
        ({"name": {"$contains": "%_"}}, [3]),
        ({"name": {"$gt": "B"}}, [3]),
        ({"total": {"$gt": 9}}, [1]),
        ({"is_gift": {"$ne": True}}, [2, 3]),
        ({"double": 8}, [1]),
        ({"codes": 2}, [1]),
        ({"meta.name": {"$endsWith": "%"}}, [3]),
        ({"company.id": None}, [2, 3]),
        ({"company.name": "Acme"}, [1]),
        ({"company.name": {"$ne": "Acme"}}, [2, 3]),
        ({"company.name": None}, [2, 3]),
        ({"company.settings.theme": "dark"}, [1]),
        ({"company.parent.name": "Parent"}, [1]),
        ({"labels.name": "blue"}, [1, 3]),
        ({"labels.name": {"$ne": "red"}}, [2, 3]),
        ({"labels.name": None}, [2]),
        ({"items.price": None}, [2, 3]),
        ({"items.price": {"$lt": 10}}, [1]),
        ({"AND": [{"items.price": {"$lt": 10}}, {"items.price": {"$gt": 10}}]}, [1]),
        ({"NOT": {"items.price": {"$lt": 10}}}, [2, 3]),
        ({"OR": [{"labels.name": "red"}, {"name": None}]}, [1, 2]),
        ({"NOT": {"OR": [{"labels.name": "red", "name": "Ada"}, {"name": None}]}}, [3]),
    ],
)
def test_rows_of_filter_and_exclude(orders: Orders, criteria_json: Any, expected: list[int]) -> None:
    """`exclude` selects exactly the other rows, and a relation to many repeats none."""
    condition = q(orders, criteria_json)
    others = [one for one in (1, 2, 3) if one not in expected]
    assert ids(orders.rows.filter(condition)) == expected
    assert ids(orders.rows.exclude(condition)) == others
    assert ids(orders.rows.filter(~condition)) == others


def test_conditions_combine_with_those_of_django(orders: Orders) -> None:
    """With lookups, `&`, `|`, `When`, annotations, aggregates and subqueries."""
    models: Any = import_module("django.db.models")
    ada, blue = q(orders, {"name": "Ada"}), q(orders, {"labels.name": "blue"})
    rows = orders.rows
    assert ids(rows.filter(ada | models.Q(id=2))) == [1, 2]
    assert ids(rows.filter(blue, id__gt=1)) == [3]
    assert ids(rows.filter(blue & ~ada)) == [3]
    assert ids(rows.filter(blue | models.Q(company__name="Acme"))) == [1, 3]
    shown = rows.annotate(is_ada=ada, kind=models.Case(models.When(blue, then=1), default=0)).order_by("id")
    assert [(one.is_ada, one.kind) for one in shown] == [(True, 1), (False, 0), (False, 1)]
    assert rows.aggregate(found=models.Count("id", filter=blue))["found"] == 2
    assert ids(rows.filter(id__in=rows.filter(ada).values("id"))) == [1]
    grouped = rows.values("is_gift").annotate(found=models.Count("id", filter=ada)).order_by("found")
    assert [one["found"] for one in grouped][-1] == 1
    by_match = rows.annotate(found=blue).values("found").annotate(count=models.Count("id")).order_by("count")
    assert [(bool(one["found"]), one["count"]) for one in by_match] == [(False, 1), (True, 2)]
    by_list = rows.annotate(found=q(orders, {"codes": 2})).values("found").annotate(count=models.Count("id"))
    assert [(bool(one["found"]), one["count"]) for one in by_list.order_by("count")] == [(True, 1), (False, 2)]
    items = orders.models.Item.objects.using(orders.using)
    assert items.filter(models.Exists(rows.filter(ada, id=models.OuterRef("order_id")))).count() == 2
    assert ids(rows.filter(ada).union(rows.filter(q(orders, {"name": None})))) == [1, 2]
    assert ids(rows.filter(blue).distinct()) == [1, 3]


def test_update_and_delete(orders: Orders) -> None:
    """Rows are changed and deleted by a condition, also by one on related rows."""
    assert orders.rows.filter(q(orders, {"labels.name": "blue"})).update(notes="100%") == 2
    assert ids(orders.rows.filter(q(orders, {"notes": "100%"}))) == [1, 3]
    assert orders.rows.exclude(q(orders, {"labels.name": "blue"})).delete()[0] == 1
    assert ids(orders.rows.all()) == [1, 3]
    companies = orders.models.Company.objects.using(orders.using)
    asked = criteria.django.model(orders.models.Company, relations={"parent": ["name"]})
    condition = asked.q(criteria.parse({"parent.name": "Parent"}, asked.schema))
    assert companies.filter(condition).delete()[0] > 0


def test_a_condition_is_copied_and_pickled(orders: Orders) -> None:
    """As Django does with querysets, in caches and when they are combined."""
    condition = q(orders, {"OR": [{"company.name": "Acme"}, {"name": {"$startsWith": "ada"}}]})
    rows = orders.rows.filter(condition)
    copied = orders.rows.all()
    copied.query = pickle.loads(pickle.dumps(rows.query))  # noqa: S301
    assert ids(copied) == ids(deepcopy(rows)) == ids(orders.rows.filter(deepcopy(condition))) == [1, 3]
    assert pickle.loads(pickle.dumps(orders.asked)).schema == orders.asked.schema  # noqa: S301


def test_pages(orders: Orders) -> None:
    """The order puts empty values first and ends with the key; related columns of rows that are missing are empty."""

    def page(order_by: str, **more: Any) -> Any:
        search = criteria.parse_search({"orderBy": order_by, **more}, orders.asked.schema)
        found = orders.asked.page(search, orders.rows)
        return [one.id for one in found.data], found.has_more_records, found.total_count

    assert page("name") == ([2, 1, 3], False, None)
    assert page("name desc", limit=2, getTotalCount=True) == ([3, 1], True, 3)
    assert page("total,name", skip=1) == ([3, 1], False, None)
    assert page("company.name,id desc") == ([3, 2, 1], False, None)
    assert page("company.parent.name desc,id desc") == ([1, 3, 2], False, None)
    assert page("meta.name desc", limit=1) == ([3], True, None)
    assert page("id", limit=0, getTotalCount=True) == ([], True, 3)
    terms = orders.asked.order_by(criteria.parse_search({"orderBy": "name desc"}, orders.asked.schema), orders.using)
    assert [one.id for one in orders.rows.order_by(*terms).reverse()] == [2, 1, 3]
    assert orders.rows.order_by(*terms).last().id == 2


def test_a_page_of_an_asynchronous_view(orders: Orders) -> None:
    search = criteria.parse_search({"orderBy": "name"}, orders.asked.schema)
    page = import_module("asgiref.sync").async_to_sync(orders.asked.page_async)(search, orders.rows)
    assert [one.id for one in page.data] == [2, 1, 3]


def test_cursors_of_instances_with_deferred_fields(orders: Orders) -> None:
    """Where no statement can run, as in an asynchronous view, a field that is not loaded would be taken for empty."""
    search = criteria.parse_search({"orderBy": "total desc", "limit": 1}, orders.asked.schema)
    whole = orders.asked.page(search, orders.rows)

    async def cursor() -> Any:
        return page.next_cursor

    for rows in (orders.rows.only("name"), orders.rows.defer("total"), orders.rows.defer("total", "name")):
        page = orders.asked.page(search, rows)
        assert asyncio.run(cursor()) == whole.next_cursor


def test_cursors_have_the_values_of_the_statement_that_sorted(orders: Orders) -> None:
    """What `only` and `defer` leave out is selected by it, and not loaded later from rows that may have changed."""
    utils: Any = import_module("django.test.utils")
    search = criteria.parse_search({"orderBy": "total desc", "limit": 1}, orders.asked.schema)
    for rows, has_name in (
        (orders.rows, True), (orders.rows.only("name"), True), (orders.rows.only("pk"), False),
        (orders.rows.defer("total"), True), (orders.rows.defer("total", "name"), False),
    ):  # fmt: skip
        with utils.CaptureQueriesContext(orders.wrapper) as statements:
            page = orders.asked.page(search, rows)
        assert len(statements) == 1
        (found,) = page.data
        assert "total" not in found.get_deferred_fields()
        assert ("name" in found.get_deferred_fields()) is not has_name


@pytest.mark.heavy("a walk on each engine")
def test_cursors_go_on_from_nan_and_infinity(orders: Orders) -> None:
    """PostgreSQL sorts NaN above all numbers; the page after a number has the rows with NaN, too."""
    if orders.using != "postgres-natural":
        return  # the other engines have no NaN
    asked, rows = orders.asked, orders.rows.filter(id__gt=10)
    values = ["NaN", "1", "Infinity", None, "NaN", "-Infinity"]
    for number, value in enumerate(values, 11):
        orders.create(orders.models.Order, {"id": number, "weight": None if value is None else float(value)})
    for order, expected in (
        ("weight", [14, 16, 12, 13, 11, 15]), ("weight desc", [15, 11, 13, 12, 16, 14]),
        ("weight desc,id", [11, 15, 13, 12, 16, 14]),
    ):  # fmt: skip
        found: list[int] = []
        cursor: dict[str, Any] = {}
        while len(found) < 9:
            page = asked.page(criteria.parse_search({"orderBy": order, "limit": 1} | cursor, asked.schema), rows)
            found += [one.id for one in page.data]
            if not page.has_more_records:
                break
            cursor = {"after": page.next_cursor}
        assert found == expected, order
    rows.delete()


def test_a_model_that_extends_another(orders: Orders) -> None:
    """Its fields are in two tables; the row of the other model has the key. A proxy is asked as its model."""
    orders.create(orders.models.Gift, {"id": 7, "name": "Ada", "wish": "tea"})
    gifts = orders.models.Gift.objects.using(orders.using)
    asked = criteria.django.model(orders.models.Gift, relations={"company": ["name"]}, include=["name", "wish"])
    assert asked.schema.names == ("id", "name", "wish", "company.id", "company.name")
    for found in ({"name": "Ada", "wish": "tea"}, {"company.name": None}, {"id": 7}):
        condition = asked.q(criteria.parse(found, asked.schema))
        assert ids(gifts.filter(condition)) == [7]
        assert ids(gifts.exclude(condition)) == []
    search = criteria.parse_search({"orderBy": "wish"}, asked.schema)
    assert [one.id for one in asked.page(search, gifts).data] == [7]
    assert gifts.filter(asked.q(criteria.parse({"name": "Ada"}, asked.schema))).update(wish="x") == 1
    opened = criteria.django.model(orders.models.OpenOrder, include=["name"])
    rows = orders.models.OpenOrder.objects.using(orders.using)
    assert ids(rows.filter(opened.q(criteria.parse({"name": "Ada"}, opened.schema)))) == [1, 7]


def test_a_key_that_is_a_guid(orders: Orders) -> None:
    """References to it are guids, and it ends orders."""
    first, second = UUID(int=2**127 + 1), UUID("00000000-0000-4000-8000-000000000001")
    for key, name in ((first, "a"), (second, "a")):
        orders.create(orders.models.Token, {"id": key, "name": name})
    orders.create(orders.models.Use, {}, token_id=second)
    tokens, uses = (criteria.django.model(one) for one in (orders.models.Token, orders.models.Use))
    found = tokens.page(
        criteria.parse_search({"orderBy": "name"}, tokens.schema), orders.models.Token.objects.using(orders.using)
    )
    assert [one.id for one in found.data] == [second, first]
    condition = uses.q(criteria.parse({"token": str(second).upper()}, uses.schema))
    assert orders.models.Use.objects.using(orders.using).filter(condition).count() == 1


def test_a_key_of_two_columns(orders: Orders) -> None:
    """All its columns end an order."""
    for tenant, number, name in ((1, 2, "a"), (1, 1, "a"), (2, 1, None)):
        orders.create(orders.models.Line, {"tenant": tenant, "number": number, "name": name})
    asked = criteria.django.model(orders.models.Line)
    assert [one.name for one in asked.schema.key] == ["tenant", "number"]
    lines = orders.models.Line.objects.using(orders.using)
    found = asked.page(criteria.parse_search({"orderBy": "name desc", "limit": 2}, asked.schema), lines)
    assert [one.pk for one in found.data] == [(1, 2), (1, 1)]
    condition = asked.q(criteria.parse({"name": {"$ne": "a"}}, asked.schema))
    assert [one.pk for one in lines.filter(condition)] == [(2, 1)]
    assert lines.exclude(condition).count() == 2


def test_choices_are_the_values_of_a_field(orders: Orders) -> None:
    """Operands are among them; text operators and orderings are evaluated over them."""
    asked = criteria.django.model(orders.models.Order)
    mood = asked.schema.find("mood")
    assert mood is not None
    assert mood.values == ("sad", "OK", "é", "")
    assert ids(orders.rows.filter(asked.q(criteria.parse({"mood": {"$gt": "OK"}}, asked.schema)))) == [3]
    with pytest.raises(CriteriaError) as refused:
        criteria.parse({"mood": "Sad"}, asked.schema)
    assert [problem.code for problem in refused.value.problems] == ["unknown_value"]


def test_no_statement_but_the_query(orders: Orders) -> None:
    """How columns are stored is known from the model: the database is asked for the rows and for nothing else."""
    utils: Any = import_module("django.test.utils")
    asked = criteria.django.model(orders.models.Order, relations={"company": ["name"]})
    with utils.CaptureQueriesContext(orders.wrapper) as captured:
        search = criteria.parse_search({"query": {"company.name": "Acme"}, "orderBy": "name"}, asked.schema)
        assert [one.id for one in asked.page(search, orders.rows).data] == [1]
    assert len(captured) == 1


def test_fields_of_lists(orders: Orders) -> None:
    """JSON null in a JSONField is empty, as NULL is."""
    models: Any = import_module("django.db.models")
    orders.rows.filter(id=3).update(codes=models.Value(None, models.JSONField()))
    asked = criteria.django.model(orders.models.Order, json={"codes": [Field("codes", "integer", is_list=True)]})
    assert ids(orders.rows.filter(asked.q(criteria.parse({"codes": None}, asked.schema)))) == [2, 3]


def test_a_manager_that_leaves_rows_out(orders: Orders) -> None:
    """It does so for pages, and not for paths: those reach all rows, as in Django's own lookups."""
    model, search = orders.models.GiftOrder, {"query": "{}"}
    asked = criteria.django.model(model, include=["name"])
    gifts = model.objects.db_manager(orders.using).all()
    assert [one.id for one in asked.page(criteria.parse_search(search, asked.schema), gifts).data] == [1]
    items = criteria.django.model(orders.models.Item, relations={"order": ["is_gift"]})
    condition = items.q(criteria.parse({"order.is_gift": None}, items.schema))
    assert orders.models.Item.objects.using(orders.using).filter(condition).count() == 1


def test_querysets_that_repeat_rows_make_no_page(orders: Orders) -> None:
    """A page counts rows: with an order once for each of its items it would have too few, and lose the others."""
    search = criteria.parse_search({"limit": 2, "getTotalCount": True}, orders.asked.schema)
    for repeating in (orders.rows.filter(items__text="x"), orders.rows.filter(labels__name__in=["red", "blue"])):
        with pytest.raises(CriteriaError, match="several times") as caught:
            orders.asked.page(search, repeating)
        assert caught.value.problems[0].hint
        page = orders.asked.page(search, repeating.distinct())
        assert ([one.id for one in page.data], page.total_count) == ([1, 3], 2)
    of_a_company = orders.rows.filter(company__name="Acme")  # one row of another table
    assert [one.id for one in orders.asked.page(search, of_a_company).data] == [1]
    counted = orders.rows.annotate(item_count=import_module("django.db.models").Count("items"))
    assert orders.asked.page(search, counted).total_count == 3


def test_pages_of_a_reversed_queryset_come_in_the_order_of_the_search(orders: Orders) -> None:
    """The turn of `reverse` belongs to the order that the search replaces. A walk by cursor has each row once."""
    for rows in (orders.rows.order_by("id").reverse(), orders.rows.reverse(), orders.rows.extra(order_by=["-id"])):

        def page(rows: Any = rows, **more: Any) -> Any:
            search = criteria.parse_search({"orderBy": "name", "limit": 2, **more}, orders.asked.schema)
            return orders.asked.page(search, rows), [one.id for one in orders.asked.select(search, rows)]

        first, selected = page()
        assert ([one.id for one in first.data], selected) == ([2, 1], [2, 1, 3])
        second, selected = page(after=first.next_cursor)
        assert ([one.id for one in second.data], selected) == ([3], [3])
        back, _ = page(before=second.previous_cursor)
        assert [one.id for one in back.data] == [2, 1]


def choosing(rows: Any) -> dict[str, Any]:
    """Querysets whose own choice of rows comes after their conditions."""
    models: Any = import_module("django.db.models")
    row_number = import_module("django.db.models.functions").RowNumber()
    ranked = rows.annotate(rank=models.Window(row_number, partition_by="is_gift", order_by=models.F("id").desc()))
    return {
        "filters by a window function": ranked.filter(rank=1),
        "has distinct fields": rows.order_by("is_gift", "-id").distinct("is_gift"),
        "selects groups of rows": rows.values("is_gift").annotate(number=models.Count("id")),
        "is sliced": rows.order_by("-id")[:2],
        "is a union": rows.filter(id=3).union(rows.filter(id=1)),
    }


def test_querysets_that_choose_among_their_rows_make_no_page(orders: Orders) -> None:
    """A condition would come before the choice: of the newest gift only if it is cheap, the newest cheap gift."""
    search = criteria.parse_search({"query": {"id": {"$lt": 3}}, "limit": 2}, orders.asked.schema)
    models: Any = import_module("django.db.models")
    ranked = choosing(orders.rows)["filters by a window function"]
    row_number = models.Window(import_module("django.db.models.functions").RowNumber(), order_by="id")
    further = [
        orders.rows.alias(rank=row_number).exclude(rank__gt=1),
        orders.rows.alias(rank=row_number).filter(models.Q(rank=1) | models.Q(id=3)),
        orders.rows.values("is_gift").distinct(),
        orders.rows.annotate(kind=models.F("is_gift")).values("kind").distinct(),
    ]
    for rows in [*choosing(orders.rows).values(), *further]:
        for call in (orders.asked.page, orders.asked.select):
            with pytest.raises(CriteriaError, match="cannot be filtered") as caught:
                call(search, rows)
            [problem] = caught.value.problems
            assert (problem.code, problem.hint) == (
                "invalid_parameter",
                "Pass Order.objects.filter(pk__in=...) with the keys of its rows.",
            )
    assert ids(ranked) == [1, 3]
    for keys in (ranked.values("pk"), list(ranked.values_list("pk", flat=True))):
        assert [one.id for one in orders.asked.page(search, orders.rows.filter(pk__in=keys)).data] == [1]
    counted = orders.rows.annotate(number=models.Count("items"))
    for rows in (orders.rows.annotate(rank=row_number), counted, counted.filter(number__gte=0), orders.rows.only("id")):
        assert [one.id for one in orders.asked.page(search, rows).data] == [1, 2]


def test_update_by_a_path_to_the_same_table(orders: Orders) -> None:
    """MySQL does not read the table that it changes; with the keys at hand it need not."""
    companies = orders.models.Company.objects.using(orders.using)
    asked = criteria.django.model(orders.models.Company, relations={"parent": ["name"]})
    rows = companies.filter(asked.q(criteria.parse({"parent.name": "Parent"}, asked.schema)))
    if orders.using == "mysql":
        with pytest.raises(import_module("django.db").OperationalError, match="1093"), orders.rolled_back():
            rows.update(name="a")
    else:
        assert rows.update(name="a") == 1
    assert companies.filter(pk__in=list(rows.values_list("pk", flat=True))).update(name="b") == 1
