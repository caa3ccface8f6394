"""Whether a text matches a regular expression as a whole, on engines that have functions for it."""

from __future__ import annotations

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.mysql_text import constant
from criteria.backends.sql.nodes import Node

_END = "(?!.|[[:space:]])"
"""The end of a text. `$` also matches before a line break at the end, and backslashes depend on the session's SQL
mode."""


def duckdb_matches(text: Maker, pattern: str) -> Node:
    """Whether a text matches a regular expression as a whole."""
    return nodes.call("REGEXP_FULL_MATCH", text(), nodes.text(pattern))


def mysql_matches(text: Maker, pattern: str) -> Node:
    """Whether a text matches a regular expression as a whole. `(?-i)`, because its collation may ignore letter case."""
    whole = constant(f"(?-i)^{pattern}{_END}")
    return nodes.equal(nodes.call("REGEXP_INSTR", text(), whole), nodes.number(1))


def postgres_matches(text: Maker, pattern: str) -> Node:
    """Whether a text matches a regular expression as a whole."""
    return exp.RegexpLike(this=text(), expression=nodes.text(f"^{pattern}$"))
