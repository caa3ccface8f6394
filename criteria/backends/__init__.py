"""Backends compile queries and searches for an engine.

A backend is a frozen record of functions (`Backend`). Built-in backends are "python", "sql", "mongo" and "frame". An
installed distribution adds one with an entry point in the group `criteria.backends` that names a `Backend`. A built-in
backend wins over one of the same name.
"""

from criteria.backends.backend import Backend
from criteria.backends.registry import ENTRY_POINTS, available, load

__all__ = ["ENTRY_POINTS", "Backend", "available", "load"]
