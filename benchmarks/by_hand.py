"""The baseline of the filters: the six queries as a good engineer writes them.

`NULL_SAFE` is correct for records whose values have their field's type, are None or are missing. `TYPE_SAFE` is also
correct for values of other types, which match nothing; true is not 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.people import Record
from benchmarks.queries import Criteria

Filter = Callable[[Sequence[Record]], list[Record]]

QUERIES: Mapping[str, Criteria] = {
    "equality": {"country": "SE"},
    "range": {"age": {"$gte": 30, "$lt": 40}},
    "text": {"name": {"$startsWith": "Ma"}},
    "in": {"country": {"$in": ["SE", "NO", "DK", "FI", "IS"]}},
    "medium": {
        "OR": [
            {"NOT": {"AND": [{"age": {"$gt": 30}}, {"score": {"$lt": 80.5}}]}},
            {"AND": [{"country": "SE"}, {"OR": [{"active": True}, {"level": {"$in": [1, 2, 3]}}]}]},
        ]
    },
    "nested": {"address.city": "Lund", "tags": "vip"},
}
"""One query of each kind; `medium` is the example of the reference API (docs/language.md#query) with these fields."""

NORDIC = frozenset({"SE", "NO", "DK", "FI", "IS"})
LEVELS = frozenset({1, 2, 3})

NULL_SAFE: Mapping[str, Filter] = {
    "equality": lambda rows: [row for row in rows if row.get("country") == "SE"],
    "range": lambda rows: [row for row in rows if (age := row.get("age")) is not None and 30 <= age < 40],
    "text": lambda rows: [row for row in rows if (name := row.get("name")) is not None and name.startswith("Ma")],
    "in": lambda rows: [row for row in rows if row.get("country") in NORDIC],
    "medium": lambda rows: [
        row
        for row in rows
        if not (
            (age := row.get("age")) is not None
            and age > 30
            and (score := row.get("score")) is not None
            and score < 80.5
        )
        or (row.get("country") == "SE" and (row.get("active") is True or row.get("level") in LEVELS))
    ],
    "nested": lambda rows: [
        row
        for row in rows
        if (address := row.get("address")) is not None
        and address.get("city") == "Lund"
        and (tags := row.get("tags")) is not None
        and "vip" in tags
    ],
}


def is_number(value: Any) -> bool:
    """Whether a value is a number in the language: true is not 1."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TYPE_SAFE: Mapping[str, Filter] = {
    "equality": NULL_SAFE["equality"],
    "range": lambda rows: [
        row
        for row in rows
        if isinstance(age := row.get("age"), (int, float)) and not isinstance(age, bool) and 30 <= age < 40
    ],
    "text": lambda rows: [row for row in rows if isinstance(name := row.get("name"), str) and name.startswith("Ma")],
    "in": lambda rows: [row for row in rows if isinstance(name := row.get("country"), str) and name in NORDIC],
    "medium": lambda rows: [
        row
        for row in rows
        if not (
            isinstance(age := row.get("age"), (int, float))
            and not isinstance(age, bool)
            and age > 30
            and isinstance(score := row.get("score"), (int, float))
            and not isinstance(score, bool)
            and score < 80.5
        )
        or (
            row.get("country") == "SE"
            and (row.get("active") is True or (is_number(level := row.get("level")) and level in LEVELS))
        )
    ],
    "nested": lambda rows: [
        row
        for row in rows
        if isinstance(address := row.get("address"), dict)
        and address.get("city") == "Lund"
        and isinstance(tags := row.get("tags"), list)
        and "vip" in tags
    ],
}

UNSAFE: Mapping[str, Filter] = {
    "equality": lambda rows: [row for row in rows if row["country"] == "SE"],
    "range": lambda rows: [row for row in rows if 30 <= row["age"] < 40],
    "text": lambda rows: [row for row in rows if row["name"].startswith("Ma")],
    "in": lambda rows: [row for row in rows if row["country"] in NORDIC],
    "medium": lambda rows: [
        row
        for row in rows
        if not (row["age"] > 30 and row["score"] < 80.5)
        or (row["country"] == "SE" and (row["active"] or row["level"] in LEVELS))
    ],
    "nested": lambda rows: [row for row in rows if row["address"]["city"] == "Lund" and "vip" in row["tags"]],
}
"""Correct only for clean records: without null, missing keys and other types."""
