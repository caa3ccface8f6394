"""What text operators say of a string, where that is no piece of the line of strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from criteria.tree.nodes import Operator

_HOLDS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.CONTAINS: str.__contains__,
}


@dataclass(frozen=True, slots=True)
class TextTest:
    """A text operator with its operand, and whether it has to hold."""

    operator: Operator
    operand: str
    expected: bool = True

    def passes(self, text: str) -> bool:
        """Whether a string is as the test says."""
        return _HOLDS[self.operator](text, self.operand) is self.expected


def exclude(first: TextTest, second: TextTest) -> bool:
    """Whether no string passes both tests, as far as their operands tell."""
    if first.expected and second.expected:
        return first.operator is second.operator and not _are_one_end(first, second)
    if first.expected is second.expected:
        return False
    return _implies(first, second) if first.expected else _implies(second, first)


def _are_one_end(first: TextTest, second: TextTest) -> bool:
    """Whether two ends of a string may be ends of the same one: then the shorter is an end of the longer."""
    if first.operator is Operator.CONTAINS:
        return True
    shorter, longer = sorted((first.operand, second.operand), key=len)
    return _HOLDS[first.operator](longer, shorter)


def _implies(test: TextTest, other: TextTest) -> bool:
    """Whether a string that passes the test also is as the other's operator and operand say."""
    if other.operator in (Operator.CONTAINS, test.operator):
        return _HOLDS[other.operator](test.operand, other.operand)
    return False
