"""Hypothesis strategies for schema-conforming records, and for criteria and searches over them.

Operands are drawn from the same small pools as stored values, and from their neighbours (prefixes, other spellings,
the next number), so that generated criteria tell generated records apart. The module needs Hypothesis and the public
names of `criteria`, nothing else of this project.
"""

from __future__ import annotations

from criteria.conformance.strategies.criteria_json import criteria_objects, order_by_texts
from criteria.conformance.strategies.records import records
from criteria.conformance.strategies.values import operands, stored_values

__all__ = ["criteria_objects", "operands", "order_by_texts", "records", "stored_values"]
