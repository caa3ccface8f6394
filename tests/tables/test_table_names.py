"""Names of tables that no engine takes are refused before it sees them."""

from __future__ import annotations

import pytest

import criteria
from criteria import CriteriaError

NAMES = ["", ".", "a.", "a.b.c.d", "a\0b", "a\n", "\ud800", "a.\udfff"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_what_is_not_a_name_of_a_table(name: str) -> None:
    """A lone surrogate would be an error of the driver, and a control character one of the engine."""
    with pytest.raises(CriteriaError) as refused:
        criteria.compile(criteria.parse({"a": 1}), "sql", dialect="sqlite", table=name)
    assert [problem.code for problem in refused.value.problems] == ["unknown_option"]
    str(refused.value).encode()
