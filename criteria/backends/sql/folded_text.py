"""Text operators that ignore letter case, as patterns in an engine's own language.

The stored value is never folded: each letter of the operand becomes the class of all characters with the same folding.
"""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.folded_patterns import anchored
from criteria.backends.sql.dialect import Bind, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.tree.nodes import FoldedOperator, Operator, assert_never
from criteria.values.case_folding import classes

Folded = Callable[[FoldedOperator, StoredValue, Bind], Node]

_SPECIAL = frozenset("[*?")


def by_pattern(
    matches: Callable[[StoredValue, Node], Node], *, flags: str = "", start: str = "^", end: str = "\\z"
) -> Folded:
    """The operators by a regular expression; `matches` returns whether a part of the stored value matches a pattern."""

    def folded(operator: FoldedOperator, stored: StoredValue, bind: Bind) -> Node:
        return matches(stored, bind(lambda text: flags + anchored(operator, text, start, end)))

    return folded


def glob(operator: FoldedOperator, text: str) -> str:
    """The pattern of SQLite's GLOB, which is always case-sensitive."""
    known = classes()
    pattern = "".join(f"[{known[one]}]" if one in known else f"[{one}]" if one in _SPECIAL else one for one in text)
    match operator:
        case Operator.IEQ:
            return pattern
        case Operator.ISTARTS_WITH:
            return pattern + "*"
        case Operator.IENDS_WITH:
            return "*" + pattern
        case Operator.ICONTAINS:
            return f"*{pattern}*"
        case _:
            assert_never(operator)
