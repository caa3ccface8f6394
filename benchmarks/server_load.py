"""Clients of the example server that check its answers: each client owns some users, and keeps a model of them.

A client changes its model when it gets an answer. If the server stops before that, the change is `in doubt`, and both
states are accepted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Thread
from time import perf_counter
from typing import Any

import httpx

import criteria
from examples.server.entities import ENTITIES

USERS = ENTITIES["user"](()).public
NAMES = ("Ada", "Bo", "Çelik", "Dee", "Éa", "Fay", "", None)

Record = dict[str, Any]


@dataclass(slots=True)
class Client:
    """One client: `model` has its users by number, `deleted` the numbers that it deleted."""

    mark: str
    url: str
    headers: Mapping[str, str]
    seed: int
    model: dict[int, Record] = field(default_factory=dict)
    deleted: dict[int, Record] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    in_doubt: tuple[str, int | None, Record] | None = None
    died: bool = False

    def run(self, goes_on: Callable[[int], bool]) -> None:
        """Sends requests until it is stopped, the server is gone or an answer is wrong."""
        random = Random(self.seed)  # noqa: S311
        with httpx.Client(base_url=self.url, headers=dict(self.headers), timeout=60) as http:
            done = 0
            while goes_on(done) and not self.wrong:
                try:
                    self._act(http, random)
                except httpx.TransportError:
                    self.died = True
                    return
                except Exception as error:
                    self.wrong.append(f"{type(error).__name__}: {error}")
                self.in_doubt = None
                done += 1

    def search(self, http: httpx.Client, query: Mapping[str, Any]) -> None:
        """Searches its own users, and compares the answer with the model."""
        matches = criteria.compile(criteria.parse(dict(query), USERS), "python", records="json")
        expected = [number for number, record in sorted(self.model.items()) if matches(record)]
        inside = json.dumps({"AND": [{"lastName": self.mark}, query]})
        params = {"query": inside, "type": "all", "limit": "1000", "getTotalCount": "true"}
        answer = self._send(http, "GET", "/users", 200, params=params)
        found = {record["objectId"]: record for record in answer["data"]}
        if list(found) != expected or answer["totalCount"] != len(expected):
            self.wrong.append(f"{query} found {list(found)} of {answer['totalCount']}, and not {expected}")
        for number in found.keys() & self.model.keys():
            self._compare(number, found[number])

    def check(self, http: httpx.Client) -> None:
        """Compares all of its users with the model, and settles what was in doubt."""
        params = {"query": json.dumps({"lastName": self.mark}), "type": "all", "limit": "1000"}
        found = {one["objectId"]: one for one in self._send(http, "GET", "/users", 200, params=params)["data"]}
        kind, number, values = self.in_doubt or ("", None, {})
        if kind == "create":
            new = [one for one in found if one not in self.model and one not in self.deleted]
            if len(new) == 1:
                self.model[new[0]] = values
        elif kind == "update" and number is not None and values.items() <= found.get(number, {}).items():
            self.model[number] = {**self.model[number], **values}
        elif kind == "delete" and number not in found and number is not None:
            self.deleted[number] = self.model.pop(number)
        elif kind == "restore" and number in found and number is not None:
            self.model[number] = self.deleted.pop(number)
        if found.keys() != self.model.keys():
            self.wrong.append(f"there are {sorted(found)}, and not {sorted(self.model)}, in doubt {self.in_doubt}")
        for number in found.keys() & self.model.keys():
            self._compare(number, found[number])
        self.in_doubt = None

    def _compare(self, number: int, record: Record) -> None:
        differing = {key: record[key] for key, value in self.model[number].items() if record[key] != value}
        if differing:
            self.wrong.append(f"user {number} has {differing}, and not {self.model[number]}")

    def _act(self, http: httpx.Client, random: Random) -> None:
        kind = random.choices(("create", "update", "delete", "restore", "search"), (30, 25, 8, 5, 32))[0]
        if kind == "create" or not self.model:
            values = {"username": f"{self.mark}-{random.getrandbits(64):x}", "lastName": self.mark, **_names(random)}
            self.in_doubt = ("create", None, values)
            number = self._send(http, "POST", "/users", 201, json=values)["data"]["objectId"]
            if number in self.model or number in self.deleted:
                self.wrong.append(f"the number {number} was given away twice")
            self.model[number] = values
        elif kind == "update":
            number, values = random.choice([*self.model]), _names(random)
            self.in_doubt = ("update", number, values)
            self._send(http, "PUT", f"/users/{number}", 200, json=values)
            self.model[number] = {**self.model[number], **values}
        elif kind == "delete":
            number = random.choice([*self.model])
            self.in_doubt = ("delete", number, {})
            self._send(http, "DELETE", f"/users/{number}", 200)
            self.deleted[number] = self.model.pop(number)
        elif kind == "restore" and self.deleted:
            number = random.choice([*self.deleted])
            self.in_doubt = ("restore", number, {})
            self._send(http, "POST", f"/users/{number}", 200)
            self.model[number] = self.deleted.pop(number)
        else:
            self.search(http, _query(random))

    def _send(self, http: httpx.Client, method: str, path: str, code: int, **request: Any) -> Any:
        start = perf_counter()
        answer = http.request(method, path, **request)
        self.seconds.append(perf_counter() - start)
        if answer.status_code != code:
            raise AssertionError(f"{method} {path} was answered with {answer.status_code}: {answer.text[:200]}")
        return answer.json()


def _names(random: Random) -> Record:
    return {"firstName": random.choice(NAMES), "name": random.choice(NAMES)}


def _query(random: Random) -> Record:
    name = random.choice([one for one in NAMES if one])
    leaf: Record = random.choice(
        [{"firstName": name}, {"firstName": {"$gt": name}}, {"name": {"$in": [name, "Bo"]}}, {"name": None},
         {"firstName": {"$contains": name[:1]}}, {"name": {"$ne": name}}]
    )  # fmt: skip
    return random.choice([leaf, {"NOT": leaf}, {"OR": [leaf, {"firstName": None}]}])


def clients(count: int, url: str, headers: Mapping[str, str], seed: int = 0) -> list[Client]:
    """Clients with unique marks."""
    return [Client(f"client-{seed}-{at}", url, headers, seed * 1000 + at) for at in range(count)]


def run_together(some: Sequence[Client], goes_on: Callable[[int], bool]) -> float:
    """Runs clients in threads at the same time, and returns the seconds that this took."""
    start = perf_counter()
    threads = [Thread(target=client.run, args=(goes_on,)) for client in some]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter() - start


def check_all(some: Sequence[Client], url: str, headers: Mapping[str, str]) -> list[str]:
    """The differences between all clients' models and the server, after the end."""
    with httpx.Client(base_url=url, headers=dict(headers), timeout=60) as http:
        for client in some:
            if not client.wrong:
                client.check(http)
    return [f"{client.mark}: {wrong}" for client in some for wrong in client.wrong]
