"""Orders decimals that are stored as canonical text: fixed scale, and no minus sign before zero.

Those of at most 15 digits are ordered as doubles: two that differ are several doubles apart, so that no rounding of the
engine makes them equal or changes their order, and each operand is read by the engine as the stored text is.

Of longer ones, the positive decimal with the longer text is the greater one; if both are equally long, their texts
decide. For two negative decimals it is the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Derive, Node
from criteria.schema.field import Field

MAX_EXACT_DIGITS = 15
"""Decimals of up to so many digits are different doubles, and in the same order."""

_STRICT: dict[type[exp.Binary], type[exp.Binary]] = {exp.GTE: exp.GT, exp.LTE: exp.LT}
_COMPUTED, _VALUE = "_computed", "_decimal"
_MIRRORED: dict[type[exp.Binary], type[exp.Binary]] = {
    exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE,
}  # fmt: skip


def is_exact_as_double(field: Field) -> bool:
    """Whether the decimals of a field are ordered as doubles."""
    return (field.precision or 0) <= MAX_EXACT_DIGITS


def read_as_double(text: Node) -> Node:
    """The double that the engine reads in the text of a decimal."""
    return nodes.cast(text, exp.DType.DOUBLE)


def decimal_order(make: Maker, comparison: type[exp.Binary], is_negative: bool, bind: Callable[[Derive], Node]) -> Node:
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
    make: Maker, comparison: type[exp.Binary], is_negative: bool, bind: Callable[[Derive], Node]
) -> Node:
    """`decimal_order` for a value that takes work to read, such as one inside JSON: a derived table computes it once.

    It is NULL if there is no value.
    """
    return computed(make(), lambda value: decimal_order(value, comparison, is_negative, bind))


def computed(value: Node, result: Callable[[Maker], Node]) -> Node:
    """A result that names a value several times: a derived table computes it once, and the text has it once."""
    inner = exp.Select(expressions=[exp.Alias(this=value, alias=nodes.name(_VALUE))])
    source = nodes.aliased(exp.Subquery(this=inner), _COMPUTED)
    expression = result(lambda: nodes.column(_VALUE, _COMPUTED))
    return exp.Subquery(this=exp.Select(expressions=[expression], from_=exp.From(this=source)))


def decimal_sort_keys(make: Maker) -> Sequence[tuple[Node, bool]]:
    """Sort keys that order stored decimals by value, each with whether it sorts in the opposite direction.

    A sort key for NULL has to come first.
    """
    size = nodes.when(_is_negative(make), exp.Neg(this=_length(make)), _length(make))
    above = nodes.when(_is_negative(make), exp.Null(), make())
    below = nodes.when(_is_negative(make), make())
    return ((_is_negative(make), True), (size, False), (above, False), (below, True))


def computed_decimal_sort_key(value: Node) -> Node:
    """One sort key, a text, that orders stored decimals by value, for a value that takes work to read.

    The digits of negative decimals become letters in the opposite order, because a greater one comes first. A number
    inside JSON has up to 309 digits before its point.
    """

    def key(make: Maker) -> Node:
        above = nodes.concatenated(_printed("1%04d", _length(make)), make())
        rest = exp.Sub(this=nodes.number(9999), expression=_length(make))
        below = nodes.concatenated(_printed("0%04d", rest), _mirrored(make()))
        return nodes.when(_is_negative(make), below, above)

    return computed(value, key)


def _printed(form: str, number: Node) -> Node:
    return nodes.call("PRINTF", nodes.text(form), number)


def _mirrored(text: Node) -> Node:
    for digit, letter in zip("0123456789", "jihgfedcba", strict=True):
        text = nodes.call("REPLACE", text, nodes.text(digit), nodes.text(letter))
    return text


def _compared_by_length(make: Maker, comparison: type[exp.Binary], bind: Callable[[Derive], Node]) -> Node:
    strict = _STRICT.get(comparison, comparison)
    beyond = nodes.compare(comparison, make(), bind(nodes.unchanged))
    as_long = nodes.equal(_length(make), bind(len))
    longer = nodes.compare(strict, _length(make), bind(len))
    return nodes.any_of([nodes.all_of([beyond, as_long]), longer])


def _length(make: Maker) -> Node:
    return nodes.call("LENGTH", make())


def _is_negative(make: Maker) -> Node:
    """The minus sign is below all digits."""
    return nodes.compare(exp.LT, make(), nodes.text("0"))


def _is_positive(make: Maker) -> Node:
    return nodes.negated(_is_negative(make))
