"""Plans: how criteria of one shape become a typed tree.

The grammar decides on a shape once. What is left for each query of that shape is to give its operands the types of
their fields, which a plan does: a tree of functions, each of which makes a node from the list of operands. A plan knows
no operand, and the structural limits are compared with what it counted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from criteria.cache import Remembered
from criteria.errors import Refusal
from criteria.limits import Limits
from criteria.parsing.bind import bind_literals, check_name, check_operator, find_field, literal_field, literal_type_of
from criteria.parsing.shape import Grammar, Shape, terminals
from criteria.schema.schema import Schema
from criteria.tree.nodes import EQUALITY, EVERYTHING, MEMBERSHIP, TEXT, And, Comparison, Expression, Not, Operator, Or
from criteria.tree.normalize import depth
from criteria.values.coerce import coercion

_Make = Callable[[Sequence[Any]], Expression]
"""Makes a node from all operands of the criteria. Raises `Refusal`."""

_SHAPES = 1024
_LONGEST_SHAPE, _LONGEST_KEYS = 512, 2048
"""What is longer is not remembered: memory would fill with what comes once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of criteria by their shape: their structure, and how their tree is made."""

    make: _Make
    members: int
    """Of all objects."""
    leaves: int
    values: int
    """Of the longest list of values."""
    nesting: int
    """Levels of AND, OR and NOT, as written."""
    has_several: bool
    """Whether an object has several members."""
    texts: tuple[int, ...]
    """Which operands are those of text operators."""

    def build(self, operands: Sequence[Any], limits: Limits) -> Expression:
        """The typed tree. Raises `Refusal` for a limit or an operand, without saying where: `diagnose` does."""
        if self.leaves > limits.leaves or self.values > limits.values:
            raise Refusal("too_many_leaves", "There are too many comparisons or values.")
        for index in self.texts:
            if isinstance(operands[index], str) and len(operands[index]) > limits.text_operand:
                raise Refusal("too_long", f"The operand of a text operator is longer than {limits.text_operand}.")
        expression = self.make(operands)
        if 2 * self.nesting > limits.depth and depth(expression) > limits.depth:
            raise Refusal("too_deep", f"AND and OR stand more than {limits.depth} levels inside each other.")
        return expression


class Planner:
    """The plans of one grammar's criteria."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._plans: Remembered[tuple[Shape, Schema | None], Plan] = Remembered(_SHAPES)

    def plan(self, shape: Shape, schema: Schema | None) -> Plan | None:
        """The plan of a shape; None when the grammar does not derive it. Raises `Refusal` for names and operators."""
        key = (shape, schema)
        plan = self._plans.get(key)
        if plan is None and self.grammar.accepts(terminals(shape, self.grammar.key_terminal)):
            plan = _Drawing(shape, schema).plan()
            if len(shape) <= _LONGEST_SHAPE and sum(len(part) for part in shape if type(part) is str) <= _LONGEST_KEYS:
                self._plans.keep(key, plan)
        return plan


class _Drawing:
    """Draws the plan of one shape."""

    def __init__(self, shape: Shape, schema: Schema | None) -> None:
        self.shape, self.schema = shape, schema
        self.parts: Iterator[Any] = iter(shape)
        self.operands = self.values = self.nesting = 0
        self.has_several = False
        self.texts: list[int] = []

    def plan(self) -> Plan:
        make = self.criteria(0)
        members = sum(part for part in self.shape if isinstance(part, int) and part > 0)
        return Plan(make, members, self.operands, self.values, self.nesting, self.has_several, tuple(self.texts))

    def criteria(self, level: int) -> _Make:
        return self.all_of([self.member(level) for _ in range(next(self.parts))])

    def member(self, level: int) -> _Make:
        self.nesting = max(self.nesting, level + 1)
        key = next(self.parts)
        if key in ("AND", "OR"):
            return _group(And if key == "AND" else Or, [self.criteria(level + 1) for _ in range(-1 - next(self.parts))])
        if key == "NOT":
            term = self.criteria(level + 1)
            return lambda operands: Not(term(operands))
        part = next(self.parts)
        if isinstance(part, str):
            return self.leaf(key, Operator.EQ, part)
        return self.all_of([self.leaf(key, _operator(next(self.parts)), next(self.parts)) for _ in range(part)])

    def all_of(self, makes: list[_Make]) -> _Make:
        """Several members are AND-ed; none are no condition."""
        self.has_several = self.has_several or len(makes) > 1
        if len(makes) == 1:
            return makes[0]
        return _group(And, makes) if makes else lambda operands: EVERYTHING

    def leaf(self, name: str, operator: Operator, part: int | str) -> _Make:
        """A comparison. Its operand is a scalar's terminal, or a list and the terminals of its items."""
        if isinstance(part, str):
            terminals = [part]
        else:
            terminals = [next(self.parts) for _ in range(-1 - part)]
            self.values = max(self.values, len(terminals))
        index, self.operands = self.operands, self.operands + 1
        if operator in TEXT:
            self.texts.append(index)
        if self.schema is None:
            check_name(name)
            inferred = literal_type_of(terminals)
            if inferred is None:  # it depends on the values
                return lambda operands: bind_literals(name, operator, operands[index])
            field = literal_field(name, inferred)
        else:
            field = find_field(self.schema, name)
        check_operator(field, operator)
        coerce = coercion(field)
        if operator in MEMBERSHIP:
            return lambda operands: Comparison(
                field, operator, tuple([coerce(field, value) for value in operands[index]])
            )
        if part == "NULL" and operator in EQUALITY:
            empty = Comparison(field, operator, None)
            return lambda operands: empty
        return lambda operands: Comparison(field, operator, coerce(field, operands[index]))


def _group(kind: type[And] | type[Or], makes: list[_Make]) -> _Make:
    if len(makes) == 2:  # the most common group, without a loop
        first, second = makes
        return lambda operands: kind((first(operands), second(operands)))
    return lambda operands: kind(tuple([make(operands) for make in makes]))


def _operator(name: str) -> Operator:
    try:
        return Operator(name)
    except ValueError:  # the grammar knows an operator that the tree does not
        raise Refusal("unknown_operator", f"{name} has no meaning here.") from None
