"""Access with the API key, the master key and sessions of users (docs/server.md#keys)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

import criteria
from criteria import Search
from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.health import Health
from examples.server.objects import kept_unique
from examples.server.routes import application
from examples.server.sessions import LIFETIME
from examples.server.store import open_store
from tests.server.running import API, API_KEY, MASTER, MASTER_KEY, Api, name, running, status, user

PASSWORD = "a long password"  # noqa: S105


def new_user(api: Api, **fields: Any) -> tuple[int, str]:
    """A user with a password: number and session key."""
    username = name()
    body = {"username": username, "userpassword": PASSWORD, **fields}
    code, created = api.send("POST", "users", json=body)
    assert code == 201
    return created["data"]["objectId"], log_in(api, username)


def log_in(api: Api, username: str, password: str = PASSWORD) -> str:
    """A session key."""
    body = {"username": username, "userpassword": password}
    code, found = api.send("POST", "usersession", headers=API, json=body)
    assert code == 201, found
    return str(found["data"]["userSessionKey"])


DENIED, FAILED, OK = (403, "AccessDenied"), (401, "AuthenticationFailed"), (200, "Success")
INVALID = (400, "ApiKeyInvalid")


def test_a_request_without_api_key_may_do_nothing(api: Api) -> None:
    """Without the API key not even the master key opens anything."""
    alone = {"Authorization": MASTER["Authorization"]}
    for headers in ({}, alone):
        for path in ("", "users", "users/1", "usersession", "promo/referrals/discounts/1", "users/customproperties"):
            assert status(api.send("GET", path, headers=headers)) == DENIED


def test_the_health_check_needs_no_key(api: Api) -> None:
    """A proxy asks it, with GET or HEAD."""
    url = api.url.removesuffix("/v1") + "/health"
    assert api.bare.get(url).json() == {"apiStatusCode": "Success"}
    assert api.bare.head(url).status_code == 200
    assert api.bare.get(url, params={"verbose": "1"}).status_code == 400


@pytest.mark.anyio
async def test_the_health_check_fails_without_the_database(tmp_path: Path) -> None:
    """A server whose database is gone answers, and says that it cannot work."""
    store = open_store(f"sqlite:///{tmp_path}/server.db")
    app = application(Catalogue(store), Keys(API_KEY, MASTER_KEY))
    store.close()
    (tmp_path / "server.db").write_text("This is not a database, and long enough to be read as one." * 100)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        found = await client.get("/health")
    assert (found.status_code, found.json()["apiStatusCode"]) == (500, "UnidentifiedError")


def test_failing_health_checks_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """Everybody may ask, so a failure is logged once a second."""

    def fail() -> None:
        raise OSError("the database is gone")

    health = Health(fail)
    for _ in range(20):
        with pytest.raises(OSError, match="gone") as failed:
            health.check()
        health.log(failed.value)
    assert 1 <= len(caplog.records) <= 5
    assert "the database is gone" in caplog.text


def test_a_health_check_for_which_there_was_no_thread_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may have no thread left for a moment. The next check asks again."""
    health = Health(lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr(Thread, "start", _without_threads)
        with pytest.raises(RuntimeError, match="new thread"):
            health.check()
    health.check()


def _without_threads(thread: Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_the_health_check_does_not_wait_for_a_database_that_hangs(
    store_kind: str, new_store: Callable[[], str]
) -> None:
    """While a table is locked, each check is answered, and when it is free again, the server is well."""
    if store_kind != "postgres":
        pytest.skip("SQLite and MongoDB have no lock that makes a reader wait")
    import psycopg

    url = new_store()
    with running(url) as api, psycopg.connect(url) as other, httpx.Client(timeout=15) as client:
        address = api.url.removesuffix("/v1") + "/health"
        assert client.get(address).status_code == 200
        other.execute('LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE')
        assert [client.get(address).status_code for _ in range(2)] == [500, 500]
        other.rollback()
        until_well = (client.get(address).status_code for _ in range(20))
        assert any(code == 200 for code in until_well)


def test_the_health_check_waits_for_no_thread(store_kind: str, new_store: Callable[[], str]) -> None:
    """More requests than threads wait for a locked table. Checks of many proxies are answered meanwhile."""
    if store_kind != "postgres":
        pytest.skip("SQLite and MongoDB have no lock that makes a reader wait")
    import psycopg

    url = new_store()
    with ExitStack() as stack:
        api = stack.enter_context(running(url))
        clients = stack.enter_context(ThreadPoolExecutor(WAITING))
        other = stack.enter_context(psycopg.connect(url))  # ends first, and so does the lock
        client = stack.enter_context(httpx.Client(timeout=15))
        other.execute('LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE')
        for _ in range(WAITING):
            clients.submit(httpx.get, f"{api.url}/users/1", headers=MASTER, timeout=60)
        until_full = (client.get(f"{api.url}", headers=API, timeout=0.5) for _ in range(100))
        with pytest.raises(httpx.ReadTimeout):
            for _ in until_full:
                pass
        address = api.url.removesuffix("/v1") + "/health"
        with ThreadPoolExecutor(20) as checks:
            asked = [checks.submit(httpx.get, address, timeout=15) for _ in range(20)]
            assert {one.result().status_code for one in asked} == {500}


WAITING = 60
"""More requests than Starlette has threads."""


def test_no_cache_keeps_what_the_api_answers(api: Api) -> None:
    """Whatever the status. Headers of the key are no `Authorization`, beside which shared caches keep nothing."""
    for method, path, headers in (
        ("GET", "", API),
        ("GET", "/users?limit=1", MASTER),
        ("GET", "/users/1", MASTER),
        ("GET", "/users", {}),
        ("GET", "/nowhere", MASTER),
        ("PATCH", "/users", MASTER),
        ("POST", "/usersession", API),
    ):
        found = api.bare.request(method, api.url + path, headers=headers)
        assert found.headers["Cache-Control"] == "no-store", (method, path)
    base = api.url.removesuffix("/v1")
    for address in ("/health", "/openapi.json"):
        assert api.bare.get(base + address).headers["Cache-Control"] == "no-store"


def test_invalid_api_keys(api: Api) -> None:
    """A wrong, empty or doubled API key is `ApiKeyInvalid`, whatever else is sent."""
    for key in ("another", "", API_KEY + "x", API_KEY.upper()):
        assert status(api.send("GET", "", headers={**MASTER, "X-Instabot-Api-Key": key})) == INVALID
    doubled = [("X-Instabot-Api-Key", API_KEY), ("X-Instabot-Api-Key", API_KEY)]
    assert api.bare.get(api.url, headers=doubled).json()["apiStatusCode"] == "ApiKeyInvalid"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "X-Instabot-Master-Api-Key",
        "X-Instabot-Master-Api-Key another",
        f"X-Instabot-Master-Api-Key {API_KEY}",
        f"X-Instabot-User-Session {MASTER_KEY}",
        "X-Instabot-User-Session nothing",
        f"Bearer {MASTER_KEY}",
        MASTER_KEY,
    ],
)
def test_invalid_authorization_headers(api: Api, authorization: str) -> None:
    """What is neither the master key nor a session is `AuthenticationFailed`, and says what there is."""
    answer = api.bare.get(api.url, headers={**API, "Authorization": authorization})
    assert (answer.status_code, answer.json()["apiStatusCode"]) == FAILED
    assert answer.headers["WWW-Authenticate"] == "X-Instabot-Master-Api-Key, X-Instabot-User-Session"


