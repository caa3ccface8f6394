"""A backend as a third party writes it: queries in words, for people who approve them.

It knows normal form, and refuses the one thing that its readers could take in two ways. `words_conformance.py`
proves that its words say what a query says.
"""

from __future__ import annotations

import json
from typing import Any

from criteria import CriteriaError, Field, Problem, Schema, Search
from criteria.backends import Backend
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
)
from criteria.values.canonical import json_value

_WORDS = {
    Operator.EQ: "is",
    Operator.GT: "is above",
    Operator.GTE: "is at least",
    Operator.LT: "is below",
    Operator.LTE: "is at most",
    Operator.IN: "is one of",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.CONTAINS: "contains",
}


def _query(normal: Expression, schema: Schema | None, *, shout: bool = False) -> str:
    words = _words(normal)
    return words.upper() if shout else words


def _search(search: Search, normal: Expression, *, shout: bool = False) -> str:
    order = " and ".join(key.field.name for key in search.sort_keys)
    return f"{_query(normal, search.query.schema, shout=shout)}, ordered by {order}"


def _words(normal: Expression) -> str:
    if normal == EVERYTHING:
        return "everything"
    if normal == NOTHING:
        return "nothing"
    match normal:
        case And(terms):
            return " and ".join(f"({_words(term)})" for term in terms)
        case Or(terms):
            return " or ".join(f"({_words(term)})" for term in terms)
        case Not(term):
            return f"not ({_words(term)})"
        case Comparison(field, operator, value):
            if field.is_list:
                message = f"Is every element of {field.name} meant, or some?"
                raise CriteriaError(Problem("unsupported", message))
            return f"{_name(field)} {_WORDS[operator]} {_value(field, value)}"
        case AnyElement() | AnyReferred():
            raise AssertionError(
                "refused before, because the backend does not say that it knows lists of objects or references"
            )


def _name(field: Field) -> str:
    """The name, in quotes if it could be taken for other words."""
    return field.name if field.name.replace(".", "_").isidentifier() else json.dumps(field.name)


def _value(field: Field, value: Any) -> str:
    """An operand as JSON."""
    if value is None:
        return "empty"
    values = [json_value(field, one) for one in (value if isinstance(value, (tuple, frozenset)) else [value])]
    return json.dumps(values if isinstance(value, (tuple, frozenset)) else values[0])


BACKEND = Backend("words", _query, _search, storages={})
