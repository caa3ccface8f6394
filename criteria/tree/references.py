"""The options that say where the objects of other entities are: `tables`, `collections` and `lookups`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import quoted
from criteria.tree.nodes import Expression, all_reference_tests


def check_given(option: str, given: Mapping[str, Any], expression: Expression) -> bool:
    """Whether an expression follows references. Raises `CriteriaError` (`unknown_option`) for each entity that an
    option does not name."""
    entities = dict.fromkeys(test.reference.entity for test in all_reference_tests(expression))
    missing = [name for name in entities if name not in given]
    if missing:
        raise CriteriaError(
            *listed(
                Problem(
                    "unknown_option",
                    f"The query follows references to {quoted(name)}, which the option {quoted(option)} does not name.",
                    hint=f"Pass {option}={{{quoted(name)}: ...}}.",
                )
                for name in missing
            )
        )
    return bool(entities)
