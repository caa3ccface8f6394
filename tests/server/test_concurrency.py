"""Many clients at once, on every store: no write that was acknowledged is lost, and what is unique stays unique."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.server.running import SECONDS, Api, name

pytestmark = pytest.mark.heavy("many clients at once")

CLIENTS = 50

Answer = tuple[int, dict[str, Any]]


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """What tasks give that start together, each in a thread of its own."""
    start = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        start.wait(SECONDS)
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def codes(answers: Sequence[Answer]) -> list[tuple[int, str]]:
    """The different statuses of answers."""
    return sorted({(code, body["apiStatusCode"]) for code, body in answers})


def test_one_of_many_that_create_the_same_name_wins(api: Api) -> None:
    """Fifty clients create an object with one unique name: one succeeds, and there is one object."""
    wanted = name()
    answers = at_once([lambda: api.send("POST", "contentgroups", json={"name": wanted})] * CLIENTS)
    assert codes(answers) == [(201, "Success"), (400, "ObjectAlreadyExists")]
    [number] = [body["data"]["objectId"] for code, body in answers if code == 201]
    assert api.ids("contentgroups", query=json.dumps({"name": wanted})) == [number]


def test_numbers_are_given_once(api: Api) -> None:
    """Fifty objects that are created at once have fifty numbers, and all are found."""
    wanted = name()
    numbers = at_once([lambda: api.make("files", name=wanted)] * CLIENTS)
    assert len(set(numbers)) == CLIENTS
    assert api.ids("files", query=json.dumps({"name": wanted}), limit="100") == sorted(numbers)


def test_no_write_to_one_object_is_lost(api: Api) -> None:
    """Fifty clients write one property each of one object: it has all fifty in the end."""
    properties = [f"p{index}" for index in range(CLIENTS)]
    for one in properties:
        api.make("usersegments/customproperties", name=one, fieldType="integer")
    path = f"usersegments/{api.make('usersegments', name=name())}"
    tasks = [
        lambda body={"customProperties": {one: index}}: api.send("PUT", path, json=body)
        for index, one in enumerate(properties)
    ]  # fmt: skip
    assert codes(at_once(tasks)) == [(200, "Success")]
    assert api.read(path)["customProperties"] == {one: index for index, one in enumerate(properties)}


def test_increments_with_the_state_that_was_read(api: Api) -> None:
    """A write with the `updateDate` that was read is refused when somebody else was first: no increment is lost."""
    path, clients, each = f"files/{api.make('files', name=name(), size=0)}", 8, 3

    def increment() -> int:
        tries = 0
        for _ in range(each):
            while True:
                tries += 1
                assert tries < 1000
                seen = api.read(path)
                body = {"size": seen["size"] + 1, "updateDate": seen["updateDate"]}
                code, answer = api.send("PUT", path, json=body)
                if code == 200:
                    break
                assert (code, answer["apiStatusCode"]) == (400, "BadParameterValue")
        return tries

    tries = sum(at_once([increment] * clients))
    assert api.read(path)["size"] == clients * each <= tries


def test_swaps_of_unique_values_end(api: Api) -> None:
    """Clients that want each other's unique values wait for nobody for ever, and no value is there twice."""
    names = sorted(name() for _ in range(4))
    numbers = [api.make("contentgroups", name=one) for one in names]

    def shuffle(index: int) -> list[Answer]:
        path = f"contentgroups/{numbers[index % 4]}"
        wanted = [names[(index + step) % 4] for step in range(6)]
        return [api.send("PUT", path, json={"name": one}) for one in wanted]

    rounds = at_once([lambda index=index: shuffle(index) for index in range(16)])  # type: ignore[misc]
    seen = codes([answer for answers in rounds for answer in answers])
    assert set(seen) <= {(200, "Success"), (400, "ObjectAlreadyExists")}
    held = [api.read(f"contentgroups/{number}")["name"] for number in numbers]
    assert sorted(held) == names  # a value is given back by nobody who has not got another one
    free = name()
    for number in numbers:  # what an object has it can give back, and another one take
        assert api.send("PUT", f"contentgroups/{number}", json={"name": f"{free}-{number}"})[0] == 200
    for number, one in zip(numbers, names, strict=True):
        assert api.send("PUT", f"contentgroups/{number}", json={"name": one})[0] == 200


