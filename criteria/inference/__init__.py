"""Infers a first schema from data: only what the values prove, not what they merely suggest."""

from __future__ import annotations

from criteria.inference.infer import Inferred, infer_schema
from criteria.schema.writing import schema_file

__all__ = ["Inferred", "infer_schema", "schema_file"]
