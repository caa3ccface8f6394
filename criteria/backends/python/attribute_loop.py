"""The condition of a query over decoded JSON whose members are attributes, and over columns: both are read faster than
keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from criteria.backends.python.code import SourceWriter
from criteria.backends.python.element_tests import bind_element_tests
from criteria.backends.python.operands import Bindings, bind_leaves
from criteria.backends.python.predicate import NAMES, compiled
from criteria.backends.python.reading import Reading
from criteria.backends.python.rounded_numbers import (
    doubtful_rows,
    is_about_numbers,
    may_be_rounded,
    with_doubtful,
)
from criteria.tree.nodes import Expression, leaves_and_tests
from criteria.tree.normalize import normalize
from criteria.tree.parameters import Slots, parameterize
from criteria.tree.query import Query
from criteria.values.loading import Records

_ROWS = "lambda rows: [at for at, row in enumerate(rows) if {}]"
"""The loop over rows, with a slot for the condition."""


class RoundedLoop(NamedTuple):
    """`candidates` gives the indexes of the rows that a query selects and of the doubtful ones among rows whose numbers
    were rounded to doubles, and `doubtful` those of the doubtful ones among candidates. Both raise any `Exception` for
    rows of which they cannot tell."""

    candidates: Callable[[Sequence[Any]], list[int]]
    doubtful: Callable[[Sequence[Any]], list[int]]


class AttributeLoop(NamedTuple):
    """`indexes` gives those of the rows that a query selects. `attributes` has the attribute of each member that the
    query names; it is None if a record lacks the member, and what is inside are dicts. `indexes` raises any `Exception`
    for rows with values that cannot be compared.

    `takes_rounded` says that numbers in rows may be rounded to doubles. If `rounded` is there, it then tells the rows
    for which that matters; it is None for a query that compares no numbers.
    """

    attributes: Mapping[str, str]
    indexes: Callable[[Sequence[Any]], list[int]]
    takes_rounded: bool
    rounded: RoundedLoop | None


class ColumnLoop(NamedTuple):
    """`indexes` gives those of the rows that a query selects, of typed values in columns: one column for each of the
    names, in their order. It raises any `Exception` for values that cannot be compared."""

    names: Sequence[str]
    indexes: Callable[[Sequence[Sequence[Any]]], list[int]]


def attribute_loop(query: Query) -> AttributeLoop:
    """The loop of a query, which may be compiled for the backend `python`."""
    normal = normalize(query.expression)
    leaves, tests = leaves_and_tests(normal)
    bindings = Bindings()
    loop = _row_loop(normal, bindings)
    fields = [leaf.field for leaf in leaves] + [test.objects.place for test in tests]
    attributes = {field.path[0]: bindings.keys[field.path[0]] for field in fields}
    takes_rounded = not tests and may_be_rounded(leaves)
    rounded = None
    if takes_rounded and any(map(is_about_numbers, leaves)):
        wider = with_doubtful(normal)
        candidates = loop if wider == normal else _row_loop(wider, Bindings(keys=dict(bindings.keys)))
        condition, names = doubtful_rows(leaves, attributes)
        rounded = RoundedLoop(candidates, _executed(_ROWS.format(condition), names))
    return AttributeLoop(attributes, loop, takes_rounded, rounded)


def _row_loop(normal: Expression, bindings: Bindings) -> Callable[[Sequence[Any]], list[int]]:
    text, values = _condition(normal, "json", "row.{key}", bindings)
    loop: Callable[[Sequence[Any]], list[int]] = _made(_ROWS.format(text), bindings, values)
    return loop


def column_loop(query: Query) -> ColumnLoop | None:
    """The loop of a query over columns, as of CSV. None where a field is inside an object, and where none is named."""
    normal = normalize(query.expression)
    leaves, tests = leaves_and_tests(normal)
    if tests or any(leaf.field.is_nested for leaf in leaves):
        return None
    bindings = Bindings()
    text, values = _condition(normal, "typed", "{key}", bindings)
    if not bindings.keys:
        return None
    keys = ", ".join(bindings.keys.values())
    rows = f"({keys}) in enumerate(zip(*columns))" if len(bindings.keys) > 1 else f"{keys} in enumerate(columns[0])"
    loop = _made(f"lambda columns: [at for at, {rows} if {text}]", bindings, values)
    return ColumnLoop((*bindings.keys,), loop)


def _condition(normal: Expression, records: Records, member: str, bindings: Bindings) -> tuple[str, Sequence[Any]]:
    """The condition as an expression, and the values of the query. Binds the names in it."""
    values = parameterize(normal)[1]
    reading = Reading(records)
    leaves = bind_leaves(normal, Slots(values), records, bindings)
    tests = bind_element_tests(normal, Slots(values), reading, bindings)
    writer = SourceWriter(leaves, bindings, reading, is_quick=False, member=member, element_tests=tests)
    return writer.text(normal), values


def _made(loop: str, bindings: Bindings, values: Sequence[Any]) -> Any:
    """The function of a loop with the names that are bound in it."""
    keys = {name: key for key, name in bindings.keys.items()}
    return _executed(loop, {**keys, **{name: make(values) for name, make in bindings.makes.items()}})


def _executed(loop: str, bound: Mapping[str, Any]) -> Any:
    """The function of a loop. `bound` has the values of names in it, which are local: these are found sooner."""
    source = f"def loop({', '.join(bound)}):\n    return {loop}\n"
    names = dict(NAMES)
    exec(compiled(source), names)
    return names["loop"](*bound.values())
