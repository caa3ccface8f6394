"""The filter backend and the pagination, called as Django REST framework does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest

import criteria
from criteria import CriteriaError
from criteria.cache import CACHES
from criteria.errors import MAX_PROBLEMS
from tests.conftest import Engines, require
from tests.django.orders import Orders, open_orders
from tests.django.test_conditions import choosing
from tests.tables import orms


@pytest.fixture(scope="module")
def orders(engines: Engines) -> Iterator[Orders]:
    require("Django REST framework", None if find_spec("rest_framework") else orms.HOW_TO_GET)
    with open_orders("sqlite", engines) as opened, opened.rolled_back():
        for key, name in ((1, "b"), (2, None), (3, "a")):
            opened.create(opened.models.Order, {"id": key, "name": name, "notes": "secret"})
        yield opened


def request(text: str) -> Any:
    return SimpleNamespace(query_params=import_module("django.http").QueryDict(text))


def filtered(orders: Orders, text: str, queryset: Any = None, **attributes: Any) -> list[int]:
    view = type("View", (), attributes)()
    rows = orders.rows if queryset is None else queryset
    return [one.id for one in criteria.django.CriteriaFilterBackend().filter_queryset(request(text), rows, view)]


def test_rows_and_their_order(orders: Orders) -> None:
    """Without `orderBy` the queryset's order stays; without that, the key orders the rows."""
    assert filtered(orders, "") == [1, 2, 3]
    assert filtered(orders, 'query={"name":{"$ne":"a"}}') == [1, 2]
    assert filtered(orders, "orderBy=name") == [2, 3, 1]
    assert filtered(orders, "", orders.rows.order_by("-id")) == [3, 2, 1]
    assert filtered(orders, "orderBy=name desc", orders.rows.order_by("-id")) == [1, 3, 2]
    assert filtered(orders, 'query={"name":"a"}', orders.rows.filter(id__lt=3)) == []


def test_what_a_view_lets_clients_ask(orders: Orders) -> None:
    """A model that is made already, or the options of one."""
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    asked = criteria.django.model(orders.models.Order, include=["name"])
    for attributes in ({"criteria_model": asked}, {"criteria_include": ["name"]}, {"criteria_exclude": ["notes"]}):
        assert filtered(orders, 'query={"name":"a"}', **attributes) == [3]
        with pytest.raises(refusal) as refused:
            filtered(orders, 'query={"notes":"secret"}', **attributes)
        assert refused.value.status_code == 400
        [problem] = refused.value.detail["query"]
        assert (problem["code"], problem["pointer"], problem["column"]) == ("unknown_field", "/notes", 2)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{"name": "' + "x" * (1 << 20) + '"}', "too_long"),
        ('{"id": {"$in": [' + ",".join(['"x"'] * 250_000) + "]}}", "too_many_values"),
    ],
    ids=["text", "values"],
)
def test_criteria_of_a_megabyte_are_refused_in_few_words(orders: Orders, query: str, code: str) -> None:
    """A long request is refused with few problems, and caches keep nothing of it."""
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    before = sum(cache.bytes for cache in CACHES)
    with pytest.raises(refusal) as refused:
        filtered(orders, urlencode({"query": query}))
    problems = refused.value.detail["query"]
    assert (refused.value.status_code, code in {problem["code"] for problem in problems}) == (400, True)
    assert len(str(problems)) < 200_000
    assert sum(cache.bytes for cache in CACHES) <= before + 10_000


def too_many_values() -> dict[str, str]:
    """Criteria inside the default limits with more parameters than SQLite takes."""
    lists = ([at * 400 + one + 0.5 for one in range(400)] for at in range(100))
    return {"query": json.dumps({"OR": [{"weight": {"$in": one}} for one in lists]}, separators=(",", ":"))}


