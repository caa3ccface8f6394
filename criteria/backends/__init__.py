"""Backends: what compiles a query for an engine, built in or plugged in.

A backend is a frozen record of functions (`Backend`). A distribution offers one by an entry point in the group
`criteria.backends` that names a `Backend`; built-in names win.
"""

from criteria.backends.backend import Backend
from criteria.backends.registry import ENTRY_POINTS, available, load

__all__ = ["ENTRY_POINTS", "Backend", "available", "load"]
