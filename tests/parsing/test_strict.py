"""strict=True accepts one member in an object and one operator on a field (docs/language.md#strict)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria import Schema
from criteria.conformance import schemas
from tests.parsing.arbitrary import JSON, SCHEMAS, VALID
from tests.parsing.outcome import outcome, problems


def has_several(value: Any) -> bool:
    """Whether some object in a value has several members."""
    if isinstance(value, dict):
        return len(value) > 1 or any(map(has_several, value.values()))
    return isinstance(value, list) and any(map(has_several, value))


@given(source=st.one_of(VALID, VALID, JSON), schema=st.sampled_from(SCHEMAS))
def test_strict_refuses_several_and_nothing_else(source: Any, schema: Schema | None) -> None:
    """strict changes nothing for objects of one member, and adds not_strict problems alone where there are more."""
    loose, strict = outcome(source, schema), outcome(source, schema, strict=True)
    if not has_several(source):
        assert strict == loose
    elif not isinstance(loose, tuple):
        assert isinstance(strict, tuple)
        assert {problem.code for problem in strict} == {"not_strict"}
    elif {problem.code for problem in loose} != {"too_deep"}:
        assert isinstance(strict, tuple)
        assert [problem for problem in strict if problem.code != "not_strict"] == list(loose)


@pytest.mark.parametrize(
    ("source", "pointers"),
    [
        ({"string": "a", "integer": 1}, ["/integer"]),
        ({"string": "a", "integer": 1, "double": 2}, ["/integer"]),
        ({"AND": [{"string": "a"}], "OR": [{"string": "a"}]}, ["/OR"]),
        ({"integer": {"$gt": 1, "$lt": 5}}, ["/integer/$lt"]),
        ({"NOT": {"string": "a", "integer": 1}}, ["/NOT/integer"]),
        ({"OR": [{"integer": {"$gt": 1, "$lt": 5}}, {"string": "a", "double": 1}]},
         ["/OR/0/integer/$lt", "/OR/1/double"]),
    ],
)  # fmt: skip
def test_strict_points_at_the_second(source: Any, pointers: list[str]) -> None:
    """The problem points at the second member of each object, and its hint shows how to write AND."""
    found = problems(source, schemas.SCALARS, strict=True)
    assert [(one.code, one.pointer) for one in found] == [("not_strict", pointer) for pointer in pointers]
    assert all(one.hint and '"AND"' in one.hint for one in found)
    assert not isinstance(outcome(source, schemas.SCALARS), tuple)


@pytest.mark.parametrize("source", [{}, {"string": "a"}, {"integer": {"$in": [1, 2]}}, {"AND": [{"string": None}]}])
def test_strict_takes_the_formal_definition(source: Any) -> None:
    """Strict criteria are those of the formal definition of the reference API, and `{}`."""
    assert outcome(source, schemas.SCALARS, strict=True) == outcome(source, schemas.SCALARS)