def test_criteria_that_the_engine_cannot_answer_are_refused_under_every_pagination(orders: Orders) -> None:
    """The filter backend knows that they are the client's fault. Paginations and views do not: they would fail."""
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    pagination: Any = import_module("rest_framework.pagination")
    for kind in (
        None,
        pagination.PageNumberPagination,
        pagination.CursorPagination,
        criteria.django.CriteriaPagination,
    ):
        with pytest.raises(refusal) as refused:
            filtered(orders, urlencode(too_many_values()), pagination_class=kind)
        assert [problem["code"] for problem in refused.value.detail["query"]] == ["unsupported"]
    nothing = orders.rows.filter(pk__in=[])
    assert filtered(orders, 'query={"name":"a"}', nothing) == []
    assert filtered(orders, 'query={"name":"a"}', orders.rows.exclude(pk__in=[])) == [3]


def test_columns_that_do_not_fit_are_the_fault_of_the_server(orders: Orders) -> None:
    """Clients are not told how columns are stored, whatever they ask for."""
    asked = criteria.django.model(unfit_model())
    pagination = criteria.django.CriteriaPagination()
    for text in ("", "orderBy=total", 'query={"total":1}'):
        with pytest.raises(CriteriaError) as failed:
            filtered(orders, text, asked.django_model.objects.using("sqlite"), criteria_model=asked)
        assert {problem.code for problem in failed.value.problems} == {"unfit_column"}
    rows = asked.django_model.objects.using("sqlite").order_by("id")
    view = SimpleNamespace(criteria_model=asked)
    with pytest.raises(CriteriaError):
        pagination.paginate_queryset(rows, request("orderBy=total"), view)


def test_many_misspelt_parameters_are_a_hundred_problems(orders: Orders) -> None:
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    with pytest.raises(refusal) as refused:
        filtered(orders, "&".join(f"order{'_' * number}by=name" for number in range(1, 900)))
    problems = [problem for found in refused.value.detail.values() for problem in found]
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1]["code"] == "too_many_problems"


@pytest.mark.parametrize("query", ["%E9", "%ED%A0%80", "\xe9"], ids=["Latin-1", "a surrogate", "raw Latin-1"])
def test_a_query_that_is_not_utf_8_is_refused(orders: Orders, query: str) -> None:
    """Django reads U+FFFD in its place, and answered the search for that."""
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    for text in (f'query={{"name":"{query}"}}', f"orderBy={query}"):
        with pytest.raises(refusal) as refused:
            selected(orders, wsgi_request(text))
        [problem] = refused.value.detail["query"]
        assert (problem["code"], "UTF-8" in problem["message"]) == ("invalid_parameter", True)
    assert selected(orders, wsgi_request(f"page={query}")) == [1, 2, 3]  # a parameter of the view


def test_a_query_in_utf_8_is_read_raw_and_escaped(orders: Orders) -> None:
    """WSGI has the bytes as Latin-1, ASGI as text."""
    raw, escaped = 'query={"name":"\u00e9"}', 'query={"name":"%C3%A9"}'
    as_text = SimpleNamespace(query_params=request(raw).query_params, META={"QUERY_STRING": raw})
    with orders.rolled_back():
        orders.create(orders.models.Order, {"id": 4, "name": "\u00e9", "notes": "secret"})
        for one in (wsgi_request(raw.encode().decode("latin-1")), wsgi_request(escaped), as_text):
            assert selected(orders, one) == [4]


def selected(orders: Orders, given: Any) -> list[int]:
    """The ids of the rows that a view without options selects."""
    found = criteria.django.CriteriaFilterBackend().filter_queryset(given, orders.rows, SimpleNamespace())
    return [row.id for row in found]


def wsgi_request(text: str) -> Any:
    """A request whose query string has bytes as characters of Latin-1."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": text, "wsgi.input": io.BytesIO()}
    wsgi, rest = import_module("django.core.handlers.wsgi"), import_module("rest_framework.request")
    return rest.Request(wsgi.WSGIRequest(environ))


def test_names_of_parameters_are_ascii(orders: Orders) -> None:
    """U+212A is not the letter K: such a name is one of the view's."""
    assert filtered(orders, "s\u212aip=1") == [1, 2, 3]


