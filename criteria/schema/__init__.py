"""Schemas: the fields that queries may use, their types, and schema files."""
