"""How large a query may be, before anything looks at what it means."""

from __future__ import annotations

from dataclasses import dataclass

MAX_RECORDS = 2**31 - 1
"""The largest number of records that a search can ask for or pass over, on every engine."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold by default; each can be set. All but `text` count things, `text` counts UTF-8 bytes.

    They stand below what the weakest engine takes: SQLite's parser stack (25 nested groups) and expression depth
    (1,000), DuckDB's expression depth (1,000), MongoDB's nesting (100), and the time that planners spend on wide ORs.

    - `text`: length of the criteria.
    - `nesting`: objects and lists inside each other, as written.
    - `depth`: AND and OR inside each other, in normal form.
    - `leaves`: comparisons.
    - `values`: values of one `$in` or `$nin`.
    - `text_operand`: code points in the operand of `$startsWith`, `$endsWith` and `$contains`.
    """

    text: int = 1 << 20
    nesting: int = 64
    depth: int = 16
    leaves: int = 1000
    values: int = 1000
    text_operand: int = 8000


DEFAULT_LIMITS = Limits()
