"""What takes long keeps nobody else waiting: writers of one object, searches, and changes of custom properties."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import pytest

from criteria import Schema
from criteria.web import check_headers
from examples.server import openapi
from examples.server.catalogue import FORGOTTEN, Catalogue
from examples.server.objects import Objects, Record
from examples.server.store.sql import SqlStore
from tests.server.running import API, SECONDS, Api, name, running, status, user

OK, BAD_VALUE = (200, "Success"), (400, "BadParameterValue")
MANY = 60
"""More than there are threads that all requests share."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """The server on a new SQLite file."""
    with running(f"sqlite:///{tmp_path / 'file.db'}") as found:
        yield found


class Held:
    """Calls of a method that wait until the end of a with block."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: type, method: str, is_held: Callable[..., bool]) -> None:
        self._begun, self._may_end = Event(), Event()
        original = getattr(owner, method)

        def holding(itself: Any, *arguments: Any, **named: Any) -> Any:
            if is_held(*arguments):
                self._begun.set()
                assert self._may_end.wait(SECONDS)
            return original(itself, *arguments, **named)

        patch.setattr(owner, method, holding)

    def wait(self) -> None:
        """Waits until there is such a call."""
        assert self._begun.wait(SECONDS)

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *error: object) -> None:
        self._may_end.set()


class Sent:
    """A request that is sent in a thread of its own."""

    def __init__(self, api: Api, method: str, path: str, **request: Any) -> None:
        self.ended = Event()

        def run() -> None:
            self._answer = api.send(method, path, **request)
            self.ended.set()

        self._thread = Thread(target=run)
        self._thread.start()

    def answer(self) -> tuple[int, dict[str, Any]]:
        """The answer, when it is there."""
        self._thread.join(SECONDS)
        return self._answer


