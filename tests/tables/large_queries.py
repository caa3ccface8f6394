"""Queries over related rows that are as large as the default limits allow, for ORMs."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MAX_MEMORY = 50_000_000


def many_comparisons(text: str, number: str) -> dict[str, Any]:
    """A thousand comparisons that cannot be merged, none of which a row fulfils: half of a text, half of a number."""
    found = [{text: {"$contains": f"{at}{'x' * 900}"}} for at in range(500)]
    return {"OR": [*found, *({number: {"$gt": 10**8 + at, "$lt": 10**8 + at}} for at in range(250))]}


def long_lists(number: str, lists: int, values: int) -> dict[str, Any]:
    """Lists that cannot be merged: no row has a value in them, so each row is in the result."""
    groups = (range(10**6 + at * values, 10**6 + (at + 1) * values) for at in range(lists))
    return {"AND": [{number: {"$nin": list(group)}} for group in groups]}


def text_of(criteria_json: dict[str, Any]) -> str:
    """Criteria as a client sends them."""
    return json.dumps(criteria_json, separators=(",", ":"))


@contextmanager
def in_little_memory() -> Iterator[None]:
    """A block that takes less than `MAX_MEMORY` at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY
    finally:
        tracemalloc.stop()
