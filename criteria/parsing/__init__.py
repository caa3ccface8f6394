"""Parsing: from criteria JSON or YAML to a query, or to every problem in it."""
