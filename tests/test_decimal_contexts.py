"""Results do not depend on the decimal context of the thread."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, DefaultContext, FloatOperation, Inexact, localcontext
from functools import partial
from typing import Any

import pytest

import criteria
from criteria import Field, Schema
from criteria.search.page import Page
from tests.parsing.outcome import refused

SCHEMA = Schema(
    "prices",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("price", "decimal"),
        Field("weight", "double"),
        Field("size.depth", "double"),
    ],
    system_properties=False,
)
_CONTEXTS = {
    "three digits": Context(prec=3),
    "no traps": Context(prec=1, traps=[]),
    "every trap": Context(prec=3, Emax=5, Emin=-5, traps=list(DefaultContext.flags)),
    "floats and inexact results": Context(prec=2, traps=[FloatOperation, Inexact]),
}
_SPELLED = [
    "12345678901234567.1234567891", "-0.0000000000", "0", "0e99999999999999999999", "-0.0E-99999999999999999999",
    "1e-99999999999999999999", "1e99999999999999999999", "1e30", "1e19",
]  # fmt: skip


def _results() -> list[Any]:
    calls: list[Callable[[], Any]] = []
    for text in _SPELLED:
        calls += [partial(criteria.parse, {"price": text}, SCHEMA), partial(SCHEMA.decode, {"id": 1, "price": text})]
        calls += [partial(criteria.parse, f'{{"price": {text}}}', one) for one in (SCHEMA, None)]
    for value in (1.5, 123456.789, Decimal("-0.0"), Decimal("12345678.123456789"), Decimal("0e999999")):
        calls.append(partial(SCHEMA.decode, {"id": 1, "price": value, "weight": value}))
        if isinstance(value, Decimal):
            calls.append(partial(SCHEMA.encode, {"id": 1, "price": value}))
            calls.append(Page(({"price": value, "other": value},), False, None).to_json)
    records = [{"id": at, "price": Decimal("1.5"), "weight": 1.5, "size": {"depth": 0.1}} for at in (1, 2)]
    for order_by in ("price", "weight desc", "size.depth"):
        search = criteria.parse_search({"orderBy": order_by, "limit": 1}, SCHEMA)
        calls += [partial(search.cursor, records[0]), partial(search.page, records)]
        calls.append(partial(criteria.compile(search, "python"), records))
    return [repr(refused(call)) for call in calls]


@pytest.mark.parametrize("name", _CONTEXTS)
def test_the_context_of_the_thread_changes_nothing(name: str) -> None:
    """Numbers are parsed, decoded, encoded and written as under the default context."""
    with localcontext(Context()):
        expected = _results()
    with localcontext(_CONTEXTS[name]):
        assert _results() == expected


@pytest.mark.parametrize("text", ["0e99999999999999999999", "-0.00E-99999999999999999999", "0E+99999999999999999999"])
def test_zero_is_zero_with_any_exponent(text: str) -> None:
    """A string that spells zero is zero, like the number."""
    assert criteria.parse({"price": text}, SCHEMA) == criteria.parse({"price": 0}, SCHEMA)
    assert SCHEMA.decode({"id": 1, "price": text})["price"] == 0


@pytest.mark.parametrize("text", ["1e99999999999999999999", "-10.5e-99999999999999999999"])
def test_other_numbers_with_such_exponents_are_refused(text: str) -> None:
    """A number beyond any decimal is `out_of_range`."""
    assert [one.code for one in refused(lambda: criteria.parse({"price": text}, SCHEMA))] == ["out_of_range"]
