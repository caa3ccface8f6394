"""JSON Schemas of queries."""
