"""The texts of a statement's comparisons, so that a statement of many comparisons is not one tree of many nodes.

Comparisons of one form (`criteria.tree.parameters`) differ only in their values. The first of a form is built and
printed, and each other one is its text with placeholders of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from sqlglot import exp

from criteria.backends.sql.nodes import AnyBinding, Binder, Binding, ListBinding, Node, in_parentheses
from criteria.backends.sql.render import MARKED, print_node
from criteria.tree.nodes import Comparison
from criteria.tree.parameters import parameterize


class _Source(NamedTuple):
    """What a placeholder of any comparison of a form binds: the operand as this binding does, or a list of it alone."""

    binding: AnyBinding
    in_list: bool = False

    def binds(self, operand: Any) -> AnyBinding:
        """The binding of another operand."""
        if isinstance(self.binding, Binding):
            return Binding(operand, self.binding.derive)
        return ListBinding((operand,) if self.in_list else operand, self.binding.derives)


class _Printed(NamedTuple):
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
        form = parameterize(leaf)[0]
        key = None if form is None else (form, *more)
        known = self._by_form.get(key)
        if known is not None:
            placeholders = [self._binder.add(one.binds(leaf.value)).name for one in known.sources]
            pieces = [known.texts[0]]
            for number, text in zip(known.numbers, known.texts[1:], strict=True):
                pieces += (placeholders[number], text)
            return exp.Var(this="".join(pieces))
        first = len(self._binder.bindings)
        text = print_node(in_parentheses(make()), self._dialect)
        if key is not None:
            printed = self._printed(text, first, leaf)
            if printed is not None:
                self._by_form[key] = printed
        return exp.Var(this=text)

    def _printed(self, text: str, first: int, leaf: Comparison) -> _Printed | None:
        """What other comparisons of the form need; None if it cannot be told where the values came from."""
        sources = []
        for binding in self._binder.bindings[first:]:
            in_list = isinstance(binding, ListBinding) and len(binding.operand) == 1
            if binding.operand is leaf.value:
                sources.append(_Source(binding))
            elif in_list and binding.operand[0] is leaf.value:
                sources.append(_Source(binding, in_list=True))
            else:
                return None
        pieces = MARKED.split(text)  # columns that a host writes are text
        return _Printed(pieces[::2], [int(piece) - first for piece in pieces[1::2]], sources)
