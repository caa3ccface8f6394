"""`StoredField`: where a table stores a field, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from criteria.backends.sql.codec import Codec
from criteria.backends.sql.nodes import Node


class StoredField(NamedTuple):
    """Where a field is stored: the name of its column as the table spells it, and how that column stores its values.

    - `may_be_null`: whether what a condition reads there may be NULL.
    - `make`: makes the column for a host that prints its columns itself; None: the name, quoted.
    """

    column: str
    codec: Codec
    may_be_null: bool
    make: Callable[[], Node] | None = None
