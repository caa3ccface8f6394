"""The SQL of decimals inside JSON on SQLite: short enough for a thousand comparisons."""

from __future__ import annotations

import pytest

import criteria
from criteria import Field, Schema

SCHEMA = Schema(
    "items",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("p.amount", "decimal", precision=30, scale=10),
        Field("p.amounts", "decimal", precision=30, scale=10, is_list=True),
    ],
    system_properties=False,
)


def text_of(*comparisons: object) -> str:
    """The condition that one of some comparisons holds, on SQLite."""
    text: str = criteria.compile(criteria.parse({"OR": list(comparisons)}, SCHEMA), "sql", dialect="sqlite").text
    return text


@pytest.mark.parametrize("operator", ["$gt", "$gte", "$lt", "$lte"])
@pytest.mark.parametrize("operand", ["12.5", "-12.5"])
@pytest.mark.parametrize("name", ["p.amount", "p.amounts"])
def test_ordering_reads_the_decimal_from_json_once(name: str, operand: str, operator: str) -> None:
    """The text has one CASE that reads the value: the parts of the ordering name the column that it computes."""
    text = text_of({name: {operator: operand}})
    assert text.count("GLOB '*.*.*'") == 1
    assert text.count("`_computed`.`_decimal` >") + text.count("`_computed`.`_decimal` <") == 1


def test_length_grows_by_the_same_amount_for_each_comparison() -> None:
    """A thousand orderings take as many characters each as one does."""
    one = len(text_of({"p.amount": {"$gt": "1.5"}}))
    many = len(text_of(*({"p.amount": {"$gt": f"{number}.5"}} for number in range(1000))))
    assert one < 1000
    assert many < 1000 * (one + 10)
