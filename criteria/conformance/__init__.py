"""The conformance kit: proves that an engine answers as docs/language.md says. docs/conformance.md shows how to use it.

An adapter stores records and runs searches on an engine. A subclass of `Suite` is a pytest class with every check.
`criteria.conformance.strategies` has the Hypothesis strategies, `criteria.conformance.reference` the meaning that
answers are compared with. Needs pytest and Hypothesis: `pip install "criteria-engine[conformance]"`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from criteria.conformance.adapter import MARKS, Adapter
    from criteria.conformance.suite import Suite

__all__ = ["MARKS", "Adapter", "Suite"]

_HOMES = {"Adapter": "adapter", "MARKS": "adapter", "Suite": "suite"}
"""Loaded at first use: the pytest plug-in is in this package, and every run of pytest loads it."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
