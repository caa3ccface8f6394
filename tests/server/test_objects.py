"""Objects are created, read, changed, deleted, restored and searched (docs/server.md#the-example)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest

from criteria.web import ApiStatus
from examples.server.entities import RESOURCES
from examples.server.objects import Objects
from tests.server.running import API, MASTER, Api, name, running, status

OK, BAD_VALUE, NOT_FOUND = (200, "Success"), (400, "BadParameterValue"), (404, "ObjectNotFound")
TAKEN, BAD_REQUEST = (400, "ObjectAlreadyExists"), (400, "BadRequest")

PATHS = [resource.path for resource in RESOURCES]


def least(path: str) -> dict[str, Any]:
    """The smallest body that an entity takes, with a name that nothing has."""
    key = {"users": "username", "contentitems": "title", "promo/referrals/discounts": "code"}.get(path, "name")
    return {key: name()}


@pytest.mark.parametrize("path", PATHS)
def test_the_life_of_an_object(api: Api, path: str) -> None:
    """Objects of each entity are created, found, read, changed, deleted and restored."""
    body = least(path)
    [(key, value)] = body.items()
    query = {"query": json.dumps(body)}
    number = api.make(path, **body)
    made = api.read(f"{path}/{number}")
    assert made["objectId"] == number
    assert made["createDate"] == made["updateDate"]
    assert made[key] == value
    assert api.ids(path, **query) == [number]
    assert status(api.send("PUT", f"{path}/{number}", json={key: f"{value}-2"})) == OK
    changed = api.read(f"{path}/{number}")
    assert changed == {**made, key: f"{value}-2", "updateDate": changed["updateDate"]}
    assert changed["updateDate"] > made["updateDate"]
    assert api.ids(path, **query) == []
    assert status(api.send("DELETE", f"{path}/{number}")) == OK
    for method in ("GET", "PUT", "DELETE"):
        request: dict[str, Any] = {"json": {}} if method == "PUT" else {}
        assert status(api.send(method, f"{path}/{number}", **request)) == NOT_FOUND
    assert api.ids(path, query=json.dumps({"objectId": number})) == []
    assert status(api.send("POST", f"{path}/{number}")) == OK
    assert status(api.send("POST", f"{path}/{number}")) == BAD_REQUEST
    restored = api.read(f"{path}/{number}")
    assert restored == {**changed, "updateDate": restored["updateDate"]}
    assert api.ids(path, query=json.dumps({"objectId": number})) == [number]


@pytest.mark.parametrize("number", ["999999", "0", "-1", "1.0", "x", "9" * 30, "²", "1e0", "%20"])
def test_missing_objects(api: Api, number: str) -> None:
    """A number that no object has, and a text that is no number, is `ObjectNotFound` by every method."""
    for method in ("GET", "PUT", "DELETE", "POST"):
        body: dict[str, Any] = {"json": {}} if method == "PUT" else {}
        assert status(api.send(method, f"users/{number}", **body)) == NOT_FOUND


@pytest.mark.parametrize("path", ["nothing", "users/1/2", "users/", "USERS", "../v1/users", "files/customproperties"])
def test_there_is_nothing_at_an_address(api: Api, path: str) -> None:
    """An address of nothing is `ObjectNotFound`; it leads nowhere else."""
    code, answer = api.send("GET", path) if ".." not in path else api.send("GET", "%2e%2e/v1/users")
    assert (code, answer["apiStatusCode"]) == NOT_FOUND


def test_methods_that_are_not_there(api: Api) -> None:
    """A method that an address does not have is `BadRequest`, with the methods there are."""
    answer = api.bare.request("PATCH", f"{api.url}/users/1", headers=MASTER)
    assert (answer.status_code, answer.json()["apiStatusCode"]) == BAD_REQUEST
    assert {"GET", "PUT", "DELETE", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert status(api.send("PUT", "users", json={})) == BAD_REQUEST
    assert status(api.send("DELETE", "users")) == BAD_REQUEST
    head = api.bare.head(f"{api.url}/users", headers=MASTER)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                                  "application/json; charset=latin-1", "json"])  # fmt: skip
def test_bodies_need_the_content_type_of_json(api: Api, kind: str | None) -> None:
    """POST and PUT need the content type of JSON (docs/server.md#the-example)."""
    headers = {**MASTER, **({} if kind is None else {"Content-Type": kind})}
    for method, path in (("POST", "users"), ("PUT", "users/1"), ("POST", "users/query"), ("POST", "usersession")):
        assert status(api.send(method, path, headers=headers, content=b"{}")) == BAD_REQUEST
    for right in ("application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'):
        headers = {**MASTER, "Content-Type": right}
        assert status(api.send("POST", "users/query", headers=headers, content=b"{}")) == OK


def test_bodies_that_nothing_reads_are_refused(api: Api) -> None:
    """What deletes and restores takes no body; nothing that a client sent is silently ignored."""
    number = api.make("users", username=name())
    assert status(api.send("DELETE", f"users/{number}", json={"isDeleted": False})) == BAD_REQUEST
    assert status(api.send("GET", f"users/{number}")) == OK
    api.send("DELETE", f"users/{number}")
    assert status(api.send("POST", f"users/{number}", json={"name": "x"})) == BAD_REQUEST
    assert status(api.send("GET", f"users/{number}")) == NOT_FOUND


def test_unknown_parameters_are_refused(api: Api) -> None:
    """A parameter that a request does not take is an error, and not ignored; so is a repeated one."""
    number = api.make("users", username=name())
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"users/{number}", {}), ("PUT", f"users/{number}", {"json": {}}), ("DELETE", f"users/{number}", {}),
        ("POST", f"users/{number}", {}), ("GET", "users", {}), ("POST", "users", {"json": {}}),
        ("GET", "users/customproperties", {}), ("POST", "users/customproperties", {"json": {}}), ("GET", "", {}),
        ("POST", "users/query", {"json": {}}),
    ]  # fmt: skip
    for method, path, body in requests:
        code, refused = api.send(method, path, params={"limits": "1"}, **body)
        assert (code, [one["code"] for one in refused["problems"]]) == (400, ["unknown_parameter"]), (method, path)
        assert refused["problems"][0]["pointer"] == "/limits"
    twice = api.send("GET", "users?limit=1&limit=2")
    assert (twice[0], twice[1]["problems"][0]["code"]) == (400, "invalid_parameter")
    assert status(api.send("GET", "files?type=all")) == BAD_VALUE
    assert status(api.send("GET", "users?type=known")) == BAD_VALUE
    assert status(api.send("GET", "users?query=%7B%22name%22:%22%FF%22%7D")) == BAD_VALUE


