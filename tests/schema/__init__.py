"""Schemas: their file format, their refusals, and encoding and decoding of records."""
