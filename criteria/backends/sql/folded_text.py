"""Text operators that ignore letter case, as patterns in an engine's own language.

The stored value is never folded: each letter of the operand becomes the class of all characters with the same folding.
"""

from __future__ import annotations

from collections.abc import Callable

from criteria.backends.folded_patterns import anchored
from criteria.backends.sql.dialect import Bind, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.tree.nodes import FoldedOperator

Folded = Callable[[FoldedOperator, StoredValue, str, Bind], Node]


def by_pattern(
    matches: Callable[[StoredValue, Node], Node], *, flags: str = "", start: str = "^", end: str = "\\z"
) -> Folded:
    """The operators by a regular expression; `matches` returns whether a part of the stored value matches a pattern."""

    def folded(operator: FoldedOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
        return matches(stored, bind(lambda text: flags + anchored(operator, text, start, end)))

    return folded