@cache
def unfit_model() -> Any:
    """A model with more digits than SQLite stores."""
    models: Any = import_module("django.db.models")
    meta = type("Meta", (), {"app_label": "unfit"})
    total = models.DecimalField(max_digits=20, decimal_places=2)
    return type("Unfit", (models.Model,), {"__module__": __name__, "Meta": meta, "total": total})


def test_what_would_be_ignored_is_refused(orders: Orders) -> None:
    """Parameters spelled almost right, and an order beside a pagination that has one. Others are the view's."""
    rest: Any = import_module("rest_framework.exceptions")
    for name, meant in (
        ("order_by", "orderBy"),
        ("orderby", "orderBy"),
        ("Query", "query"),
        ("get_total_count", "getTotalCount"),
    ):
        with pytest.raises(rest.ValidationError) as refused:
            filtered(orders, f"{name}=name")
        [problem] = refused.value.detail[name]
        assert (problem["code"], problem["hint"]) == ("unknown_parameter", f'Did you mean "{meant}"?')
    assert filtered(orders, "search=x&page=2") == [1, 2, 3]
    cursor: Any = import_module("rest_framework.pagination").CursorPagination
    assert filtered(orders, 'query={"name":"a"}', pagination_class=cursor) == [3]
    with pytest.raises(rest.ValidationError) as refused:
        filtered(orders, "orderBy=name", pagination_class=cursor)
    assert refused.value.detail["orderBy"][0]["code"] == "unsupported"


def test_a_body_of_a_get_request_is_refused(orders: Orders) -> None:
    """Nobody would read the criteria in it, and the page would have all rows."""
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    factory = import_module("rest_framework.test").APIRequestFactory()
    readable = import_module("rest_framework.views").APIView().initialize_request
    for method, body in (("GET", b'{"query":{"name":"a"}}'), ("HEAD", b"{}")):
        sent = readable(factory.generic(method, "/", body, content_type="application/json"))
        with pytest.raises(refusal) as refused:
            criteria.django.CriteriaFilterBackend().filter_queryset(sent, orders.rows, type("View", (), {})())
        assert [one["code"] for one in refused.value.detail["query"]] == ["invalid_structure"]
    sent = readable(factory.get("/", {"query": '{"name":"a"}'}))
    found = criteria.django.CriteriaFilterBackend().filter_queryset(sent, orders.rows, type("View", (), {})())
    assert [one.id for one in found] == [3]


def test_a_pagination_without_a_filter_is_the_fault_of_the_view(orders: Orders) -> None:
    """It would check the criteria, and return all rows."""
    fault: Any = import_module("django.core.exceptions").ImproperlyConfigured
    backend, pagination = criteria.django.CriteriaFilterBackend, criteria.django.CriteriaPagination()
    sent = request('query={"name":"a"}')
    with pytest.raises(fault, match="CriteriaFilterBackend"):
        pagination.paginate_queryset(orders.rows, sent, type("View", (), {"filter_backends": ()})())
    assert len(pagination.paginate_queryset(orders.rows, request(""), type("View", (), {"filter_backends": ()})())) == 3
    view = type("View", (), {"filter_backends": (type("Own", (backend,), {}),)})()
    assert len(pagination.paginate_queryset(backend().filter_queryset(sent, orders.rows, view), sent, view)) == 1
    with pytest.raises(fault, match="filter_queryset"):  # as in an action that forgets it
        pagination.paginate_queryset(orders.rows, request('query={"name":"a"}'), view)
    by_hand = type("View", (), {"filter_backends": ()})()  # a view may call the backend itself
    assert len(pagination.paginate_queryset(backend().filter_queryset(sent, orders.rows, by_hand), sent, by_hand)) == 1


