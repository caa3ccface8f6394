"""Sessions under many clients at once, on every store: who is logged out stays out, and nobody else is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from threading import Event
from typing import Any

import pytest

import criteria
from criteria import Search
from criteria.web import json_object
from examples.server import sessions as sessions_module
from examples.server import threads
from examples.server.catalogue import Catalogue
from examples.server.objects import kept_unique
from examples.server.sessions import LIFETIME, Sessions, password_hashed
from examples.server.store import open_store
from tests.server.process import ROOT
from tests.server.running import API, SECONDS, Api, name, running, user
from tests.server.test_concurrency import at_once, codes

pytestmark = pytest.mark.heavy("many clients at once")

OK, OUT = (200, "Success"), (401, "AuthenticationFailed")
CLIENTS, READS = 8, 12


def new_user(api: Api) -> tuple[int, dict[str, str]]:
    """The number of a new user, and the body of its login."""
    login = {"username": name(), "userpassword": "old"}
    return api.make("users", **login), login


def log_in(api: Api, login: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """The answer to a login."""
    return api.send("POST", "usersession", headers=API, json=login)


def key_of(api: Api, login: dict[str, str]) -> str:
    """The key of a new session."""
    code, answer = log_in(api, login)
    assert code == 201, answer
    return str(answer["data"]["userSessionKey"])


def sessions_in(url: str, number: int) -> int:
    """How many sessions of a user a store has, ended ones too."""
    with closing(open_store(url)) as store:
        stored = Catalogue(store).entity("userSession").stored
        return store.count(Search(criteria.parse({"user": number}, stored), get_total_count=True))


def test_logins_at_the_same_time_have_a_session_each(api: Api) -> None:
    """Each key is another one and opens its user. To end one of them ends no other one."""
    number, login = new_user(api)
    keys = at_once([lambda: key_of(api, login)] * CLIENTS)
    assert len(set(keys)) == CLIENTS
    assert sessions_in(api.store_url, number) == CLIENTS
    ended, kept = keys[: CLIENTS // 2], keys[CLIENTS // 2 :]
    answers = at_once([partial(api.send, "DELETE", "usersession", headers=user(key)) for key in ended])
    assert codes(answers) == [OK]
    assert codes([api.send("GET", "usersession", headers=user(key)) for key in ended]) == [OUT]
    read = [api.send("GET", "usersession", headers=user(key)) for key in kept]
    assert [answer["data"]["objectId"] for _, answer in read] == [number] * len(kept)


def test_one_session_that_many_end(api: Api) -> None:
    """All of them are told so, or that there is no such session; then it opens nothing."""
    _, login = new_user(api)
    key = key_of(api, login)
    answers = at_once([lambda: api.send("DELETE", "usersession", headers=user(key))] * CLIENTS)
    assert codes(answers) in ([OK], [OK, OUT])
    assert codes([api.send("GET", "usersession", headers=user(key))]) == [OUT]


def test_reads_while_the_session_ends(api: Api) -> None:
    """A read that begins after the logout was answered is refused; no read fails in another way."""
    number, login = new_user(api)
    key = key_of(api, login)
    over = Event()

    def read() -> list[tuple[bool, tuple[int, dict[str, Any]]]]:
        return [(over.is_set(), api.send("GET", f"users/{number}", headers=user(key))) for _ in range(READS)]

    def end() -> list[tuple[bool, tuple[int, dict[str, Any]]]]:
        answer = api.send("DELETE", "usersession", headers=user(key))
        over.set()
        assert codes([answer]) == [OK]
        return []

    found = [one for some in at_once([*[read] * CLIENTS, end]) for one in some]
    assert len(found) == CLIENTS * READS
    assert set(codes([answer for _, answer in found])) <= {OK, OUT}
    assert {(code, answer["apiStatusCode"]) for was_over, (code, answer) in found if was_over} <= {OUT}
    assert codes([api.send("GET", f"users/{number}", headers=user(key))]) == [OUT]


def test_logins_while_the_password_changes(api: Api) -> None:
    """Of all sessions that began with the old password, none opens the user after the change was answered."""
    number, login = new_user(api)

    def change() -> tuple[int, dict[str, Any]]:
        return api.send("PUT", f"users/{number}", json={"userpassword": "new"})

    *answers, changed = at_once([*[lambda: log_in(api, login)] * CLIENTS, change])
    assert codes([changed]) == [OK]
    assert set(codes(answers)) <= {(201, "Success"), OUT}
    keys = [answer["data"]["userSessionKey"] for code, answer in answers if code == 201]
    assert set(codes([api.send("GET", "usersession", headers=user(key)) for key in keys])) <= {OUT}
    assert codes([log_in(api, {**login, "userpassword": "new"})]) == [(201, "Success")]


@pytest.mark.parametrize("ending", ["password", "logout"])
def test_a_change_by_a_session_that_ends_while_it_hashes(
    new_store: Callable[[], str], monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """A session that has ended since its request began changes nothing: who has stolen one does not take the account
    back from a user with a new password."""
    hashed, ended = Event(), Event()

    def slowly(text: str) -> str:
        digest = hash_of(text)
        if text == "thief":
            hashed.set()
            assert ended.wait(SECONDS)
        return digest

    hash_of = sessions_module._hashed
    monkeypatch.setattr(sessions_module, "_hashed", slowly)
    monkeypatch.setattr(threads, "HASHING_THREADS", 2)
    with running(new_store()) as api, ThreadPoolExecutor(1) as thread:
        number, login = new_user(api)
        key = key_of(api, login)
        change = {"userpassword": "thief", "firstName": "Thief"}
        changed = thread.submit(api.send, "PUT", f"users/{number}", headers=user(key), json=change)
        try:
            assert hashed.wait(SECONDS)
            if ending == "password":
                assert codes([api.send("PUT", f"users/{number}", json={"userpassword": "new"})]) == [OK]
            else:
                assert codes([api.send("DELETE", "usersession", headers=user(key))]) == [OK]
        finally:
            ended.set()
        assert codes([changed.result(SECONDS)]) == [OUT]
        right = {"password": "new", "logout": "old"}[ending]
        opens = [one for one in ("old", "new", "thief") if log_in(api, {**login, "userpassword": one})[0] == 201]
        assert opens == [right]
        assert api.read(f"users/{number}")["firstName"] is None


def test_reads_and_logins_while_sessions_that_are_over_are_removed(new_store: Callable[[], str]) -> None:
    """Purges at the same time remove each session that is over, none that is not, and fail no request."""
    with closing(open_store(new_store())) as store:
        catalogue = Catalogue(store)
        sessions = Sessions(catalogue.objects)
        created = catalogue.objects.create
        hashed = password_hashed(json_object(b'{"userpassword": "p"}'))
        numbers = [created("user", hashed({"username": f"u{at}"})) for at in range(4)]
        kept = [sessions.begin(f"u{at}", "p") for at in range(4)]
        over = [sessions.begin(f"u{at % 4}", "p") for at in range(8)]
        stored = catalogue.entity("userSession").stored
        for session in store.find(Search(criteria.parse({}, stored), limit=None))[4:8]:
            unique = kept_unique(stored, session)
            old = {**session, "createDate": session["createDate"] - 2 * LIFETIME}
            assert store.replace(stored, old, unique, unique)

        def read() -> list[int | None]:
            return [sessions.user_of(key) for _ in range(READS) for key in kept]

        def end() -> list[int | None]:
            for key in over[4:]:
                sessions.end(key)
            return []

        def purge() -> list[int | None]:
            for _ in range(5):
                sessions.purge()
            return []

        found = at_once([*[read] * 4, end, end, purge, purge])
        assert [one for one in found if one] == [numbers * READS] * 4
        sessions.purge()
        left = store.find(Search(criteria.parse({}, stored), limit=None))
        assert sorted(one["user"] for one in left) == sorted(numbers)
        assert [sessions.user_of(key) for key in [*kept, *over]] == [*numbers, *[None] * len(over)]


def test_two_servers_that_start_at_the_same_time(new_store: Callable[[], str]) -> None:
    """One of them serves the database. The others say why not in one line, and end with 2."""
    url = new_store()
    command = [sys.executable, "-m", "examples.server", "--no-sample", "--port", "0", "--store", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    some = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        for _ in range(3)
    ]
    try:
        first = at_once([partial(_first_line, one) for one in some])
        served = [one for one, line in zip(some, first, strict=True) if line]
        refused = [one for one, line in zip(some, first, strict=True) if not line]
        assert len(served) == 1
        for one in refused:
            said = one.communicate(timeout=SECONDS)[1]
            assert one.returncode == 2
            assert said.startswith("examples.server: ")
            assert said.count("\n") == 1
    finally:
        for one in some:
            one.kill()
            one.communicate(timeout=SECONDS)


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()
