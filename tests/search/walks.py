"""Walks through all pages of a search by cursors, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from criteria import Page, Query, Search
from criteria.search.cursor import decode_cursor


def walk(search: Search, typed: Mapping[int, dict[str, Any]], run: Callable[[Search], Page]) -> list[str]:
    """What is wrong with the pages of a search, forwards to the end and back to the start.

    `typed` has the typed records by id, and `run` gives the page of a search with ids as its data.
    """
    whole = list(run(replace(search, limit=None)).data)
    pages = [[*page] for page in pages_of(search, typed, run, "after")]
    wrong = []
    if [one for page in pages for one in page] != whole:
        wrong.append(f"forwards {pages}, the whole order is {whole}")
    if not whole:
        return wrong
    back = [*pages_of(replace(search, before=position(search, typed[whole[-1]])), typed, run, "before")]
    if [one for page in reversed(back) for one in page] != whole[:-1]:
        wrong.append(f"backwards {back}, the whole order is {whole}")
    return wrong


def pages_of(search: Search, typed: Mapping[int, dict[str, Any]], run: Callable[[Search], Page], way: str) -> list[Any]:
    """The pages of a walk in one direction."""
    found: list[Any] = []
    while len(found) <= len(typed):
        page = run(search)
        found.append(list(page.data))
        if not page.has_more_records:
            return found
        edge = typed[page.data[-1] if way == "after" else page.data[0]]
        search = replace(search, **{way: position(search, edge)})  # type: ignore[arg-type]
    raise AssertionError(f"The walk does not end: {found}")


def position(search: Search, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """The position of a typed record, from the cursor that a client would send back."""
    query: Query = search.cursor_query or search.query
    return decode_cursor(search.cursor(record), query, search.sort_keys, search.cursor_key)