def test_pages(orders: Orders) -> None:
    """Rows and envelope; the rows are counted only if the request asks for it."""
    utils: Any = import_module("django.test.utils")

    def page(text: str) -> Any:
        pagination = criteria.django.CriteriaPagination()
        rows = pagination.paginate_queryset(orders.rows.order_by("id"), request(text), SimpleNamespace())
        return pagination.get_paginated_response([one.id for one in rows]).data

    with utils.CaptureQueriesContext(orders.wrapper) as captured:
        assert page("limit=2") == {"hasMoreRecords": True, "data": [1, 2]}
    assert len(captured) == 1
    assert page("limit=2&skip=1&getTotalCount=true") == {"totalCount": 3, "hasMoreRecords": False, "data": [2, 3]}
    assert page("limit=0&getTotalCount=true") == {"totalCount": 3, "hasMoreRecords": True, "data": []}
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    for text in ("limit=-1", "skip=x", "limit=1&limit=2"):
        with pytest.raises(refusal):
            page(text)


def test_a_model_of_another_table_is_the_fault_of_the_view(orders: Orders) -> None:
    """Clients are not told which tables a view has, whatever they ask for."""
    asked = criteria.django.model(orders.models.Label, include=["id"])
    for text in ('query={"id":1}', 'query={"id":1}&orderBy=id'):
        with pytest.raises(CriteriaError, match="Label"):
            filtered(orders, text, criteria_model=asked)


def test_a_queryset_that_repeats_rows_is_the_fault_of_the_view(orders: Orders) -> None:
    """The client cannot change it, so it is told nothing: the error is that of the server."""
    repeating = orders.rows.filter(labels__id__gte=0)
    for text in ("limit=2", "limit=2&orderBy=name"):
        with pytest.raises(criteria.CriteriaError, match="several times"):
            criteria.django.CriteriaPagination().paginate_queryset(repeating, request(text), SimpleNamespace())


def test_a_reversed_queryset_comes_in_the_order_of_the_request(orders: Orders) -> None:
    """Without `orderBy` its own order stays, turned."""
    for rows in (orders.rows.order_by("id").reverse(), orders.rows.order_by("-name").reverse()):
        assert filtered(orders, "orderBy=name", rows) == [2, 3, 1]
    assert filtered(orders, "", orders.rows.order_by("id").reverse()) == [3, 2, 1]
    assert filtered(orders, "", orders.rows.reverse()) == [1, 2, 3]


def test_a_queryset_that_chooses_among_its_rows_is_the_fault_of_the_view(orders: Orders) -> None:
    """A condition would change which rows it chooses. A request that asks for nothing gets them."""
    rows = choosing(orders.rows)
    for message, one in rows.items():
        for text in ('query={"name":"a"}', "orderBy=name"):
            with pytest.raises(CriteriaError, match=message):
                filtered(orders, text, one)
        with pytest.raises(CriteriaError, match=message):
            criteria.django.CriteriaPagination().paginate_queryset(one, request("limit=2"), SimpleNamespace())
    assert filtered(orders, "", rows["filters by a window function"]) == [3]


def test_cursors(orders: Orders) -> None:
    """A request with `orderBy` gets cursors; a cursor without it is refused."""

    def page(text: str) -> Any:
        pagination, view = criteria.django.CriteriaPagination(), type("View", (), {})()
        rows = criteria.django.CriteriaFilterBackend().filter_queryset(request(text), orders.rows, view)
        found = pagination.paginate_queryset(rows, request(text), view)
        return pagination.get_paginated_response([one.id for one in found]).data

    first = page("orderBy=name&limit=2")
    assert (first["data"], first["hasMoreRecords"], "previousCursor" in first) == ([2, 3], True, False)
    second = page(f"orderBy=name&limit=2&after={first['nextCursor']}")
    assert (second["data"], second["hasMoreRecords"]) == ([1], False)
    assert page(f"orderBy=name&limit=2&before={second['previousCursor']}")["data"] == [2, 3]
    refusal: Any = import_module("rest_framework.exceptions").ValidationError
    for text in (f"limit=2&after={first['nextCursor']}", f"orderBy=total&after={first['nextCursor']}"):
        with pytest.raises(refusal):
            page(text)


