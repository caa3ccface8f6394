"""Every request sample of the documents, sent to the running server as it is printed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server import samples
from tests.server.running import APPLICATION, KEYS, MASTER, Api


def send(api: Api, sample: str, **replaced: int) -> tuple[int, dict[str, Any]]:
    """The HTTP code and the JSON with which the server answers a sample; the numbers of its objects are replaced."""
    request = samples.read(sample, KEYS.api_key, KEYS.master_key)
    path = request.path
    for old, new in replaced.items():
        path = path.replace(f"/{old[1:]}", f"/{new}")
    content = None if request.body is None else request.body.encode()
    response = api.client.request(request.method, f"{api.url}{path}", headers=request.headers, content=content)
    return response.status_code, response.json()


@pytest.fixture(scope="module")
def user(api: Api) -> int:
    """The number of the user that the sample of section 2 creates."""
    code, answer = send(api, samples.CREATE)
    assert (code, answer["apiStatusCode"]) == (201, "Success")
    assert list(answer["data"]) == ["objectId"]
    return int(answer["data"]["objectId"])


def test_samples_are_read_as_curl_reads_them() -> None:
    """Method, address, headers and body are those that the sample says."""
    found = samples.read(samples.CREATE, "k", "m")
    assert (found.method, found.path) == ("POST", "/v1/users")
    assert found.headers == {
        "X-Instabot-Api-Key": "k",
        "Authorization": "X-Instabot-Master-Api-Key m",
        "Content-Type": "application/json",
    }
    assert json.loads(found.body or "")["username"] == "newuser"
    assert samples.read(samples.UPDATE, "k", "m").method == "PUT"
    assert samples.read(samples.FIRST_PAGE, "k", "m").path == "/v1/users?limit=20&skip=0"
    assert samples.read(samples.SEARCH_BY_GET, "k", "m").path.startswith("/v1/users?type=all&query=%7B")


def test_the_version(api: Api) -> None:
    """Server API, section 1: the API says which version it is, and whose application the key is of."""
    code, answer = send(api, samples.VERSION)
    assert code == 200
    assert answer == {"apiStatusCode": "Success", "data": {"version": "2016-05-01", "applicationName": "Sample App"}}


def test_a_call_without_keys(api: Api) -> None:
    """Server API, section 4: the answer is the one that is printed there."""
    printed = {"apiStatusCode": "AccessDenied", "apiStatusMessage": "User not authorized for this action."}
    assert send(api, samples.NO_KEYS) == (403, printed)


def test_a_key_that_is_none(api: Api) -> None:
    """Server API, section 3: the answer is the one that is printed there."""
    response = api.ask("GET", "", headers={"X-Instabot-Api-Key": "another"})
    assert response.status_code == 400
    assert response.json() == {"apiStatusCode": "ApiKeyInvalid", "apiStatusMessage": "API Key is invalid."}


def test_the_life_of_a_user(api: Api, user: int) -> None:
    """Sections 3 to 5: updated, read, deleted, and restored with all that it had."""
    assert send(api, samples.UPDATE, _400=user) == (200, {"apiStatusCode": "Success"})
    code, answer = send(api, samples.RETRIEVE, _400=user)
    assert (code, answer["apiStatusCode"]) == (200, "Success")
    assert answer["data"]["objectId"] == user
    assert (answer["data"]["username"], answer["data"]["email"]) == ("newuser", "other@example.com")
    assert answer["data"]["createDate"] < answer["data"]["updateDate"]
    assert send(api, samples.DELETE, _400=user) == (200, {"apiStatusCode": "Success"})
    code, gone = send(api, samples.RETRIEVE, _400=user)
    assert (code, gone["apiStatusCode"]) == (404, "ObjectNotFound")
    assert send(api, samples.RESTORE, _400=user) == (200, {"apiStatusCode": "Success"})
    code, again = send(api, samples.RETRIEVE, _400=user)
    assert {**again["data"], "updateDate": None} == {**answer["data"], "updateDate": None}
    api.ask("PUT", f"/users/{user}", {"email": "newuser@example.com"})


def test_a_search_by_get(api: Api, user: int) -> None:
    """Section 6: the user with this address, and whether there are more, as a boolean."""
    code, answer = send(api, samples.SEARCH_BY_GET)
    assert code == 200
    assert [record["objectId"] for record in answer["data"]] == [user]
    assert answer["hasMoreRecords"] is False
    assert "totalCount" not in answer


@pytest.fixture(scope="module")
def johns(api: Api, user: int) -> list[int]:
    """25 users whose name is John, of whom every second is anonymous."""
    known = [{"name": "John", "email": f"john{index:02}@example.com"} for index in range(13)]
    return [api.create("/users", **values) for values in (*known, *[{"name": "John"}] * 12)]


def test_a_search_by_post(api: Api, johns: list[int]) -> None:
    """Section 6: the first ten of the Johns, anonymous ones among them because `type=all` says so."""
    code, answer = send(api, samples.SEARCH_BY_POST)
    assert code == 200
    assert [record["objectId"] for record in answer["data"]] == johns[:10]
    assert answer["hasMoreRecords"] is True
    known = api.ask("POST", "/users/query?getTotalCount=true&limit=100", {"name": "John"}).json()
    every = api.ask("POST", "/users/query?getTotalCount=true&limit=100&type=all", {"name": "John"}).json()
    assert (known["totalCount"], every["totalCount"]) == (13, 25)
    assert [record["objectId"] for record in every["data"]] == johns


def test_the_total_count(api: Api, johns: list[int]) -> None:
    """Section 6a: how many there are in all, beside the first ten."""
    code, answer = send(api, samples.TOTAL_COUNT)
    assert code == 200
    assert (answer["totalCount"], len(answer["data"]), answer["hasMoreRecords"]) == (13, 10, True)


def test_pages(api: Api, johns: list[int]) -> None:
    """Section 6b: the second page of twenty begins where the first has ended."""
    first, second = (send(api, sample)[1] for sample in (samples.FIRST_PAGE, samples.SECOND_PAGE))
    known = api.ids("/users", limit=100)
    found = [record["objectId"] for page in (first, second) for record in page["data"]]
    assert found == known[:40]
    assert first["hasMoreRecords"] is (len(known) > 20)


@pytest.mark.parametrize("order", samples.ORDERS)
def test_orders(api: Api, johns: list[int], order: str) -> None:
    """Section 6c: the records come in the order that is asked for; no value comes first, and numbers decide ties."""
    records = api.get("/users", orderBy=order, limit=1000)
    assert len(records) > 13
    last = "objectId desc" if order.endswith("desc") else "objectId"
    for part in reversed([*order.split(","), last]):
        name, _, direction = part.partition(" ")
        key = {record["objectId"]: (record[name] is not None, record[name] or "") for record in records}
        records = sorted(records, key=lambda record: key[record["objectId"]], reverse=direction == "desc")
    assert [one["objectId"] for one in api.get("/users", orderBy=order, limit=1000)] == [
        one["objectId"] for one in records
    ]


@pytest.fixture(scope="module")
def first_names(api: Api) -> None:
    """Three users with first names, and one without, of one last name."""
    for name in ("Adam", "John", "Zoe", None):
        api.create("/users", firstName=name, lastName="Of the table")


@pytest.mark.parametrize("criteria", samples.OPERATORS)
@pytest.mark.usefixtures("first_names")
def test_operators(api: Api, criteria: str) -> None:
    """Section 6d: each operator selects the users that it says, by GET and by POST alike."""
    query = {"AND": [json.loads(criteria), {"lastName": "Of the table"}]}
    by_get = api.get("/users", query=json.dumps(query), type="all", orderBy="firstName")
    by_post = api.ask("POST", "/users/query?type=all&orderBy=firstName", query).json()["data"]
    assert [one["firstName"] for one in by_get] == samples.OPERATORS[criteria]
    assert by_post == by_get


def test_null_in_a_list(api: Api) -> None:
    """Section 6d: it is refused, and the answer says what to write instead."""
    response = api.ask("POST", "/users/query", {"firstName": {"$in": ["John", None]}})
    assert response.status_code == 400
    answer = response.json()
    assert answer["apiStatusCode"] == "BadParameterValue"
    [problem] = answer["problems"]
    assert (problem["code"], problem["pointer"]) == ("null_in_list", "/query/firstName/$in/1")
    assert '{"OR":' in problem["hint"]


def test_resolving_single_references(api: Api) -> None:
    """Section 7: references are numbers, and objects where `resolve` names them; the API key is enough."""
    ambassador, friend = (api.create("/users", email=f"{name}@example.com") for name in ("ambassador", "friend"))
    discount = api.create(
        "/promo/referrals/discounts", code="SPRING", ambassadorUser={"objectId": ambassador}, referralUser=friend
    )
    plain = api.ask("GET", f"/promo/referrals/discounts/{discount}", headers=APPLICATION).json()["data"]
    assert plain["ambassadorUser"] == {"objectId": ambassador}
    code, answer = send(api, samples.RESOLVE, _100=discount)
    assert code == 200
    assert answer["data"]["ambassadorUser"]["email"] == "ambassador@example.com"
    assert answer["data"]["referralUser"]["email"] == "friend@example.com"
    assert {**answer["data"], "ambassadorUser": 0, "referralUser": 0} == {
        **plain,
        "ambassadorUser": 0,
        "referralUser": 0,
    }


def test_resolving_a_list_of_references(api: Api) -> None:
    """Section 7: the organizations of a user are there where they are asked for, and only there."""
    organizations = [api.create("/organizations", name=f"Organization {number}") for number in (1, 2)]
    member = api.create("/users", email="member@example.com", organizations=organizations)
    assert "organizations" not in api.get(f"/users/{member}")
    code, answer = send(api, samples.RESOLVE_LIST, _100=member)
    assert code == 200
    assert [(one["objectId"], one["name"]) for one in answer["data"]["organizations"]] == [
        (organizations[0], "Organization 1"),
        (organizations[1], "Organization 2"),
    ]


def test_the_headers_are_the_documents(api: Api) -> None:
    """The keys of the other tests stand in the headers that the samples have."""
    assert samples.read(samples.RETRIEVE, KEYS.api_key, KEYS.master_key).headers == MASTER
