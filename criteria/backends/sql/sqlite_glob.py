"""Patterns of SQLite's GLOB, which is always case-sensitive.

GLOB takes U+FFFD, U+FFFE and U+FFFF for one character. Where an operand has one of them, the stored value is compared
with all three replaced by characters that the operand does not have. A database in UTF-16 has only U+FFFD, and makes it
of the other two, in values that are bound as well: so it is replaced first.
"""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Bind, Maker, StoredValue
from criteria.backends.sql.nodes import Derive, Node
from criteria.tree.nodes import FoldedOperator, Operator, assert_never
from criteria.values.case_folding import classes
from criteria.values.glob_text import is_confused

_SPECIAL = frozenset("[*?")
_CONFUSED = "\ufffd\ufffe\uffff"
_FIRST_SPARE = 0xE000
"""The first of the private characters, which have no letter case."""


def folded(operator: FoldedOperator, stored: StoredValue, operand: str, bind: Bind) -> Node:
    """Whether an operator that ignores letter case is true of a stored text."""
    if not is_confused(operand):
        return exp.Glob(this=stored.make(), expression=bind(lambda text: _folded_pattern(operator, text)))
    pattern = bind(lambda text: _folded_pattern(operator, _with_spares(text)))
    return exp.Glob(this=_stored_with_spares(stored.make, bind), expression=pattern)


def ends(make: Maker, bind: Bind) -> Node:
    """Whether a stored text ends with the operand.

    SQLite plans a statement again for each value of a pattern that is bound. It does not for a part of a pattern.
    """
    return exp.Glob(this=make(), expression=nodes.concatenated(nodes.text("*"), bind(_literal_pattern)))


def _literal_pattern(text: str) -> str:
    return "".join(map(_literally, text))


def _folded_pattern(operator: FoldedOperator, text: str) -> str:
    known = classes()
    pattern = "".join(f"[{known[one]}]" if one in known else _literally(one) for one in text)
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


def _literally(character: str) -> str:
    return f"[{character}]" if character in _SPECIAL else character


def _spares(operand: str) -> list[str]:
    """A character for each that is replaced, and one that stands for all of these: none of them is in the operand."""
    private = map(chr, range(_FIRST_SPARE, _FIRST_SPARE + len(operand) + len(_CONFUSED) + 1))
    return [one for one in private if one not in operand][: len(_CONFUSED) + 1]


def _with_spares(operand: str) -> str:
    return operand.translate(dict(zip(map(ord, _CONFUSED), _spares(operand), strict=False)))


def _stored_with_spares(make: Maker, bind: Bind) -> Node:
    """A stored value with spares. Spares that it has itself become the last one, which matches no part of a pattern."""

    def spare(at: int) -> Derive:
        return lambda operand: _spares(operand)[at]

    def constant(character: str) -> Derive:
        return lambda _: character

    value = make()
    for at in range(len(_CONFUSED)):
        value = nodes.call("REPLACE", value, bind(spare(at)), bind(spare(-1)))
    for at, character in enumerate(_CONFUSED):
        value = nodes.call("REPLACE", value, bind(constant(character)), bind(spare(at)))
    return value
