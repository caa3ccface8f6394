"""The records of the tables, from a fixed seed: with nulls, upper and lower case, and empty lists."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import UUID

import criteria
from criteria import Field

SCHEMA = criteria.Schema(
    "item",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string"),
        Field("code", "string", collation="binary"),
        Field("age", "integer"),
        Field("active", "boolean"),
        Field("price", "decimal", precision=12, scale=2),
        Field("score", "double"),
        Field("seen", "dateTime"),
        Field("token", "guid"),
        Field("owner", "objectRef", object_entity_type="person"),
        Field("tags", "string", is_list=True),
        Field("address.city", "string"),
        Field("address.zone", "integer"),
        Field("extra", "integer"),
    ],
    system_properties=False,
)
"""One field of each type, but two strings: `code` is declared to compare by code point. `extra` has no index."""

KINDS = {
    "name": "string",
    "code": "string, binary",
    "age": "integer",
    "active": "boolean",
    "price": "decimal",
    "score": "double",
    "seen": "dateTime",
    "token": "guid",
    "owner": "objectRef",
    "tags": "list of strings",
    "address.city": "nested string",
    "address.zone": "nested integer",
}
"""The names of the fields in the tables of results."""

_DISTINCT = 1000
_NULLS = 0.01
_RARE = 0.005
_FIRST = ("Ada", "Astrid", "Bo", "Carl", "Dag", "Eva", "Freja", "Gro", "Ida", "Jan", "Kaj", "Lars", "Maja", "Marit",
          "Mats", "Nils", "Ole", "Per", "Rut", "Signe", "Tor", "Ulla", "Vera")  # fmt: skip
_LAST = ("Berg", "Dahl", "Ek", "Falk", "Gran", "Holm", "Lind", "Moe", "Nord", "Ros", "Sand", "Sjö", "Vik", "Öst")
_START = datetime(2020, 1, 1, tzinfo=timezone.utc)

_SPELLINGS: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower)

TEXTS = sorted(spell(f"{first} {last}") for first, last, spell in product(_FIRST, _LAST, _SPELLINGS))
"""The strings in code point order: each name in three spellings that differ in letter case."""

VALUES: dict[str, list[Any]] = {
    "name": TEXTS,
    "code": TEXTS,
    "age": list(range(_DISTINCT)),
    "price": [Decimal(number - 100) + Decimal("0.25") for number in range(_DISTINCT)],
    "score": [number / 8 - 20 for number in range(_DISTINCT)],
    "seen": [_START + timedelta(hours=7 * number, milliseconds=number) for number in range(_DISTINCT)],
    "token": [UUID(int=(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for number in range(_DISTINCT)],
    "owner": list(range(1, _DISTINCT + 1)),
    "tags": [f"tag{number:04}" for number in range(_DISTINCT)],
    "address.city": TEXTS,
    "address.zone": list(range(_DISTINCT)),
}
"""The values of each field, sorted. All are equally frequent."""


def records(count: int, seed: int = 11) -> Iterator[dict[str, Any]]:
    """Yields typed records; one in a hundred values is null."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    for number in range(count):
        record: dict[str, Any] = {"id": number, "active": _maybe(dice, dice.random() < _RARE)}
        for name in ("name", "code", "age", "price", "score", "seen", "token", "owner"):
            record[name] = _maybe(dice, dice.choice(VALUES[name]))
        record["tags"] = _maybe(dice, [dice.choice(VALUES["tags"]) for _ in range(dice.randrange(1, 4))])
        if record["tags"] is None:
            record["tags"] = dice.choice((None, [], [None]))
        address = {name: _maybe(dice, dice.choice(VALUES[f"address.{name}"])) for name in ("city", "zone")}
        record["address"] = _maybe(dice, address)
        record["extra"] = dice.randrange(2**40)
        yield record


def _maybe(dice: random.Random, value: Any) -> Any:
    return None if dice.random() < _NULLS else value
