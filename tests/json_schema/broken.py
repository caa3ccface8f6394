"""Criteria that are broken in one to three places: by their structure, their names, their operators or their values."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from criteria import Schema
from tests.parsing.arbitrary import OPERATORS
from tests.strategies import criteria_objects

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
    "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T00:00:00Z", "2024-01-01t00:00:00z", "2024-01-01T00:00:00Z\n",
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

SCALARS = st.one_of(
    st.sampled_from(_STRINGS), st.sampled_from(_NUMBERS), st.none(), st.booleans(), st.text(max_size=3), st.integers()
)
"""Values of every JSON type, near to those that a field compares with."""

_ANY = st.one_of(
    SCALARS,
    st.sampled_from(([], {}, [None], [1], ["a"], [[]], [{}], {"$ne": None}, {"$in": [None]}, {"$gt": None},
                     {"$in": []}, {"$ne": {}}, {"AND": []}, {"OR": [{}]}, {"NOT": {}}, {"NOT": []}, {"$gt": [1]},
                     {"$in": {"a": 1}})),
    st.tuples(st.sampled_from(OPERATORS), SCALARS).map(lambda pair: {pair[0]: pair[1]}),
    st.tuples(st.sampled_from(OPERATORS), st.lists(SCALARS, max_size=3)).map(lambda pair: {pair[0]: pair[1]}),
)  # fmt: skip


@st.composite
def broken_criteria(draw: st.DrawFn, schema: Schema) -> Any:
    """Criteria over a schema that were changed in one to three places; now and then they are still right."""
    whole = {"": copy.deepcopy(draw(criteria_objects(schema, 5)))}
    names = st.one_of(st.sampled_from(_NAMES), st.sampled_from(schema.names), st.text(max_size=3))
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(list(_places(whole))))
        _changed(draw, holder, key, names)
    return whole[""]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything that criteria hold, each as a container and the key or index in it."""
    if isinstance(value, (dict, list)):
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from _places(item)


def _changed(draw: st.DrawFn, holder: Any, key: Any, names: st.SearchStrategy[str]) -> None:
    value = holder[key]
    changes = ["replace", "replace", "scalar", "scalar", "wrap"]
    if isinstance(holder, dict) and key != "":
        changes += ["rename", "rename", "beside"]
    if isinstance(value, (dict, list)):
        changes += ["grow", "grow", "grow", "clear"]
    match draw(st.sampled_from(changes)):
        case "replace":
            holder[key] = copy.deepcopy(draw(_ANY))
        case "scalar":
            holder[key] = draw(SCALARS)
        case "wrap":
            holder[key] = draw(
                st.sampled_from(([value], {"NOT": value}, {"$ne": value}, {"$in": [value]}, {"id": value}))
            )
        case "rename":
            holder[draw(names)] = holder.pop(key)
        case "beside":
            holder[draw(names)] = copy.deepcopy(draw(_ANY))
        case "clear":
            value.clear()
        case "grow" if isinstance(value, dict):
            value[draw(names)] = copy.deepcopy(draw(_ANY))
        case "grow":
            value.insert(draw(st.integers(0, len(value))), draw(st.one_of(st.none(), SCALARS)))
