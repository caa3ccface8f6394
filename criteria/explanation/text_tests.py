"""Text operators with their operands, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from criteria.tree.nodes import Operator, TextOperator

_HOLDS: Mapping[TextOperator, Callable[[str, str], bool]] = {
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.CONTAINS: str.__contains__,
}
"""Whether a text operator is true of a string and an operand."""

_NEST: Mapping[TextOperator, bool] = {
    Operator.STARTS_WITH: True,
    Operator.ENDS_WITH: True,
    Operator.CONTAINS: False,
}
"""If an operator is true of one string with two operands, whether it must be true of the longer operand with the
shorter one."""

_IMPLIED: Mapping[TextOperator, frozenset[TextOperator]] = {
    Operator.STARTS_WITH: frozenset({Operator.STARTS_WITH, Operator.CONTAINS}),
    Operator.ENDS_WITH: frozenset({Operator.ENDS_WITH, Operator.CONTAINS}),
    Operator.CONTAINS: frozenset({Operator.CONTAINS}),
}
"""The operators that are true of a string whenever the key is, with an operand of which they are true themselves."""


@dataclass(frozen=True, slots=True)
class TextTest:
    """A text operator with its operand, and whether it must be true or false."""

    operator: TextOperator
    operand: str
    expected: bool = True

    def passes(self, text: str) -> bool:
        """Whether a string passes the test."""
        return _HOLDS[self.operator](text, self.operand) is self.expected


def exclude(first: TextTest, second: TextTest) -> bool:
    """Whether the operands prove that no string passes both tests."""
    if first.expected and second.expected:
        return first.operator is second.operator and _contradict(first.operator, first.operand, second.operand)
    if first.expected is second.expected:
        return False
    return _implies(first, second) if first.expected else _implies(second, first)


def _contradict(operator: TextOperator, first: str, second: str) -> bool:
    """Whether an operator cannot be true for both operands: of two prefixes of a string, one is a prefix of the
    other."""
    shorter, longer = sorted((first, second), key=len)
    return _NEST[operator] and not _HOLDS[operator](longer, shorter)


def _implies(test: TextTest, other: TextTest) -> bool:
    """Whether the other test's operator is true of every string that passes the test."""
    return other.operator in _IMPLIED[test.operator] and _HOLDS[other.operator](test.operand, other.operand)
