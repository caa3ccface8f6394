"""The condition of a query over decoded JSON whose members are attributes: they are read faster than keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from criteria.backends.python.code import SourceWriter
from criteria.backends.python.element_tests import bind_element_tests
from criteria.backends.python.operands import Bindings, bind_leaves
from criteria.backends.python.predicate import NAMES, filed
from criteria.backends.python.reading import Reading
from criteria.tree.nodes import Query, element_tests
from criteria.tree.nodes import leaves as every_leaf
from criteria.tree.normalize import normalize
from criteria.tree.parameters import Slots, parameterize


@dataclass(frozen=True, slots=True)
class AttributeLoop:
    """`indexes` gives those of the rows that a query selects. `attributes` has the attribute of each member that the
    query names; it is None if a record lacks the member, and what is inside are dicts. `indexes` raises any `Exception`
    for rows with values that cannot be compared."""

    attributes: Mapping[str, str]
    indexes: Callable[[Sequence[Any]], list[int]]


def attribute_loop(query: Query) -> AttributeLoop:
    """The loop of a query, which may be compiled for the backend `python`."""
    normal = normalize(query.expression)
    values = parameterize(normal)[1]
    bindings, reading = Bindings(), Reading("json")
    leaves = bind_leaves(normal, Slots(values), "json", bindings)
    tests = bind_element_tests(normal, Slots(values), reading, bindings)
    text = SourceWriter(leaves, bindings, reading, is_quick=False, member="row.{key}", element_tests=tests).text(normal)
    source = "\n".join((
        f"def loop({', '.join((*bindings.keys.values(), *bindings.makes))}):",
        f"    return lambda rows: [at for at, row in enumerate(rows) if {text}]",
        "",
    ))  # fmt: skip
    names = dict(NAMES)
    exec(compile(source, filed(source), "exec"), names)
    loop = names["loop"](*bindings.keys, *(make(values) for make in bindings.makes.values()))
    fields = [leaf.field for leaf in every_leaf(normal)] + [test.objects.place for test in element_tests(normal)]
    names_of_members = dict.fromkeys(field.path[0] for field in fields)
    return AttributeLoop({name: bindings.keys[name] for name in names_of_members}, loop)
