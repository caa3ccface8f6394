"""The version of DuckDB that is installed: version 2 does some things that older ones cannot."""

from __future__ import annotations

from importlib.metadata import version


def is_duckdb_before_2() -> bool:
    """Whether it is older than version 2."""
    return int(version("duckdb").split(".")[0]) < 2
