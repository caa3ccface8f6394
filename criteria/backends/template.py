"""Templates: what a backend compiles once per form of queries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled form, to be filled with the values of any query of that form.

    - `fill`: takes the values in the order of `criteria.tree.parameters.parameterize`; returns the compiled query.
    - `is_reusable`: whether the template is correct for every query of the form, so that it may be cached.
    - `size`: the approximate size in bytes; None: as much as the code of a predicate of the form.
    """

    fill: Callable[[Sequence[Any]], Any]
    is_reusable: bool = True
    size: int | None = None
