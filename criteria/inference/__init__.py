"""From data to a first schema of them: what the values say, and nothing that they only suggest."""

from __future__ import annotations

from criteria.inference.infer import Inferred, infer_schema
from criteria.schema.writing import schema_file

__all__ = ["Inferred", "infer_schema", "schema_file"]
