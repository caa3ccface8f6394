"""Clients that load a server with the API of the documents, each with a model of the objects that are its own.

A search among the objects of one client has one right answer, whatever the others do: each is compared with the model.
In the end all objects together are, and no two of them have one name, for which the clients have raced all the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import quote, urlsplit

PATH = "usersegments"
SHARED = [f"shared-{number}" for number in range(20)]
"""Names that all clients want."""

Model = dict[str, Any]
CRITERIA: tuple[Callable[[int], tuple[dict[str, Any], Callable[[Model], bool]]], ...] = (
    lambda number: ({"customProperties.level": {"$gte": number}}, lambda one: _level(one, -1) >= number),
    lambda number: ({"NOT": {"customProperties.level": {"$gt": number}}}, lambda one: _level(one, -1) <= number),
    lambda number: ({"customProperties.level": {"$in": [number, 3]}}, lambda one: one["level"] in (number, 3)),
    lambda number: ({"customProperties.level": None}, lambda one: one["level"] is None),
    lambda number: ({"description": {"$contains": f"{number}"}}, lambda one: f"{number}" in one["description"]),
)
"""Criteria for a number of one digit, each with what it means, written by hand."""


@dataclass(slots=True)
class Outcome:
    """What the clients saw: seconds of each request, how long all took, and what was wrong."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The seconds within which this share of the requests was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Client:
    """One client: a connection, and a model of its objects."""

    def __init__(self, url: str, headers: Mapping[str, str], number: int) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._base = parts.path
        self._headers = {**headers, "Content-Type": "application/json"}
        self._random = Random(number)  # noqa: S311
        self.owner = f"client-{number}"
        self.alive: dict[int, Model] = {}
        self.deleted: dict[int, Model] = {}
        self.outcome = Outcome()
        self._count = 0

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """The answer to one request."""
        start = perf_counter()
        content = None if body is None else json.dumps(body)
        self._connection.request(method, f"{self._base}/{path}", content, self._headers)
        response = self._connection.getresponse()
        text = response.read()
        self.outcome.latencies.append(perf_counter() - start)
        return response.status, json.loads(text)

    def step(self) -> None:
        """One write or search."""
        kind = self._random.random()
        if kind < 0.25 or not self.alive:
            self._create()
        elif kind < 0.5:
            self._update()
        elif kind < 0.58:
            self._delete()
        elif kind < 0.63 and self.deleted:
            self._restore()
        else:
            self._search()

    def _model(self) -> Model:
        self._count += 1
        own = f"{self.owner}-{self._count}"
        return {
            "name": self._random.choice([own, own, own, self._random.choice(SHARED)]),
            "description": f"text {self._random.randrange(1000)}",
            "level": self._random.choice([None, *range(10)]),
        }

    def _body(self, model: Model) -> dict[str, Any]:
        custom = {"owner": self.owner, "level": model["level"]}
        return {"name": model["name"], "description": model["description"], "customProperties": custom}

    def _done(self, answer: tuple[int, dict[str, Any]], code: int, name: str) -> bool:
        """Whether a write was done; a name that others want may be taken."""
        if answer[0] == code:
            return True
        if not (name in SHARED and answer[1]["apiStatusCode"] == "ObjectAlreadyExists"):
            self.outcome.faults.append(f"{code} was expected: {answer}")
        return False

    def _create(self) -> None:
        model = self._model()
        answer = self.send("POST", PATH, self._body(model))
        if self._done(answer, 201, model["name"]):
            self.alive[answer[1]["data"]["objectId"]] = model

    def _update(self) -> None:
        number, model = self._random.choice(list(self.alive)), self._model()
        if self._done(self.send("PUT", f"{PATH}/{number}", self._body(model)), 200, model["name"]):
            self.alive[number] = model

    def _delete(self) -> None:
        number = self._random.choice(list(self.alive))
        if self._done(self.send("DELETE", f"{PATH}/{number}"), 200, ""):
            self.deleted[number] = self.alive.pop(number)

    def _restore(self) -> None:
        number = self._random.choice(list(self.deleted))
        if self._done(self.send("POST", f"{PATH}/{number}"), 200, self.deleted[number]["name"]):
            self.alive[number] = self.deleted.pop(number)

    def _search(self) -> None:
        criteria, holds = self._random.choice(CRITERIA)(self._random.randrange(10))
        query = {"AND": [{"customProperties.owner": self.owner}, criteria]}
        options = "orderBy=name%20desc&limit=10&getTotalCount=true"
        if self._random.random() < 0.5:
            code, answer = self.send("POST", f"{PATH}/query?{options}", query)
        else:
            code, answer = self.send("GET", f"{PATH}?{options}&query={quote(json.dumps(query))}")
        found = {number: model for number, model in self.alive.items() if holds(model)}
        ordered = sorted(found, key=lambda number: str(found[number]["name"]), reverse=True)
        expected = (200, ordered[:10], len(ordered), len(ordered) > 10)
        got = [one["objectId"] for one in answer.get("data", ())]
        if (code, got, answer.get("totalCount"), answer.get("hasMoreRecords")) != expected:
            self.outcome.faults.append(f"{query} gave {answer}, expected was {expected}")


def _level(model: Model, absent: int) -> int:
    return absent if model["level"] is None else int(model["level"])


def load(
    url: str, headers: Mapping[str, str], *, clients: int, seconds: float | None = None, steps: int | None = None
) -> Outcome:
    """Loads the server at a URL that has no user segments yet, for some seconds or with some steps of each client."""
    first = Client(url, headers, -1)
    for name, kind in (("owner", "string"), ("level", "integer")):
        first.send("POST", f"{PATH}/customproperties", {"name": name, "fieldType": kind})
    everybody = [Client(url, headers, number) for number in range(clients)]
    start = perf_counter()

    def run(client: Client) -> None:
        done = 0
        while (steps is None or done < steps) and (seconds is None or perf_counter() - start < seconds):
            client.step()
            done += 1

    try:
        with ThreadPoolExecutor(clients) as threads:
            list(threads.map(run, everybody))
        total = Outcome(seconds=perf_counter() - start)
        for client in everybody:
            total.latencies += client.outcome.latencies
            total.faults += client.outcome.faults
        first.close()  # the server has given it up by now; it connects again
        total.faults += _invariants(first, everybody)
    finally:
        for client in (first, *everybody):
            client.close()
    return total


def _invariants(reader: Client, clients: list[Client]) -> list[str]:
    """What is wrong with all objects together."""
    expected = {number: (client.owner, model) for client in clients for number, model in client.alive.items()}
    records: list[dict[str, Any]] = []
    more = True
    while more:
        _, page = reader.send("GET", f"{PATH}?orderBy=objectId&limit=1000&skip={len(records)}")
        records += page["data"]
        more = page["hasMoreRecords"]
    found = {one["objectId"]: (one["customProperties"]["owner"], _as_model(one)) for one in records}
    faults = [
        f"object {number} is {found.get(number)}, and was written as {expected.get(number)}"
        for number in found.keys() | expected.keys()
        if found.get(number) != expected.get(number)
    ]
    names = [one["name"] for one in records]
    return faults + [f"two have the name {name}" for name in {*names} if names.count(name) > 1]


def _as_model(one: Mapping[str, Any]) -> Model:
    return {"name": one["name"], "description": one["description"], "level": one["customProperties"]["level"]}
