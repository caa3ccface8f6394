"""Each request that the reference API shows (docs/language.md#source) gets the answer that it describes.

The server holds the objects of these samples: 399 users, so that the next one is number 400; 156 of them are
named John; users 100 and 200 stand in discount 100.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from examples.server.catalogue import Catalogue
from examples.server.store import open_store
from tests.server import curl, samples
from tests.server.running import API_KEY, MASTER, MASTER_KEY, SECONDS, Api, running

JOHNS = 156
FIRST_NAMES = (None, "Adam", "John", "Johanna", "john", "Zoë")


def person(number: int) -> dict[str, Any]:
    """The user of a number. Every tenth is anonymous, without username and email."""
    is_known = number % 10 != 0
    email = "known@example.com" if number == 9 else f"user{number % 7}@example.com"
    name = "John" if number <= JOHNS else ("John Smith", "Smith", "Smithson", None)[number % 4]
    return {
        "username": f"user{number}" if is_known else None,
        "email": email if is_known else None,
        "name": name,
        "firstName": FIRST_NAMES[number % len(FIRST_NAMES)],
    }


PEOPLE = [{"objectId": number, **person(number)} for number in range(1, 400)]


@pytest.fixture(scope="module")
def documented(new_store: Callable[[], str]) -> Iterator[Api]:
    """The server of the samples."""
    url = new_store()
    store = open_store(url)
    try:
        objects = Catalogue(store).objects
        organizations = [objects.create("organization", {"name": name}) for name in ("First", "Second")]
        for one in PEOPLE:
            of = {"organizations": organizations} if one["objectId"] == 100 else {}
            objects.create("user", {**person(one["objectId"]), **of})
        for number in range(1, 101):
            objects.create("referralDiscount", {"code": f"C{number}", "ambassadorUser": number, "referralUser": 200})
    finally:
        store.close()
    with running(url) as api:
        yield api


def ask(api: Api, sample: str) -> tuple[int, dict[str, Any]]:
    """The HTTP code and the JSON of a sample's answer."""
    wanted = curl.read(sample, API_KEY=API_KEY, API_MASTER_KEY=MASTER_KEY)
    body = None if wanted.body is None else wanted.body.encode()
    url = f"{api.url}{wanted.path}"
    answer = api.bare.request(wanted.method, url, headers=wanted.headers, content=body)
    assert answer.headers["content-type"] == "application/json"
    return answer.status_code, answer.json()


def ids(answer: dict[str, Any]) -> list[int]:
    """The numbers of the objects in an answer."""
    return [one["objectId"] for one in answer["data"]]


def is_known(one: dict[str, Any]) -> bool:
    """Whether a search without `type=all` may find a user."""
    return one["username"] is not None or one["email"] is not None


def test_the_curl_lines_are_read_as_they_are_meant() -> None:
    """The reader of curl lines gives method, path, headers and body, whatever is untidy in them."""
    read = curl.read(samples.UPDATE, API_KEY="k", API_MASTER_KEY="m")
    content = ("Content-Type", "application/json")
    keys = (("X-Instabot-Api-Key", "k"), ("Authorization", "X-Instabot-Master-Api-Key m"))
    body = '{"username":"newuser", "email":"another@example.com"}'
    assert read == curl.Sample("PUT", "/users/400", (*keys, content), body)
    assert curl.read(samples.ABOUT, API_KEY="k", API_MASTER_KEY="m") == curl.Sample("GET", "", keys, None)
    path = "/users?type=all&query=%7B%22email%22%3A%22known%40example.com%22%7D"
    assert curl.read(samples.SEARCH_BY_GET, API_KEY="k", API_MASTER_KEY="m") == curl.Sample("GET", path, keys, None)


def test_version_and_application(documented: Api) -> None:
    """The address that all others are relative to."""
    data = {"version": "2016-05-01", "applicationName": "Sample App"}
    assert ask(documented, samples.ABOUT) == (200, {"apiStatusCode": "Success", "data": data})


def test_a_session_without_keys_is_denied(documented: Api) -> None:
    """The error, word for word."""
    denied = {"apiStatusCode": "AccessDenied", "apiStatusMessage": "User not authorized for this action."}
    assert ask(documented, samples.SESSION) == (403, denied)


