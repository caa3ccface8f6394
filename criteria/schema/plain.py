"""Copies of values of subclasses as values of the plain class.

A subclass may override any method, and its method may raise anything. So what callers pass is copied, without running
code of its class, before anything compares, converts or decodes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

_COPIES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, str.__str__),
    (int, int.__index__),
    (float, float.__float__),
    (Decimal, Decimal),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))),
    (bytearray, lambda value: bytearray.__getitem__(value, slice(None))),
)
"""How an instance of a subclass is copied without running its code, `__bytes__` and `__buffer__` included."""

_PLAIN = frozenset({bool, *(kind for kind, _ in _COPIES)})


def without_subclass(value: Any) -> Any:
    """A string, number or bytes of a subclass as one of the plain class; anything else as it is."""
    if type(value) in _PLAIN:
        return value
    return next((copy(value) for kind, copy in _COPIES if issubclass(type(value), kind)), value)


def claims_other_class(value: Any) -> bool:
    """Whether `__class__` of a value is not its class, so that isinstance is wrong about it, or raises."""
    if type(value) in _PLAIN:
        return False
    try:
        return value.__class__ is not type(value)
    except Exception:  # a class of the caller may raise anything
        return True


def plain_dict(value: Any) -> dict[Any, Any] | None:
    """A copy of a mapping as a dict; None for anything else, and for a mapping that cannot be read."""
    if type(value) is dict:
        return value.copy()
    if issubclass(type(value), dict):
        return dict(dict.items(value))
    try:
        return dict(value) if issubclass(type(value), Mapping) else None
    except Exception:  # a class of the caller may raise anything
        return None


def plain_json(value: Any, levels: int) -> Any:
    """A copy of decoded JSON with plain dicts, lists, strings and numbers down to so many levels."""
    if levels and issubclass(type(value), (list, tuple)):
        items = list.copy(value) if issubclass(type(value), list) else tuple.__getitem__(value, slice(None))
        return [plain_json(item, levels - 1) for item in items]
    members = plain_dict(value) if levels else None
    if members is None:
        return without_subclass(value)
    return {without_subclass(key): plain_json(item, levels - 1) for key, item in members.items()}
