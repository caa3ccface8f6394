"""What a backend makes of a query's form, for the values of any query that has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Template:
    """What a backend made of a query, as a function of the query's values, in the order of `criteria.tree.parameters`.

    `is_reusable` says that it serves every query of the same form, and may be remembered.
    """

    fill: Callable[[Sequence[Any]], Any]
    is_reusable: bool = True