def test_schemas_of_several_views(orders: Orders) -> None:
    """Listed values get names of their own, and references lead to them."""
    views = [
        view_class(orders),
        view_class(orders, criteria_model=other_moods(orders)),
        view_class(orders, filter_backends=[]),
    ]
    schemas = document_of([view.as_view({"get": "list"}) for view in views])["components"]["schemas"]
    assert {f"{name}Criteria{end}" for name in ("Order", "Company") for end in ("", "-comparison-values-1")} <= set(
        schemas
    )
    for one in references(schemas):
        assert one.removeprefix("#/components/schemas/") in schemas
    mood = schemas["CompanyCriteria"]["properties"]["name"]
    assert mood["$ref"] == "#/components/schemas/CompanyCriteria-comparison-values-1"


def test_the_document_has_the_options_of_each_address(orders: Orders) -> None:
    """Addresses of one view, as `@action` makes them too, and options that depend on the request."""

    def chosen(view: Any) -> list[str]:
        return ["total"] if "staff" in view.request.query_params else ["notes"]

    by_request = type("ByRequest", (), {"criteria_include": property(chosen)})
    view = view_class(orders, criteria_include=["name"])
    callbacks = [
        view.as_view({"get": "list"}),
        view.as_view({"get": "list"}, criteria_include=["notes"]),
        view.as_view({"get": "list"}, criteria_include=["total"]),
        view_class(orders, by_request).as_view({"get": "list"}),
    ]
    document = document_of(callbacks)
    for number, name in enumerate(("name", "notes", "total", "notes")):
        [parameter] = [one for one in document["paths"][f"/{number}/"]["get"]["parameters"] if one["name"] == "query"]
        reference = parameter["content"]["application/json"]["schema"]["$ref"]
        named = document["components"]["schemas"][reference.removeprefix("#/components/schemas/")]
        assert set(named["properties"]) - {"AND", "OR", "NOT"} == {"id", name}


def view_class(orders: Orders, *bases: type, **attributes: Any) -> Any:
    """A class of views of Django REST framework, whose rows have their ids."""
    serializers: Any = import_module("rest_framework.serializers")
    viewsets: Any = import_module("rest_framework.viewsets")
    has_id = type("OrderSerializer", (serializers.Serializer,), {"id": serializers.IntegerField()})
    found: dict[str, Any] = {
        "queryset": orders.rows,
        "serializer_class": has_id,
        "filter_backends": [criteria.django.CriteriaFilterBackend],
        "pagination_class": criteria.django.CriteriaPagination,
        "authentication_classes": [],
        "permission_classes": [],
        "renderer_classes": [import_module("rest_framework.renderers").JSONRenderer],
    }
    return type("Orders", (*bases, viewsets.ReadOnlyModelViewSet), found | attributes)


def document_of(callbacks: list[Any]) -> dict[str, Any]:
    """The OpenAPI document that drf-spectacular draws of views, at `/0/` and so on."""
    rest: Any = import_module("criteria.django.rest")
    settings: Any = import_module("drf_spectacular.settings").spectacular_settings
    path = import_module("django.urls").path
    for one in callbacks:
        one.cls.schema = import_module("drf_spectacular.openapi").AutoSchema()
    hooks = settings.POSTPROCESSING_HOOKS
    settings.POSTPROCESSING_HOOKS = [rest.add_criteria_schemas]
    try:
        addresses = [path(f"{number}/", one) for number, one in enumerate(callbacks)]
        generator = import_module("drf_spectacular.generators").SchemaGenerator(patterns=addresses)
        return dict(generator.get_schema(request=None, public=True))
    finally:
        settings.POSTPROCESSING_HOOKS = hooks


def got(callback: Any, data: dict[str, Any], content_type: str = "") -> Any:
    """The response of a view to a GET request."""
    return callback(sent_by_get(data, content_type)).render()


def sent_by_get(data: dict[str, Any], content_type: str) -> Any:
    """A GET request with parameters in UTF-8."""
    factory = import_module("rest_framework.test").APIRequestFactory()
    return factory.generic("GET", "/", content_type=content_type, QUERY_STRING=urlencode(data))


ASKS_NOTES = {"query": '{"notes": "secret"}'}


