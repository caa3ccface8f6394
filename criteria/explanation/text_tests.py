"""Text operators with their operands, and which of them cannot hold of one string."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from criteria.tree.nodes import Operator, TextOperator

_HOLDS: Mapping[TextOperator, Callable[[str, str], bool]] = {
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.CONTAINS: str.__contains__,
}
"""Whether a string is as an operator and its operand say."""

_NEST: Mapping[TextOperator, bool] = {
    Operator.STARTS_WITH: True,
    Operator.ENDS_WITH: True,
    Operator.CONTAINS: False,
}
"""Of two operands that hold of one string, does an operator always hold between the longer and the shorter?"""

_IMPLIED: Mapping[TextOperator, frozenset[TextOperator]] = {
    Operator.STARTS_WITH: frozenset({Operator.STARTS_WITH, Operator.CONTAINS}),
    Operator.ENDS_WITH: frozenset({Operator.ENDS_WITH, Operator.CONTAINS}),
    Operator.CONTAINS: frozenset({Operator.CONTAINS}),
}
"""The operators that hold of a string wherever they hold of the operand of the first."""


@dataclass(frozen=True, slots=True)
class TextTest:
    """A text operator with its operand, and whether it must hold or must not."""

    operator: TextOperator
    operand: str
    expected: bool = True

    def passes(self, text: str) -> bool:
        """Whether a string passes the test."""
        return _HOLDS[self.operator](text, self.operand) is self.expected


def exclude(first: TextTest, second: TextTest) -> bool:
    """Whether no string passes both tests, as far as their operands tell."""
    if first.expected and second.expected:
        return first.operator is second.operator and _contradict(first.operator, first.operand, second.operand)
    if first.expected is second.expected:
        return False
    return _implies(first, second) if first.expected else _implies(second, first)


def _contradict(operator: TextOperator, first: str, second: str) -> bool:
    """Whether an operator cannot hold for both operands: of two beginnings of a string, one begins the other."""
    shorter, longer = sorted((first, second), key=len)
    return _NEST[operator] and not _HOLDS[operator](longer, shorter)


def _implies(test: TextTest, other: TextTest) -> bool:
    """Whether every string that passes the test is also as the other's operator and operand say."""
    return other.operator in _IMPLIED[test.operator] and _HOLDS[other.operator](test.operand, other.operand)
