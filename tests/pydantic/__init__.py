"""Criteria as a type of Pydantic."""
