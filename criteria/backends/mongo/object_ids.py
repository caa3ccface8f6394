"""Strings that are stored as ObjectIds: their 24 hexadecimal digits, in lower case."""

from __future__ import annotations

import re
from typing import Any

from bson import ObjectId

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.tree.nodes import EXACT, Comparison, Operator, assert_never, is_folded
from criteria.values.case_folding import fold

_LENGTH = 24
_DIGITS = "0123456789abcdef"
_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f]{0,24}", re.ASCII)

_NOTHING: dict[str, Any] = {"$in": []}
_ALL: dict[str, Any] = {"$type": "objectId"}


def condition_on_object_id(leaf: Comparison) -> dict[str, Any]:
    """The condition that is true of the ids whose digits fulfil a comparison.

    Raises `CriteriaError` (`unsupported`) for `$endsWith` and `$contains`.
    """
    operator, value = leaf.operator, leaf.value
    if isinstance(value, tuple):
        return {"$in": [ObjectId(one) for one in map(str, value) if _ID.fullmatch(one)]}
    text = str(value)
    if is_folded(operator):
        return condition_on_object_id(Comparison(leaf.field, EXACT[operator], fold(text)))
    match operator:
        case Operator.EQ:
            return {"$eq": ObjectId(text)} if _ID.fullmatch(text) else _NOTHING
        case Operator.GTE:
            return _from(_first_not_below(text))
        case Operator.LT:
            return _below(_first_not_below(text))
        case Operator.GT:
            return {"$gt": ObjectId(text)} if _ID.fullmatch(text) else _from(_first_not_below(text))
        case Operator.LTE:
            return {"$lte": ObjectId(text)} if _ID.fullmatch(text) else _below(_first_not_below(text))
        case Operator.STARTS_WITH:
            if not _PREFIX.fullmatch(text):
                return _NOTHING
            return {"$gte": ObjectId(text.ljust(_LENGTH, "0")), "$lte": ObjectId(text.ljust(_LENGTH, "f"))}
        case Operator.ENDS_WITH | Operator.CONTAINS:
            if not text:
                return _ALL
            name = quoted(leaf.field.name)
            message = f"Field {name} is stored as ObjectIds, and MongoDB has no {operator.value} for them."
            hint = "Use $startsWith, or compare whole ids."
            raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=(leaf.field.name,)))
        case Operator.NE | Operator.NIN | Operator.IN | Operator.IEQ:
            raise AssertionError(f"not in normal form: {leaf!r}")
        case Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS:
            raise AssertionError(f"not in normal form: {leaf!r}")
        case _:
            assert_never(operator)


def _from(first: str | None) -> dict[str, Any]:
    return _NOTHING if first is None else {"$gte": ObjectId(first)}


def _below(first: str | None) -> dict[str, Any]:
    return _ALL if first is None else {"$lt": ObjectId(first)}


def _first_not_below(text: str) -> str | None:
    """The first 24 digits that do not sort below a text, or None if all do."""
    kept = ""
    for character in text[:_LENGTH]:
        if character in _DIGITS:
            kept += character
            continue
        above = next((digit for digit in _DIGITS if digit > character), None)
        return (kept + above).ljust(_LENGTH, "0") if above is not None else _next(kept)
    if len(text) > _LENGTH:  # longer than an id, and so above the id that it starts with
        return _next(kept)
    return kept.ljust(_LENGTH, "0")


def _next(prefix: str) -> str | None:
    """The first 24 digits above all that start with a prefix, or None if there are none."""
    shorter = prefix.rstrip("f")
    if not shorter:
        return None
    return (shorter[:-1] + _DIGITS[_DIGITS.index(shorter[-1]) + 1]).ljust(_LENGTH, "0")
