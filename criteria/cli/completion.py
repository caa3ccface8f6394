"""Completions for options that take a name. The shell completes file names."""

from __future__ import annotations


def backends(incomplete: str) -> list[str]:
    """Names of backends with this prefix, plug-ins included."""
    from criteria.backends.registry import available

    return [name for name in available() if name.startswith(incomplete)]


def dialects(incomplete: str) -> list[str]:
    """SQL dialects with this prefix."""
    from criteria.backends.sql.dialects import DIALECTS

    return [name for name in DIALECTS if name.startswith(incomplete)]


def paramstyles(incomplete: str) -> list[str]:
    """Styles of placeholders with this prefix."""
    from typing import get_args

    from criteria.backends.sql.render import Paramstyle

    return [name for name in get_args(Paramstyle) if name.startswith(incomplete)]
