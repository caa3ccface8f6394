"""Statements for enumerated columns are cached: each is the one that would be compiled for its query alone."""

from __future__ import annotations

from itertools import product
from typing import Any
from unittest.mock import patch

import pytest

import criteria
from criteria import Column, Field, Schema, Table
from criteria.backends import compiling
from criteria.cache import Cache

LABELS = ("b", "B", "a", "", "ab")
SCHEMA = Schema(
    "one",
    [Field("id", "integer", is_unique=True, nullable=False), Field("mood", "string"), Field("total", "integer")],
    system_properties=False,
)
TABLE = Table(
    "one",
    SCHEMA,
    [Column("id", "bigint", nullable=False), Column("mood", "mood", labels=LABELS), Column("total", "integer")],
    dialect="postgres",
    keys=[["id"]],
)
VALUES = (*LABELS, "A", "aa", "c", "~")
COMPARISONS: list[Any] = [
    *VALUES,
    *({name: value} for name in ("$ne", "$gt", "$gte", "$lt", "$lte", "$startsWith", "$endsWith", "$contains")
      for value in VALUES),
    *({name: [first, second]} for name in ("$in", "$nin") for first, second in product(VALUES, repeat=2)),
]  # fmt: skip


def statement(query: Any, **options: Any) -> Any:
    found = criteria.compile(criteria.parse(query, SCHEMA), "sql", table=TABLE, **options)
    return found.text, found.params


@pytest.mark.parametrize(
    "options", [{}, pytest.param({"total": True}, marks=pytest.mark.heavy("the same, total"))], ids=["plain", "total"]
)
def test_each_statement_is_that_of_its_query(options: Any) -> None:
    """With the cache, in an order that makes one query find what another left there, and without."""
    queries = [{"mood": one, "total": at} for at, one in enumerate(COMPARISONS)]
    queries += [{"OR": [{"mood": one}, {"total": at}, {"mood": "a"}]} for at, one in enumerate(COMPARISONS)]
    cached = [statement(query, **options) for query in queries]
    again = [statement(query, **options) for query in queries]
    alone = []
    for query in queries:
        with patch.object(compiling, "_TEMPLATES", Cache(0, max_bytes=0)):
            alone.append(statement(query, **options))
    assert cached == alone
    assert again == alone


def test_each_page_is_that_of_its_search() -> None:
    """Cursors compare with labels as well."""
    pages = []
    for value, order in product(VALUES, ("mood", "mood desc", "mood desc, total")):
        searched = criteria.parse_search({"orderBy": order, "limit": 2}, SCHEMA)
        cursor = searched.page([(1, value, 5), (2, value, 5), (3, value, 5)]).next_cursor
        pages.append(criteria.parse_search({"orderBy": order, "limit": 2, "after": cursor}, SCHEMA))
    cached = [criteria.compile(page, "sql", table=TABLE) for page in pages]
    for page, found in zip(pages, cached, strict=True):
        with patch.object(compiling, "_TEMPLATES", Cache(0, max_bytes=0)):
            alone = criteria.compile(page, "sql", table=TABLE)
        assert [(one.text, one.params) for one in found.pages] == [(one.text, one.params) for one in alone.pages]


def test_one_statement_serves_every_query_that_the_same_labels_fulfil() -> None:
    """However many values the other comparisons have, and however many texts are no labels."""
    templates: Cache[Any, Any] = Cache(64, max_bytes=1 << 20)
    with patch.object(compiling, "_TEMPLATES", templates):
        for at in range(10):
            statement({"mood": "b", "total": at})
        assert len(templates) == 2  # one for the form, which says what else matters, and one for the label
        for at in range(100):
            statement({"mood": f"zz{at}", "total": at})
        assert len(templates) == 3
