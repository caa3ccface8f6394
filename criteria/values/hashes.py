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

MAX_SAME_HASH = 16
"""Values of a query whose hash is that of another value. By chance there is none."""


def check_hashes(operands: Iterable[Any]) -> None:
    """Raises `Refusal` (`too_many_values`) if more than `MAX_SAME_HASH` of the values, alone or in tuples, have the
    hash of another one."""
    values = [one for operand in operands for one in (operand if isinstance(operand, tuple) else (operand,))]
    if len(values) <= MAX_SAME_HASH or len(values) - len(set(map(hash, values))) <= MAX_SAME_HASH:
        return
    firsts: dict[int, Any] = {}
    count = 0
    for value in {id(one): one for one in values}.values():
        first = firsts.setdefault(hash(value), value)
        count += first is not value and first != value
    if count > MAX_SAME_HASH:
        message = f"More than {MAX_SAME_HASH} guids or decimals of the criteria have one hash in Python."
        raise Refusal("too_many_values", message, "No values of real data do. Ask for them in several requests.")
