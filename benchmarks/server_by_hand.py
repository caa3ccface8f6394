"""Endpoints of the example server by hand, in Starlette and sqlite3: what the server's speed is compared with.

They do the same work with the same SQL behind the same HTTP server, on a database that the example server has made.
They know the queries that the comparison sends, and check nothing of them.

    python -m benchmarks.server_by_hand FILE API_KEY MASTER_KEY
"""

from __future__ import annotations

import json
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from hmac import compare_digest
from queue import Empty, LifoQueue
from threading import Lock
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from examples.server.serving import configured

Json = dict[str, Any]

USER = ("objectId", "createDate", "updateDate", "username", "email", "name", "firstName", "lastName")
ITEM = ("objectId", "createDate", "updateDate", "title", "text", "tags", "isPublished", "publishDate", "contentGroup",
        "author")  # fmt: skip
GROUP = ("objectId", "createDate", "updateDate", "name", "description")

PAGE = (
    f'SELECT {", ".join(USER)} FROM "user" WHERE lastName = ? AND firstName > ? AND isDeleted = 0 '  # noqa: S608
    "ORDER BY firstName DESC, objectId DESC LIMIT ?"
)
ITEMS = (
    f"SELECT {', '.join(ITEM)} FROM contentItem WHERE isPublished = ? AND isDeleted = 0 "  # noqa: S608
    "ORDER BY objectId LIMIT ?"
)
ONE = 'SELECT * FROM "user" WHERE objectId = ? AND isDeleted = 0'
UPDATE = (
    'UPDATE "user" SET objectId = ?, createDate = ?, updateDate = ?, username = ?, email = ?, name = ?, firstName = ?, '
    "lastName = ?, organizations = ?, revision = ?, isDeleted = ?, passwordHash = ?, customProperties = ? "
    "WHERE objectId = ? AND revision = ?"
)
INSERT = f'INSERT INTO "user" VALUES ({", ".join("?" * 13)})'  # noqa: S608
NEXT = (
    "INSERT INTO counters (name, value) VALUES ('user', 1) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value"
)
TAKE = "INSERT INTO unique_values (digest) VALUES (?)"


class Database:
    """Connections to a file: writers take turns."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._turn = Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """An idle connection."""
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        yield connection
        self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction."""
        with self._turn, self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")


