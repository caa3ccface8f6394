"""Criteria in the search box of the admin."""

from __future__ import annotations

import io
import json
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from criteria import CriteriaError
from tests.conftest import Engines
from tests.django.orders import ids, open_orders
from tests.django.test_conditions import choosing
from tests.django.test_rest import unfit_model


class ByName:
    """What a `ModelAdmin` does with a text."""

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return queryset.filter(name=search_term), True


def test_the_search_box(engines: Engines) -> None:
    """Criteria select rows, wrong ones none, with a message; other texts are searched as before."""
    with open_orders("sqlite", engines) as orders, orders.rolled_back():
        for key, name in ((1, "Ada"), (2, "alan")):
            orders.create(orders.models.Order, {"id": key, "name": name})
        search: Any = import_module("criteria.django").CriteriaSearch
        admin = type("OrderAdmin", (search, ByName), {"criteria_model": orders.asked})()
        told: list[str] = []
        messages = SimpleNamespace(add=lambda level, message, extra_tags: told.append(message))
        request = import_module("django.http").HttpRequest()
        request._messages = messages

        def found(text: str) -> list[int]:
            return ids(admin.get_search_results(request, orders.rows, text)[0])

        assert found("Ada") == [1]
        assert found(' {"name": {"$startsWith": "al"}}') == [2]
        assert told == []
        assert found('{"nam": "x"}') == []
        assert 'There is no field "nam"' in told[0]
        lists = ([at * 400 + one + 0.5 for one in range(400)] for at in range(100))
        assert found(json.dumps({"OR": [{"weight": {"$in": one}} for one in lists]})) == []
        assert "too many parameters" in told[1]


def test_the_fault_of_the_server_is_no_message(engines: Engines) -> None:
    """Who searches cannot change a column that does not fit, or an admin that has the model of another table."""
    with open_orders("sqlite", engines) as orders, orders.rolled_back():
        module: Any = import_module("criteria.django")
        unfit, label = unfit_model(), module.model(orders.models.Label, include=["id"])
        request = import_module("django.http").HttpRequest()
        for asked, rows, text, code in (
            (module.model(unfit), unfit.objects.using("sqlite"), '{"total": 1}', "unfit_column"),
            (label, orders.rows, '{"id": 1}', "invalid_parameter"),
            *((orders.asked, rows, '{"id": 1}', "invalid_parameter") for rows in choosing(orders.rows).values()),
        ):
            admin = type("Admin", (module.CriteriaSearch, ByName), {"criteria_model": asked})()
            with pytest.raises(CriteriaError) as failed:
                admin.get_search_results(request, rows, text)
            assert {problem.code for problem in failed.value.problems} == {code}


def test_a_charset_of_the_request_is_refused(engines: Engines) -> None:
    """Django has read the text of the search box by it: rows of another search would be shown."""
    with open_orders("sqlite", engines) as orders, orders.rolled_back():
        orders.create(orders.models.Order, {"id": 1, "name": "\u00c3\u00a9"})
        orders.create(orders.models.Order, {"id": 2, "name": "\u00e9"})
        search: Any = import_module("criteria.django").CriteriaSearch
        admin = type("OrderAdmin", (search, ByName), {"criteria_model": orders.asked})()
        told: list[str] = []

        def found(query_string: str, content_type: str) -> list[int]:
            environ = {
                "REQUEST_METHOD": "GET",
                "QUERY_STRING": query_string,
                "CONTENT_TYPE": content_type,
                "wsgi.input": io.BytesIO(),
            }
            request = import_module("django.core.handlers.wsgi").WSGIRequest(environ)
            request._messages = SimpleNamespace(add=lambda level, message, extra_tags: told.append(message))
            return ids(admin.get_search_results(request, orders.rows, request.GET["q"])[0])

        assert found('q={"name": "%C3%A9"}', "text/plain") == [2]
        assert told == []
        for query_string, content_type in (
            ('q={"name": "%C3%A9"}', "text/plain; charset=iso-8859-1"),
            ('q={"name": "%E9"}', "text/plain"),
            ("q={}&q={}", "text/plain"),
        ):
            assert found(query_string, content_type) == []
        assert ["iso-8859-1" in told[0], "UTF-8" in told[1], "twice" in told[2]] == [True] * 3
