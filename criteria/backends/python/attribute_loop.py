"""The condition of a query over decoded JSON whose members are attributes, and over columns: both are read faster than
keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from criteria.backends.python.code import SourceWriter
from criteria.backends.python.element_tests import bind_element_tests
from criteria.backends.python.operands import Bindings, bind_leaves
from criteria.backends.python.predicate import NAMES, filed
from criteria.backends.python.reading import Reading
from criteria.backends.python.rounded_numbers import doubtful_rows, may_be_rounded, with_doubtful
from criteria.tree.nodes import Expression, Query, leaves_and_tests
from criteria.tree.normalize import normalize
from criteria.tree.parameters import Slots, parameterize
from criteria.values.loading import Records


class RoundedLoop(NamedTuple):
    """`candidates` gives the indexes of the rows that a query selects and of the doubtful ones among rows whose numbers
    were rounded to doubles, and `doubtful` those of the doubtful ones among candidates. Both raise any `Exception` for
    rows of which they cannot tell."""

    candidates: Callable[[Sequence[Any]], list[int]]
    doubtful: Callable[[Sequence[Any]], list[int]]


class AttributeLoop(NamedTuple):
    """`indexes` gives those of the rows that a query selects. `attributes` has the attribute of each member that the
    query names; it is None if a record lacks the member, and what is inside are dicts. `indexes` raises any `Exception`
    for rows with values that cannot be compared. `rounded` is there if numbers in rows may be rounded."""

    attributes: Mapping[str, str]
    indexes: Callable[[Sequence[Any]], list[int]]
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
    rounded = None
    if not tests and may_be_rounded(leaves):
        candidates = _row_loop(with_doubtful(normal), Bindings(keys=dict(bindings.keys)))
        rounded = RoundedLoop(candidates, doubtful_rows(leaves, attributes))
    return AttributeLoop(attributes, loop, rounded)


def _row_loop(normal: Expression, bindings: Bindings) -> Callable[[Sequence[Any]], list[int]]:
    text, values = _condition(normal, "json", "row.{key}", bindings)
    loop: Callable[[Sequence[Any]], list[int]] = _made(
        f"lambda rows: [at for at, row in enumerate(rows) if {text}]", bindings, values
    )
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
    """The function of a loop."""
    source = f"def loop({', '.join((*bindings.keys.values(), *bindings.makes))}):\n    return {loop}\n"
    names = dict(NAMES)
    exec(compile(source, filed(source), "exec"), names)
    return names["loop"](*bindings.keys, *(make(values) for make in bindings.makes.values()))