def test_a_put_is_partial(api: Api) -> None:
    """What a PUT does not name stays; null takes a value away, and an empty PUT changes nothing but the date."""
    username = name()
    number = api.make("users", username=username, email="a@example.com", name="A", userpassword="x")
    assert status(api.send("PUT", f"users/{number}", json={"name": "B"})) == OK
    assert status(api.send("PUT", f"users/{number}", json={"email": None})) == OK
    assert status(api.send("PUT", f"users/{number}", json={})) == OK
    found = api.read(f"users/{number}")
    assert (found["username"], found["email"], found["name"]) == (username, None, "B")


@pytest.mark.parametrize("path", PATHS)
def test_required_properties(api: Api, path: str) -> None:
    """A property that has to be there is missed when an object is created, and cannot be taken away."""
    [key] = least(path)
    number = api.make(path, **least(path))
    if path == "users":
        return  # anonymous users have nothing at all
    code, refused = api.send("POST", path, json={})
    assert (code, refused["problems"][0]["pointer"]) == (400, f"/{key}")
    assert status(api.send("PUT", f"{path}/{number}", json={key: None})) == BAD_VALUE
    assert api.read(f"{path}/{number}")[key] is not None


@pytest.mark.parametrize("path", PATHS)
def test_system_properties_are_read_only(api: Api, path: str) -> None:
    """Clients cannot set them (docs/language.md#schema). An object that was read may be sent back with what it has."""
    dates = {"createDate": "2020-01-01T00:00:00.000Z", "updateDate": "2020-01-01T00:00:00.000Z"}
    changes: list[dict[str, Any]] = [{"objectId": 7}, {"objectId": None}, *({key: dates[key]} for key in dates)]
    for values in changes:
        code, refused = api.send("POST", path, json={**least(path), **values})
        assert (code, [one["code"] for one in refused["problems"]]) == (400, ["read_only"])
    number = api.make(path, **least(path))
    before = api.read(f"{path}/{number}")
    for values in ({"objectId": number + 1}, {"objectId": str(number)}, {"objectId": None}, dates):
        code, refused = api.send("PUT", f"{path}/{number}", json=values)
        assert {one["code"] for one in refused["problems"]} == {"read_only"}
    assert api.read(f"{path}/{number}") == before
    assert status(api.send("PUT", f"{path}/{number}", json=before)) == OK
    assert status(api.send("PUT", f"{path}/{number}", json=before)) == BAD_VALUE  # the date is another one now


