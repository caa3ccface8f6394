"""Schemas: what queries may name, the types of it, and schema files."""
