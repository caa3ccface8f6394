"""Decoding records of 22 fields: JSON to typed records, and rows of storages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import criteria
from benchmarks.harness import Contestant, Ready, Sizes, compete
from benchmarks.targets import Figure, Result

_KINDS = ("string", "integer", "boolean", "decimal", "double", "date", "dateTime", "guid")


def _schema() -> criteria.Schema:
    """Twenty fields of all types but references, and a key."""
    fields = [criteria.Field(f"f{number}", _KINDS[number % len(_KINDS)]) for number in range(21)]
    key = criteria.Field("id", "integer", is_unique=True, nullable=False)
    return criteria.Schema("record", [key, *fields], system_properties=False)


def _value(kind: str, number: int) -> Any:
    match kind:
        case "string":
            return f"name {number}"
        case "integer":
            return number
        case "boolean":
            return number % 2 == 0
        case "decimal":
            return Decimal(number).scaleb(-2)
        case "double":
            return number / 7
        case "date":
            return date(2024, 1, 1) + timedelta(days=number % 300)
        case "dateTime":
            return datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=number)
        case _:
            return UUID(int=number)


def run(sizes: Sizes) -> Result:
    """Figures of the job `decoding`: the time of a record."""
    schema = _schema()
    typed = [
        {"id": number, **{f"f{at}": _value(_KINDS[at % len(_KINDS)], number * 21 + at) for at in range(21)}}
        for number in range(sizes.queries * 5)
    ]
    encoded = [schema.encode(record) for record in typed]
    texts = [json.dumps(record) for record in encoded]
    jobs: dict[str, Callable[[], Ready]] = {
        "json.loads of the text": lambda: _each(json.loads, texts),
        "Schema.decode": lambda: _each(schema.decode, encoded, typed),
    }
    for engine in ("sqlite", "postgres", "mongo"):
        jobs[f"storage.decode, {engine}"] = lambda engine=engine: _stored(schema, engine, typed)  # type: ignore[misc]
    contestants = [Contestant(name, prepare) for name, prepare in jobs.items()]
    group = compete("decoding: records of 22 fields", contestants, sizes.rounds, typed[0])
    figures: dict[str, Figure] = {}
    for key, name in (
        ("schema", "Schema.decode"),
        *((one, f"storage.decode, {one}") for one in ("sqlite", "postgres", "mongo")),
    ):
        figures[f"decoding.{key}"] = group.best(name)
    return Result(figures, (group,))


def _stored(schema: criteria.Schema, engine: str, typed: list[Any]) -> Ready:
    storage: Any = criteria.storage(schema, engine)
    return _each(storage.decode, [storage.encode(record) for record in typed], typed)


def _each(decode: Callable[[Any], Any], inputs: list[Any], typed: list[Any] | None = None) -> Ready:
    def work() -> None:
        for one in inputs:
            decode(one)

    return Ready(work, units=len(inputs)) if typed is None else Ready(work, decode(inputs[0]), len(inputs))