def test_true_is_not_the_object_1(new_store: Callable[[], str]) -> None:
    """JSON's true equals 1 in Python, and is no objectId."""
    with running(new_store()) as api:
        assert api.make("users", username=name()) == 1
        assert status(api.send("PUT", "users/1", content=b'{"objectId": true}', headers=JSON)) == BAD_VALUE
        assert status(api.send("PUT", "users/1", content=b'{"objectId": 1.0}', headers=JSON)) == BAD_VALUE


JSON = {**MASTER, "Content-Type": "application/json"}


def test_every_problem_is_reported_at_once(api: Api) -> None:
    """All problems of a body stand in the message and, for programs, beside it, with line and column."""
    text = b'{"usernam": "x",\n "email": 7,\n "objectId": 5,\n "organizations": [1, "x"]}'
    code, refused = api.send("POST", "users", content=text, headers=JSON)
    assert code == 400
    found = [(one["code"], one["pointer"], one["line"], one["column"]) for one in refused["problems"]]
    assert found == [("unknown_field", "/usernam", 1, 2), ("read_only", "/objectId", 3, 2)]
    assert refused["problems"][0]["hint"] == 'Did you mean "username"?'
    text = b'{"username": "x",\n "email": 7,\n "organizations": [1, "x"]}'
    code, refused = api.send("POST", "users", content=text, headers=JSON)
    found = [(one["code"], one["pointer"], one["line"], one["column"]) for one in refused["problems"]]
    assert found == [("invalid_record", "/email", 2, 11), ("invalid_record", "/organizations/1", 3, 23)]
    for problem in refused["problems"]:
        assert problem["message"] in refused["apiStatusMessage"]


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b'"x"', b"{", b'{"name": "a", "name": "b"}', b"{'name': 1}",
                                  b'{"name": NaN}', b"\xff", b"[" * 5000, b'{"name": "\\ud800"}'])  # fmt: skip
def test_bodies_that_are_not_objects(api: Api, text: bytes) -> None:
    """A body that is no JSON object is `BadParameterValue`, and changes nothing."""
    number = api.make("users", username=name(), name="before")
    for method, path in (("POST", "users"), ("PUT", f"users/{number}"), ("POST", "users/customproperties")):
        assert status(api.send(method, path, content=text, headers=JSON)) == BAD_VALUE
    assert api.read(f"users/{number}")["name"] == "before"


UNIQUE = {"users": "username", "usersegments": "name", "contentgroups": "name", "filegroups": "name",
          "promo/referrals/discounts": "code"}  # fmt: skip


