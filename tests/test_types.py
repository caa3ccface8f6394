"""What type checkers know of the public functions. mypy and Pyright refuse an ignore here that they do not need."""

# pyright: reportUnnecessaryTypeIgnoreComment=error

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from criteria.backends import load

if TYPE_CHECKING:
    from narwhals import Expr

    from criteria.backends.frame import FrameSearch
    from criteria.backends.mongo import MongoSearch, MongoStorage
    from criteria.backends.python import SearchInRecords
    from criteria.backends.python.predicate import Predicate
    from criteria.backends.sql import Sql
    from criteria.backends.sql.search import SqlSearch
    from criteria.backends.sql.storage import SqlStorage

FILMS = Schema("film", [Field("year", "integer")])
QUERY: Query = criteria.parse({"year": 1999}, FILMS)
SEARCH: Search = criteria.parse_search({"limit": 5}, FILMS)


def test_the_result_of_each_backend() -> None:
    """The type of a result depends on the backend, and on whether a query or a search is compiled."""
    where: Sql = criteria.compile(QUERY, "sql", dialect="postgres", paramstyle="numeric_dollar", total=True)
    statements: SqlSearch = criteria.compile(SEARCH, "sql", dialect="sqlite", table="films")
    matches: Predicate = criteria.compile(QUERY, "python", records="json", by="column")
    page_of: SearchInRecords = criteria.compile(SEARCH, "python")
    found: dict[str, Any] = criteria.compile(QUERY, "mongo", strict=True)
    search: MongoSearch = criteria.compile(SEARCH, "mongo")
    assert where.text == '("year" = $1 AND "year" IS NOT NULL)'
    assert statements.rows.text.startswith("SELECT")
    assert matches({"year": 1999})
    assert page_of([{"year": 1999}]).data == ({"year": 1999},)
    assert (list(found), search.limit) == (["$and"], 6)


def test_the_results_for_frames() -> None:
    """An expression of narwhals, or for a search a function from a frame to a page of it."""
    condition: Expr = criteria.compile(QUERY, "frame")
    page_of: FrameSearch = criteria.compile(SEARCH, "frame")
    assert condition is not None
    assert page_of.search is SEARCH


def test_the_storage_of_each_engine() -> None:
    """A storage on SQL is another class than one on MongoDB."""
    table: SqlStorage = criteria.storage(FILMS, "sqlite", table="films", if_not_exists=True)
    documents: MongoStorage = criteria.storage(FILMS, "mongo")
    assert table.create_table.startswith("CREATE TABLE")
    assert documents.schema is FILMS


def test_mistakes_that_a_type_checker_finds() -> None:
    """An attribute that a result does not have, an option that a backend does not have, a value of another type."""
    where = criteria.compile(QUERY, "sql", dialect="sqlite")
    with pytest.raises(AttributeError):
        where.txt  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(CriteriaError):
        criteria.compile(QUERY, "sql", dialekt="sqlite")  # type: ignore[call-overload]
    with pytest.raises(CriteriaError):
        criteria.compile(QUERY, "python", dialect="sqlite")  # type: ignore[call-overload]
    with pytest.raises(CriteriaError):
        criteria.compile(QUERY, "sql", dialect=5)  # type: ignore[call-overload]
    with pytest.raises(CriteriaError):
        criteria.compile(QUERY, "sqll", dialect="sqlite")  # type: ignore[call-overload]
    with pytest.raises(CriteriaError):
        criteria.storage(FILMS, "mongo", table="films")


def test_names_that_are_known_at_run_time() -> None:
    """Where only the run knows the backend, `load` gives it, and the result may be anything."""
    name = "".join(["s", "q", "l"])
    assert criteria.compile(QUERY, load(name), dialect="sqlite").text == "`year` = ?"
