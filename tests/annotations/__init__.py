"""Schemas from annotated classes."""