@pytest.mark.parametrize(("path", "key"), UNIQUE.items())
def test_unique_properties(api: Api, path: str, key: str) -> None:
    """No two objects share one: not by creating, changing or restoring. A deleted object frees its value, and values
    compare by character, with their case."""
    value = name()
    first, second = api.make(path, **{key: value}), api.make(path, **{key: f"{value}-2"})
    assert status(api.send("POST", path, json={key: value})) == TAKEN
    assert status(api.send("PUT", f"{path}/{second}", json={key: value})) == TAKEN
    assert status(api.send("PUT", f"{path}/{first}", json={key: value})) == OK
    assert api.read(f"{path}/{second}")[key] == f"{value}-2"
    api.make(path, **{key: value.upper()})
    api.make(path, **{key: f"{value} "})
    api.send("DELETE", f"{path}/{first}")
    assert status(api.send("PUT", f"{path}/{second}", json={key: value})) == OK
    code, refused = api.send("POST", f"{path}/{first}")
    assert (code, refused["apiStatusCode"], refused["problems"][0]["pointer"]) == (*TAKEN, f"/{key}")
    assert status(api.send("PUT", f"{path}/{second}", json={key: f"{value}-3"})) == OK
    assert status(api.send("POST", f"{path}/{first}")) == OK
    third = api.make(path, **{key: f"{value}-2"})
    query = json.dumps({key: {"$in": [value, f"{value}-2"]}})
    assert api.ids(path, query=query) == [first, third]


def test_custom_domain_names(api: Api) -> None:
    """Domains of organizations have their own status (docs/server.md#responses)."""
    domain = f"{name()}.example.com"
    first = api.make("organizations", name="A", customDomainName=domain)
    used = (400, "CustomDomainNameAlreadyUsed")
    assert status(api.send("POST", "organizations", json={"name": "B", "customDomainName": domain})) == used
    second = api.make("organizations", name="A")
    assert status(api.send("PUT", f"organizations/{second}", json={"customDomainName": domain})) == used
    api.send("DELETE", f"organizations/{first}")
    assert status(api.send("PUT", f"organizations/{second}", json={"customDomainName": domain})) == OK
    assert status(api.send("POST", f"organizations/{first}")) == used


def test_anonymous_users_are_found_with_type_all(api: Api) -> None:
    """Without `type=all` a search of users gives those with a username or an email."""
    mark = name()
    numbers = [api.make("users", name=mark, **more) for more in ({}, {"username": name()}, {"email": "a@example.com"})]
    query = json.dumps({"name": mark})
    assert api.ids("users", query=query) == numbers[1:]
    assert api.ids("users", query=query, type="all") == numbers
    either = {"OR": [{"name": mark}, {"objectId": {"$lt": 0}}]}
    code, found = api.send("POST", "users/query", params={"getTotalCount": "true"}, json=either)
    assert (code, found["totalCount"], [one["objectId"] for one in found["data"]]) == (200, 2, numbers[1:])


def test_pages_of_a_search(api: Api) -> None:
    """`limit` and `skip` cut a page, `hasMoreRecords` is a boolean, and a count is there where it was asked for."""
    mark = name()
    numbers = [api.make("files", name=mark, size=size) for size in range(5)]
    pages = {
        ("2", "0"): (numbers[:2], True), ("3", "2"): (numbers[2:], False), ("2", "4"): (numbers[4:], False),
        ("5", "0"): (numbers, False), ("1", "5"): ([], False), ("1000", "0"): (numbers, False),
    }  # fmt: skip
    for (limit, skip), expected in pages.items():
        params = {"query": json.dumps({"name": mark}), "limit": limit, "skip": skip}
        code, found = api.send("GET", "files", params=params)
        assert (code, ([one["objectId"] for one in found["data"]], found["hasMoreRecords"])) == (200, expected)
        cursors = {"nextCursor": found["hasMoreRecords"], "previousCursor": int(skip) > 0 and found["data"]}
        there = {name for name, is_there in cursors.items() if is_there}
        assert set(found) == {"apiStatusCode", "hasMoreRecords", "data"} | there
        assert api.send("GET", "files", params={**params, "getTotalCount": "true"})[1]["totalCount"] == 5
    count = {"query": json.dumps({"name": mark}), "limit": "0", "getTotalCount": "true"}
    assert api.send("GET", "files", params=count)[1] == {
        "apiStatusCode": "Success", "hasMoreRecords": True, "totalCount": 5, "data": [],
    }  # fmt: skip
    for wrong in ("limit=1001", "limit=-1", "limit=x", "limit=", "skip=-1", "skip=1.5", "getTotalCount=1"):
        assert status(api.send("GET", f"files?{wrong}")) == BAD_VALUE


