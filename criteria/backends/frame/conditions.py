"""The condition of a comparison on one value that is not null, adapted to the type of the column.

A condition is `True` (all values fulfil it), `False` (none does), a comparison with a literal that the column's type
holds exactly, or several of these. It does not cover nulls: the compiler adds the result for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from criteria.tree.nodes import Operator, assert_never


@dataclass(frozen=True, slots=True)
class Compare:
    """The value compared with one literal; a tuple of literals for `$in`."""

    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class Several:
    """All of the conditions, or one of them."""

    connective: Literal["all", "any"]
    conditions: tuple[Compare | Several, ...]


Condition = bool | Compare | Several

Spelled = TypeVar("Spelled")


def several(connective: Literal["all", "any"], conditions: Sequence[Condition]) -> Condition:
    """The conditions joined, without those that do not affect the result."""
    absorbing = connective == "any"
    if any(one is absorbing for one in conditions):
        return absorbing
    kept = tuple(dict.fromkeys(one for one in conditions if not isinstance(one, bool)))
    if len(kept) <= 1:
        return kept[0] if kept else not absorbing
    return Several(connective, kept)


def spell(condition: Compare | Several, one: Callable[[Compare], Spelled]) -> Spelled:
    """A condition as an expression of an engine, with `&` for AND and `|` for OR."""
    match condition:
        case Compare():
            return one(condition)
        case Several(connective, conditions):
            whole: Spelled = joined(connective, [spell(part, one) for part in conditions])
            return whole
        case _:
            assert_never(condition)


def joined(connective: Literal["all", "any"], terms: Sequence[Any]) -> Any:
    """The terms joined in pairs, then pairs of pairs, and so on: engines evaluate expressions recursively."""
    while len(terms) > 1:
        pairs = [terms[place : place + 2] for place in range(0, len(terms), 2)]
        terms = [
            pair[0] if len(pair) == 1 else pair[0] & pair[1] if connective == "all" else pair[0] | pair[1]
            for pair in pairs
        ]
    return terms[0]
