"""Searches in FastAPI."""