def test_two_authorization_headers_are_invalid(api: Api) -> None:
    """A repeated Authorization header is not read, even if both are right."""
    headers = [*API.items(), ("Authorization", MASTER["Authorization"]), ("Authorization", MASTER["Authorization"])]
    assert api.bare.get(api.url, headers=headers).status_code == 401


def test_names_of_headers_and_schemes_have_no_case(api: Api) -> None:
    """HTTP compares them without case."""
    headers = {"x-instabot-api-key": API_KEY, "AUTHORIZATION": f"x-instabot-master-api-key {MASTER_KEY}"}
    assert status(api.send("GET", "users", headers=headers)) == OK


def test_the_api_key_alone(api: Api) -> None:
    """The API key alone opens the version, logging in, and single discounts; nothing else."""
    discount = api.send("POST", "promo/referrals/discounts", json={"code": name()})[1]["data"]["objectId"]
    assert status(api.send("GET", "", headers=API)) == OK
    assert status(api.send("GET", f"promo/referrals/discounts/{discount}", headers=API)) == OK
    denied = [
        ("GET", "users"), ("POST", "users/query"), ("POST", "users"), ("GET", "users/1"), ("PUT", "users/1"),
        ("DELETE", "users/1"), ("POST", "users/1"), ("GET", "files/1"), ("GET", "usersession"),
        ("DELETE", "usersession"), ("GET", "promo/referrals/discounts"), ("GET", "users/customproperties"),
        ("POST", "users/customproperties"), ("PUT", f"promo/referrals/discounts/{discount}"),
        ("DELETE", f"promo/referrals/discounts/{discount}"), ("POST", f"promo/referrals/discounts/{discount}"),
    ]  # fmt: skip
    for method, path in denied:
        body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT") else {}
        assert status(api.send(method, path, headers=API, **body)) == DENIED, (method, path)


