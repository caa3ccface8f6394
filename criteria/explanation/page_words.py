"""Says in words and in JSON which records a cursor leads to (docs/paging.md)."""

from __future__ import annotations

from typing import Any

from criteria.explanation.query_words import field_words, value_words
from criteria.search.order_by import SortKey
from criteria.search.search import Search
from criteria.values.canonical import json_value


def page_words(search: Search) -> list[str]:
    """The lines about the page after a cursor, or before it."""
    assert search.position is not None
    pairs = zip(search.sort_keys, search.position, strict=True)
    values = [f"{field_words(key.field)} {'empty' if value is None else value_words(value)}" for key, value in pairs]
    where = "after" if search.before is None else "before"
    return [
        f"the records {where} the one with {_listed(values)}",
        f"in the order of {_listed([_key_words(key) for key in search.sort_keys])}",
    ]


def page_json(search: Search) -> dict[str, Any]:
    """The page after a cursor, or before it, as decoded JSON: the values of the sort keys, and the order."""
    assert search.position is not None
    values = {
        key.field.name: None if value is None else json_value(key.field, value)
        for key, value in zip(search.sort_keys, search.position, strict=True)
    }
    order = ", ".join(f"{key.field.name} desc" if key.descending else key.field.name for key in search.sort_keys)
    return {"after" if search.before is None else "before": values, "orderBy": order}


def _key_words(key: SortKey) -> str:
    words = f"{field_words(key.field)}, {'descending' if key.descending else 'ascending'}"
    if key.field.nullable or key.field.is_nested:
        words += f" with empty {'last' if key.descending else 'first'}"
    return words


def _listed(parts: list[str]) -> str:
    return "; ".join(parts)
