"""Results of parsing: a query or problems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import criteria
from criteria import CriteriaError, Problem, Query, Schema
from criteria.errors import CODES

Outcome = Query | tuple[Problem, ...]


def outcome(source: Any, schema: Schema | None = None, **options: Any) -> Outcome:
    """The query of a source, or the problems for which it was refused."""
    query = refused(lambda: criteria.parse(source, schema, **options))
    assert isinstance(query, (Query, tuple))
    return query


def problems(source: Any, schema: Schema | None = None, **options: Any) -> tuple[Problem, ...]:
    """The problems of a source that is refused."""
    found = outcome(source, schema, **options)
    assert isinstance(found, tuple), found
    return found


def refused(call: Callable[[], Any]) -> Any:
    """The result of a call, or the problems of the CriteriaError that it raises, each with a message."""
    try:
        return call()
    except CriteriaError as error:
        assert error.problems
        assert str(error)
        for problem in error.problems:
            assert problem.code in CODES
            assert problem.message
            assert problem.pointer == "" or problem.pointer.startswith("/")
            assert (problem.line is None) is (problem.column is None)
            assert problem.line is None or problem.line >= 1
            assert problem.column is None or problem.column >= 1
        return error.problems


def places(found: Outcome) -> set[tuple[str, str]] | Query:
    """A query, or the code and pointer of each problem."""
    return {(one.code, one.pointer) for one in found} if isinstance(found, tuple) else found