def test_a_user_may_read_and_change_itself_and_nobody_else(api: Api) -> None:
    """A session opens its own user, by `/usersession` and by number; other users and all else stay closed."""
    mine, key = new_user(api, email="one@example.com")
    other, _ = new_user(api)
    me = user(key)
    found = api.send("GET", "usersession", headers=me)
    assert found == api.send("GET", f"users/{mine}", headers=me)
    assert found[1]["data"]["email"] == "one@example.com"
    assert status(api.send("PUT", f"users/{mine}", headers=me, json={"name": "Me"})) == OK
    assert api.send("GET", "usersession", headers=me)[1]["data"]["name"] == "Me"
    denied = [
        ("GET", f"users/{other}"), ("PUT", f"users/{other}"), ("GET", f"users/0{mine}"), ("DELETE", f"users/{mine}"),
        ("POST", f"users/{mine}"), ("GET", "users"), ("POST", "users/query"), ("POST", "users"),
        ("GET", f"organizations/{mine}"), ("PUT", f"organizations/{mine}"),
        ("PUT", f"promo/referrals/discounts/{mine}"), ("POST", "users/customproperties"),
    ]  # fmt: skip
    for method, path in denied:
        body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT") else {}
        assert status(api.send(method, path, headers=me, **body)) == DENIED, (method, path)
    assert "Me" not in str(api.send("GET", f"users/{other}")[1])


def test_a_user_reads_no_other_object_through_a_reference(api: Api) -> None:
    """A user writes its own references, to whatever there is; what they name only the master key resolves."""
    api.make("users/customproperties", name="friend", fieldType="objectRef", objectEntityType="user")
    other, _ = new_user(api, email="secret@example.com")
    organization = api.make("organizations", name="secret", owner=other)
    mine, key = new_user(api)
    body = {"organizations": [organization], "customProperties": {"friend": other}}
    assert status(api.send("PUT", f"users/{mine}", headers=user(key), json=body)) == OK
    for names in ("organizations", "customProperties.friend", "organizations,customProperties.friend"):
        found = api.send("GET", f"users/{mine}", headers=user(key), params={"resolve": names})
        assert status(found) == DENIED
        assert "secret" in str(api.send("GET", f"users/{mine}", params={"resolve": names}))


def test_the_master_key_has_no_user_session(api: Api) -> None:
    """There is no user of the master key, so nothing to read or end at `/usersession`."""
    assert status(api.send("GET", "usersession")) == (400, "BadRequest")
    assert status(api.send("DELETE", "usersession")) == (400, "BadRequest")


def test_logging_in_needs_name_and_password(api: Api) -> None:
    """A wrong password, an unknown name and a user without password fail alike; a body that is no login is refused."""
    username = name()
    api.send("POST", "users", json={"username": username, "userpassword": PASSWORD})
    api.send("POST", "users", json={"username": f"{username}-2"})
    tries = [(username, "another"), (username, ""), (name(), PASSWORD), (f"{username}-2", PASSWORD), ("", "")]
    answers = [
        api.send("POST", "usersession", headers=API, json={"username": one, "userpassword": password})
        for one, password in tries
    ]
    assert [status(answer) for answer in answers] == [FAILED] * len(tries)
    assert len({answer[1]["apiStatusMessage"] for answer in answers}) == 1
    surrogate = b'{"username": "\\ud800", "userpassword": "\\ud800"}'
    bodies: list[Any] = [{}, {"username": username}, {"username": 1, "userpassword": PASSWORD}, [], None,
                         {"username": username, "userpassword": PASSWORD, "more": 1}]  # fmt: skip
    for body in bodies:
        assert status(api.send("POST", "usersession", headers=API, json=body)) == (400, "BadParameterValue"), body
    headers = {**API, "Content-Type": "application/json"}
    assert status(api.send("POST", "usersession", headers=headers, content=surrogate)) == (400, "BadParameterValue")


def test_a_password_is_changed_and_never_shown(api: Api) -> None:
    """After a PUT only the new password logs in; no answer has a password or a digest of one, and no query names it."""
    username = name()
    number = api.send("POST", "users", json={"username": username, "userpassword": PASSWORD})[1]["data"]["objectId"]
    assert status(api.send("PUT", f"users/{number}", json={"userpassword": "another", "name": "N"})) == OK
    body = {"username": username, "userpassword": PASSWORD}
    assert status(api.send("POST", "usersession", headers=API, json=body)) == FAILED
    log_in(api, username, "another")
    assert "assword" not in str(api.send("GET", f"users/{number}"))
    for field in ("userpassword", "passwordHash", "isDeleted", "revision", "uniqueValues"):
        code, refused = api.send("GET", "users", params={"query": f'{{"{field}": null}}'})
        assert (code, refused["problems"][0]["code"]) == (400, "unknown_field")
        assert status(api.send("GET", "users", params={"orderBy": field})) == (400, "BadParameterValue")
    for field in ("passwordHash", "isDeleted", "revision"):
        assert status(api.send("PUT", f"users/{number}", json={field: None})) == (400, "BadParameterValue")


