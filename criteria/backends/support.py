"""Checks that a backend names the operators and field types of a query. Others are refused before it is called."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from operator import is_
from typing import TYPE_CHECKING

from criteria.backends.backend import Backend
from criteria.errors import CriteriaError, Problem, assert_never, listed, to_pointer
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.tree.nodes import (
    ELEM_MATCH,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    Query,
    all_leaves,
    all_reference_tests,
    element_tests,
    leaves,
)
from criteria.tree.written import OtherCriteria, written_nodes

if TYPE_CHECKING:
    from criteria.search.order_by import SortKey
    from criteria.search.search import Search


def check_support(
    backend: Backend, query: Query, sort_keys: Sequence[SortKey] = (), search: Search | None = None
) -> None:
    """Raises `CriteriaError` (`unsupported`) for each operator and field type that the backend does not name, and for
    lists of objects and references if it does not have them. The pointers are those of the operators in what a client
    has asked in the query, or in the `search` that has it."""
    operators, types = backend.operators, backend.types
    tests = element_tests(query.expression)
    references = all_reference_tests(query.expression)
    comparisons = all_leaves(query.expression)
    for leaf in comparisons:
        if leaf.operator not in operators or leaf.field.field_type not in types:
            break
    else:
        are_ordered = all(key.field.field_type in types for key in sort_keys)
        if are_ordered and (backend.object_lists or not tests) and (backend.references or not references):
            return
    pointers = _pointers(*(query if search is None else search).asked)
    what = f"Backend {quoted(backend.name)}"
    hint = hint_for(tests)
    problems = [] if backend.object_lists else _elements(what, tests, pointers, hint)
    problems += [] if backend.references else _references(what, references, pointers, hint)
    problems += _operators(backend, comparisons, pointers)
    problems += _types(backend, [leaf.field for leaf in comparisons] + [key.field for key in sort_keys], pointers)
    raise CriteriaError(*listed(problems))


def _pointers(*queries: Query) -> list[tuple[Expression, str]]:
    """The expressions of queries with their pointers: into what each was parsed from, or else into its JSON."""
    return [one for query in queries for one in _pointers_in(query)]


def _pointers_in(query: Query) -> list[tuple[Expression, str]]:
    for written in (query.source, query.to_json()):
        try:
            return [(node.expression, node.pointer) for node in written_nodes(query.expression, written).walk()]
        except (OtherCriteria, CriteriaError):  # not parsed, or the caller has changed what was
            continue
    return []


def _pointer(pointers: Sequence[tuple[Expression, str]], is_meant: Callable[[Expression], bool]) -> str:
    """The pointer of the first expression that is meant; empty if there is none."""
    return next((pointer for expression, pointer in pointers if is_meant(expression)), "")


def refuse_tests(query: Query, what: str, hint: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for each list of objects and each reference in a query, for what compiles
    queries without a backend of its own. `hint` says how else to ask for related rows."""
    elements, references = element_tests(query.expression), all_reference_tests(query.expression)
    if elements or references:
        pointers = _pointers(*query.asked)
        problems = [
            *_elements(what, elements, pointers, hint_for(elements)),
            *_references(what, references, pointers, hint),
        ]
        raise CriteriaError(*listed(problems))


def refuse_references(query: Query, what: str, hint: str) -> None:
    """Raises `CriteriaError` (`unsupported`) for each reference that a query follows."""
    references = all_reference_tests(query.expression)
    if references:
        raise CriteriaError(*listed(_references(what, references, _pointers(*query.asked), hint)))


def _elements(
    what: str, tests: Iterable[AnyElement], pointers: Sequence[tuple[Expression, str]], hint: str
) -> list[Problem]:
    """A problem for each list of objects."""
    message = f"{what} does not support {ELEM_MATCH} and paths through lists of objects"
    firsts = {test.objects.name: test for test in reversed(list(tests))}
    return [
        Problem(
            "unsupported",
            f"{message} (list {quoted(name)}).",
            _pointer(pointers, partial(_is_alike, test)),
            hint=hint,
            asked_fields=(name,),
        )
        for name, test in reversed(firsts.items())
    ]


def _references(
    what: str, tests: Iterable[AnyReferred], pointers: Sequence[tuple[Expression, str]], hint: str
) -> list[Problem]:
    """A problem for each reference."""
    firsts = {test.reference.name: test for test in reversed(list(tests))}
    return [
        Problem(
            "unsupported",
            f"{what} does not follow references (field {quoted(name)}).",
            _pointer(pointers, partial(_is_alike, test)),
            hint=hint,
            asked_fields=(name,),
        )
        for name, test in reversed(firsts.items())
    ]


HINT = "Filter the records in Python, or query PostgreSQL, SQLite, MariaDB, MySQL, DuckDB or MongoDB."
"""What to do when lists of objects or references are refused."""

HINT_OF_REFERENCES = "Ask for fewer, with $in or with several conditions in one $elemMatch."
"""What to do when more references are followed than an engine takes."""

HINT_INSIDE_LISTS = "Filter the records in Python, or query PostgreSQL, SQLite, MariaDB or MySQL."
"""What to do when references inside lists of objects are refused."""


def refuse_many(tests: Sequence[AnyReferred], most: int, engine: str) -> None:
    """Raises `Unsupported` for more tests of references than an engine takes in a query."""
    if len(tests) > most:
        message = f"{engine} takes at most {most} conditions on the objects of references in a query."
        raise Unsupported([Problem("unsupported", message, hint=HINT_OF_REFERENCES, asked_fields=())], [tests[most]])


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


def hint_for(tests: Iterable[AnyElement]) -> str:
    """What to do when these tests of lists of objects are refused: fewer engines follow references inside them."""
    has_references = any(test.term is not None and all_reference_tests(test.term) for test in tests)
    return HINT_INSIDE_LISTS if has_references else HINT


