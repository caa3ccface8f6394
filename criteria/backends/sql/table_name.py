"""The name of a table as a node."""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.tables.name import table_parts


def table_name(table: str) -> exp.Table:
    """The node of a table, by its possibly qualified name."""
    parts = map(nodes.name, reversed(table_parts(table)))
    return exp.Table(**dict(zip(("this", "db", "catalog"), parts, strict=False)))
