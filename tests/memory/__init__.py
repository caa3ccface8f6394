"""The Python predicate on records that nobody promised anything about."""
