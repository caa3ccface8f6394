"""What clients write is bounded, so that no page is too large for those who read it (docs/server.md#bounds)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from examples.server.catalogue import MAX_PROPERTIES
from tests.server.running import API, Api, name, status, user

REFUSED, OK = (400, "BadParameterValue"), (200, "Success")


def told(answer: tuple[int, dict[str, Any]]) -> list[tuple[str, str]]:
    """The codes and places of a refused request."""
    assert status(answer) == REFUSED, answer
    return [(problem["code"], problem["pointer"]) for problem in answer[1]["problems"]]


@pytest.mark.heavy("fills objects")
def test_a_user_cannot_make_pages_of_others_large(api: Api) -> None:
    """Half a million references of one's own are refused; a page of ten users with a thousand each is resolved."""
    organization = api.make("organizations", name="O")
    username = name()
    number = api.make("users", username=username, userpassword="p")
    login = {"username": username, "userpassword": "p"}
    key = api.send("POST", "usersession", headers=API, json=login)[1]["data"]["userSessionKey"]
    mine = {"organizations": [organization] * 150_000}
    assert told(api.send("PUT", f"users/{number}", headers=user(key), json=mine)) == [
        ("too_many_values", "/organizations")
    ]
    mark = name()
    for _ in range(11):
        api.make("users", username=name(), lastName=mark, organizations=[organization] * 1000)
    params = {"query": f'{{"lastName": "{mark}"}}', "resolve": "organizations", "limit": "10"}
    answer = api.client.get("users", params=params)
    assert len(answer.json()["data"][9]["organizations"]) == 1000
    assert len(answer.content) < 4 << 20
    assert told(api.send("GET", "users", params={**params, "limit": "11"})) == [("too_many_values", "/resolve")]


@pytest.mark.heavy("writes and reads 17 MB")
def test_a_page_of_long_records_is_refused(api: Api) -> None:
    """The same records come on shorter pages, and each refusal says how."""
    mark = name()
    for at in range(20):
        api.make("users", username=f"{mark}-{at}", lastName=mark, firstName="\u00e9" * 450_000)
    params = {"query": json.dumps({"lastName": mark}), "limit": "1000"}
    for more in ({}, {"resolve": "organizations"}):
        answer = api.send("GET", "users", params={**params, **more})
        assert told(answer) == [("too_long", "/limit")]
        assert answer[1]["problems"][0]["hint"] == "Ask for fewer records, with limit."
        first = api.client.get("users", params={**params, **more, "limit": "10"}).json()
        assert (len(first["data"]), first["hasMoreRecords"]) == (10, True)


def test_a_long_value_does_not_break_the_pages_that_end_with_it(api: Api) -> None:
    """It is too long for a cursor: `skip` leads on, and a client that follows cursors is told."""
    mark = name()
    for at, title in enumerate(("b", "\u00e9" * 60_000, "a")):
        api.make("users", username=f"{mark}-{at}", firstName=mark, lastName=title)
    params = {"query": json.dumps({"firstName": mark}), "orderBy": "lastName desc", "limit": "1"}
    code, first = api.send("GET", "users", params=params)
    assert (code, first["hasMoreRecords"], "nextCursor" in first) == (200, True, False)
    code, second = api.send("GET", "users", params={**params, "skip": "1"})
    assert (code, second["data"][0]["lastName"]) == (200, "b")
    code, answer = api.send("GET", "users", params={**params, "before": second["nextCursor"]})
    assert status((code, answer)) == (400, "BadParameterValue")
    assert [one["code"] for one in answer["problems"]] == ["unsupported"]


def test_an_object_does_not_grow_by_partial_changes(api: Api) -> None:
    """The second half of a MB is refused with 400 on every store, and the object stays as it was."""
    number = api.make("contentitems", title="T", text="x" * 600_000)
    assert told(api.send("PUT", f"contentitems/{number}", json={"title": "y" * 600_000})) == [("too_long", "")]
    assert api.read(f"contentitems/{number}")["title"] == "T"
    assert status(api.send("PUT", f"contentitems/{number}", json={"title": "U"})) == OK


