"""Building: from criteria JSON that the grammar has accepted to the typed tree.

Nothing here judges structure, and nothing here knows where it is: when a leaf is refused, `diagnose` walks the
same criteria again and words every problem with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from criteria.ast import EVERYTHING, And, Expression, Not, Operator, Or
from criteria.bind import bind
from criteria.errors import Refusal
from criteria.limits import Limits
from criteria.normalize import depth

if TYPE_CHECKING:
    from criteria.schema import Schema


def build(criteria: Mapping[str, Any], schema: Schema | None, limits: Limits) -> Expression:
    """The typed tree of accepted criteria. Raises `Refusal` at the first leaf that cannot be bound."""
    builder = _Builder(schema, limits)
    expression = builder.criteria(criteria, 0)
    if 2 * builder.deepest > limits.depth and depth(expression) > limits.depth:
        raise Refusal("too_deep", f"AND and OR stand more than {limits.depth} levels inside each other.")
    return expression


class _Builder:
    __slots__ = ("deepest", "leaves", "limits", "schema")

    def __init__(self, schema: Schema | None, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self.leaves = 0
        self.deepest = 0

    def criteria(self, members: Mapping[str, Any], level: int) -> Expression:
        return _all_of([self.member(key, value, level) for key, value in members.items()])

    def member(self, key: str, value: Any, level: int) -> Expression:
        self.deepest = max(self.deepest, level + 1)
        if key == "AND":
            return And(tuple([self.criteria(term, level + 1) for term in value]))
        if key == "OR":
            return Or(tuple([self.criteria(term, level + 1) for term in value]))
        if key == "NOT":
            return Not(self.criteria(value, level + 1))
        if isinstance(value, Mapping):
            return _all_of([self.leaf(key, _operator(name), operand) for name, operand in value.items()])
        return self.leaf(key, Operator.EQ, value)

    def leaf(self, name: str, operator: Operator, operand: Any) -> Expression:
        self.leaves += 1
        if self.leaves > self.limits.leaves:
            raise Refusal("too_many_leaves", f"The criteria have more than {self.limits.leaves} comparisons.")
        return bind(self.schema, name, operator, operand, self.limits)


def _all_of(terms: Sequence[Expression]) -> Expression:
    if not terms:
        return EVERYTHING
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _operator(name: str) -> Operator:
    try:
        return Operator(name)
    except ValueError:  # the grammar knows an operator that the tree does not
        raise Refusal("unknown_operator", f"{name} has no meaning here.") from None
