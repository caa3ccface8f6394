"""Regular expressions for the operators that ignore letter case, for engines that have them."""

from __future__ import annotations

from criteria.tree.nodes import FoldedOperator, Operator, assert_never
from criteria.values.case_folding import caseless_pattern


def anchored(operator: FoldedOperator, text: str, start: str, end: str) -> str:
    """The pattern of the texts of which an operator is true; `start` and `end` are an engine's anchors."""
    pattern = caseless_pattern(text)
    match operator:
        case Operator.IEQ:
            return start + pattern + end
        case Operator.ISTARTS_WITH:
            return start + pattern
        case Operator.IENDS_WITH:
            return pattern + end
        case Operator.ICONTAINS:
            return pattern
        case _:
            assert_never(operator)
