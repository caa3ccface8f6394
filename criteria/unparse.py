"""Back from the typed tree to criteria JSON."""

from __future__ import annotations

from typing import Any

from criteria.ast import EVERYTHING, And, Comparison, Expression, Not, Operator, Or, assert_never
from criteria.canonical import json_value


def unparse(expression: Expression) -> dict[str, Any]:
    """Decoded criteria JSON with the meaning and the structure of the tree."""
    match expression:
        case And(terms):
            return {} if expression == EVERYTHING else {"AND": [unparse(term) for term in terms]}
        case Or(terms):
            return {"OR": [unparse(term) for term in terms]}
        case Not(term):
            return {"NOT": unparse(term)}
        case Comparison(field, operator, value):
            if isinstance(value, tuple):
                operand: Any = [json_value(field, item) for item in value]
            else:
                operand = None if value is None else json_value(field, value)
            return {field.name: operand if operator is Operator.EQ else {operator.value: operand}}
        case _:
            assert_never(expression)