def test_each_address_of_a_view_has_its_own_options(orders: Orders) -> None:
    """By `as_view`, to which routers give the options of `@action`, too, whichever address is asked first."""
    for order in ((0, 1), (1, 0)):
        view = view_class(orders, criteria_exclude=("notes",))
        open_to, closed = view.as_view({"get": "list"}, criteria_exclude=()), view.as_view({"get": "list"})
        asked = (open_to, 200), (closed, 400)
        for index in (*order, *order):
            callback, status = asked[index]
            assert got(callback, data=ASKS_NOTES).status_code == status


def test_options_may_depend_on_the_request(orders: Orders) -> None:
    """Lists and dicts cannot be hashed. A property that makes them anew is compared, and only the latest are kept."""
    rest: Any = import_module("criteria.django.rest")
    options: dict[str, Any] = {
        "criteria_exclude": lambda view: [] if "staff" in view.request.GET else ["notes"],
        "criteria_types": lambda view: {"name": criteria.Field("name", "string")},
        "criteria_relations": lambda view: {"company": ["name"]},
        "criteria_max_limit": lambda view: int(view.request.GET.get("most", 9)),
    }
    base = type("ByRequest", (), {name: property(function) for name, function in options.items()})
    view = view_class(orders, base)
    callback = view.as_view({"get": "list"})
    for _ in range(2):
        assert got(callback, data={**ASKS_NOTES, "staff": "1"}).status_code == 200
        assert got(callback, data=ASKS_NOTES).status_code == 400
    assert len(rest._MODELS[view]) == 2
    for most in range(10, 90):
        assert got(callback, data={"most": most, "limit": most}).status_code == 200
        assert got(callback, data={"most": most, "limit": most + 1}).status_code == 400
    assert len(rest._MODELS[view]) == rest._MOST_MODELS


def test_models_of_relations_that_are_made_anew_share_a_model(orders: Orders) -> None:
    """A property may make them for each request. Those of other fields are other models, and the last used are kept."""
    rest: Any = import_module("criteria.django.rest")
    made: Any = import_module("criteria.django").model

    def relations(view: Any) -> dict[str, Any]:
        company = made(orders.models.Company, include={"name", "founded"}, relations={"parent": ["name"]})
        closed = made(orders.models.Company, include=["founded"])
        return {"company": company if "staff" in view.request.GET else closed}

    options: dict[str, Any] = {
        "criteria_relations": relations,
        "criteria_max_limit": lambda view: int(view.request.GET.get("most", 9)),
    }
    base = type("MadeAnew", (), {name: property(function) for name, function in options.items()})
    view = view_class(orders, base)
    callback = view.as_view({"get": "list"})
    asks = {"query": '{"company.name": "A"}'}
    for _ in range(3):
        assert got(callback, data={**asks, "staff": "1"}).status_code == 200
        assert got(callback, data=asks).status_code == 400
    assert len(rest._MODELS[view]) == 2
    first = rest._MODELS[view][1][2]
    for most in range(10, 9 + rest._MOST_MODELS):
        assert got(callback, data={"most": most}).status_code == 200
        assert got(callback, data={**asks, "staff": "1"}).status_code == 200
    kept = [found for _, _, found in rest._MODELS[view]]
    assert len(kept) == rest._MOST_MODELS
    assert kept[0] is first


def test_a_model_of_a_relation_that_has_read_the_database_is_no_other(orders: Orders) -> None:
    """What it has read may differ from what Django's migrations create."""
    adapter: Any = import_module("criteria.django.adapter")
    companies = [adapter.model(orders.models.Company, include=["name"]) for _ in range(2)]
    assert adapter.likeness(companies[0]) == adapter.likeness(companies[1])
    companies[1].reflect(orders.using)
    assert adapter.likeness(companies[0]) != adapter.likeness(companies[1])
    assert adapter.likeness(companies[1]) == adapter.likeness(companies[1])