@contextmanager
def arrived(count: int) -> Iterator[None]:
    """A block that ends when the server has begun to read so many requests more."""
    all_are_there, lock, left = Event(), Lock(), list(range(count))

    def counted(*arguments: Any) -> Any:
        with lock:
            if left and left.pop() == 0:
                all_are_there.set()
        return check_headers(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("criteria.web.starlette.check_headers", counted)
        yield
        assert all_are_there.wait(SECONDS)


def logged_in(api: Api) -> dict[str, str]:
    """The headers of a new user's session."""
    login = {"username": name(), "userpassword": "p"}
    api.make("users", **login)
    return user(api.send("POST", "usersession", headers=API, json=login)[1]["data"]["userSessionKey"])


def check_others_are_served(api: Api, session: dict[str, str]) -> None:
    """Reads, searches, new objects, the document of the API and the health check are answered."""
    assert status(api.send("GET", "usersession", headers=session)) == OK
    number = api.make("files", name=(mark := name()))
    assert api.ids("files", query=json.dumps({"name": mark})) == [number]
    for path in ("health", "openapi.json"):
        assert api.bare.get(f"{api.url.removesuffix('/v1')}/{path}").status_code == 200


def test_writers_that_wait_for_one_object_delay_nobody_else(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more of them than there are threads all others are served, and in the end each has written."""
    session, one = logged_in(api), api.make("users", username=name())

    def is_of_one(schema: Schema, record: Record, *unique: Any) -> bool:
        return schema.name == "user" and bool(record["objectId"] == one)

    with Held(monkeypatch, SqlStore, "replace", is_of_one) as held:
        with arrived(MANY):
            sent = [Sent(api, "PUT", f"users/{one}", json={"email": f"e{index}"}) for index in range(MANY)]
        held.wait()
        check_others_are_served(api, session)
    assert [status(one.answer()) for one in sent] == [OK] * MANY


def test_long_bodies_that_wait_for_one_object_delay_no_other(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few threads read long bodies. Those who wait for their turn hold none of them."""
    login = {"username": name(), "userpassword": "p"}
    other, one, session = api.make("users", **login), api.make("users", username=name()), logged_in(api)
    long = {"lastName": "x" * 20_000}

    def is_of_one(schema: Schema, record: Record, *unique: Any) -> bool:
        return schema.name == "user" and bool(record["objectId"] == one)

    with Held(monkeypatch, SqlStore, "replace", is_of_one) as held:
        first = Sent(api, "PUT", f"users/{one}", json={"email": "e"})
        held.wait()
        with arrived(MANY):
            sent = [Sent(api, "PUT", f"users/{'0' * (at % 3)}{one}", json=long) for at in range(MANY)]
        for path in (f"users/{one}", "contentitems/1"):  # who may not write waits for nobody, and nobody for them
            for body in (long, {"userpassword": "q"}):
                assert api.send("PUT", path, headers=API, json=body)[0] == 403
                assert api.send("PUT", path, headers=user("no-such-session"), json=body)[0] == 401
                assert api.send("PUT", path, headers=session, json=body)[0] == 403
        assert api.send("DELETE", f"users/{one}", headers=session)[0] == 403
        assert status(api.send("PUT", f"users/{other}", json=long)) == OK
        assert api.send("POST", "usersession", headers=API, json=login)[0] == 201
        assert not any(waiting.ended.is_set() for waiting in (first, *sent))
    assert [status(waiting.answer()) for waiting in (first, *sent)] == [OK] * (MANY + 1)


def test_writers_of_one_object_read_it_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one writes what it has read: it does not begin anew because others have written, whatever their bodies."""
    one, lock, reads = api.make("users", username=name()), Lock(), []
    record = Objects.record

    def counted(self: Objects, entity: Any, object_id: int, *more: Any) -> Record:
        with lock:
            reads.append((entity.name, object_id))
        return record(self, entity, object_id, *more)

    monkeypatch.setattr(Objects, "record", counted)
    bodies = [{"email": "x"}, {"lastName": "long" * 10_000}, {"userpassword": "hashed"}] * 10
    sent = [Sent(api, "PUT", f"users/{'0' * (index % 3)}{one}", json=body) for index, body in enumerate(bodies)]
    assert [status(one.answer()) for one in sent] == [OK] * len(bodies)
    assert reads == [("user", one)] * len(bodies)


def test_deleting_a_custom_property_keeps_nobody_waiting(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """While its values are deleted it is gone already, and all are served. A new one of its name waits for the end, and
    those that wait, however many, hold no threads that others need."""
    session = logged_in(api)
    number = api.make("users/customproperties", name="level", fieldType="string", isUnique=True)
    ids = [api.make("users", username=name(), customProperties={"level": f"{index}"}) for index in range(5)]
    new = {"name": "level", "fieldType": "string", "isUnique": True}

    def is_forgetting(schema: Schema, *more: Any) -> bool:
        return schema.find("customProperties.level") is not None

    with monkeypatch.context() as patch, Held(patch, SqlStore, "replace_all", is_forgetting) as held:
        deleting = Sent(api, "DELETE", f"users/customproperties/{number}")
        held.wait()
        assert api.read(f"users/{ids[0]}")["customProperties"] == {}
        assert api.ids("users/customproperties") == []
        with arrived(MANY):
            defining = [Sent(api, "POST", "users/customproperties", json=new) for _ in range(MANY)]
        check_others_are_served(api, session)
        assert status(api.send("PUT", f"users/{ids[1]}", json={"email": "e"})) == OK
        assert status(api.send("PUT", f"users/{ids[1]}", json={"customProperties": {"level": "1"}})) == BAD_VALUE
        assert status(api.send("DELETE", f"users/{ids[2]}")) == OK
        query = json.dumps({"customProperties.level": "3"})
        assert status(api.send("GET", "users", params={"query": query})) == BAD_VALUE
        assert not any(one.ended.is_set() for one in (deleting, *defining))
    assert status(deleting.answer()) == OK
    assert sorted(one.answer()[0] for one in defining) == [201, *[400] * (MANY - 1)]
    assert api.read(f"users/{ids[3]}")["customProperties"] == {"level": None}
    for index in range(5):  # nobody has one of the old values any more
        api.make("users", username=name(), customProperties={"level": f"{index}"})


def test_a_long_search_delays_no_custom_property(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Properties come and go during a search, and nobody waits behind them."""
    session = logged_in(api)
    with monkeypatch.context() as patch, Held(patch, Objects, "search", lambda name, *more: name == "user") as held:
        searching = Sent(api, "GET", "users")
        held.wait()
        number = api.make("users/customproperties", name="level", fieldType="string")
        one = api.make("users", username=name(), customProperties={"level": "1"})
        check_others_are_served(api, session)
        assert status(api.send("DELETE", f"users/customproperties/{number}")) == OK
        assert api.read(f"users/{one}")["customProperties"] == {}
        assert not searching.ended.is_set()
    assert status(searching.answer()) == OK


def test_a_search_that_meets_values_of_another_type_begins_anew(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A property that is deleted and defined with another type during a search is read as what it has become."""
    number = api.make("users/customproperties", name="level", fieldType="string")
    with monkeypatch.context() as patch, Held(patch, Objects, "search", lambda name, *more: name == "user") as held:
        searching = Sent(api, "GET", "users", params={"type": "all"})
        held.wait()
        assert status(api.send("DELETE", f"users/customproperties/{number}")) == OK
        api.make("users/customproperties", name="level", fieldType="integer")
        one = api.make("users", username=name(), customProperties={"level": 1})
    assert status(searching.answer()) == OK
    levels = {found["objectId"]: found["customProperties"] for found in searching.answer()[1]["data"]}
    assert levels[one] == {"level": 1}


def test_no_value_of_a_deleted_property_is_left(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that the database gives up is done again."""
    number = api.make("users/customproperties", name="level", fieldType="string")
    ids = [api.make("users", username=name(), customProperties={"level": "old"}) for _ in range(3)]
    replace_all, given_up = SqlStore.replace_all, list(range(2))

    def given_up_twice(self: SqlStore, schema: Schema, *more: Any) -> bool:
        if schema.find("customProperties.level") is not None and given_up:
            given_up.pop()
            return False
        return replace_all(self, schema, *more)

    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, "replace_all", given_up_twice)
        assert status(api.send("DELETE", f"users/customproperties/{number}")) == OK
    assert given_up == []
    api.make("users/customproperties", name="level", fieldType="string")
    assert [api.read(f"users/{one}")["customProperties"] for one in ids] == [{"level": None}] * 3


def test_values_are_deleted_together(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each commit waits for the disk. An object that somebody writes meanwhile is looked at again."""
    number = api.make("users/customproperties", name="level", fieldType="string", isUnique=True)
    count = 2 * FORGOTTEN + 20
    ids = [api.make("users", username=name(), customProperties={"level": f"{index}"}) for index in range(count)]
    replace_all = SqlStore.replace_all
    sizes: list[int] = []

    def counted(self: SqlStore, schema: Schema, changes: Sequence[Any]) -> bool:
        if schema.find("customProperties.level") is None:
            return replace_all(self, schema, changes)
        if not sizes:
            assert status(api.send("PUT", f"users/{ids[1]}", json={"email": "e"})) == OK
        sizes.append(len(changes))
        return replace_all(self, schema, changes)

    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, "replace_all", counted)
        assert status(api.send("DELETE", f"users/customproperties/{number}")) == OK
    assert sizes == [FORGOTTEN, FORGOTTEN, 20, 1]
    api.make("users/customproperties", name="level", fieldType="string", isUnique=True)
    assert {str(api.read(f"users/{one}")["customProperties"]) for one in ids} == {"{'level': None}"}
    for index in range(3):  # nobody has one of the old values any more
        api.make("users", username=name(), customProperties={"level": f"{index}"})
    assert api.read(f"users/{ids[1]}")["email"] == "e"


def test_a_value_that_is_written_while_others_are_looked_for(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits while a change of a property looks for values, and it sees those that are written meanwhile."""
    number = api.make("users/customproperties", name="level", fieldType="string")
    one, scanned, may_end = api.make("users", username=name()), Event(), Event()
    having = Catalogue._having

    def slow(self: Catalogue, *arguments: Any) -> Iterator[Record]:
        found = list(having(self, *arguments))
        scanned.set()
        assert may_end.wait(SECONDS)
        return iter(found)

    monkeypatch.setattr(Catalogue, "_having", slow)
    changing = Sent(api, "PUT", f"users/customproperties/{number}", json={"isList": True})
    try:
        assert scanned.wait(SECONDS)
        assert status(api.send("PUT", f"users/{one}", json={"customProperties": {"level": "1"}})) == OK
    finally:
        may_end.set()
    code, refused = changing.answer()
    assert (code, [problem["code"] for problem in refused["problems"]]) == (400, ["read_only"])
    assert api.read(f"users/{one}")["customProperties"] == {"level": "1"}


def test_what_is_refused_makes_no_document_anew(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The OpenAPI document, which takes long to make, is kept until a custom property changes: a refused definition,
    and one that is not there, changes none."""
    made: list[int] = []

    def counted(*arguments: Any) -> Any:
        made.append(1)
        return openapi.document(*arguments)

    monkeypatch.setattr("examples.server.routes.document", counted)

    def times() -> int:
        assert api.bare.get(f"{api.url.removesuffix('/v1')}/openapi.json").status_code == 200
        return len(made)

    number = api.make("users/customproperties", name="level", fieldType="string")
    assert times() == times() == 1
    api.make("users", username=name(), customProperties={"level": "1"})
    base = "users/customproperties"
    refused: list[tuple[str, str, Any]] = [
        ("POST", base, {"name": "other", "fieldType": "nonsense"}),
        ("POST", base, {"name": "level", "fieldType": "string"}),
        ("PUT", f"{base}/{number}", {"isList": True}),
        ("PUT", f"{base}/{number + 1}", {"description": "D"}),
        ("DELETE", f"{base}/{number + 1}", None),
    ]
    for method, path, body in refused:
        assert api.send(method, path, **({} if body is None else {"json": body}))[0] in (400, 404)
    assert times() == 1
    assert status(api.send("PUT", f"{base}/{number}", json={"description": "D"})) == OK
    assert times() == 2
