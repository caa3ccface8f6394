"""The rows and queries of the job `adapters`: texts that collations and LIKE confuse, nulls, and dates at bounds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import criteria
from criteria import Field

SCHEMA = criteria.Schema(
    "person",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("name", "string"),
        Field("status", "string", nullable=False),
        Field("age", "integer"),
        Field("balance", "decimal", precision=10, scale=2),
        Field("is_active", "boolean"),
        Field("born", "date"),
        Field("seen", "dateTime", precision=6, time_zone="UTC"),
    ],
    system_properties=False,
)

NAMES = ("Ada", "ada", "ADA", "Adam", "Bo", "Åse", "Ase", "åse", "Zoë", "Zoe", "zoe", "Éva", "eva", "straße", "strasse",
         "50% off", "50 off", "a_b", "axb", "A_B", "100%", "1000", "C:\\dir", "O'Hara", "Ada ", "東京", "")  # fmt: skip
TEXT_OPERANDS = ("A", "a", "Ad", "da", "e", "ë", "é", "o", "%", "_", "50%", "a_", "ss", "ß", "\\", "'", "東")
STATUSES = ("open", "paid", "void")
AGES = (0, 1, 17, 18, 19, 30, 65, -1)
BALANCES = tuple(map(Decimal, ("0.00", "0.10", "0.30", "9.99", "10.00", "-0.01", "99999999.99")))
BIRTHDAYS = tuple(
    map(date.fromisoformat, ("1969-12-31", "1970-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2024-02-29"))
)
INSTANTS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    for text in ("1970-01-01T00:00:00", "1999-12-31T23:59:59.999", "2000-01-01T00:00:00", "2024-02-29T12:00:00",
                 "2024-02-29T12:00:00.500", "2024-03-31T01:30:00")
)  # fmt: skip

POOLS: dict[str, Sequence[Any]] = {
    "name": NAMES, "status": STATUSES, "age": AGES, "balance": BALANCES, "is_active": (True, False),
    "born": BIRTHDAYS, "seen": INSTANTS,
}  # fmt: skip
EQUALITY = ("$eq", "$ne", "$in", "$nin")
ORDERING = ("$gt", "$gte", "$lt", "$lte")
TEXT = ("$startsWith", "$endsWith", "$contains")
OPERATORS: dict[str, Sequence[str]] = {
    "name": (*EQUALITY, *TEXT, *TEXT, "$gte", "$lt"),
    "status": EQUALITY,
    "is_active": ("$eq", "$ne"),
    **dict.fromkeys(("age", "balance", "born", "seen"), (*EQUALITY, *ORDERING)),
}
NULLS = 0.2
"""The share of nulls among the values of each field but `id` and `status`."""

Criteria = dict[str, Any]


def records(count: int) -> list[dict[str, Any]]:
    """Typed records from a fixed seed."""
    dice = random.Random(11)  # noqa: S311  # data to measure on
    return [
        {"id": number}
        | {
            name: None if name != "status" and dice.random() < NULLS else dice.choice(pool)
            for name, pool in POOLS.items()
        }
        for number in range(1, count + 1)
    ]


def queries(count: int, rows: Sequence[dict[str, Any]]) -> list[Criteria]:
    """Criteria that select some of the rows and not all: by one comparison, by several, and with OR and NOT."""
    dice = random.Random(12)  # noqa: S311  # data to measure on
    found: list[Criteria] = []
    while len(found) < count:
        one = KINDS[len(found) % len(KINDS)](dice)
        selected = len(criteria.compile(criteria.parse(one, SCHEMA), "python").filter(rows))
        if 0 < selected < len(rows):
            found.append(one)
    return found


def _comparison(dice: random.Random, name: str | None = None) -> Criteria:
    name = name or dice.choice(tuple(POOLS))
    if name != "status" and dice.random() < 0.1:
        return {name: dice.choice((None, {"$ne": None}))}
    operator = dice.choice(OPERATORS[name])
    if operator in TEXT:
        return {name: {operator: dice.choice(TEXT_OPERANDS)}}
    pool = [_as_json(value) for value in POOLS[name]]
    if operator in ("$in", "$nin"):
        return {name: {operator: dice.sample(pool, 2)}}
    value = dice.choice(pool)
    return {name: value if operator == "$eq" else {operator: value}}


def _several(dice: random.Random) -> Criteria:
    names = dice.sample(tuple(POOLS), dice.choice((2, 2, 3)))
    return {key: value for name in names for key, value in _comparison(dice, name).items()}


def _grouped(dice: random.Random) -> Criteria:
    kind = dice.choice(("OR", "NOT", "NOT OR", "AND OR"))
    one, other = _several(dice), _comparison(dice)
    if kind == "OR":
        return {"OR": [one, other]}
    if kind == "NOT":
        return {"NOT": one if dice.random() < 0.5 else other}
    if kind == "NOT OR":
        return {"NOT": {"OR": [_comparison(dice), other]}}
    return {"AND": [other, {"OR": [_comparison(dice), {"NOT": _comparison(dice)}]}]}


KINDS: Sequence[Callable[[random.Random], Criteria]] = (_comparison, _several, _grouped)


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, (date, Decimal)) else value
