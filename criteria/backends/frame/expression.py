"""From normal form to one narwhals expression.

Engines differ on nulls: some drop a row whose condition is unknown, some have two truth values only. So a negated leaf
says of nulls what it means, and a positive one may be left unknown where false is meant when a filter drops unknown rows
anyway: a plain comparison is what scans are pruned by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw

from criteria.ast import And, Comparison, Expression, Not, Operator, Or, assert_never
from criteria.backends.frame.conditions import Condition, Several, Test, joined, spell

Found = tuple[nw.Expr | None, Condition]
"""The values of a field (None: there are none, by their type), and what is asked of one."""

_COMPARED: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQ: lambda place, value: place == value,
    Operator.GT: lambda place, value: place > value,
    Operator.GTE: lambda place, value: place >= value,
    Operator.LT: lambda place, value: place < value,
    Operator.LTE: lambda place, value: place <= value,
    Operator.IN: lambda place, value: place.is_in(list(value)),
    Operator.STARTS_WITH: lambda place, value: place.str.starts_with(value),
    Operator.ENDS_WITH: lambda place, value: place.str.ends_with(value),
    Operator.CONTAINS: lambda place, value: place.str.contains(value, literal=True),
}


def tested(place: Any, condition: Test | Several) -> Any:
    """A condition on the values of a place: an expression of narwhals, or of an engine with the same words."""
    return spell(condition, lambda test: _COMPARED[test.operator](place, test.value))


class Compiler:
    """Spells leaves as `leaf` finds them.

    `some` spells the leaves of list fields: it gives an expression that is never null, true when some element that is
    not null fulfils the condition. `two_valued` makes every expression true or false; `truth`, if the engine has it,
    does so by itself.
    """

    def __init__(
        self,
        leaf: Callable[[Comparison], Found],
        some: Callable[[Comparison], nw.Expr | bool],
        two_valued: bool,
        truth: Callable[[nw.Expr], nw.Expr] | None = None,
    ) -> None:
        self.leaf, self.some, self.two_valued, self.truth = leaf, some, two_valued, truth

    def expression(self, normal: Expression) -> nw.Expr | bool:
        """The expression of a query in normal form; True or False when it is the same for every row."""
        match normal:
            case And(terms):
                return self._group(terms, absorbing=False)
            case Or(terms):
                return self._group(terms, absorbing=True)
            case Not(Comparison() as comparison):
                return self._leaf(comparison, negated=True)
            case Comparison():
                return self._leaf(normal, negated=False)
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def _group(self, terms: tuple[Expression, ...], absorbing: bool) -> nw.Expr | bool:
        spelled: list[nw.Expr] = []
        is_decided = False
        for term in terms:  # all of them: one that is refused is refused wherever it stands
            one = self.expression(term)
            if not isinstance(one, bool):
                spelled.append(one)
            elif one is absorbing:
                is_decided = True
        if is_decided or not spelled:
            return absorbing if is_decided else not absorbing
        whole: nw.Expr = joined("any" if absorbing else "all", spelled)
        return whole

    def _leaf(self, comparison: Comparison, negated: bool) -> nw.Expr | bool:
        if comparison.field.is_list:
            some = self.some(comparison)
            negated ^= comparison.value is None
            if isinstance(some, bool):
                return some ^ negated
            if self.truth is not None:
                some = self.truth(some)
            return ~some if negated else some
        place, condition = self.leaf(comparison)
        if place is None:
            return negated ^ (comparison.value is None)
        if condition is False:
            return negated
        if condition is True:
            is_null = place.is_null() if self.truth is None else self.truth(place.is_null())
            return is_null if negated ^ (comparison.value is None) else ~is_null
        holds: nw.Expr = tested(place, condition)
        if self.truth is not None:
            return ~self.truth(holds) if negated else self.truth(holds)
        if negated:
            return ~holds | place.is_null()
        return holds & ~place.is_null() if self.two_valued else holds
