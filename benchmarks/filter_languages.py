"""Peers that filter records in memory: the six queries of `by_hand` in their languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.by_hand import Filter
from benchmarks.people import Record

Prepare = Callable[[str, Sequence[Record]], Filter]
"""Returns a filter for the name of a query and the records to filter."""

MONGO: Mapping[str, dict[str, Any]] = {
    "equality": {"country": "SE"},
    "range": {"age": {"$gte": 30, "$lt": 40}},
    "text": {"name": {"$regex": "^Ma"}},
    "in": {"country": {"$in": ["SE", "NO", "DK", "FI", "IS"]}},
    "medium": {
        "$or": [
            {"$nor": [{"$and": [{"age": {"$gt": 30}}, {"score": {"$lt": 80.5}}]}]},
            {"$and": [{"country": "SE"}, {"$or": [{"active": True}, {"level": {"$in": [1, 2, 3]}}]}]},
        ]
    },
    "nested": {"address.city": "Lund", "tags": "vip"},
}

RULES: Mapping[str, str] = {
    "equality": "country == 'SE'",
    "range": "age != null and age >= 30 and age < 40",
    "text": "name != null and name.starts_with('Ma')",
    "in": "country in ['SE', 'NO', 'DK', 'FI', 'IS']",
    "medium": "not (age != null and age > 30 and score != null and score < 80.5) "
    "or (country == 'SE' and (active == true or level in [1, 2, 3]))",
    "nested": "address != null and address.city == 'Lund' and tags != null and 'vip' in tags",
}


def _cql2(op: str, *args: Any) -> dict[str, Any]:
    return {"op": op, "args": list(args)}


def _leaf(op: str, name: str, value: Any) -> dict[str, Any]:
    return _cql2(op, {"property": name}, value)


CQL2: Mapping[str, dict[str, Any]] = {
    "equality": _leaf("=", "country", "SE"),
    "range": _cql2("and", _leaf(">=", "age", 30), _leaf("<", "age", 40)),
    "text": _leaf("like", "name", "Ma%"),
    "in": _leaf("in", "country", ["SE", "NO", "DK", "FI", "IS"]),
    "medium": _cql2(
        "or",
        _cql2("not", _cql2("and", _leaf(">", "age", 30), _leaf("<", "score", 80.5))),
        _cql2(
            "and",
            _leaf("=", "country", "SE"),
            _cql2("or", _leaf("=", "active", True), _leaf("in", "level", [1, 2, 3])),
        ),
    ),
    "nested": _cql2("and", _leaf("=", "address.city", "Lund"), _leaf("a_contains", "tags", ["vip"])),
}


def _mongoquery(query: str, records: Sequence[Record]) -> Filter:
    from mongoquery import Query

    matches = Query(MONGO[query]).match
    return lambda rows: [row for row in rows if matches(row)]


def _mongomock(query: str, records: Sequence[Record]) -> Filter:
    import mongomock

    collection: Any = mongomock.MongoClient().db.people
    collection.insert_many([{**row, "_id": row["id"]} for row in records])
    return lambda rows: list(collection.find(MONGO[query], {"_id": 0}))


def _rule_engine(query: str, records: Sequence[Record]) -> Filter:
    import rule_engine

    rule = rule_engine.Rule(RULES[query], context=rule_engine.Context(default_value=None))
    return lambda rows: list(rule.filter(rows))


def _pygeofilter(query: str, records: Sequence[Record]) -> Filter:
    from pygeofilter.backends.native.evaluate import NativeEvaluator
    from pygeofilter.parsers.cql2_json import parse

    matches = NativeEvaluator(use_getattr=False).evaluate(parse(json.dumps(CQL2[query])))
    return lambda rows: [row for row in rows if matches(row)]


def _cql2_rust(query: str, records: Sequence[Record]) -> Filter:
    from cql2 import parse_json

    matches = parse_json(json.dumps(CQL2[query])).matches
    return lambda rows: [row for row in rows if matches(row)]


PEERS: Mapping[str, Prepare] = {
    "mongoquery": _mongoquery,
    "mongomock": _mongomock,
    "rule-engine": _rule_engine,
    "pygeofilter, native": _pygeofilter,
    "cql2 (Rust), matches": _cql2_rust,
}