def test_pages_by_cursor(api: Api) -> None:
    """Pages after one another are the whole, in both directions, also after the record of the cursor was deleted."""
    mark = name()
    numbers = [api.make("files", name=mark, size=size % 2) for size in range(7)]
    params = {"query": json.dumps({"name": mark}), "orderBy": "size desc", "limit": "2", "getTotalCount": "true"}
    whole = [*numbers[::-1][1::2], *numbers[::-1][::2]]
    pages, found = [], api.send("GET", "files", params=params)[1]
    while True:
        assert found["totalCount"] == 7
        pages.append([one["objectId"] for one in found["data"]])
        if "nextCursor" not in found:
            break
        found = api.send("GET", "files", params={**params, "after": found["nextCursor"]})[1]
    assert [one for page in pages for one in page] == whole
    found = api.send("GET", "files", params={**params, "before": found["previousCursor"]})[1]
    assert [one["objectId"] for one in found["data"]] == pages[-2]
    assert api.send("DELETE", f"files/{pages[-2][1]}")[0] == 200
    found = api.send("GET", "files", params={**params, "after": found["nextCursor"]})[1]
    assert [one["objectId"] for one in found["data"]] == pages[-1]
    for wrong in ({"after": "?"}, {"after": "AAAA"}, {"orderBy": "size", "after": found["previousCursor"]}):
        assert status(api.send("GET", "files", params={**params, **wrong})) == BAD_VALUE


def test_links_lead_through_all_pages(api: Api) -> None:
    """`Link` of a GET has the next and the previous page, with the other parameters; a POST has none."""
    mark = name()
    numbers = [api.make("files", name=mark) for _ in range(5)]
    params: dict[str, Any] = {"query": json.dumps({"name": mark}), "limit": 2, "orderBy": "name"}
    start = f"{api.url}/files?{urlencode(params)}"
    found, address = [], start
    while address:
        answer = api.bare.get(address, headers=MASTER)
        found.append([one["objectId"] for one in answer.json()["data"]])
        address = urljoin(start, answer.links.get("next", {}).get("url", ""))
        address = "" if address == start else address
    assert found == [numbers[:2], numbers[2:4], numbers[4:]]
    assert set(answer.links) == {"prev"}
    previous = urljoin(start, answer.links["prev"]["url"])
    assert [one["objectId"] for one in api.bare.get(previous, headers=MASTER).json()["data"]] == numbers[2:4]
    assert "Link" in api.bare.head(start, headers=MASTER).headers
    posted = api.bare.post(f"{api.url}/files/query?limit=2", headers=MASTER, json={"name": mark})
    assert "Link" not in posted.headers


def test_long_links_are_left_out(api: Api) -> None:
    """Proxies refuse answers with long headers. The cursors of the page lead on."""
    mark = name()
    numbers = [api.make("files", name=mark) for _ in range(3)]
    for count in (10, 200, 400):
        criteria = {"name": mark, "objectId": {"$nin": list(range(10**9, 10**9 + count))}}
        params: dict[str, Any] = {"query": json.dumps(criteria), "limit": 2, "orderBy": "name"}
        answer = api.bare.get(f"{api.url}/files?{urlencode(params)}", headers=MASTER)
        assert ("Link" in answer.headers) == (count == 10)
        assert len(answer.headers.get("Link", "")) <= 2048
        params["after"] = answer.json()["nextCursor"]
        rest = api.bare.get(f"{api.url}/files?{urlencode(params)}", headers=MASTER).json()
        assert [one["objectId"] for one in rest["data"]] == numbers[2:]


@pytest.mark.parametrize(("skip", "more"), [(0, True), (2, True), (3, False), (9, False)])
@pytest.mark.parametrize("is_counted", [False, True])
def test_a_page_of_nothing_says_whether_there_is_more(api: Api, skip: int, more: bool, is_counted: bool) -> None:
    """With `limit=0` no record is shown; whether there are more does not depend on `getTotalCount`."""
    group = api.make("filegroups", name=name())
    for _ in range(3):
        api.make("files", name="f", fileGroup=group)
    params: dict[str, Any] = {"query": json.dumps({"fileGroup": group}), "limit": 0, "skip": skip}
    counted = {"getTotalCount": "true"} if is_counted else {}
    found = api.send("GET", "files", params={**params, **counted})[1]
    assert (found["data"], found["hasMoreRecords"], found.get("totalCount")) == ([], more, 3 if is_counted else None)