def test_unique_values_of_an_object_are_counted(api: Api) -> None:
    """A thousand are taken and given back as a whole, and one more is refused: in one list, in several, and beside what
    the object has already. An object that has as many is changed as any other."""
    base = "organizations"
    keys = [f"u{index}" for index in range(3)]
    numbers = [
        api.make(f"{base}/customproperties", name=key, fieldType="string", isList=True, isUnique=True) for key in keys
    ]
    one, two = api.make(base, name="one"), api.make(base, name="two")

    def written(number: int, **lists: range | None) -> tuple[int, dict[str, Any]]:
        values = {key: None if items is None else [f"{item}" for item in items] for key, items in lists.items()}
        return api.send("PUT", f"{base}/{number}", json={"customProperties": values})

    assert told(written(one, u0=range(400), u1=range(400), u2=range(201))) == [("too_many_values", "")]
    assert status(written(one, u0=range(400), u1=range(400), u2=range(200))) == OK
    assert told(written(one, u2=range(201))) == [("too_many_values", "")]
    domain = {"customDomainName": name()}
    assert told(api.send("PUT", f"{base}/{one}", json=domain)) == [("too_many_values", "")]
    assert status(api.send("PUT", f"{base}/{one}", json={"name": "changed"})) == OK
    taken = written(two, u0=range(399, 1399))
    assert (taken[0], taken[1]["problems"][0]["pointer"]) == (400, "/customProperties/u0")
    assert status(written(two, u0=range(400, 1400))) == OK  # of what was refused nothing is taken
    assert status(written(one, u0=None, u1=range(1, 999), u2=None)) == OK
    assert status(written(two, u0=range(1000), u1=None)) == OK
    assert status(written(two, u0=range(999), u1=range(1))) == OK
    assert status(written(two, u0=range(998), u1=range(2))) == (400, "ObjectAlreadyExists")
    for number in numbers:
        assert status(api.send("DELETE", f"{base}/customproperties/{number}")) == OK


@pytest.mark.heavy("fills an object")
def test_custom_properties_are_counted(api: Api) -> None:
    """An entity has at most a hundred, and after one is deleted there is room for another."""
    path = "contentgroups/customproperties"
    numbers = [api.make(path, name=f"p{index}", fieldType="string") for index in range(MAX_PROPERTIES)]
    assert told(api.send("POST", path, json={"name": "more", "fieldType": "string"})) == [("too_many_values", "")]
    assert status(api.send("DELETE", f"{path}/{numbers[0]}")) == OK
    api.make(path, name="more", fieldType="string")


def test_descriptions_of_custom_properties_are_short(api: Api) -> None:
    """Without a bound, everybody who reads the OpenAPI document would get megabytes."""
    path = "usersegments"
    number = api.make(f"{path}/customproperties", name="described", fieldType="string", description="d" * 1000)
    for method, address, more in (
        ("POST", f"{path}/customproperties", {"name": "longer", "fieldType": "string"}),
        ("PUT", f"{path}/customproperties/{number}", {}),
    ):
        for longer in ("d" * 1001, "\x01" * 167, "\u20ac" * 334, '"' * 501):  # more than 1000 bytes as JSON
            answer = api.send(method, address, json={**more, "description": longer})
            assert told(answer) == [("too_long", "/description")]
    assert api.read(f"{path}/customproperties/{number}")["description"] == "d" * 1000
    for fitting in ("\x01" * 166, "\u20ac" * 333, "\n" * 500, None):
        assert status(api.send("PUT", f"{path}/customproperties/{number}", json={"description": fitting})) == OK
    assert status(api.send("DELETE", f"{path}/customproperties/{number}")) == OK