STORED_HINT = "Filter the records in Python, or store them as criteria.storage does: its tables have lists of objects."
"""What to do when lists of objects are refused in tables that another program created, and in models of ORMs."""


class Unsupported(CriteriaError):
    """A refusal of expressions in normal form. `expressions` has one for each problem."""

    def __init__(self, problems: Sequence[Problem], expressions: Sequence[Expression]) -> None:
        pairs = zip(problems, expressions, strict=True)
        super().__init__(
            *listed(
                one if one.asked_fields is not None else replace(one, asked_fields=_names(node)) for one, node in pairs
            )
        )
        self.expressions = expressions


def with_pointers(refused: Unsupported, asked: Iterable[Query]) -> CriteriaError:
    """The refusal with pointers to the expressions in what a client has asked."""
    pointers = _pointers(*asked)
    found = [
        replace(problem, pointer=_pointer_in_normal_form(pointers, expression))
        for problem, expression in zip(refused.problems, refused.expressions, strict=False)
    ]
    return CriteriaError(*found, *refused.problems[len(found) :])


def _names(expression: Expression) -> tuple[str, ...]:
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
    return {end for node in nodes for name in _names(node) for end in _ends(name)}


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


def asked_names(subject: Query | Search) -> set[str]:
    """The names of the fields that a client asks for: those of a condition that the server has added are not there."""
    names = set[str]().union(*(_all_names(query.expression) for query in subject.asked))
    for key in subject.order_by if hasattr(subject, "order_by") else ():
        names.update(_ends(key.field.name))
    return names


def blamed(error: CriteriaError, names: Container[str]) -> CriteriaError:
    """The error whose problems count as asked for only if they are about these names of fields."""
    problems = [
        one if one.asked_fields is None or all(name in names for name in one.asked_fields)
        else replace(one, asked_fields=None)
        for one in error.problems
    ]  # fmt: skip
    return error if all(map(is_, problems, error.problems)) else CriteriaError(*problems)


@contextmanager
def asking(subject: Query | Search | object, *, knows_more: bool = True) -> Iterator[None]:
    """A block that compiles or runs a query or a search. Its `CriteriaError` says what of it the client has asked for:
    that the engine cannot answer a condition of the server's own is not the client's fault.

    Unless the block `knows_more`, as plug-ins may not, its problems are about what was asked, if that is the whole
    query.
    """
    try:
        yield
    except CriteriaError as error:
        raise of_what_was_asked(error, subject, knows_more=knows_more) from None


def of_what_was_asked(error: CriteriaError, subject: object, *, knows_more: bool = True) -> CriteriaError:
    """The error of a block that `asking` describes, for code that is called too often for a block."""
    asked = getattr(subject, "asked", None)
    if asked is None:
        return error
    if not knows_more and asked == (getattr(subject, "query", subject),):
        return CriteriaError(*(_of_plug_in(one) for one in error.problems))
    return blamed(error, asked_names(subject)) if error.is_asked else error  # type: ignore[arg-type]


def _of_plug_in(problem: Problem) -> Problem:
    is_asked = problem.code == "unsupported" and problem.asked_fields is None
    return replace(problem, asked_fields=()) if is_asked else problem


def _pointer_in_normal_form(pointers: Sequence[tuple[Expression, str]], expression: Expression) -> str:
    """The pointer of an expression in normal form, where `$in` of one value is an equality, and the other way round."""
    found = _pointer(pointers, partial(_is_alike, expression))
    if not found and isinstance(expression, Comparison):
        found = _pointer(pointers, partial(_is_of, expression.field))
    return found


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


def _is_alike(meant: Expression, one: Expression) -> bool:
    """Whether a written expression is one that became another in normal form."""
    if isinstance(meant, AnyElement):
        return isinstance(one, AnyElement) and one.objects.name == meant.objects.name
    if isinstance(meant, AnyReferred):
        return isinstance(one, AnyReferred) and one.reference == meant.reference
    return (
        isinstance(meant, Comparison)
        and isinstance(one, Comparison)
        and (one.field, one.operator) == (meant.field, meant.operator)
    )


def check_types(backend: Backend, fields: Iterable[Field]) -> None:
    """Raises `CriteriaError` (`unsupported`) for each field of a type that the backend does not name."""
    problems = [replace(one, asked_fields=None) for one in _types(backend, fields, ())]
    if problems:
        raise CriteriaError(*listed(problems))


def _operators(
    backend: Backend, comparisons: Iterable[Comparison], pointers: Sequence[tuple[Expression, str]]
) -> list[Problem]:
    unknown = [leaf for leaf in comparisons if leaf.operator not in backend.operators]
    firsts = {leaf.operator: leaf for leaf in reversed(unknown)}
    return [
        Problem(
            "unsupported",
            f"Backend {quoted(backend.name)} does not support {operator.value or 'equality'}.",
            _pointer(pointers, partial(_is_alike, leaf)),
            asked_fields=(leaf.field.name,),
        )
        for operator, leaf in reversed(firsts.items())
    ]


def _types(backend: Backend, fields: Iterable[Field], pointers: Sequence[tuple[Expression, str]]) -> list[Problem]:
    unknown = dict.fromkeys(field for field in fields if field.field_type not in backend.types)
    return [
        Problem(
            "unsupported",
            f"Backend {quoted(backend.name)} does not support type {field.field_type.value} "
            f"(field {quoted(field.name)}).",
            _pointer(pointers, partial(_is_of, field)),
            asked_fields=(field.name,),
        )
        for field in unknown
    ]


def _is_of(field: Field, one: Expression) -> bool:
    return isinstance(one, Comparison) and one.field == field
