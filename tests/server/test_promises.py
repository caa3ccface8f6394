"""What docs/server.md says of every request is so at every address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.console import application_with_page
from examples.server.store import open_store
from tests.server.running import API_KEY, MASTER, MASTER_KEY, SECONDS, listening

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    """The server with its page."""
    with closing(open_store(f"sqlite:///{tmp_path_factory.mktemp('promises')}/server.db")) as store:
        yield application_with_page(Catalogue(store), Keys(API_KEY, MASTER_KEY))


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[httpx.Client]:
    """A client with the master key."""
    with listening(app) as url, httpx.Client(base_url=url, headers=MASTER, timeout=SECONDS) as found:
        yield found


def addresses(app: Starlette) -> dict[str, set[str]]:
    """Every address, with its methods."""
    found = {}
    for one in app.routes:
        assert isinstance(one, Route)
        assert one.path not in found
        found[one.path.format(id=1, entity="user", engine="postgres")] = one.methods or set()
    return found


def test_methods_that_an_address_does_not_have(app: Starlette, client: httpx.Client) -> None:
    """They are `BadRequest` with exactly the methods in `Allow` that it has; `/v1/users/query` is no user."""
    some = addresses(app)
    assert some["/v1/users/query"] == {"POST"}
    for path, methods in some.items():
        for method in METHODS:
            if method not in methods:
                answer = client.request(method, path)
                assert answer.status_code == 400, (method, path)
                assert {*answer.headers["Allow"].split(", ")} == methods, (method, path)
                if method != "HEAD":
                    assert answer.json()["apiStatusCode"] == "BadRequest"


def test_parameters_that_a_request_does_not_take(app: Starlette, client: httpx.Client) -> None:
    """They are refused by name at each address with each method, but for the files of the page."""
    for path, methods in addresses(app).items():
        if path == "/" or path.startswith("/page/"):
            continue
        for method in methods - {"HEAD"}:
            body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT") else {}
            answer = client.request(method, path, params={"nothing": "1"}, **body)
            if path == "/v1/usersession" and method != "POST":
                assert answer.json()["apiStatusMessage"] == "Only for users who are logged in."
                continue
            assert answer.status_code == 400, (method, path)
            assert [one["pointer"] for one in answer.json()["problems"]][:1] == ["/nothing"], (method, path)


def test_a_session_takes_no_parameters(client: httpx.Client) -> None:
    """Nor do reading and ending a session."""
    login = {"username": "ada", "userpassword": "p"}
    assert client.post("/v1/users", json=login).status_code == 201
    key = client.post("/v1/usersession", json=login).json()["data"]["userSessionKey"]
    headers = {"Authorization": f"X-Instabot-User-Session {key}"}
    for method in ("GET", "DELETE"):
        answer = client.request(method, "/v1/usersession", params={"nothing": "1"}, headers=headers)
        assert [one["code"] for one in answer.json()["problems"]] == ["unknown_parameter"]
    assert client.get("/v1/usersession", headers=headers).status_code == 200
