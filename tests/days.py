"""JSON values that resemble dates."""

from __future__ import annotations

from typing import Any

NO_DAYS: list[Any] = [
    "", "zebra", "now", "today", "2024-02-30", "2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-01",
    "2024-01-00", "2024-01-32", "0000-01-01", "2024-1-1", "20240101", "2024-W01-1", "2024-01-01 ", " 2024-01-01",
    "2024-01-01\n", "2024-01-01T00:00:00.000Z", "10000-01-01", "-2024-01-01", "2024/01/01", "\u0662024-01-01",
    20240101, 2460310.5, True, {"d": "2024-01-01"}, ["2024-01-01"],
]  # fmt: skip
"""JSON values that are not a date in canonical form."""

TEXTS = [value for value in NO_DAYS if isinstance(value, str)]
"""Strings that are not a date in canonical form."""
