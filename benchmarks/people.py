"""Generated records to filter and to order, from a fixed seed: clean, as JSON, and with values of other types."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import criteria

Record = dict[str, Any]

SCHEMA = criteria.Schema(
    "person",
    [
        criteria.Field("id", "integer", is_unique=True, nullable=False),
        criteria.Field("name", "string"),
        criteria.Field("age", "integer"),
        criteria.Field("country", "string"),
        criteria.Field("active", "boolean"),
        criteria.Field("score", "double"),
        criteria.Field("level", "integer"),
        criteria.Field("tags", "string", is_list=True),
        criteria.Field("address.city", "string"),
        criteria.Field("seen", "dateTime"),
    ],
    system_properties=False,
)

_FIRST = ("Ada", "Astrid", "Bo", "Carl", "Dag", "Eva", "Freja", "Gro", "Ida", "Jan", "Kaj", "Lars", "Maja", "Marit",
          "Mats", "Nils", "Ole", "Per", "Rut", "Signe", "Tor", "Ulla", "Vera")  # fmt: skip
_LAST = ("Berg", "Dahl", "Ek", "Falk", "Gran", "Holm", "Lind", "Moe", "Nord", "Ros", "Sand", "Vik")
COUNTRIES = ("SE", "NO", "DK", "FI", "IS", "DE", "FR", "ES", "IT", "PL", "NL", "BE", "AT", "CH", "PT", "GR")
_CITIES = ("Lund", "Oslo", "Bergen", "Aarhus", "Turku", "Vik", "Kiel", "Lyon", "Gent", "Graz")
_TAGS = ("new", "vip", "trial", "paid", "beta")
START = datetime(2020, 1, 1, tzinfo=timezone.utc)


def clean(count: int, seed: int = 5) -> list[Record]:
    """Typed records: all values are present and of their field's type."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    return [_person(number, dice) for number in range(count)]


def _person(number: int, dice: random.Random) -> Record:
    return {
        "id": number,
        "name": f"{dice.choice(_FIRST)} {dice.choice(_LAST)}",
        "age": dice.randrange(16, 90),
        "country": dice.choice(COUNTRIES),
        "active": dice.random() < 0.7,
        "score": round(dice.random() * 100, 2),
        "level": dice.randrange(10),
        "tags": dice.sample(_TAGS, dice.randrange(4)),
        "address": {"street": f"Gata {dice.randrange(100)}", "city": dice.choice(_CITIES)},
        "seen": START + timedelta(milliseconds=dice.randrange(10**11)),
    }


def with_nulls(count: int, seed: int = 6) -> list[Record]:
    """Typed records: all keys are present, 3 % of the values are None."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    return [_changed(person, dice, [(0.03, _null)]) for person in clean(count)]


def as_json(count: int, seed: int = 7, faults: float = 0.03) -> list[Record]:
    """JSON records: 3 % of the values are null, 3 % missing. Decoded from one text, as a response is."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    changes: list[_Change] = [(faults, _null), (2 * faults, Record.pop)]
    text = json.dumps([_changed(person, dice, changes) for person in clean(count)], default=_text)
    records: list[Record] = json.loads(text)
    return records


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_dirt(count: int, seed: int = 8) -> list[Record]:
    """Typed records: 2 % of the values are missing, 2 % None, 2 % of another type."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on

    def another_type(record: Record, key: str) -> None:
        value = record[key]
        others = ["5", True, 5, 5.5, ["vip"], {"city": 5}]
        record[key] = dice.choice([other for other in others if type(other) is not type(value)])

    changes: list[_Change] = [(0.02, _null), (0.04, Record.pop), (0.06, another_type)]
    return [_changed(person, dice, changes) for person in clean(count)]


_Change = tuple[float, Callable[[Record, str], object]]
"""The changes of a value, by the random number below which each applies."""


def _null(record: Record, key: str) -> None:
    record[key] = None


def _changed(record: Record, dice: random.Random, changes: list[_Change]) -> Record:
    """The record with some values changed, but not the id."""
    for key in list(record)[1:]:
        throw = dice.random()
        change = next((change for below, change in changes if throw < below), None)
        if change is not None:
            change(record, key)
    return record


def stream(count: int) -> Iterator[Record]:
    """Yields records without keeping them."""
    dice = random.Random(9)  # noqa: S311  # data to measure on
    for number in range(count):
        yield {"id": number, "name": f"{dice.choice(_FIRST)} {number}", "score": dice.random() * 100}
