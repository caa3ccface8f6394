"""Explaining the largest queries takes a bounded time, and never the interpreter's stack."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Query
from criteria.tree.nodes import And, Expression, Not
from tests.explain.conflicts import FIELDS

_MAX_SECONDS = 20
"""Far more than any of them takes alone on an idle machine: two or three seconds."""

WIDE: dict[str, Any] = {
    "values that exclude each other": {"AND": [{"a": number} for number in range(1000)]},
    "values left out": {"OR": [{"a": {"$ne": number}} for number in range(1000)]},
    "many holes": {"AND": [{"a": {"$nin": list(range(n, n + 40_000, 400))}} for n in range(1000)]},
    "long lists": {"OR": [{"a": {"$in": list(range(n, n + 40_000, 400))}} for n in range(1000)]},
    "a thousand needed": {"AND": [{"a": {"$in": list(range(999))}}, *({"a": {"$ne": n}} for n in range(999))]},
    "texts": {"AND": [{"s": {"$contains": "x" * (n % 50) + str(n)}} for n in range(1000)]},
    "texts in strings": {"AND": [{"s": {"$in": [str(n + 7 * m) for m in range(100)]}} if n % 2 else
                                 {"s": {"$endsWith": str(n)}} for n in range(1000)]},
    "lists": {"AND": [{"al": n} if n % 2 else {"al": {"$ne": 3 * n}} for n in range(1000)]},
    "lists under OR": {"AND": [{"OR": [{"al": n}, {"AND": [{"al": n + 1}, {"al": n + 2}]}]} for n in range(330)]},
    "ANDs of ORs": {"AND": [{"OR": [{"a": n % 5}, {"s": str(n % 3)}]} for n in range(500)]},
    "ORs of ANDs of texts": {"OR": [{"AND": [{"s": {"$contains": str(n + m)}} for m in range(40)]} for n in range(25)]},
}  # fmt: skip


@pytest.mark.heavy("the largest queries")
@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in WIDE.items()])
def test_a_thousand_comparisons(source: Any) -> None:
    """A query with as many comparisons as one may have is explained, and worded, in seconds."""
    query = criteria.parse(source, FIELDS)
    start = perf_counter()
    explanation = criteria.explain(query, {"a": 1, "s": "x"})
    json.dumps(explanation.to_json())
    assert perf_counter() - start < _MAX_SECONDS


def test_the_deepest_query() -> None:
    """As many levels as criteria may have are explained."""
    source: Any = {"a": 5}
    for level in range(24):
        source = {"NOT": {"AND": [source]}} if level % 2 else {"AND": [source]}
    explanation = criteria.explain(criteria.parse(source, FIELDS), {"a": 5})
    assert explanation.matches is not None
    assert json.dumps(explanation.to_json())


@pytest.mark.parametrize("wrap", [Not, lambda term: And((term,))], ids=["NOT", "AND"])
def test_trees_deeper_than_the_stack(wrap: Any) -> None:
    """A tree made by hand that is deeper than the interpreter's stack is refused."""
    expression: Expression = criteria.parse({"a": 5}, FIELDS).expression
    for _ in range(20_000):
        expression = wrap(expression)
    with pytest.raises(CriteriaError) as raised:
        criteria.explain(Query(expression, FIELDS))
    assert [problem.code for problem in raised.value.problems] == ["too_deep"]
