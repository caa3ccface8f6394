"""Criteria in the search box of the admin."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from criteria import CriteriaError
from tests.conftest import Engines, require
from tests.django.orders import ids, open_orders
from tests.django.test_conditions import choosing
from tests.django.test_rest import unfit_model
from tests.tables import orms

ROOT = Path(__file__).parent.parent.parent
LIST = "/admin/auth/user/"


def with_messages(request: Any) -> Any:
    """A request with messages in a session of its own."""
    request.session = import_module("django.contrib.sessions.backends.cache").SessionStore()
    request._messages = import_module("django.contrib.messages.storage.session").SessionStorage(request)
    return request


def told_by(request: Any) -> list[str]:
    return [str(one) for one in request._messages]


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
        request = with_messages(import_module("django.http").HttpRequest())

        def found(text: str) -> list[int]:
            return ids(admin.get_search_results(request, orders.rows, text)[0])

        assert found("Ada") == [1]
        assert found(' {"name": {"$startsWith": "al"}}') == [2]
        assert told_by(request) == []
        assert found('{"nam": "x"}') == []
        assert 'There is no field "nam"' in told_by(request)[0]
        lists = ([at * 400 + one + 0.5 for one in range(400)] for at in range(100))
        assert found(json.dumps({"OR": [{"weight": {"$in": one}} for one in lists]})) == []
        assert "too many parameters" in told_by(request)[1]


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
            request = with_messages(import_module("django.core.handlers.wsgi").WSGIRequest(environ))
            rows = ids(admin.get_search_results(request, orders.rows, request.GET["q"])[0])
            told.extend(told_by(request))
            return rows

        assert found('q={"name": "%C3%A9"}', "text/plain") == [2]
        assert told == []
        for query_string, content_type in (
            ('q={"name": "%C3%A9"}', "text/plain; charset=iso-8859-1"),
            ('q={"name": "%E9"}', "text/plain"),
            ("q={}&q={}", "text/plain"),
        ):
            assert found(query_string, content_type) == []
        assert ["iso-8859-1" in told[0], "UTF-8" in told[1], "twice" in told[2]] == [True] * 3


def answers(*requests: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What an admin answers to requests of one session: the status and the errors of each page."""
    require("Django 5", orms.missing_orm("django", 5))
    done = subprocess.run(
        [sys.executable, "-m", "tests.django.admin_requests"],
        input=json.dumps(requests), capture_output=True, text=True, cwd=ROOT, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert {one["status"] for one in found} == {200}
    return found


def completing(site: str, term: str) -> tuple[str, str, dict[str, Any]]:
    """The request of a field that completes what is written."""
    field = {"app_label": "admin", "model_name": "logentry", "field_name": "user"}
    return "get", f"/{site}/autocomplete/", {"term": term, **field}


@pytest.mark.parametrize("site", ["admin", "named"])
def test_a_field_that_completes_criteria_leaves_no_messages(site: str) -> None:
    """Each letter is a request, and the text is wrong until it is whole. The next page showed an error for each."""
    text = '{"username": {"$startsWith": "an"}}'
    typed = [completing(site, text[:end]) for end in range(1, len(text) + 1)]
    *completed, page = answers(*typed, ("get", f"/{site}/auth/user/", {}))
    assert completed[0]["results"] == []
    assert [one["text"] for one in completed[-1]["results"]] == ["ann"]
    assert page["errors"] == []


def test_a_message_of_the_admin_is_told_once() -> None:
    """An action searches twice, and the list that it leads to once more. A later request is told again."""
    wrong = {"q": '{"usernam": 1}'}
    action = {"action": "back", "_selected_action": ["1"], "select_across": "1"}
    posted = f"{LIST}?q=%7B%22usernam%22%3A%201%7D"
    found = answers(("get", LIST, wrong), ("post", posted, action), ("get", LIST, wrong), ("get", LIST, {}))
    assert [len(one["errors"]) for one in found] == [1, 1, 1, 0]
    assert all('There is no field "usernam"' in one["errors"][0] for one in found[:3])


def test_a_message_of_the_admin_has_the_first_problems() -> None:
    """A message is kept in a cookie or the session until a page shows it."""
    five, many = ({"q": json.dumps({"OR": [{f"x{at}": 1} for at in range(count)]})} for count in (5, 600))
    [all_told], [cut] = (one["errors"] for one in answers(("get", LIST, five), ("get", LIST, many)))
    assert all_told.count("[unknown_field]") == cut.count("[unknown_field]") == 5
    assert "too_many_problems" not in all_told
    assert "Only the first 5 problems are listed. [too_many_problems]" in cut
    assert len(cut) < 5000
