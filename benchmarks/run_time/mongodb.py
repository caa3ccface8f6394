"""MongoDB: filters instead of conditions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import criteria
from benchmarks.run_time.by_hand import Statement
from benchmarks.run_time.cases import Case
from benchmarks.run_time.engine import CHUNK, TABLE, Better, Engine, Fingerprint, parts
from benchmarks.run_time.records import KINDS, SCHEMA, records
from tests.servers import MONGODB


def _typed(value: Any) -> Any:
    from criteria.backends.mongo.bson_values import bson_value

    return value if value is None or isinstance(value, datetime) else bson_value(value)


def by_hand(case: Case) -> Any:
    """A hand-written filter for `find`."""
    field, operand = case.field, case.operand
    typed = [_typed(one) for one in operand] if isinstance(operand, tuple) else _typed(operand)
    is_list = case.kind.startswith("list")
    match case.operator:
        case "null" | "not null" if is_list:
            some = {"$elemMatch": {"$ne": None}}
            # Finds lists of nulls too: the index serves lists that contain a null or nothing.
            empty = {"$and": [{field: {"$in": [None, []]}}, {field: {"$not": some}}]}
            return empty if case.operator == "null" else {field: some}
        case "null":
            return {field: None}
        case "not null":
            return {field: {"$ne": None}}
        case "$eq":
            return {field: typed}
        case "$ne" if case.kind == "boolean":
            return {field: {"$in": [not operand, None]}}
        case "$nin" if case.kind == "boolean":
            return {field: {"$in": [not operand[0], None]}}
        case _:
            condition = _condition(case.operator.removeprefix("NOT "), typed)
            return {field: {"$not": condition}} if case.is_negated else {field: condition}


def _condition(operator: str, operand: Any) -> dict[str, Any]:
    if operator == "$startsWith":
        return {"$regex": f"^{re.escape(operand)}"}
    if operator == "$endsWith":
        return {"$regex": f"{re.escape(operand)}$"}
    return {"$regex": re.escape(operand)} if operator == "$contains" else {operator: operand}


class Mongodb:
    name = "MongoDB"
    better: Sequence[Better] = ()
    remark = "A pattern that does not begin with `^` reads all keys of an index, which counts as **no** here."
    first: Sequence[str] = tuple(f'db.{TABLE}.createIndex({{"{field}": 1}})' for field in KINDS)

    def __init__(self, collection: Any, version: str) -> None:
        self.collection, self.version = collection, version

    def load(self, count: int) -> None:
        encoded = map(criteria.storage(SCHEMA, "mongo").encode, records(count))
        while chunk := list(islice(encoded, CHUNK)):
            self.collection.insert_many(chunk, ordered=False)
        for field in KINDS:
            self.collection.create_index([(field, 1)], name=f"by_{field.split('.')[-1]}")

    def ours(self, case: Case, field: criteria.Field | None = None) -> Statement:
        return Statement(criteria.compile(case.query(), "mongo"))

    def by_hand(self, case: Case) -> Statement:
        return Statement(by_hand(case))

    def select(self, statement: Statement) -> Fingerprint:
        sums = {"_id": None, "n": {"$sum": 1}, "keys": {"$sum": "$id"}, "extras": {"$sum": "$extra"}}
        found = list(self.collection.aggregate([{"$match": statement.text}, {"$group": sums}]))
        return (found[0]["n"], int(found[0]["keys"]), int(found[0]["extras"])) if found else (0, 0, 0)

    def _winner(self, statement: Statement) -> Any:
        command = {"find": TABLE, "filter": statement.text}
        explained = self.collection.database.command("explain", command, verbosity="queryPlanner")
        return explained["queryPlanner"]["winningPlan"]

    def plan(self, statement: Statement) -> str:
        return json.dumps(self._winner(statement), default=str, indent=1)

    def indexes(self, statement: Statement) -> frozenset[str]:
        """A pattern without a known prefix scans the whole index, which does not count as a look-up."""
        scans = [part for part in parts(self._winner(statement)) if part.get("stage") == "IXSCAN"]
        narrow = [scan for scan in scans if not any(_is_whole(bounds) for bounds in scan["indexBounds"].values())]
        return frozenset(scan["indexName"] for scan in narrow)

    def analyze(self) -> None:
        """MongoDB needs no statistics: it tries its plans."""

    def execute(self, statement: str) -> None:
        raise NotImplementedError(statement)


def _is_whole(bounds: Sequence[str]) -> bool:
    return any(bound.startswith(('["", {})', "[MinKey, MaxKey]")) for bound in bounds)


@contextmanager
def mongodb() -> Iterator[Engine]:
    """The server of the tests, with enough memory for all the records."""
    with MONGODB.start() as server, server.connect() as client:
        client.admin.command("setParameter", 1, wiredTigerEngineRuntimeConfig="cache_size=2G")
        yield Mongodb(client[server.database][TABLE], client.server_info()["version"])
