"""Parsing: a query from criteria JSON or YAML, or every problem in it."""
