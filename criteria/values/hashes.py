"""Bounds the values of a query that share a hash (docs/language.md#bounds).

Python gives guids and decimals hashes that everybody can compute. A thousand values with one hash make sets and
dicts of them slow: each is compared with all before it. Strings, and what is made of bytes, have hashes that nobody
can foresee; of integers of 64 bits and doubles only a few can have the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from criteria.errors import Refusal
from criteria.schema.field import FieldType

FORESEEABLE = frozenset({FieldType.GUID, FieldType.DECIMAL})
"""The types whose hashes a client can choose."""

MAX_SAME_HASH = 32
"""Different values of a query with one hash. Ids that are made of two numbers may share one, a few at a time."""


def check_hashes(operands: Iterable[Any]) -> None:
    """Raises `Refusal` (`too_many_values`) if more than `MAX_SAME_HASH` different values, alone or in tuples, have one
    hash."""
    values = [one for operand in operands for one in (operand if isinstance(operand, tuple) else (operand,))]
    if len(values) <= MAX_SAME_HASH or len(values) - len(set(map(hash, values))) < MAX_SAME_HASH:
        return
    found: dict[int, list[Any]] = {}
    for value in {id(one): one for one in values}.values():
        alike = found.setdefault(hash(value), [])
        if value not in alike:
            alike.append(value)
        if len(alike) > MAX_SAME_HASH:
            message = f"More than {MAX_SAME_HASH} different guids or decimals of the criteria share a hash in Python."
            raise Refusal("too_many_values", message, "Ask for them in several requests.")
