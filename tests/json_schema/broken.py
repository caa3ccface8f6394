"""Criteria that are broken in one to three places: by their structure, their names, their operators or their values.

Breaking is left to a seed, not to Hypothesis: making criteria takes it much longer than judging them, so that several
broken ones are made of each.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from criteria import Schema
from criteria.conformance.strategies import criteria_objects
from tests.parsing.arbitrary import OPERATORS

_NAMES = ("AND", "OR", "NOT", "and", "Or", "$and", "$eq", "$not", "$exists", "$startswith", "$", "", " ", "a\x00",
          "\x7f",
          "a.b", "p", "p.", ".p", "nosuch", "id.objectId", "objectRef.objectId", "objectRefs.objectId",
          "p.objectRef.objectId", "p.objectRef.id", "objectId", *OPERATORS)  # fmt: skip
"""Keys that mean something elsewhere, or nothing."""

_STRINGS = (
    "", "a", "1", "1.50", "-0", "007", "1.", ".5", "+1", "1e2", "1E-2", "1e99999", "true", "null", "\0", "a\0b",
    "\n", "1\n",
    "\ud800", "a\udc00", "\udc00\ud800", "\U0001f600", "x" * 8000, "x" * 8001, "\U0001f600" * 4001,
    "123.45", "1234.5", "12.345", "999.99", "1000", "0." + "1" * 20, "0." + "1" * 21, "1" * 34, "1" * 35, "1.000",
    "2024-01-01", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-04-31", "0000-01-01", "0001-01-01",
    "9999-12-31", "10000-01-01", "2024-1-1", "20240101", "2024-01-01\n", " 2024-01-01", "+2024-01-01",
    "\u06622024-01-01",
    "2024-01-01T00:00:00", "2024-01-01T00:00:00Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00Z\n",
    "2024-01-01 00:00:00Z", "2024-13-01T00:00:00Z", "2024-04-31T00:00:00Z", "2024-02-29T00:00:00Z",
    "2023-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "2024-01-01T24:00:00Z",
    "2024-01-01T23:59:60Z", "2024-01-01T00:00:00.1234Z", "2024-01-01T00:00:00.123000000Z", "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00+23:59", "2024-01-01T00:00:00+24:00",
    "2024-01-01T00:00:00+01", "2024-01-01T00:00:00+0100", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
    "\u0662024-01-01T00:00:00Z", "\u0661",
    "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8\n",
    "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
    "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8",
)  # fmt: skip

_NUMBERS = (0, 1, -1, 5, 0.0, -0.0, 1.0, 1e2, 0.5, 1.5, -2.25, 0.1, 999, 999.99, 1000, 1000.0, -1000, 0.001, 12.345,
            2**53 + 1, 2.0**53, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2.0**63, 1e18, 1e19, 1e20, 10**34 - 1,
            10**34, 1e34, 10**400, -(10**400), 1e300, 5e-324, 1.7976931348623157e308)  # fmt: skip

_SCALARS = (*_STRINGS, *_NUMBERS, *[None, True, False] * 6)

_CONTAINERS: tuple[Any, ...] = (
    [], {}, [None], [1], ["a"], [[]], [{}], {"$ne": None}, {"$in": [None]}, {"$gt": None}, {"$in": []}, {"$ne": {}},
    {"AND": []}, {"OR": [{}]}, {"NOT": {}}, {"NOT": []}, {"$gt": [1]}, {"$in": {"a": 1}},
)  # fmt: skip


def broken_criteria(schema: Schema) -> st.SearchStrategy[Any]:
    """Criteria over a schema that were changed in one to three places; now and then they are still right."""
    seeds = st.integers(0, 2**32)
    return st.tuples(criteria_objects(schema, 5), seeds).map(
        lambda pair: broken(pair[0], schema.names, Random(pair[1]))  # noqa: S311
    )


def broken(criteria: Any, names: Sequence[str], random: Random) -> Any:
    """A changed copy of criteria; `names` are those of the schema's fields."""
    whole = {"": copy.deepcopy(criteria)}
    for _ in range(random.randint(1, 3)):
        holder, key = random.choice(list(_places(whole)))
        _change(random, holder, key, random.choice((random.choice(_NAMES), random.choice(names))))
    return whole[""]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything that criteria hold, each as a container and the key or index in it."""
    if isinstance(value, (dict, list)):
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(item)


def _value(random: Random) -> Any:
    """A scalar, or an object or a list."""
    match random.randint(0, 3):
        case 0:
            return copy.deepcopy(random.choice(_CONTAINERS))
        case 1:
            return {random.choice(OPERATORS): random.choice(_SCALARS)}
        case 2:
            return {random.choice(OPERATORS): random.choices(_SCALARS, k=random.randint(0, 3))}
    return random.choice(_SCALARS)


def _change(random: Random, holder: Any, key: Any, name: str) -> None:
    value = holder[key]
    changes = ["replace", "replace", "scalar", "scalar", "wrap"]
    if isinstance(holder, dict) and key != "":
        changes += ["rename", "rename", "beside"]
    if isinstance(value, (dict, list)):
        changes += ["grow", "grow", "grow", "clear"]
    match random.choice(changes):
        case "replace":
            holder[key] = _value(random)
        case "scalar":
            holder[key] = random.choice(_SCALARS)
        case "wrap":
            holder[key] = random.choice(([value], {"NOT": value}, {"$ne": value}, {"$in": [value]}, {"id": value}))
        case "rename":
            holder[name] = holder.pop(key)
        case "beside":
            holder[name] = _value(random)
        case "clear":
            value.clear()
        case "grow" if isinstance(value, dict):
            value[name] = _value(random)
        case "grow":
            value.insert(random.randint(0, len(value)), random.choice((None, random.choice(_SCALARS))))
