"""The lower bound for a new shape: Lark parses the text, and hand-written code builds and prints a sqlglot tree."""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import Any

from lark import Lark
from sqlglot import Dialect, exp

from benchmarks.queries import Criteria
from benchmarks.sql_check import Condition

GRAMMAR = Path(__file__).parent.parent / "grammar" / "criteria.lark"

_ORDERING = {"$gt": exp.GT, "$gte": exp.GTE, "$lt": exp.LT, "$lte": exp.LTE}


class ByHand:
    """Compiles the criteria of `queries.new_shapes` with one parser and one printer."""

    def __init__(self) -> None:
        self.parser = Lark(GRAMMAR.read_text(encoding="utf-8"), start="query", parser="lalr")
        self.generator = Dialect.get_or_raise("postgres").generator(identify=True)

    def __call__(self, text: str) -> Condition:
        """The condition of the criteria text."""
        self.parser.parse(text)
        values: list[Any] = []
        return self.generator.generate(condition(json.loads(text), values), copy=False), values


def condition(criteria: Criteria, values: list[Any], negated: bool = False) -> exp.Expr:
    """The criteria as a node. NOT moves down to the comparisons, where CASE turns NULL into FALSE."""
    ((name, value),) = criteria.items()
    if name == "NOT":
        return condition(value, values, not negated)
    if name in ("AND", "OR"):
        group = exp.And if (name == "AND") is not negated else exp.Or
        terms: list[exp.Expr] = [exp.Paren(this=condition(term, values, negated)) for term in value]
        return reduce(lambda left, right: group(this=left, expression=right), terms)
    leaf = _leaf(exp.column(name), value, values)
    if not negated:
        return leaf
    zero, one = exp.Literal.number(0), exp.Literal.number(1)
    return exp.EQ(this=exp.Case(ifs=[exp.If(this=leaf, true=one)], default=zero), expression=zero.copy())


def _leaf(column: exp.Column, value: Any, values: list[Any]) -> exp.Expr:
    if not isinstance(value, dict):
        values.append(value)
        return exp.EQ(this=column, expression=exp.Placeholder())
    ((operator, operand),) = value.items()
    if operator == "$in":
        values += operand
        return exp.In(this=column, expressions=[exp.Placeholder() for _ in operand])
    values.append(operand)
    if operator in _ORDERING:
        return _ORDERING[operator](this=column, expression=exp.Placeholder())
    if operator == "$startsWith":
        return exp.StartsWith(this=column, expression=exp.Placeholder())
    position = exp.StrPosition(this=column, substr=exp.Placeholder())
    return exp.GT(this=position, expression=exp.Literal.number(0))
