"""Writers that meet: one wins where only one can, and nothing that was acknowledged is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import httpx

from tests.server.running import MASTER, SECONDS, Api, name, status

Result = TypeVar("Result")
WRITERS = 16


def at_once(api: Api, tasks: Sequence[Callable[[Api], Result]]) -> list[Result]:
    """The results of tasks that begin at the same time, each with connections of its own."""
    start = Barrier(len(tasks))

    def run(task: Callable[[Api], Result]) -> Result:
        with httpx.Client(base_url=api.url, headers=MASTER, timeout=SECONDS) as master, httpx.Client() as bare:
            bare.timeout = httpx.Timeout(SECONDS)
            own = Api(api.url, api.store_url, master, bare)
            start.wait(SECONDS)
            return task(own)

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def codes(answers: Iterable[tuple[int, dict[str, Any]]]) -> dict[tuple[int, str], int]:
    """How many answers there are of each status."""
    found: dict[tuple[int, str], int] = {}
    for answer in answers:
        found[status(answer)] = found.get(status(answer), 0) + 1
    return found


def test_one_of_many_gets_a_name(api: Api) -> None:
    """Of many who create an object with one name that has to be unique, one does, and the others are told."""
    username = name()
    create = [lambda own: own.send("POST", "users", json={"username": username})] * WRITERS
    assert codes(at_once(api, create)) == {(201, "Success"): 1, (400, "ObjectAlreadyExists"): WRITERS - 1}
    assert len(api.ids("users", query=f'{{"username": "{username}"}}')) == 1


def test_one_of_many_takes_a_name_over(api: Api) -> None:
    """Of many who give their object a name that has to be unique, one does."""
    username = name()
    numbers = [api.make("users", email="someone@example.com") for _ in range(WRITERS)]

    def rename(number: int) -> Callable[[Api], tuple[int, dict[str, Any]]]:
        return lambda own: own.send("PUT", f"users/{number}", json={"username": username})

    found = codes(at_once(api, [rename(number) for number in numbers]))
    assert found == {(200, "Success"): 1, (400, "ObjectAlreadyExists"): WRITERS - 1}


def test_writers_of_different_properties(api: Api) -> None:
    """Everybody changes something else of one object: everything is there in the end."""
    names = ["firstName", "lastName", "name", "email"]
    number = api.make("users", username=name())

    def write(key: str) -> Callable[[Api], list[tuple[int, dict[str, Any]]]]:
        return lambda own: [own.send("PUT", f"users/{number}", json={key: f"{key} {at}"}) for at in range(5)]

    answers = at_once(api, [write(key) for key in names])
    assert codes(one for several in answers for one in several) == {(200, "Success"): 20}
    found = api.read(f"users/{number}")
    assert {key: found[key] for key in names} == {key: f"{key} 4" for key in names}


def test_counting_with_what_was_read(api: Api) -> None:
    """Who sends back the `updateDate` that it has read is refused when somebody else has written since: no count is
    lost."""
    number = api.make("files", name="counter", size=0)
    rounds = 4

    def count(own: Api) -> int:
        tries = 0
        for _ in range(rounds):
            while True:
                tries += 1
                before = own.read(f"files/{number}")
                sent = {"size": before["size"] + 1, "updateDate": before["updateDate"]}
                if status(own.send("PUT", f"files/{number}", json=sent)) == (200, "Success"):
                    break
        return tries

    at_once(api, [count] * 6)
    assert api.read(f"files/{number}")["size"] == 6 * rounds


def test_names_that_are_swapped(api: Api) -> None:
    """Two that take each other's name over, and others that wait for them, come to an end; no name is there twice."""
    one, other = name(), name()
    numbers = [api.make("users", username=one), api.make("users", username=other)]

    def swap(number: int, names: Sequence[str]) -> Callable[[Api], list[tuple[int, dict[str, Any]]]]:
        return lambda own: [
            own.send("PUT", f"users/{number}", json={"username": names[at % len(names)]}) for at in range(12)
        ]

    ways = ([one, other, None], [other, None, one])
    answers = at_once(api, [swap(number, way) for number in numbers for way in ways])  # type: ignore[arg-type]
    assert {*codes(answer for several in answers for answer in several)} <= {
        (200, "Success"),
        (400, "ObjectAlreadyExists"),
    }
    kept = [api.read(f"users/{number}")["username"] for number in numbers]
    assert len({*kept}) == 2 or kept == [None, None]
    for username in (one, other):
        code, _ = api.send("POST", "users", json={"username": username})
        assert code == (400 if username in kept else 201)


def test_deleting_against_changing(api: Api) -> None:
    """A change comes before the deletion, or finds nothing any more; what is restored has all that was acknowledged."""
    number = api.make("files", name="a file", size=0)

    def change(own: Api) -> int:
        last = 0
        for at in range(1, 30):
            if status(own.send("PUT", f"files/{number}", json={"size": at}))[0] != 200:
                break
            last = at
        return last

    def delete(own: Api) -> int:
        return status(own.send("DELETE", f"files/{number}"))[0]

    last, code = at_once(api, [change, delete])
    assert code == 200
    assert api.send("POST", f"files/{number}")[0] == 200
    assert api.read(f"files/{number}")["size"] == last


def test_custom_properties_come_and_go_under_load(api: Api) -> None:
    """While a property is created and deleted, others write and search: every answer is a documented one, and no
    value of a property that is gone comes back with the next one of its name."""
    key = "shifting"
    numbers = [api.make("organizations", name=name()) for _ in range(4)]

    def define(own: Api) -> list[int]:
        found = []
        for field_type in ("integer", "string", "integer", "boolean"):
            code, answer = own.send(
                "POST", "organizations/customproperties", json={"name": key, "fieldType": field_type}
            )
            found.append(code)
            found.append(own.send("DELETE", f"organizations/customproperties/{answer['data']['objectId']}")[0])
        return found

    def write(value: Any) -> Callable[[Api], list[int]]:
        return lambda own: [
            own.send("PUT", f"organizations/{number}", json={"customProperties": {key: value}})[0]
            for number in numbers * 4
        ]

    def search(own: Api) -> list[int]:
        query = {"query": f'{{"customProperties.{key}": {{"$ne": null}}}}'}
        return [own.send("GET", "organizations", params=query)[0] for _ in range(12)]

    defined, *others = at_once(api, [define, write(5), write("five"), write(True), search])
    assert defined == [201, 200] * 4
    assert {code for several in others for code in several} <= {200, 400}
    api.make("organizations/customproperties", name=key, fieldType="guid")
    for number in numbers:
        assert api.read(f"organizations/{number}")["customProperties"][key] is None
