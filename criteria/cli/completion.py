"""What the Tab key offers where an option takes a name. File names are the shell's own."""

from __future__ import annotations


def backends(incomplete: str) -> list[str]:
    """Backends, plugged-in ones among them, that begin so."""
    from criteria.backends.registry import available

    return [name for name in available() if name.startswith(incomplete)]


def dialects(incomplete: str) -> list[str]:
    """SQL dialects that begin so."""
    from criteria.backends.sql.dialects import DIALECTS

    return [name for name in DIALECTS if name.startswith(incomplete)]


def paramstyles(incomplete: str) -> list[str]:
    """Styles of placeholders that begin so."""
    from typing import get_args

    from criteria.backends.sql.render import Paramstyle

    return [name for name in get_args(Paramstyle) if name.startswith(incomplete)]