def test_values_move_between_objects(api: Api) -> None:
    """One client takes a name as soon as another gives it back: never do two have it, never is it lost."""
    first, second = name(), name()
    numbers = [api.make("contentgroups", name=one) for one in (first, second)]
    third = name()

    def rename(number: int, names: tuple[str, ...]) -> list[Answer]:
        return [api.send("PUT", f"contentgroups/{number}", json={"name": one}) for one in names * 6]

    tasks = [
        lambda: rename(numbers[0], (second, third, first)),
        lambda: rename(numbers[1], (first, third, second)),
        lambda: rename(numbers[1], (third, second, first)),
    ]
    answers = [answer for found in at_once(tasks) for answer in found]
    assert set(codes(answers)) <= {(200, "Success"), (400, "ObjectAlreadyExists")}
    held = {api.read(f"contentgroups/{number}")["name"] for number in numbers}
    assert len(held) == 2
    [free] = {first, second, third} - held
    assert api.make("contentgroups", name=free) not in numbers
    for one in held:
        assert api.send("POST", "contentgroups", json={"name": one})[1]["apiStatusCode"] == "ObjectAlreadyExists"


def test_one_of_many_deletes(api: Api) -> None:
    """An object is deleted once, and restored once, by however many clients at the same time."""
    path = f"contentgroups/{api.make('contentgroups', name=name())}"
    for method, other in (("DELETE", (404, "ObjectNotFound")), ("POST", (400, "BadRequest"))):
        answers = at_once([lambda method=method: api.send(method, path)] * 16)  # type: ignore[misc]
        assert sorted(code for code, _ in answers) == [200, *[other[0]] * 15]
        assert other in codes(answers)


def test_updates_against_a_delete(api: Api) -> None:
    """A write that was acknowledged is there when the object is restored; a delete undoes none, no write undoes it."""
    for _ in range(4):
        _update_against_delete(api)


def _update_against_delete(api: Api) -> None:
    path = f"usersegments/{api.make('usersegments', name=name(), description='none')}"
    updates = [lambda text=str(index): (text, api.send("PUT", path, json={"description": text})) for index in range(12)]
    *written, (_, deleted) = at_once([*updates, lambda: ("", api.send("DELETE", path))])
    assert deleted[0] == 200
    assert set(codes([answer for _, answer in written])) <= {(200, "Success"), (404, "ObjectNotFound")}
    assert api.send("GET", path)[0] == 404
    assert api.send("POST", path)[0] == 200
    done = {text for text, answer in written if answer[0] == 200}
    assert api.read(path)["description"] in (done or {"none"})


def test_a_deleted_name_is_taken_by_one(api: Api) -> None:
    """A name that its deleted object gave back goes to one client: to one that creates, or to the one that restores."""
    wanted = name()
    path = f"contentgroups/{api.make('contentgroups', name=wanted)}"
    assert api.send("DELETE", path)[0] == 200
    create = [lambda: api.send("POST", "contentgroups", json={"name": wanted})] * 8
    answers = at_once([*create, lambda: api.send("POST", path)])
    assert sum(code in (200, 201) for code, _ in answers) == 1
    assert len(api.ids("contentgroups", query=json.dumps({"name": wanted}))) == 1


def test_custom_properties_come_and_go_while_others_write(api: Api) -> None:
    """While a custom property is created and deleted, now as text and now as a number, others write and search: each
    answer is that of before or after, and no value of one type is left to the other."""
    wanted = name()
    properties = "organizations/customproperties"

    def come_and_go() -> list[Answer]:
        answers = []
        for step in range(6):
            answers.append(made := api.send("POST", properties, json={"name": "level", "fieldType": TYPES[step % 2]}))
            answers.append(api.send("DELETE", f"{properties}/{made[1]['data']['objectId']}"))
        return answers

    def write(value: Any) -> list[Answer]:
        found = []
        for _ in range(6):
            body = {"name": wanted, "customProperties": {"level": value}}
            found.append(api.send("POST", "organizations", json=body))
            query = {"name": wanted, "customProperties.level": value}
            found.append(api.send("POST", "organizations/query", json=query))
        return found

    changes, *others = at_once([come_and_go, *([lambda: write("high"), lambda: write(7)] * 4)])
    assert codes(changes) == [(200, "Success"), (201, "Success")]
    answers = [answer for found in others for answer in found]
    assert set(codes(answers)) <= {(200, "Success"), (201, "Success"), (400, "BadParameterValue")}
    made = [body["data"]["objectId"] for code, body in answers if code == 201]
    assert api.ids("organizations", query=json.dumps({"name": wanted}), limit="100") == sorted(made)
    last = api.make(properties, name="level", fieldType="integer")
    none = {"name": wanted, "customProperties.level": {"$ne": None}}
    assert api.ids("organizations", query=json.dumps(none)) == []
    assert api.send("DELETE", f"{properties}/{last}")[0] == 200


TYPES = ("string", "integer")