def test_create_update_read_delete_and_restore(documented: Api) -> None:
    """Create, change, read, delete and restore, one after the other: each request finds what the last one wrote."""
    assert ask(documented, samples.CREATE) == (201, {"apiStatusCode": "Success", "data": {"objectId": 400}})
    code, found = ask(documented, samples.READ)
    user = found["data"]
    assert (code, user["username"], user["email"]) == (200, "newuser", "newuser@example.com")
    assert "userpassword" not in user
    assert "passwordHash" not in user
    assert ask(documented, samples.CREATE)[1]["apiStatusCode"] == "ObjectAlreadyExists"

    assert ask(documented, samples.UPDATE) == (200, {"apiStatusCode": "Success"})
    changed = ask(documented, samples.READ)[1]["data"]
    assert changed["updateDate"] > user["updateDate"]
    assert changed == {**user, "email": "another@example.com", "updateDate": changed["updateDate"]}

    assert ask(documented, samples.DELETE) == (200, {"apiStatusCode": "Success"})
    gone = (404, {"apiStatusCode": "ObjectNotFound", "apiStatusMessage": "There is no user 400."})
    assert [ask(documented, one) for one in (samples.READ, samples.UPDATE, samples.DELETE)] == [gone] * 3

    assert ask(documented, samples.RESTORE) == (200, {"apiStatusCode": "Success"})
    restored = ask(documented, samples.READ)[1]["data"]
    assert restored == {**changed, "updateDate": restored["updateDate"]}
    assert ask(documented, samples.DELETE)[0] == 200  # the other tests count users


def test_search_by_get(documented: Api) -> None:
    """The criteria in the query string."""
    code, found = ask(documented, samples.SEARCH_BY_GET)
    assert (code, found["apiStatusCode"], found["hasMoreRecords"]) == (200, "Success", False)
    assert ids(found) == [9]
    assert "totalCount" not in found


def test_search_by_post(documented: Api) -> None:
    """The criteria in the body. There are more records than the ten of a page, anonymous ones too."""
    code, found = ask(documented, samples.SEARCH_BY_POST)
    assert (code, found["apiStatusCode"], found["hasMoreRecords"]) == (200, "Success", True)
    assert ids(found) == list(range(1, 11))


def test_total_count(documented: Api) -> None:
    """The total count, here of known users; with `type=all` it is 156, as in the sample."""
    code, found = ask(documented, samples.TOTAL_COUNT)
    known = [one["objectId"] for one in PEOPLE if one["name"] == "John" and is_known(one)]
    assert (code, found["hasMoreRecords"], found["totalCount"]) == (200, True, len(known))
    assert ids(found) == known[:10]
    everybody = samples.TOTAL_COUNT.replace("?", "?type=all&")
    assert ask(documented, everybody)[1]["totalCount"] == JOHNS


def test_pages(documented: Api) -> None:
    """Two pages of twenty known users hold the first forty of them, each once."""
    answers = [ask(documented, sample) for sample in (samples.FIRST_PAGE, samples.SECOND_PAGE)]
    assert [(code, found["hasMoreRecords"]) for code, found in answers] == [(200, True), (200, True)]
    known = [one["objectId"] for one in PEOPLE if is_known(one)]
    assert [ids(found) for _, found in answers] == [known[:20], known[20:40]]


@pytest.mark.parametrize("order", samples.ORDERS)
def test_orders(documented: Api, order: str) -> None:
    """Each order, over all pages: empty values come first when it ascends, and last when it descends."""
    found: list[int] = []
    with httpx.Client(headers=MASTER, timeout=SECONDS) as client:
        while True:
            url = f"{documented.url.removesuffix('/v1')}{order}&limit=150&skip={len(found)}"
            answer = client.get(url)
            assert answer.status_code == 200
            found += ids(answer.json())
            if not answer.json()["hasMoreRecords"]:
                break
    expected = [one for one in PEOPLE if is_known(one)]
    parts = order.partition("=")[2].split(",")
    last = "objectId desc" if parts[-1].endswith(" desc") else "objectId"  # what ends each order
    for part in (last, *reversed(parts)):
        expected = ordered(expected, part)
    assert found == [one["objectId"] for one in expected]


