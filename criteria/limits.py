"""Bounds on the size of criteria (docs/language.md#bounds)."""

from __future__ import annotations

from dataclasses import dataclass, fields

MAX_RECORDS = 2**31 - 1
"""The largest `limit` and `skip` of a search: every engine takes a 32-bit integer."""

MAX_SORT_KEYS = 32
"""The most sort keys of a search, with those of the schema's key: MongoDB takes no more."""

MAX_JSON_LEVELS = 512
"""Objects and lists inside each other in JSON text: every version of Python decodes as many, with room for the caller's
stack."""

MAX_YAML_CHARACTERS, MAX_YAML_NODES = 1 << 18, 10_000
"""Bounds on YAML, whose reader is slow: characters of the text, and its keys, values, lists and objects. A text that is
formatted has at most as many comments."""


MAX_FOLDED_OPERAND = 256
"""Code points in the operand of an operator that ignores letter case: the pattern that it becomes is at most 3,072
bytes long, which every engine takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on criteria, each a whole number (docs/language.md#bounds). `parse` refuses criteria that exceed one.

    - `text`: length of the criteria in UTF-8 bytes; of decoded criteria, the number of objects, lists, keys, scalars.
    - `nesting`: levels of objects and lists, as written.
    - `depth`: levels of AND and OR in normal form.
    - `leaves`: comparisons.
    - `values`: values of one `$in` or `$nin`.
    - `text_operand`: code points in the operand of `$startsWith`, `$endsWith` or `$contains`.
    - `listed_values`: the values that fields list, over all ordering and text comparisons of such fields.

    The defaults are below what the weakest engine takes: SQLite's parser stack (25 nested groups) and expression depth
    (1,000), DuckDB's expression depth (1,000), MongoDB's nesting (100), and the time that planners spend on wide ORs.

    Raises `ValueError` for a bound that is not a whole number from 0 on.
    """

    text: int = 1 << 20
    nesting: int = 64
    depth: int = 16
    leaves: int = 1000
    values: int = 1000
    text_operand: int = 8000
    listed_values: int = 65_536

    def __post_init__(self) -> None:
        """Refuses a wrong bound where it is made: criteria are compared with it only when a request comes."""
        for bound in fields(self):
            number: object = getattr(self, bound.name)
            if type(number) is not int or number < 0:
                raise ValueError(f"Limits: {bound.name} is a whole number of 0 or more, not {number!r}.")


DEFAULT_LIMITS = Limits()


def check_limits(limits: object) -> None:
    """Raises `TypeError` for limits that are no `Limits`."""
    if not isinstance(limits, Limits):
        raise TypeError(f"limits: expected Limits, found {limits!r:.100}.")