def test_names_of_components_are_bounded(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    """A property may have other fields in each document."""
    rest: Any = import_module("criteria.django.rest")
    monkeypatch.setattr(rest, "_COMPONENTS", {})
    for at in range(rest._MOST_COMPONENTS + 5):
        schema = criteria.Schema("Order", [criteria.Field(f"f{at}", "string")], system_properties=False)
        name = rest._component_of(schema)
        assert rest._component_of(schema) == name
    assert len(rest._COMPONENTS) == rest._MOST_COMPONENTS == len(set(rest._COMPONENTS.values()))


def test_a_list_of_options_that_changes_is_read_again(orders: Orders) -> None:
    """The options are compared as they were."""
    hidden: list[str] = []
    callback = view_class(orders, criteria_exclude=hidden).as_view({"get": "list"})
    assert got(callback, data=ASKS_NOTES).status_code == 200
    hidden.append("notes")
    assert got(callback, data=ASKS_NOTES).status_code == 400


def test_options_that_cannot_be_read_leave_nothing_open(orders: Orders) -> None:
    """A property with a mistake, and names that can be read only once: both would be no names at all."""
    fault: Any = import_module("django.core.exceptions").ImproperlyConfigured
    broken = type("Broken", (), {"criteria_exclude": property(lambda view: view.request.nobody)})
    once = {"criteria_exclude": iter(["notes"])}
    for view in (view_class(orders, broken), view_class(orders, **once)):
        for _ in range(2):
            with pytest.raises(fault, match="criteria_exclude"):
                got(view.as_view({"get": "list"}), data=ASKS_NOTES)


CHARSETS = ("utf-8", "UTF8", "iso-8859-1", "us-ascii", "utf-7", "utf-16", "unicode_escape", "none-such")


def test_the_charset_of_a_request_changes_no_search(orders: Orders) -> None:
    """Django decodes the URL by it. `utf-16` would leave no parameter: all rows."""
    callback = view_class(orders).as_view({"get": "list"})
    with orders.rolled_back():
        for key, name in ((4, "\u00e9"), (5, "\u00c3\u00a9"), (6, "\ufffd\ufffd"), (7, "+AOk-")):
            orders.create(orders.models.Order, {"id": key, "name": name})
        for charset in CHARSETS:
            for key, name in ((4, "\u00e9"), (7, "+AOk-")):
                data = {"query": json.dumps({"name": name}, ensure_ascii=False), "limit": "2"}
                found = got(callback, data=data, content_type=f"application/json; charset={charset}")
                assert (found.status_code, found.data["data"]) == (200, [{"id": key}]), charset


def test_the_default_charset_changes_no_search(orders: Orders) -> None:
    """Parameters are UTF-8, as URLs are, whatever charset pages have."""
    utils: Any = import_module("django.test.utils")
    callback = view_class(orders).as_view({"get": "list"})
    with orders.rolled_back(), utils.override_settings(DEFAULT_CHARSET="iso-8859-1"):
        for key, name in ((4, "\u00e9"), (5, "\u00c3\u00a9")):
            orders.create(orders.models.Order, {"id": key, "name": name})
        found = got(callback, data={"query": '{"name": "\u00e9"}'})
        assert found.data["data"] == [{"id": 4}]


def test_parameters_that_the_application_has_changed_are_kept(orders: Orders) -> None:
    """A client cannot undo the change by a charset: such a request is refused."""
    callback = view_class(orders).as_view({"get": "list"})
    for content_type, status in (("text/plain", 200), ("text/plain; charset=iso-8859-1", 400)):
        sent = sent_by_get({"query": "{}"}, content_type)
        sent.GET = sent.GET.copy()
        sent.GET["query"] = '{"name": "a"}'
        found = callback(sent).render()
        assert found.status_code == status
        assert status == 400 or found.data["data"] == [{"id": 3}]


def other_moods(orders: Orders) -> Any:
    """A model of which a field lists other values than `mood`."""
    listed = criteria.Field("name", "string", values=["x", "y"])
    return criteria.django.model(orders.models.Company, include=["name"], types={"name": listed})


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from references(child)