def ordered(people: list[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    """The people in the order of a property, with those that do not have it first, or last when it descends."""
    name, _, direction = part.partition(" ")
    return sorted(people, key=lambda one: (one[name] is not None, one[name] or ""), reverse=direction == "desc")


SELECTED: dict[str, Callable[[str | None], bool]] = {
    samples.CRITERIA[0]: lambda name: name == "John",
    samples.CRITERIA[1]: lambda name: name != "John",
    samples.CRITERIA[2]: lambda name: name is not None and name > "John",
    samples.CRITERIA[3]: lambda name: name is not None and name >= "John",
    samples.CRITERIA[4]: lambda name: name is not None and name < "John",
    samples.CRITERIA[5]: lambda name: name is not None and name <= "John",
    samples.CRITERIA[6]: lambda name: name is None,
    samples.CRITERIA[7]: lambda name: name is not None,
    samples.CRITERIA[8]: lambda name: name in ("John", "Adam"),
    samples.CRITERIA[9]: lambda name: name not in ("John", "Adam"),
    samples.CRITERIA[10]: lambda name: name is not None and name.startswith("John"),
    samples.CRITERIA[11]: lambda name: name is not None and name.endswith("Smith"),
    samples.CRITERIA[12]: lambda name: name is not None and "Smith" in name,
}


@pytest.mark.parametrize("text", samples.CRITERIA)
def test_operators(documented: Api, text: str) -> None:
    """Each operator selects the records that it says, by GET and by POST. Two samples have quotes of
    typography, which are no JSON, and three a name in another case: they are refused with a hint, and mended here."""
    code, refused = search(documented, text)
    mended = text.replace("”", '"').replace('"Name"', '"name"')
    if mended != text:
        assert (code, refused["apiStatusCode"]) == (400, "BadParameterValue")
        assert "”" in text or refused["problems"][0]["hint"] == 'Did you mean "name"?'
    code, found = search(documented, mended)
    [field] = json.loads(mended)
    expected = [one["objectId"] for one in PEOPLE if SELECTED[text](one[field])]
    assert (code, found["totalCount"], ids(found)) == (200, len(expected), expected)
    assert expected


def search(api: Api, text: str) -> tuple[int, dict[str, Any]]:
    """The answer to criteria, which is the same by GET and by POST."""
    options = {"type": "all", "limit": "1000", "getTotalCount": "true"}
    by_get = api.client.get("/users", params={**options, "query": text})
    headers = {"Content-Type": "application/json"}
    by_post = api.client.post("/users/query", params=options, content=text.encode(), headers=headers)
    assert (by_get.status_code, by_get.json()) == (by_post.status_code, by_post.json())
    return by_get.status_code, by_get.json()


def test_logical_operators(documented: Api) -> None:
    """The complex criteria, with values in place of the sample's names."""
    criteria = {
        "OR": [
            {"NOT": {"AND": [{"objectId": {"$gt": 5}}, {"objectId": {"$lt": 390}}]}},
            {"AND": [{"name": "John"}, {"OR": [{"firstName": "Adam"}, {"firstName": "Zoë"}]}]},
        ]
    }
    _, found = search(documented, json.dumps(criteria))
    expected = [
        one["objectId"]
        for one in PEOPLE
        if not (one["objectId"] > 5 and one["objectId"] < 390)
        or (one["name"] == "John" and one["firstName"] in ("Adam", "Zoë"))
    ]
    assert ids(found) == expected


def test_resolved_references(documented: Api) -> None:
    """References are objects with an objectId, and with `resolve` the objects themselves. For a discount
    the API key alone will do."""
    plain = samples.RESOLVE_DISCOUNT.replace("?resolve=ambassadorUser,referralUser", "")
    code, found = ask(documented, plain)
    assert (code, found["data"]["ambassadorUser"], found["data"]["referralUser"]) == (
        200,
        {"objectId": 100},
        {"objectId": 200},
    )
    code, found = ask(documented, samples.RESOLVE_DISCOUNT)
    users = [found["data"][name] for name in ("ambassadorUser", "referralUser")]
    assert [(one["objectId"], one["name"], one["firstName"]) for one in users] == [
        (number, person(number)["name"], person(number)["firstName"]) for number in (100, 200)
    ]


def test_resolved_lists_of_references(documented: Api) -> None:
    """A user's organizations are there only where `resolve` names them."""
    code, found = ask(documented, samples.RESOLVE_ORGANIZATIONS)
    assert code == 200
    assert [(one["objectId"], one["name"]) for one in found["data"]["organizations"]] == [(1, "First"), (2, "Second")]
    plain = ask(documented, samples.RESOLVE_ORGANIZATIONS.replace("?resolve=organizations", ""))[1]
    assert "organizations" not in plain["data"]
