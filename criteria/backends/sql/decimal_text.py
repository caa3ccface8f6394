"""Orders decimals that are stored as canonical text: fixed scale, and no minus sign before zero.

Of two positive decimals the one with the longer text is greater; if both are equally long, their texts decide. For two
negative decimals it is the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Derive, Node

_STRICT: dict[type[exp.Binary], type[exp.Binary]] = {exp.GTE: exp.GT, exp.LTE: exp.LT}
_COMPUTED, _VALUE = "_computed", "_decimal"
_MIRRORED: dict[type[exp.Binary], type[exp.Binary]] = {
    exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE,
}  # fmt: skip


def decimal_order(
    make: Maker, comparison: type[exp.Binary], is_negative: bool, bind: Callable[[Derive | None], Node]
) -> Node:
    """Compares a stored decimal with an operand. `bind` binds the operand's text, or a value derived from it."""
    is_greater = comparison in (exp.GT, exp.GTE)
    if is_negative:
        same_sign = _compared_by_length(make, _MIRRORED[comparison], bind)
        return nodes.any_of([_is_positive(make), same_sign]) if is_greater else nodes.all_of(
            [_is_negative(make), same_sign]
        )  # fmt: skip
    same_sign = _compared_by_length(make, comparison, bind)
    return nodes.all_of([_is_positive(make), same_sign]) if is_greater else nodes.any_of(
        [_is_negative(make), same_sign]
    )  # fmt: skip


def computed_decimal_order(
    make: Maker, comparison: type[exp.Binary], is_negative: bool, bind: Callable[[Derive | None], Node]
) -> Node:
    """`decimal_order` for a value that takes work to read, such as one inside JSON: a derived table computes it once.

    It is NULL if there is no value.
    """
    value = exp.Select(expressions=[exp.Alias(this=make(), alias=nodes.name(_VALUE))])
    source = nodes.aliased(exp.Subquery(this=value), _COMPUTED)
    condition = decimal_order(lambda: nodes.column(_VALUE, _COMPUTED), comparison, is_negative, bind)
    return exp.Subquery(this=exp.Select(expressions=[condition], from_=exp.From(this=source)))


def decimal_sort_keys(make: Maker) -> Sequence[tuple[Node, bool]]:
    """Sort keys that order stored decimals by value, each with whether it sorts in the opposite direction.

    A sort key for NULL has to come first.
    """
    size = nodes.when(_is_negative(make), exp.Neg(this=_length(make)), _length(make))
    above = nodes.when(_is_negative(make), exp.Null(), make())
    below = nodes.when(_is_negative(make), make())
    return ((_is_negative(make), True), (size, False), (above, False), (below, True))


def _compared_by_length(make: Maker, comparison: type[exp.Binary], bind: Callable[[Derive | None], Node]) -> Node:
    strict = _STRICT.get(comparison, comparison)
    longer = nodes.compare(strict, _length(make), bind(len))
    as_long = nodes.equal(_length(make), bind(len))
    return nodes.any_of([nodes.all_of([as_long, nodes.compare(comparison, make(), bind(None))]), longer])


def _length(make: Maker) -> Node:
    return nodes.call("LENGTH", make())


def _is_negative(make: Maker) -> Node:
    return exp.Like(this=make(), expression=nodes.text("-%"))


def _is_positive(make: Maker) -> Node:
    return nodes.negated(_is_negative(make))
