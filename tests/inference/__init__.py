"""Schemas that are inferred from data."""
