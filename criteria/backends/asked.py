"""What of a query a client has asked for: a refusal of anything else is the server's fault, not the client's."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import is_
from typing import TYPE_CHECKING, Any

from criteria.errors import CriteriaError, Problem, assert_never
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    all_leaves,
    all_reference_tests,
    element_tests,
)
from criteria.tree.query import Query

if TYPE_CHECKING:
    from criteria.search.search import Search


def asked_names(subject: Query | Search) -> set[str]:
    """The names of the fields that a client asks for: those of a condition that the server has added are not there."""
    names = set[str]().union(*(_all_names(query.expression) for query in subject.asked))
    for key in subject.order_by if hasattr(subject, "order_by") else ():
        names.update(_ends(key.field.name))
    return names


Answer = Callable[[Any], object]
"""Compiles a query or a search of the class that it is called with. It raises what it refuses."""


@contextmanager
def asking(
    subject: Query | Search | object, answer: Answer | None = None, *, adds_conditions: bool = False
) -> Iterator[None]:
    """A block that compiles or runs a query or a search. Its `CriteriaError` says what of it the client has asked for:
    that the engine cannot answer a condition of the server's own is not the client's fault.

    `answer` compiles what the client asks without conditions of the server's own. What it does not refuse is not the
    client's fault either, such as a bound that only both together exceed. It is called only if there are such
    conditions: beside the client's in the query, or because the block `adds_conditions`, such as those of a statement.
    """
    try:
        yield
    except CriteriaError as error:
        raise of_what_was_asked(error, subject, answer, adds_conditions=adds_conditions) from None


def of_what_was_asked(
    error: CriteriaError,
    subject: object,
    answer: Answer | None = None,
    *,
    adds_conditions: bool = False,
    knows_more: bool = True,
) -> CriteriaError:
    """The error of a block that `asking` describes, for code that is called too often for a block.

    Unless the block `knows_more`, as plug-ins may not, its problems are about what was asked, if that is the whole
    query.
    """
    asked = getattr(subject, "asked", None)
    if asked is None:
        return error
    is_whole = asked == (getattr(subject, "query", subject),)
    if not knows_more and is_whole:
        return CriteriaError(*(_of_plug_in(one) for one in error.problems))
    if not error.is_asked:
        return error
    found = blamed(error, asked_names(subject))  # type: ignore[arg-type]
    if answer is None or not found.is_asked or (is_whole and not adds_conditions):
        return found
    if _refuses(answer, subject):
        return found
    return CriteriaError(*(replace(one, asked_fields=None) for one in found.problems))


def _refuses(answer: Answer, subject: object) -> bool:
    """Whether what a client asks is refused without the conditions of the server, too."""
    try:
        answer(_alone(subject))
    except CriteriaError as error:
        return error.is_asked
    return False


def _alone(subject: Any) -> Query | Search:
    """What a client asks of a query or a search, with the schema of the whole."""
    query: Query = getattr(subject, "query", subject)
    expressions = [one.expression for one in subject.asked]
    found = Query(expressions[0] if len(expressions) == 1 else And(tuple(expressions)), query.schema)
    return found if subject is query else replace(subject, query=found)


def _of_plug_in(problem: Problem) -> Problem:
    is_asked = problem.code == "unsupported" and problem.asked_fields is None
    return replace(problem, asked_fields=()) if is_asked else problem


def blamed(error: CriteriaError, names: Container[str]) -> CriteriaError:
    """The error whose problems count as asked for only if they are about these names of fields."""
    problems = [
        one if one.asked_fields is None or all(name in names for name in one.asked_fields)
        else replace(one, asked_fields=None)
        for one in error.problems
    ]  # fmt: skip
    return error if all(map(is_, problems, error.problems)) else CriteriaError(*problems)


def names_of(expression: Expression) -> tuple[str, ...]:
    """The name of the field, the list or the reference that a comparison or a test is about; of others, all names."""
    match expression:
        case Comparison(field):
            return (field.name,)
        case AnyElement(objects):
            return (objects.name,)
        case AnyReferred(reference):
            return (reference.name,)
        case And() | Or() | Not():
            return tuple(sorted(_all_names(expression)))
        case _:
            assert_never(expression)


def _all_names(expression: Expression) -> set[str]:
    """The names of all fields, lists and references in an expression, and their ends: ORMs call the field of a related
    row by its own name."""
    nodes: list[Expression] = [
        *all_leaves(expression),
        *all_reference_tests(expression),
        *_all_element_tests(expression),
    ]
    return {end for node in nodes for name in names_of(node) for end in _ends(name)}


def _ends(name: str) -> Iterator[str]:
    """A name with dots, and each end of it that begins after a dot."""
    path = name.split(".")
    return (".".join(path[start:]) for start in range(len(path)))


def _all_element_tests(expression: Expression) -> list[AnyElement]:
    found: list[AnyElement] = []
    pending: list[Expression] = [expression]
    while pending:
        tests = element_tests(pending.pop())
        found += tests
        pending += [test.term for test in tests if test.term is not None]
    for reference in all_reference_tests(expression):
        found += element_tests(reference.term)
    return found
