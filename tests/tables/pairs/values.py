"""How programs write values, and which values columns hold: what the pairs of several engines share."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle
from struct import pack, unpack
from typing import Any

UTC = {"time_zone": "UTC"}
UTC_MICROSECONDS = {"time_zone": "UTC", "precision": 6}
LIST = {"is_list": True}
MONEY = {"precision": 12, "scale": 2}


def naive(value: Any) -> Any:
    """An instant without its zone."""
    return value.replace(tzinfo=None)


def all_naive(values: Any) -> Any:
    """A list of instants without their zones."""
    return [one and naive(one) for one in values]


def document(value: Any) -> str:
    """A value as the text of JSON."""
    return json.dumps(value, ensure_ascii=False)


def by_turns(*writers: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The rows of several programs in one table: each value as the next of them writes it."""
    turns = cycle(writers)
    return lambda value: next(turns)(value)


def signed(bits: int) -> Callable[[Any], bool]:
    """Whether an integer of so many bits holds a value."""
    return lambda value: -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def is_short(value: Any) -> bool:
    """Whether 60 characters hold a text."""
    return len(value) <= 60


def is_single(value: Any) -> bool:
    """Whether a double is one of 32 bits."""
    try:
        return bool(unpack("<f", pack("<f", value))[0] == value)
    except OverflowError:
        return False
