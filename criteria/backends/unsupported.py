"""Refusals of what an engine cannot answer, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from criteria.backends.asked import names_of
from criteria.backends.pointers import pointer_in_normal_form, pointers_of
from criteria.errors import CriteriaError, Problem, assert_never, listed, to_pointer
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    all_reference_tests,
    leaves,
)
from criteria.tree.query import Query
from criteria.tree.scopes import HINT_OF_TESTS

HINT = "Filter the records in Python, or query PostgreSQL, SQLite, MariaDB, MySQL, DuckDB or MongoDB."
"""What to do when lists of objects or references are refused."""

HINT_INSIDE_LISTS = "Filter the records in Python, or query PostgreSQL, SQLite, MariaDB or MySQL."
"""What to do when references inside lists of objects are refused."""

STORED_HINT = "Filter the records in Python, or store them as criteria.storage does: its tables have lists of objects."
"""What to do when lists of objects are refused in tables that another program created, and in models of ORMs."""


def hint_for(tests: Iterable[AnyElement]) -> str:
    """What to do when these tests of lists of objects are refused: fewer engines follow references inside them."""
    has_references = any(test.term is not None and all_reference_tests(test.term) for test in tests)
    return HINT_INSIDE_LISTS if has_references else HINT


class Unsupported(CriteriaError):
    """A refusal of expressions in normal form. `expressions` has one for each problem. `whole` is what they are parts
    of, once it is known."""

    whole: Expression | None = None

    def __init__(self, problems: Sequence[Problem], expressions: Sequence[Expression]) -> None:
        pairs = zip(problems, expressions, strict=True)
        super().__init__(*listed(_about(problem, expression) for problem, expression in pairs))
        self.expressions = expressions


def _about(problem: Problem, expression: Expression) -> Problem:
    return problem if problem.asked_fields is not None else replace(problem, asked_fields=names_of(expression))


def with_pointers(refused: Unsupported, asked: Iterable[Query]) -> CriteriaError:
    """The refusal with pointers to the expressions in what a client has asked: for one that limits the objects of a
    reference, to the test that leads there."""
    pointers = pointers_of(*asked)
    around = {} if refused.whole is None else _tests_around(refused.whole)

    def pointer_of(expression: Expression) -> str:
        one: Expression | None = expression
        while one is not None:
            pointer = pointer_in_normal_form(pointers, one)
            if pointer:
                return pointer
            one = around.get(id(one))
        return ""

    found = [
        replace(problem, pointer=pointer_of(expression))
        for problem, expression in zip(refused.problems, refused.expressions, strict=False)
    ]
    return CriteriaError(*found, *refused.problems[len(found) :])


def _tests_around(whole: Expression) -> dict[int, AnyElement | AnyReferred]:
    """The test around each expression inside tests, by the identity of the expression."""
    found: dict[int, AnyElement | AnyReferred] = {}
    pending: list[tuple[Expression, AnyElement | AnyReferred | None]] = [(whole, None)]
    while pending:
        node, outer = pending.pop()
        if outer is not None:
            found.setdefault(id(node), outer)
        match node:
            case And(terms) | Or(terms):
                pending += [(term, outer) for term in terms]
            case Not(term):
                pending.append((term, outer))
            case AnyElement(_, inside):
                pending += [] if inside is None else [(inside, node)]
            case AnyReferred(_, term):
                pending.append((term, node))
            case Comparison():
                pass
            case _:
                assert_never(node)
    return found


def refuse_many(tests: Sequence[AnyReferred], most: int, engine: str) -> None:
    """Raises `Unsupported` for more tests of references than an engine takes in a query."""
    if len(tests) > most:
        message = f"{engine} takes at most {most} conditions on the objects of references in a query."
        raise Unsupported([Problem("unsupported", message, hint=HINT_OF_TESTS, asked_fields=())], [tests[most]])


def refuse_nested(expression: Expression, most: int, engine: str, *, in_or: bool = False) -> None:
    """Raises `Unsupported` for tests of references inside more others than an engine takes.

    `in_or`: only those under an OR count.
    """
    pending: list[tuple[Expression, bool, int]] = [(expression, not in_or, 0)]
    while pending:
        node, counts, depth = pending.pop()
        match node:
            case And(terms) | Or(terms):
                pending += [(term, counts or isinstance(node, Or), depth) for term in terms]
            case Not(term):
                pending.append((term, counts, depth))
            case AnyElement(_, term):
                pending += [] if term is None else [(term, not in_or, depth)]
            case AnyReferred(reference, term):
                if depth + counts > most:
                    name = quoted(reference.name)
                    message = f"{engine} does not take references this deep inside each other (field {name})."
                    hint = "Follow fewer references one after the other, also in what limits their objects."
                    raise Unsupported([Problem("unsupported", message, hint=hint)], [node])
                pending.append((term, not in_or, depth + counts))
            case Comparison():
                pass
            case _:
                assert_never(node)


def refuse_comparisons(engine: str, normal: Expression, reason: Callable[[Comparison], tuple[str, str] | None]) -> None:
    """Raises `Unsupported` for each comparison that an engine cannot answer correctly. `reason` returns why, and what
    to do instead."""
    found = [(leaf, why) for leaf in leaves(normal) if (why := reason(leaf)) is not None]
    if found:
        problems = [
            Problem(
                "unsupported",
                f"{leaf.operator.value} on field {quoted(leaf.field.name)} is not supported on {engine}. {why}",
                hint=hint,
            )
            for leaf, (why, hint) in found
        ]
        raise Unsupported(problems, [leaf for leaf, _ in found])


def refuse_names(engine: str, schema: Schema, reason: Callable[[Field], str | None]) -> None:
    """Raises `CriteriaError` (`unsupported`) for each field whose column cannot have its name on an engine, with the
    reason."""
    found = ((field, why) for field in schema.fields if (why := reason(field)) is not None)
    problems = listed(
        Problem(
            "unsupported",
            f"Field {quoted(field.name)} is not supported on {engine}. {why}",
            to_pointer([field.name]),
            hint="Give the field another column.",
        )
        for field, why in found
    )
    if problems:
        raise CriteriaError(*problems)
