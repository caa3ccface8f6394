"""The JSON Schema of a schema's queries accepts what the library accepts, and nothing else that it can tell apart."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria import Schema
from criteria.conformance.schemas import ALL, LISTS, NESTED, SCALARS
from criteria.conformance.strategies import criteria_objects
from tests.conftest import CASES
from tests.json_schema.agreement import Judges, is_beyond
from tests.json_schema.broken import broken, broken_criteria
from tests.parsing.arbitrary import FEWER, JSON

_VARIANTS = 4
"""How many inputs are made of each generated query: itself, and broken ones."""


def judged(judges: Judges, generated: Any) -> str:
    """How both judge criteria; fails when they disagree and JSON Schema could have told."""
    text = json.dumps(generated)
    problems = judges.problems(text)
    is_valid = judges.is_valid(text)
    if not problems:
        assert is_valid, f"only the JSON Schema refuses {text}"
        return "accepted"
    if is_valid:
        told = [problem for problem in problems if not is_beyond(problem, generated)]
        assert not told, f"only the library refuses {text}: {told}"
        return "beyond"
    return "refused"


@pytest.mark.parametrize("schema", ALL.values(), ids=ALL)
def test_library_and_json_schema_agree(schema: Schema) -> None:
    """Of generated criteria, valid and broken, both accept the same: structure, operators, types, nulls in lists."""
    judges = Judges(schema)
    tally: Counter[str] = Counter()

    @settings(max_examples=CASES // _VARIANTS)
    @given(criteria_objects(schema), st.integers(0, 2**32))
    def agree(generated: Any, seed: int) -> None:
        random = Random(seed)  # noqa: S311
        tally[judged(judges, generated)] += 1
        for _ in range(_VARIANTS - 1):
            tally[judged(judges, broken(generated, schema.names, random))] += 1

    agree()
    assert tally.total() > CASES - _VARIANTS
    assert tally["accepted"] > CASES / 5
    assert tally["refused"] > CASES / 5
    assert tally["beyond"] < max(2, CASES / 20)


@pytest.mark.parametrize("schema", [None, SCALARS, LISTS, NESTED], ids=["none", "scalars", "lists", "nested"])
@pytest.mark.parametrize("strict", [False, True], ids=["extended", "strict"])
@FEWER
@given(data=st.data())
def test_strict_and_without_a_schema(schema: Schema | None, strict: bool, data: st.DataObject) -> None:
    """They agree as well on strict criteria, without a schema, and on JSON of any kind."""
    known = schema or SCALARS
    generated = data.draw(st.one_of(criteria_objects(known), broken_criteria(known), JSON))
    judged(Judges(schema, strict=strict), generated)
