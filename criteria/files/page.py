"""The part of the selected records that is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from criteria.search.order_by import SortKey


@dataclass(frozen=True, slots=True)
class Page:
    """Which of the selected records are wanted, and in which order."""

    order: tuple[SortKey, ...] = ()
    limit: int | None = None
    skip: int = 0
