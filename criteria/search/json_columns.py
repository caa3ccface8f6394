"""How records hold the content of JSON columns, which is a question of the driver and of how it is set up."""

from __future__ import annotations

from typing import Literal, get_args

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted

JsonColumns = Literal["text", "decoded"]
"""As text, as SQLite returns it, or decoded, as psycopg returns it."""


def check_json_columns(given: object) -> None:
    """Raises `CriteriaError` (`unknown_option`)."""
    if given is not None and given not in get_args(JsonColumns):
        hint = 'Use "text" or "decoded".'
        raise CriteriaError(Problem("unknown_option", f"Unknown kind of JSON columns: {quoted(given)}.", hint=hint))
