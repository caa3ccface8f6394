"""Schemas: their file format, their refusals, and records that go through them."""
