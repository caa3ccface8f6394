"""Text operators with their operands, and which of them contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from criteria.tree.nodes import FoldedOperator, Operator, TextOperator, is_folded
from criteria.values.case_folding import fold

_HOLDS: Mapping[TextOperator, Callable[[str, str], bool]] = {
    Operator.STARTS_WITH: str.startswith,
    Operator.ENDS_WITH: str.endswith,
    Operator.CONTAINS: str.__contains__,
    Operator.IEQ: str.__eq__,
    Operator.ISTARTS_WITH: str.startswith,
    Operator.IENDS_WITH: str.endswith,
    Operator.ICONTAINS: str.__contains__,
}
"""Whether a text operator is true of a string and an operand; of both folded, if it takes any letter case."""

_NEST: Mapping[TextOperator, bool] = {
    Operator.STARTS_WITH: True,
    Operator.ENDS_WITH: True,
    Operator.CONTAINS: False,
    Operator.IEQ: True,
    Operator.ISTARTS_WITH: True,
    Operator.IENDS_WITH: True,
    Operator.ICONTAINS: False,
}
"""If an operator is true of one string with two operands, whether it must be true of the longer operand with the
shorter one."""

_FOLDED: Mapping[TextOperator, FoldedOperator] = {
    Operator.STARTS_WITH: Operator.ISTARTS_WITH,
    Operator.ENDS_WITH: Operator.IENDS_WITH,
    Operator.CONTAINS: Operator.ICONTAINS,
    Operator.IEQ: Operator.IEQ,
    Operator.ISTARTS_WITH: Operator.ISTARTS_WITH,
    Operator.IENDS_WITH: Operator.IENDS_WITH,
    Operator.ICONTAINS: Operator.ICONTAINS,
}
"""What is true of a string in any letter case whenever the key is."""

_STARTS = frozenset({Operator.ISTARTS_WITH, Operator.ICONTAINS})
_ENDS = frozenset({Operator.IENDS_WITH, Operator.ICONTAINS})

_IMPLIED: Mapping[TextOperator, frozenset[Operator]] = {
    Operator.STARTS_WITH: _STARTS | {Operator.STARTS_WITH, Operator.CONTAINS},
    Operator.ENDS_WITH: _ENDS | {Operator.ENDS_WITH, Operator.CONTAINS},
    Operator.CONTAINS: frozenset({Operator.CONTAINS, Operator.ICONTAINS}),
    Operator.IEQ: _STARTS | _ENDS | {Operator.IEQ},
    Operator.ISTARTS_WITH: _STARTS,
    Operator.IENDS_WITH: _ENDS,
    Operator.ICONTAINS: frozenset({Operator.ICONTAINS}),
}
"""The operators that are true of a string whenever the key is, with an operand of which they are true themselves."""


class Text:
    """A string that tests read, and its folding, which is made once."""

    def __init__(self, plain: str) -> None:
        self.plain = plain

    @cached_property
    def folded(self) -> str:
        return fold(self.plain)


@dataclass(frozen=True)
class TextTest:
    """A text operator with its operand, and whether it must be true or false."""

    operator: TextOperator
    operand: str
    expected: bool = True

    @cached_property
    def text(self) -> Text:
        """The operand as a string to test."""
        return Text(self.operand)

    def passes(self, text: Text) -> bool:
        """Whether a string passes the test."""
        return _holds(self.operator, text, self.text) is self.expected


def _holds(operator: TextOperator, text: Text, operand: Text) -> bool:
    if is_folded(operator):
        return _HOLDS[operator](text.folded, operand.folded)
    return _HOLDS[operator](text.plain, operand.plain)


def exclude(first: TextTest, second: TextTest) -> bool:
    """Whether the operands prove that no string passes both tests."""
    if first.expected and second.expected:
        if is_folded(first.operator) or is_folded(second.operator):
            return _contradict_folded(first, second)
        return first.operator is second.operator and _contradict(first.operator, first, second)
    if first.expected is second.expected:
        return False
    return _implies(first, second) if first.expected else _implies(second, first)


def _contradict(operator: TextOperator, first: TextTest, second: TextTest) -> bool:
    """Whether an operator cannot be true for both operands: of two prefixes of a string, one is a prefix of the
    other."""
    shorter, longer = sorted((first, second), key=lambda test: len(test.operand))
    return _NEST[operator] and not _holds(operator, longer.text, shorter.text)


def _contradict_folded(first: TextTest, second: TextTest) -> bool:
    """Whether two tests contradict each other in any letter case."""
    one, other = _FOLDED[first.operator], _FOLDED[second.operator]
    if one is Operator.IEQ:
        return not _holds(other, first.text, second.text)
    if other is Operator.IEQ:
        return not _holds(one, second.text, first.text)
    return one is other and _contradict(one, first, second)


def _implies(test: TextTest, other: TextTest) -> bool:
    """Whether the other test's operator is true of every string that passes the test."""
    return other.operator in _IMPLIED[test.operator] and _holds(other.operator, test.text, other.text)