def test_a_changed_password_ends_the_sessions_of_its_user(api: Api) -> None:
    """A new password ends all sessions of its user, and no others, whoever sets it. Other changes end none."""
    username, other = name(), name()
    numbers = [api.make("users", username=one, userpassword=PASSWORD) for one in (username, other)]
    keys = [log_in(api, username) for _ in range(12)]
    others = log_in(api, other)
    assert status(api.send("PUT", f"users/{numbers[0]}", headers=user(keys[0]), json={"name": "N"})) == OK
    assert {status(api.send("GET", "usersession", headers=user(key))) for key in keys} == {OK}
    change = {"userpassword": "another one"}
    assert status(api.send("PUT", f"users/{numbers[0]}", headers=user(keys[0]), json=change)) == OK
    assert {status(api.send("GET", "usersession", headers=user(key))) for key in keys} == {FAILED}
    assert status(api.send("GET", "usersession", headers=user(others))) == OK
    assert status(api.send("GET", "usersession", headers=user(log_in(api, username, "another one")))) == OK


def test_null_takes_a_password_away(api: Api) -> None:
    """As with every other value null takes a password away, and what a PUT does not name stays."""
    username = name()
    number = api.make("users", username=username, userpassword=PASSWORD)
    assert status(api.send("PUT", f"users/{number}", json={"name": "N"})) == OK
    log_in(api, username)
    assert status(api.send("PUT", f"users/{number}", json={"userpassword": None})) == OK
    body = {"username": username, "userpassword": PASSWORD}
    assert status(api.send("POST", "usersession", headers=API, json=body)) == FAILED


def test_a_session_ends(api: Api) -> None:
    """A session is over when the user ends it, and the others of the same user are not."""
    username = name()
    api.send("POST", "users", json={"username": username, "userpassword": PASSWORD})
    one, other = log_in(api, username), log_in(api, username)
    assert one != other
    assert status(api.send("DELETE", "usersession", headers=user(one))) == OK
    assert status(api.send("GET", "usersession", headers=user(one))) == FAILED
    assert status(api.send("GET", "usersession", headers=user(other))) == OK


def test_a_deleted_user_has_no_session(api: Api) -> None:
    """Deleting a user closes what its session opened, and logging in, until it is restored."""
    number, key = new_user(api)
    assert status(api.send("DELETE", f"users/{number}")) == OK
    assert status(api.send("GET", "", headers=user(key))) == FAILED
    assert status(api.send("GET", f"users/{number}", headers=user(key))) == FAILED
    api.send("POST", f"users/{number}")
    assert status(api.send("GET", "usersession", headers=user(key))) == OK


def test_sessions_expire(api: Api) -> None:
    """A session that began a day ago is over; one that is an hour younger is not."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    for age, expected in ((LIFETIME - timedelta(hours=1), OK), (LIFETIME, FAILED), (LIFETIME * 100, FAILED)):
        number, key = new_user(api)
        assert status(api.send("GET", "usersession", headers=user(key))) == OK
        store = open_store(api.store_url)
        try:
            schema = Catalogue(store).entity("userSession").stored
            [session] = store.find(Search(criteria.parse({"user": number}, schema)))
            assert key not in str(session)
            unique = kept_unique(schema, session)
            assert store.replace(schema, {**session, "createDate": now - age}, unique, unique)
        finally:
            store.close()
        assert status(api.send("GET", "usersession", headers=user(key))) == expected


def test_other_keys_and_headers(new_store: Callable[[], str]) -> None:
    """Keys, and the words that headers have for them, are an application's own."""
    keys = Keys("k1", "m1", "X-Key", "Master", "Session")
    with running(new_store(), keys) as api:
        assert status(api.send("GET", "users", headers={"X-Key": "k1", "Authorization": "Master m1"})) == OK
        assert status(api.send("GET", "users", headers={"X-Key": "k1"})) == DENIED
        assert status(api.send("GET", "users", headers=MASTER)) == DENIED
        bad = api.bare.get(api.url, headers={"X-Key": "k1", "Authorization": MASTER["Authorization"]})
        assert (bad.status_code, bad.headers["WWW-Authenticate"]) == (401, "Master, Session")


def test_keys_are_never_shown(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """Neither logs at their finest nor answers hold a key, a session key or a password."""
    with caplog.at_level(logging.DEBUG):
        _, session = new_user(api)
        answers = [
            api.send(method, path, headers=headers, json={"name": 1, "username": 2})
            for method in ("POST", "PUT")
            for path in ("users/1", "users", "usersession", "nothing")
            for headers in (API, MASTER, user(session), user(session + "x"), {**API, "Authorization": MASTER_KEY})
        ]
    told = caplog.text + str(answers)
    for secret in (API_KEY, MASTER_KEY, session, PASSWORD):
        assert secret not in told
