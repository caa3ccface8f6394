"""Records and criteria without a schema: values of every kind under every name, lists and large numbers among them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from criteria.tree.nodes import TEXT
from criteria.values.coerce import is_number

NAMES = ("f", "f.g", "f.g.h", "e")

_INTEGERS = [0, 1, 5, -5, 2**53, 2**53 + 1, 2**53 + 2, -(2**53) - 1, 1_500_000_000_000_000_000,
             1_500_000_000_000_000_001, 2**63 - 1, -(2**63)]  # fmt: skip
_DOUBLES = [0.0, -0.0, 1.0, 0.5, 5.0, -5.25, 0.1, 2.0**53, 2.0**53 + 2, 1.5e18, 2.0**63, -(2.0**63), 1e22, 5e-324,
            1.7976931348623157e308]  # fmt: skip
_DECIMALS = ["0", "-0", "1.0", "0.5", "0.1", "9007199254740993", "1.5E+18", "9223372036854775807.5", "1E+400", "1E-400"]
_TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "1",
    "true",
    "null",
    "\u00e9",
    "\U0001f600",
    "a\n",
    "A",
    "K",
    "\u212a",
    "\u03c2\u03a3",
]

_NOT_IN_JSON = [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")]


def plain_records(*, with_decimals: bool) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Records with a key, and with anything under the other names."""
    values = st.one_of(st.none(), scalars, st.sampled_from(_NOT_IN_JSON[:3]))
    if with_decimals:
        values = st.one_of(values, st.sampled_from(_DECIMALS).map(Decimal), st.sampled_from(_NOT_IN_JSON))
    members = st.recursive(values, _holders, max_leaves=6)
    record = st.fixed_dictionaries({}, optional={"f": members, "e": members})
    return st.lists(record, max_size=6).map(
        lambda found: [{"id": number, **one} for number, one in enumerate(found, 1)]
    )


scalars = st.one_of(st.booleans(), *(st.sampled_from(one) for one in (_INTEGERS, _DOUBLES, _TEXTS)))
"""Scalars of JSON, at the edges of what doubles and 64-bit integers hold."""


def _holders(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    below = st.fixed_dictionaries({}, optional={"g": inner, "h": inner})
    return st.one_of(st.lists(inner, max_size=3), below)


def plain_criteria(*, with_decimals: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Decoded criteria on those names. Beside decimals a double means what it spells, which some engines cannot say:
    then only doubles are drawn that are exactly what they spell."""
    operands = scalars.filter(_is_spelled) if with_decimals else scalars
    numbers, texts = operands.filter(is_number), st.sampled_from(_TEXTS)
    ordered = st.one_of(numbers, texts)
    several = st.lists(operands, max_size=4).filter(_has_exact_numbers)
    comparison = st.one_of(
        operands,
        st.none(),
        st.one_of(operands, st.none()).map(lambda value: {"$ne": value}),
        st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), ordered).map(lambda pair: dict([pair])),
        st.tuples(numbers, numbers).map(lambda pair: {"$gte": pair[0], "$lt": pair[1]}),
        several.map(lambda values: {"$in": values}),
        several.map(lambda values: {"$nin": values}),
        st.tuples(st.sampled_from(sorted(one.value for one in TEXT)), texts).map(lambda pair: dict([pair])),
    )
    leaves = st.tuples(st.sampled_from(NAMES), comparison).map(lambda pair: dict([pair]))
    return st.recursive(leaves, _groups, max_leaves=4)


def _is_spelled(value: Any) -> bool:
    return not isinstance(value, float) or Decimal(repr(value)) == Decimal(value)


def _has_exact_numbers(values: list[Any]) -> bool:
    """With a double among them all numbers of a list have to be doubles, or the list is refused."""
    is_double = any(isinstance(one, float) and (one % 1 or abs(one) > 2**53) for one in values)
    return not is_double or all(float(one) == one for one in values if is_number(one))


def _groups(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    terms = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        terms.map(lambda found: {"AND": found}),
        terms.map(lambda found: {"OR": found}),
        inner.map(lambda term: {"NOT": term}),
    )
