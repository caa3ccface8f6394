"""What a contestant of the job `adapters` is: it takes a query over in its own language, and selects rows for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
    is_text,
)
from criteria.tree.query import Query


class CannotExpress(Exception):
    """The query is not in the contestant's language."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`request` writes a query as a client would send it, and raises `CannotExpress`. `ids` answers such a request."""

    name: str
    request: Callable[[Query], Any]
    ids: Callable[[Any], list[int]]


def contestants(makers: Mapping[str, Callable[[], Peer]]) -> list[Peer | tuple[str, str]]:
    """The contestants, for one that is not installed its name and the reason."""
    found: list[Peer | tuple[str, str]] = []
    for name, make in makers.items():
        try:
            found.append(make())
        except ImportError as error:
            found.append((name, f"{error.name} is not installed"))
    return found


def flat(query: Query) -> list[tuple[Comparison, bool]]:
    """The comparisons of a query that AND joins, each with whether it is negated. For languages of parameters."""
    return _flat(query.expression)


def _flat(expression: Expression) -> list[tuple[Comparison, bool]]:
    match expression:
        case And(terms):
            return [one for term in terms for one in _flat(term)]
        case Comparison():
            return [(expression, False)]
        case Not(Comparison() as leaf):
            return [(leaf, True)]
        case Or() | Not():
            raise CannotExpress
        case AnyElement() | AnyReferred():
            raise AssertionError("no benchmark has lists of objects or other entities")
        case _:
            assert_never(expression)


def as_parameters(query: Query, parameter: Callable[[Comparison, bool], tuple[str, str]]) -> dict[str, str]:
    """A query as the parameters of a URL. Each may be given once."""
    found: dict[str, str] = {}
    for leaf, negated in flat(query):
        name, value = parameter(leaf, negated)
        if name in found:
            raise CannotExpress
        found[name] = value
    return found


ODATA = {
    Operator.EQ: "eq", Operator.NE: "ne", Operator.GT: "gt", Operator.GTE: "ge", Operator.LT: "lt", Operator.LTE: "le",
    Operator.IN: "in", Operator.NIN: "in", Operator.STARTS_WITH: "startswith", Operator.ENDS_WITH: "endswith",
    Operator.CONTAINS: "contains",
}  # fmt: skip


def quiet() -> None:
    """Turns off what odata-query logs for every field of a text function."""
    logging.getLogger("odata_query").setLevel(logging.CRITICAL)


def odata(query: Query, zone: str = "Z") -> str:
    """A query as an OData $filter. `zone` ends its instants: "" for columns without a zone, which hold UTC."""
    return _odata(query.expression, zone)


def _odata(expression: Expression, zone: str) -> str:
    match expression:
        case And(terms):
            return " and ".join(f"({_odata(term, zone)})" for term in terms)
        case Or(terms):
            return " or ".join(f"({_odata(term, zone)})" for term in terms)
        case Not(term):
            return f"not ({_odata(term, zone)})"
        case Comparison(field, operator, value):
            if is_text(operator):
                return f"{ODATA[operator]}({field.name}, {_literal(value, zone)})"
            written = f"{field.name} {ODATA[operator]} {_literal(value, zone)}"
            return f"not ({written})" if operator is Operator.NIN else written
        case AnyElement() | AnyReferred():
            raise AssertionError("no benchmark has lists of objects or other entities")
        case _:
            assert_never(expression)


def _literal(value: Any, zone: str) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_literal(one, zone) for one in value)})"
    if value is None:
        return "null"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return text(value, zone)


def text(value: Any, zone: str = "Z") -> str:
    """A value as the text of a parameter."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="milliseconds") + zone
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