def test_search_on_every_property(api: Api) -> None:
    """System properties and an entity's own are searched and sorted by, on every type that they have."""
    mark = name()
    values = {"title": mark, "text": "long", "tags": ["a", "b"], "isPublished": True,
              "publishDate": "2024-02-29T12:00:00.5Z"}  # fmt: skip
    number = api.make("contentitems", **values)
    api.make("contentitems", title=f"{mark}-2")
    made = api.read(f"contentitems/{number}")
    assert made["publishDate"] == "2024-02-29T12:00:00.500Z"
    conditions = [
        {"objectId": number}, {"createDate": made["createDate"], "title": mark},
        {"updateDate": {"$gte": made["updateDate"]}, "title": mark}, {"title": mark}, {"text": "long", "title": mark},
        {"tags": "a", "title": mark}, {"tags": {"$in": ["b", "c"]}, "title": mark},
        {"isPublished": True, "title": mark},
        {"publishDate": {"$lt": "2024-03-01T00:00:00Z"}, "title": mark}, {"contentGroup": None, "title": mark},
    ]  # fmt: skip
    for condition in conditions:
        assert api.ids("contentitems", query=json.dumps(condition)) == [number]
    amounts = [api.make("promo/referrals/discounts", code=f"{mark}{text}", amount=text) for text in ("10", "9.50")]
    path = "promo/referrals/discounts"
    query = json.dumps({"code": {"$startsWith": mark}})
    assert api.ids(path, query=query, orderBy="amount") == amounts[::-1]
    assert api.ids(path, query=json.dumps({"code": {"$startsWith": mark}, "amount": {"$gt": "9.5"}})) == amounts[:1]
    assert api.read(f"{path}/{amounts[1]}")["amount"] == "9.50"


def test_every_status_of_the_documents_occurs(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ten statuses (docs/server.md#responses), each with its HTTP codes."""
    domain, wrong = f"{name()}.example.com", {**API, "Authorization": "X-Instabot-Master-Api-Key wrong"}
    made = api.send("POST", "users", json={"username": "once"})
    api.make("organizations", name="O", customDomainName=domain)
    found = [
        made,
        api.send("GET", ""),
        api.send("GET", "", headers=wrong),
        api.send("GET", "users", headers=API),
        api.send("GET", "users/999999"),
        api.send("DELETE", "users"),
        api.send("POST", "users", json={"username": "once"}),
        api.send("GET", "users?limit=x"),
        api.send("GET", "", headers={"X-Instabot-Api-Key": "wrong"}),
        api.send("POST", "organizations", json={"name": "P", "customDomainName": domain}),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(Objects, "search", lambda *arguments: 1 // 0)
        found.append(api.send("GET", "users"))
    assert [status(answer) for answer in found] == [
        (201, "Success"), OK, (401, "AuthenticationFailed"), (403, "AccessDenied"), NOT_FOUND, BAD_REQUEST, TAKEN,
        BAD_VALUE, (400, "ApiKeyInvalid"), (400, "CustomDomainNameAlreadyUsed"), (500, "UnidentifiedError"),
    ]  # fmt: skip
    assert {answer["apiStatusCode"] for _, answer in found} == {one.code for one in ApiStatus}
    for code, answer in found:
        assert ("data" in answer) == (code in (200, 201))
        assert ("apiStatusMessage" in answer) == (code >= 400)


def test_a_failure_of_the_server_is_reported_without_details(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the server did not expect is `UnidentifiedError`, which tells nothing; the next request is answered."""

    def fail(*arguments: object) -> None:
        raise RuntimeError("secret of the server")

    with monkeypatch.context() as patch:
        patch.setattr(Objects, "search", fail)
        code, answer = api.send("GET", "users")
    assert (code, set(answer), answer["apiStatusCode"]) == (
        500,
        {"apiStatusCode", "apiStatusMessage"},
        "UnidentifiedError",
    )
    assert "secret" not in str(answer)
    assert status(api.send("GET", "users")) == OK
