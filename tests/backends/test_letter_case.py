"""Operators that ignore letter case, on values that differ in little else, and what dialects without patterns say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.backends.sql.dialects import DIALECTS
from criteria.conformance.reference import is_true
from criteria.conformance.strategies.values import CHOICES, cased_texts, in_case
from criteria.tree.nodes import FOLDED
from criteria.values.case_folding import fold
from tests.conftest import PROFILE, Engines

SCHEMA = Schema(
    "texts",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("s", "string"),
        Field("all", "string", is_list=True),
        Field("o.s", "string"),
    ],
    system_properties=False,
)
OPERATORS = sorted(operator.value for operator in FOLDED)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, Any]], str]:
    """Records whose texts are one text in several cases, with little before and behind it, and an operand like them."""
    text = draw(cased_texts())
    same = CHOICES.map(lambda choice: in_case(text, choice))
    around = st.sampled_from(["", "", "\n", "K", "x", "\u017f", "\u0130"])
    texts = draw(st.lists(st.tuples(around, same, around).map("".join), min_size=2, max_size=6))
    texts.append(draw(st.sampled_from([text.lower(), text.upper(), text.casefold()])))
    rows = [{"id": at, "s": one, "all": [one[::-1], None, one], "o": {"s": one}} for at, one in enumerate(texts, 1)]
    return [*rows, {"id": len(rows) + 1, "s": None, "all": [None]}], draw(same)[draw(st.sampled_from([0, 0, 1])) :]


def test_texts_that_differ_in_letter_case(engines: Engines) -> None:
    """Each operator and its negation select the same records on every engine."""
    tables = [(engine.name, engine.table(SCHEMA)) for engine in engines.all()]

    @settings(max_examples=max(3, PROFILE.examples * 2 // 5))
    @given(case=cases(), operator=st.sampled_from(OPERATORS))
    def agree(case: tuple[list[dict[str, Any]], str], operator: str) -> None:
        rows, operand = case
        leaf = {operator: operand}
        queries = [
            criteria.parse(one, SCHEMA) for one in ({"s": leaf}, {"NOT": {"s": leaf}}, {"all": leaf}, {"o.s": leaf})
        ]
        expected = [[row["id"] for row in rows if is_true(one.expression, SCHEMA.decode(row))] for one in queries]
        for name, table in tables:
            with table.holding(rows):
                assert [sorted(table.select(one)) for one in queries] == expected, name

    agree()


@given(text=cased_texts(), other=cased_texts(), choice=CHOICES)
def test_laws_of_letter_case(text: str, other: str, choice: int) -> None:
    """A text equals itself in another case, equality is symmetric, and an operator that is exact implies the one that
    is not."""

    def holds(value: str, operator: str, operand: str) -> bool:
        query = criteria.parse({"s": {operator: operand} if operator else operand}, SCHEMA)
        found: bool = criteria.compile(query, "python")({"s": value})
        return found

    assert holds(text, "$ieq", in_case(text, choice))
    assert holds(text, "$ieq", other) == holds(other, "$ieq", text) == (fold(text) == fold(other))
    if holds(text, "", other):
        assert holds(text, "$ieq", other)
    for exact, folded in (("$startsWith", "$istartsWith"), ("$endsWith", "$iendsWith"), ("$contains", "$icontains")):
        for part in (other, text[1:], text[:1], text):
            assert holds(text, folded, part) or not holds(text, exact, part)
            assert holds(text, folded, part) == holds(fold(text), exact, fold(part))


@pytest.mark.parametrize("dialect", ["bigquery", "trino", "snowflake", "redshift", "tsql"])
def test_dialects_without_such_patterns_refuse_letters(dialect: str) -> None:
    """Every operator is named. An operand without letters, and a field that lists its values, need no pattern."""
    plain = Schema("plain", [Field("s", "string")], system_properties=False)
    for operator in OPERATORS:
        query = criteria.parse({"s": {operator: "k\u0130"}}, plain)
        with pytest.raises(CriteriaError) as caught:
            criteria.compile(query, "sql", dialect=dialect)
        [problem] = caught.value.problems
        assert (problem.code, operator in problem.message) == ("unsupported", True)
        criteria.compile(criteria.parse({"s": {operator: "7\u0130"}}, plain), "sql", dialect=dialect)
    states = Schema("states", [Field("state", "string", values=["Open", "open", "PAID"])], system_properties=False)
    query = criteria.parse({"state": {"$icontains": "OP"}}, states)
    params = criteria.compile(query, "sql", dialect=dialect).params
    assert set(params.values() if isinstance(params, dict) else params) == {"Open", "open"}


def test_every_dialect_is_known_to_have_patterns_or_not() -> None:
    """A new dialect decides."""
    without = {name for name, dialect in DIALECTS.items() if dialect.text.folded is None}
    assert without == {"bigquery", "trino", "snowflake", "redshift", "tsql", "oracle"}
