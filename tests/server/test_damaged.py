"""Records that something else has damaged: a fault of the server, which is logged and shown to no client."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.server.running import Api, name, status

FAILED, OK = (500, "UnidentifiedError"), (200, "Success")


def damage(api: Api, kind: str, number: int, column: str) -> None:
    """Puts a value of another type, which holds the word `hidden`, into a user's record behind the server's back."""
    if kind == "mongodb":
        import pymongo

        with pymongo.MongoClient[dict[str, Any]](api.store_url) as client:
            client.get_default_database()["user"].update_one({"objectId": number}, {"$set": {column: {"hidden": 1}}})
        return
    with closing(sqlite3.connect(api.store_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute(f'UPDATE "user" SET "{column}" = ? WHERE "objectId" = ?', (b"hidden", number))


@pytest.mark.parametrize("column", ["email", "passwordHash", "organizations"])
@pytest.mark.heavy("starts servers again")
def test_a_damaged_record_is_the_servers_fault(
    api: Api, store_kind: str, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    """All requests for it fail without its values, and the log says where they are. Other records are served."""
    if store_kind == "postgres":
        pytest.skip("a column of PostgreSQL holds no value of another type")
    username = name()
    number, other = api.make("users", username=username, userpassword="p"), api.make("users", username=name())
    damage(api, store_kind, number, column)
    of_it = f'{{"username": "{username}"}}'
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"users/{number}", {}),
        ("GET", "users", {"params": {"query": of_it}}),
        ("POST", "users/query", {"content": of_it, "headers": {"Content-Type": "application/json"}}),
        ("PUT", f"users/{number}", {"json": {"name": "N"}}),
        ("DELETE", f"users/{number}", {}),
    ]
    for method, path, options in requests:
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            sent = {**options, "headers": {**api.client.headers, **options.get("headers", {})}}
            answer = api.send(method, path, **sent)
        assert status(answer) == FAILED, (method, path)
        assert set(answer[1]) == {"apiStatusCode", "apiStatusMessage"}
        assert "hidden" not in str(answer)
        assert f"(at /{column})" in caplog.text
    assert status(api.send("GET", f"users/{other}")) == OK
