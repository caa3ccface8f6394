"""Schemas from annotated classes: Pydantic models, dataclasses, TypedDicts, msgspec structs and attrs classes.

`Schema.from_annotations` is their entry point (docs/fastapi.md#schemas-from-annotations).
"""

from __future__ import annotations

from criteria.annotations.reading import annotated_schema

__all__ = ["annotated_schema"]
