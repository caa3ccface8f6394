"""JSON Schema (2020-12) of queries, for editors and other tools that complete and check query files."""

from __future__ import annotations

from criteria.json_schema.query import query_json_schema

__all__ = ["query_json_schema"]
