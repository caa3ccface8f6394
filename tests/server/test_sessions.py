"""What happens at the same time as a login, and after a session is over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import Search
from criteria.web import json_object
from examples.server import sessions as module
from examples.server.catalogue import Catalogue
from examples.server.objects import Record, kept_unique
from examples.server.sessions import LIFETIME, Sessions, password_hashed
from examples.server.store import Store, open_store
from tests.server.running import API, Api, name, running, status, user

OK, FAILED = (200, "Success"), (401, "AuthenticationFailed")


@pytest.fixture
def store(new_store: Callable[[], str]) -> Iterator[Store]:
    """An empty store."""
    with closing(open_store(new_store())) as found:
        yield found


def new_user(catalogue: Catalogue) -> int:
    """A user `ada` with the password `old`."""
    return catalogue.objects.create(
        "user", password_hashed(json_object(b'{"userpassword": "old"}'))({"username": "ada"})
    )


def change_password(catalogue: Catalogue, number: int, password: str) -> None:
    """Changes a password, and ends no session."""
    body = json_object(b'{"userpassword": "%s"}' % password.encode())
    catalogue.objects.update("user", number, body, password_hashed(body))


def test_a_login_that_began_before_a_change_opens_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password changes after a login has checked the old one, and before it creates its session."""
    catalogue = Catalogue(store)
    found, number = Sessions(catalogue.objects), new_user(catalogue)
    create = catalogue.objects.create

    def late(entity: str, values: Record) -> int:
        change_password(catalogue, number, "new")
        found.end_all(number)
        return create(entity, values)

    monkeypatch.setattr(catalogue.objects, "create", late)
    key = found.begin("ada", "old")
    assert found.user_of(key) is None
    monkeypatch.undo()
    assert found.user_of(found.begin("ada", "new")) == number


def test_a_session_is_bound_to_its_password(store: Store) -> None:
    """It is over with the password that it began with, even if nobody ends it, and is not there again with the same."""
    catalogue = Catalogue(store)
    found, number = Sessions(catalogue.objects), new_user(catalogue)
    key = found.begin("ada", "old")
    assert found.user_of(key) == number
    for password in ("new", "old"):
        change_password(catalogue, number, password)
        assert found.user_of(key) is None
    found.end(key)
    assert found.user_of(found.begin("ada", "old")) == number


def test_keys_of_no_session(store: Store) -> None:
    """Whatever a client writes as a session key opens nothing."""
    catalogue = Catalogue(store)
    new_user(catalogue)
    found = Sessions(catalogue.objects)
    found.begin("ada", "old")
    for key in ("", ".", "1", "1.", "x.y", "\u0661.x", "9" * 30 + ".x", "-1.x", " 1.x"):
        assert found.user_of(key) is None, key


def test_a_key_opens_only_its_own_user(store: Store) -> None:
    """The number in a key cannot be changed to that of another user."""
    catalogue = Catalogue(store)
    number, found = new_user(catalogue), Sessions(catalogue.objects)
    other = catalogue.objects.create("user", {"username": "bo", "passwordHash": None})
    key = found.begin("ada", "old")
    assert found.user_of(key) == number
    assert found.user_of(f"{other}.{key.partition('.')[2]}") is None


def test_sessions_that_are_over_are_removed(store: Store) -> None:
    """Ended and expired ones leave the store, and others stay."""
    catalogue = Catalogue(store)
    found, number = Sessions(catalogue.objects), new_user(catalogue)
    keys = [found.begin("ada", "old") for _ in range(4)]
    found.end(keys[0])
    stored = catalogue.entity("userSession").stored
    every = Search(criteria.parse({}, stored))
    for session in store.find(every)[1:3]:
        unique = kept_unique(stored, session)
        old = {**session, "createDate": session["createDate"] - LIFETIME - timedelta(seconds=1)}
        assert store.replace(stored, old, unique, unique)
    assert store.count(every) == 4
    found.purge()
    assert store.count(every) == 1
    assert [found.user_of(key) for key in keys] == [None, None, None, number]


def test_sessions_end_in_one_statement(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """However many there are, those of a user and those that are over are removed at once."""
    catalogue = Catalogue(store)
    found, number = Sessions(catalogue.objects), new_user(catalogue)
    every = Search(criteria.parse({}, catalogue.entity("userSession").stored))
    ends: list[tuple[bool, Callable[[], None]]] = [(False, partial(found.end_all, number)), (True, found.purge)]
    for is_over, end in ends:
        for _ in range(5):
            session = catalogue.objects.create("userSession", {"user": number, "keyHash": "x"})
            if is_over:
                catalogue.objects.delete("userSession", session)
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "examples.server.store"):
            end()
        assert len([record for record in caplog.records if record.name == "examples.server.store"]) == 1
        assert store.count(every) == 0


def test_the_oldest_session_ends(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user has so many sessions, and each login beyond that ends the oldest one of this user alone."""
    monkeypatch.setattr(module, "MAX_SESSIONS", 2)
    catalogue = Catalogue(store)
    found, number = Sessions(catalogue.objects), new_user(catalogue)
    other = catalogue.objects.create("user", {"username": "bo", "passwordHash": None})
    catalogue.objects.create("userSession", {"user": other, "keyHash": "x"})
    keys = [found.begin("ada", "old") for _ in range(4)]
    assert [found.user_of(key) for key in keys] == [None, None, number, number]
    assert store.count(Search(criteria.parse({"user": other}, catalogue.entity("userSession").stored))) == 1


def test_a_login_removes_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then a login does so, and not each one."""
    catalogue = Catalogue(store)
    found = Sessions(catalogue.objects)
    new_user(catalogue)
    every = Search(criteria.parse({}, catalogue.entity("userSession").stored))
    for _ in range(3):
        found.end(found.begin("ada", "old"))
    assert store.count(every) == 3
    monkeypatch.setattr(module, "monotonic", lambda: time.monotonic() + module.PURGE_SECONDS)
    found.begin("ada", "old")
    assert store.count(every) == 1


def test_a_password_is_hashed_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other writes in between repeat the change, and not the hashing."""
    catalogue = Catalogue(store)
    number = new_user(catalogue)
    hashed: list[str] = []
    original, replace = module._hashed, store.replace

    def counted(password: str) -> str:
        hashed.append(password)
        return original(password)

    monkeypatch.setattr(module, "_hashed", counted)
    left = [False] * 5

    def lost(*arguments: Any) -> bool:
        return left.pop() if left else replace(*arguments)

    monkeypatch.setattr(store, "replace", lost)
    change_password(catalogue, number, "new")
    assert (left, hashed) == ([], ["new"])


@pytest.mark.heavy("hashes many passwords")
def test_many_logins_do_not_delay_reads(tmp_path: Path) -> None:
    """While more logins wait than the server has threads, a read is answered before most of them."""
    with running(f"sqlite:///{tmp_path}/server.db") as api, ThreadPoolExecutor(50) as threads:
        username = name()
        api.make("users", username=username, userpassword="p")
        logins = [threads.submit(log_in, api, username) for _ in range(50)]
        while not any(login.done() for login in logins):
            time.sleep(0.005)
        for _ in range(3):
            assert status(api.send("GET", "")) == OK
        assert sum(login.done() for login in logins) < 25
        assert {status(api.send("GET", "usersession", headers=user(login.result()))) for login in logins} == {OK}


def log_in(api: Api, username: str) -> str:
    """A session key."""
    body = {"username": username, "userpassword": "p"}
    return str(api.send("POST", "usersession", headers=API, json=body)[1]["data"]["userSessionKey"])