class ByHand:
    """The endpoints."""

    def __init__(self, database: Database, api_key: str, master_key: str) -> None:
        self._database = database
        self._api_key = sha256(api_key.encode()).digest()
        self._master_key = sha256(f"X-Instabot-Master-Api-Key {master_key}".encode()).digest()

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/users", self._endpoint(self.users), methods=["GET"]),
            Route("/v1/users", self._endpoint(self.create), methods=["POST"]),
            Route("/v1/users/{id:int}", self._endpoint(self.user), methods=["GET"]),
            Route("/v1/users/{id:int}", self._endpoint(self.update), methods=["PUT"]),
            Route("/v1/contentitems", self._endpoint(self.items), methods=["GET"]),
        ]

    def _endpoint(self, function: Callable[[Request, bytes], tuple[Json, int]]) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            keys = request.headers.get("x-instabot-api-key", ""), request.headers.get("authorization", "")
            api_key, master_key = (sha256(key.encode()).digest() for key in keys)
            if not (compare_digest(api_key, self._api_key) and compare_digest(master_key, self._master_key)):
                return Response(status_code=401)
            body = await request.body()
            content, code = await run_in_threadpool(function, request, body)
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            return Response(text, code, {"X-Content-Type-Options": "nosniff"}, "application/json")

        return answered

    def users(self, request: Request, body: bytes) -> tuple[Json, int]:
        """A page of users, of a known query."""
        parameters = request.query_params
        first, second = json.loads(parameters["query"])["AND"]
        limit = int(parameters["limit"])
        with self._database.reading() as connection:
            rows = connection.execute(PAGE, (first["lastName"], second["firstName"]["$gt"], limit + 1)).fetchall()
        return _page([_user(row) for row in rows], limit)

    def items(self, request: Request, body: bytes) -> tuple[Json, int]:
        """A page of content items with their authors and groups, of a known query."""
        parameters = request.query_params
        limit = int(parameters["limit"])
        wanted = json.loads(parameters["query"])["isPublished"]
        with self._database.reading() as connection:
            rows = connection.execute(ITEMS, (wanted, limit + 1)).fetchall()
            authors = _by_id(connection, "user", USER, {row[9] for row in rows[:limit]})
            groups = _by_id(connection, "contentGroup", GROUP, {row[8] for row in rows[:limit]})
        return _page([_item(row, authors, groups) for row in rows], limit)

    def user(self, request: Request, body: bytes) -> tuple[Json, int]:
        """One user."""
        with self._database.reading() as connection:
            row = connection.execute(ONE, (request.path_params["id"],)).fetchone()
        return {"apiStatusCode": "Success", "data": _user(row)}, 200

    def update(self, request: Request, body: bytes) -> tuple[Json, int]:
        """Changes a user."""
        changes = json.loads(body)
        while True:
            with self._database.reading() as connection:
                row = list(connection.execute(ONE, (request.path_params["id"],)).fetchone())
            revision = row[9]
            for name, value in changes.items():
                row[USER.index(name)] = value
            row[2] = max(_text(datetime.now(timezone.utc)), _text(_instant(row[2]) + timedelta(milliseconds=1)))
            row[9] = revision + 1
            with self._database.writing() as connection:
                done = connection.execute(UPDATE, (*row, row[0], revision)).rowcount
            if done:
                return {"apiStatusCode": "Success"}, 200

    def create(self, request: Request, body: bytes) -> tuple[Json, int]:
        """Creates a user with a unique name."""
        new = json.loads(body)
        now = _text(datetime.now(timezone.utc))
        digest = sha256(f"by hand {new['username']}".encode()).hexdigest()
        values = [new.get(name) for name in USER[3:]]
        with self._database.writing() as connection:
            [(number,)] = connection.execute(NEXT).fetchall()
            connection.execute(INSERT, (number, now, now, *values, None, 1, 0, None, None))
            connection.execute(TAKE, (digest,))
        return {"apiStatusCode": "Success", "data": {"objectId": number}}, 201


def _by_id(connection: sqlite3.Connection, table: str, columns: tuple[str, ...], ids: set[int]) -> dict[int, Json]:
    marks = ", ".join("?" * len(ids))
    select = f'SELECT {", ".join(columns)} FROM "{table}" WHERE objectId IN ({marks}) AND isDeleted = 0'  # noqa: S608
    rows = connection.execute(select, tuple(ids)).fetchall()
    return {row[0]: {**dict(zip(columns, row, strict=True)), "customProperties": {}} for row in rows}


def _user(row: tuple[Any, ...]) -> Json:
    return {**dict(zip(USER, row, strict=False)), "customProperties": {}}


def _item(row: tuple[Any, ...], authors: dict[int, Json], groups: dict[int, Json]) -> Json:
    found = dict(zip(ITEM, row, strict=True))
    found["tags"] = json.loads(found["tags"])
    found["isPublished"] = bool(found["isPublished"])
    found["author"] = authors.get(found["author"])
    found["contentGroup"] = groups.get(found["contentGroup"])
    return {**found, "customProperties": {}}


def _page(found: list[Json], limit: int) -> tuple[Json, int]:
    return {"apiStatusCode": "Success", "data": found[:limit], "hasMoreRecords": len(found) > limit}, 200


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def main(path: str, api_key: str, master_key: str) -> None:
    """Serves a database, and prints the port first."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        app = Starlette(routes=ByHand(Database(path), api_key, master_key).routes())
        uvicorn.Server(configured(app)).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
