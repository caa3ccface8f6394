"""The texts of a statement's comparisons, so that a statement of many comparisons is not one tree of many nodes.

Comparisons of one form (`criteria.tree.parameters`) differ only in their values. The first of a form is built and
printed, and each other one is its text with placeholders of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from criteria.backends.sql.nodes import Binder, Derive, Node, in_parentheses
from criteria.backends.sql.render import MARKED, print_node
from criteria.tree.nodes import Comparison
from criteria.tree.parameters import Slots, parameterize


@dataclass(frozen=True, slots=True)
class _Source:
    """What a placeholder of any comparison of a form binds: the value at an index, or None: the whole operand."""

    index: int | None
    derive: Derive | None

    def operand(self, leaf: Comparison, values: list[Any]) -> Any:
        return leaf.value if self.index is None else values[self.index]


@dataclass(frozen=True, slots=True)
class _Printed:
    """The text of a comparison around its placeholders, which of the sources each is, and the sources."""

    texts: list[str]
    numbers: list[int]
    sources: list[_Source]


class PrintedComparisons:
    """Prints the comparisons of one statement, whose values the binder collects."""

    def __init__(self, binder: Binder, sqlglot_dialect: str) -> None:
        self._binder = binder
        self._dialect = sqlglot_dialect
        self._by_form: dict[Hashable, _Printed] = {}

    def term(self, leaf: Comparison, make: Callable[[], Node], *more: Hashable) -> Node:
        """The node that `make` returns, as text to put beside AND or OR.

        It may depend on the form of the comparison and on `more`, and on nothing else.
        """
        form, values = parameterize(leaf)
        key = None if form is None else (form, *more)
        known = self._by_form.get(key)
        if known is not None:
            placeholders = [self._binder.bind(one.operand(leaf, values), one.derive).name for one in known.sources]
            pieces = [known.texts[0]]
            for number, text in zip(known.numbers, known.texts[1:], strict=True):
                pieces += (placeholders[number], text)
            return exp.Var(this="".join(pieces))
        first = len(self._binder.bindings)
        text = print_node(in_parentheses(make()), self._dialect)
        if key is not None:
            printed = self._printed(text, first, leaf, values)
            if printed is not None:
                self._by_form[key] = printed
        return exp.Var(this=text)

    def _printed(self, text: str, first: int, leaf: Comparison, values: list[Any]) -> _Printed | None:
        """What other comparisons of the form need; None if it cannot be told where the values came from."""
        slots = Slots(values)
        if not slots.are_certain:
            return None
        sources = []
        for binding in self._binder.bindings[first:]:
            is_whole = binding.operand is leaf.value and isinstance(leaf.value, tuple)
            if not is_whole and binding.operand not in slots:
                return None
            sources.append(_Source(None if is_whole else slots[binding.operand], binding.derive))
        pieces = MARKED.split(text)  # columns that a host writes are text
        return _Printed(pieces[::2], [int(piece) - first for piece in pieces[1::2]], sources)
