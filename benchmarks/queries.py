"""Criteria to measure with: a known shape with new values, and new shapes."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import criteria

Criteria = dict[str, Any]
Row = dict[str, Any]

SCHEMA = criteria.Schema(
    "medium",
    [
        criteria.Field("f1", "integer"),
        criteria.Field("f2", "integer"),
        criteria.Field("f3", "string"),
        criteria.Field("f4", "boolean"),
        criteria.Field("f5", "integer"),
    ],
    system_properties=False,
)


def medium(dice: random.Random) -> Criteria:
    """The example of the reference API (docs/language.md#query), with five comparisons and other values."""
    return {
        "OR": [
            {"NOT": {"AND": [{"f1": {"$gt": dice.randrange(4)}}, {"f2": {"$lt": dice.randrange(4)}}]}},
            {
                "AND": [
                    {"f3": dice.choice("xyz")},
                    {"OR": [{"f4": dice.random() < 0.5}, {"f5": {"$in": dice.sample(range(9), 3)}}]},
                ]
            },
        ]
    }


def known_shape(count: int, seed: int = 1) -> list[Criteria]:
    """Yields the medium query with new values each time."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    return [medium(dice) for _ in range(count)]


def rows(count: int, seed: int = 2) -> list[Row]:
    """Rows for these criteria; a fifth of the values are null."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on

    def value(one: object) -> object:
        return None if dice.random() < 0.2 else one

    return [
        {"id": number, "f1": value(dice.randrange(4)), "f2": value(dice.randrange(4)), "f3": value(dice.choice("xyz")),
         "f4": value(dice.random() < 0.5), "f5": value(dice.randrange(9))}
        for number in range(count)
    ]  # fmt: skip


def medium_by_hand(criteria: Criteria) -> Callable[[Row], bool]:
    """The medium query as a good engineer writes it, with nulls handled."""
    negated, rest = criteria["OR"]
    (greater, less), (text, either) = negated["NOT"]["AND"], rest["AND"]
    a, b, c = greater["f1"]["$gt"], less["f2"]["$lt"], text["f3"]
    flag, members = either["OR"][0]["f4"], frozenset(either["OR"][1]["f5"]["$in"])
    return lambda row: (
        not (row["f1"] is not None and row["f1"] > a and row["f2"] is not None and row["f2"] < b)
        or (row["f3"] == c and (row["f4"] is flag or row["f5"] in members))
    )


def new_shapes(count: int, seed: int = 3) -> list[Criteria]:
    """Criteria with five comparisons each, all of different structure."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    found: dict[str, Criteria] = {}
    while len(found) < count:
        one = _tree(dice, 5)
        found.setdefault(structure(one), one)
    return list(found.values())


def structure(criteria: Criteria) -> str:
    """The structure of criteria: names, values and operators of the same kind are equal."""
    text = re.sub(r'"f\d"', '"field"', json.dumps(criteria))
    text = re.sub(r'"\$(?:gte?|lte?)"', '"ordering"', text)
    text = re.sub(r'"\$(?:startsWith|endsWith|contains)"', '"text"', text)
    return re.sub(r'\b\d+\b|"[xyz]"', "0", text)


def _tree(dice: random.Random, leaves: int) -> Criteria:
    if dice.random() < 0.2:
        return {"NOT": _tree(dice, leaves)}
    if leaves == 1:
        return _leaf(dice)
    first = dice.randrange(1, leaves)
    sizes = [first, leaves - first]
    if sizes[1] > 1 and dice.random() < 0.5:
        sizes = [first, 1, leaves - first - 1]
    return {dice.choice(["AND", "OR"]): [_tree(dice, size) for size in sizes]}


def _leaf(dice: random.Random) -> Criteria:
    kind = dice.randrange(4)
    if kind == 0:
        return {dice.choice(["f1", "f2"]): {dice.choice(["$gt", "$gte", "$lt", "$lte"]): dice.randrange(4)}}
    if kind == 1:
        return {"f3": {dice.choice(["$startsWith", "$contains"]): dice.choice("xyz")}}
    if kind == 2:
        return {"f5": {"$in": dice.sample(range(9), dice.randrange(2, 7))}}
    return dice.choice([{"f3": dice.choice("xyz")}, {"f4": dice.random() < 0.5}, {"f1": dice.randrange(4)}])


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, operand: bool(value > operand),
    "$gte": lambda value, operand: bool(value >= operand),
    "$lt": lambda value, operand: bool(value < operand),
    "$lte": lambda value, operand: bool(value <= operand),
    "$in": lambda value, operand: value in operand,
    "$startsWith": lambda value, operand: bool(value.startswith(operand)),
    "$contains": lambda value, operand: operand in value,
}


def selects(criteria: Criteria, row: Row) -> bool:
    """The correct answer for the criteria of `new_shapes`: comparisons with null are false, NOT is the complement."""
    ((name, value),) = criteria.items()
    if name in ("AND", "OR"):
        return (all if name == "AND" else any)(selects(term, row) for term in value)
    if name == "NOT":
        return not selects(value, row)
    if row[name] is None:
        return False
    if not isinstance(value, dict):
        return bool(row[name] == value)
    ((operator, operand),) = value.items()
    return _TESTS[operator](row[name], operand)
