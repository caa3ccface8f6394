"""Compiles the tests of lists of objects and of references.

What is around the condition inside a test depends on the list or the reference alone. So under AND and OR it is printed
once for all tests of one, and a statement of many tests is not one tree of many nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.render import print_node
from criteria.backends.sql.table_name import table_name
from criteria.schema.schema import ObjectList, Reference
from criteria.tree.nodes import AnyElement, AnyReferred

if TYPE_CHECKING:
    from criteria.backends.sql.condition import ConditionCompiler

Write = Callable[["ConditionCompiler"], Node]
"""Takes the compiler of what is inside a test, and returns the condition there."""

_INSIDE = f"{nodes.MARK}inside{nodes.MARK}"
"""The place of the condition inside a test, in the text around it."""


class _Around(NamedTuple):
    """What is around the condition inside a test, the compiler of the inside, and the text around it in the test and in
    its negation, which is printed when it is first needed."""

    node: Node
    inner: ConditionCompiler
    printed: dict[bool, list[str]]

    def text(self, is_negated: bool, sqlglot_dialect: str) -> list[str]:
        """The parts of the text, between which the condition is."""
        if is_negated not in self.printed:
            node = self.node.copy() if self.printed else self.node  # a negation is the parent of its node
            text = _text(nodes.negated(node) if is_negated else node, sqlglot_dialect)
            self.printed[is_negated] = text.split(_INSIDE)
        return self.printed[is_negated]


class InnerTests:
    """Compiles the tests in the conditions of one compiler."""

    def __init__(self, outer: ConditionCompiler) -> None:
        self._outer = outer
        self._arounds: dict[ObjectList | Reference, _Around] = {}

    def test(self, test: AnyElement | AnyReferred) -> Node:
        """Whether a list or a reference has an object that fulfils a term; never NULL."""
        term = test.term
        if term is None:
            assert isinstance(test, AnyElement)
            return self._has_element(test)
        return self._holds(test, lambda inner: inner.condition_inside(term))

    def term(self, test: AnyElement | AnyReferred, is_negated: bool) -> Node:
        """The same, or its negation, as text to put beside AND or OR."""
        if test.term is None:
            found = self.test(test)
            return nodes.negated(found) if is_negated else found
        place = test.objects if isinstance(test, AnyElement) else test.reference
        around = self._arounds.get(place)
        if around is None:
            around = self._arounds[place] = self._around(test)
        inside = _text(around.inner.term_inside(test.term), self._dialect)
        return exp.Var(this=inside.join(around.text(is_negated, self._dialect)))

    @property
    def _dialect(self) -> str:
        return self._outer.dialect.sqlglot

    def _around(self, test: AnyElement | AnyReferred) -> _Around:
        inners: list[ConditionCompiler] = []

        def write(inner: ConditionCompiler) -> Node:
            inners.append(inner)
            return exp.Var(this=_INSIDE)

        node = self._holds(test, write)
        [inner] = inners
        return _Around(node, inner, {})

    def _holds(self, test: AnyElement | AnyReferred, write: Write) -> Node:
        return self._any_object(test, write) if isinstance(test, AnyElement) else self._any_referred(test, write)

    def _has_element(self, test: AnyElement) -> Node:
        outer = self._outer
        any_element = outer.dialect.any_json_element or outer.dialect.any_element
        place = test.objects.place
        return any_element(place, outer.column(place), lambda element: nodes.negated(element.is_null()))

    def _any_object(self, test: AnyElement, write: Write) -> Node:
        """Whether an element of a list of objects fulfils a term. The list is in JSON, whatever the engine has for
        other lists."""
        outer, place = self._outer, test.objects.place
        any_object = outer.dialect.any_object
        assert any_object is not None

        def condition(document: Maker) -> Node:
            return write(outer.inside_of_object(document))

        return any_object(place, outer.column(place), f"_object{outer.depth + 1}", condition)

    def _any_referred(self, test: AnyReferred, write: Write) -> Node:
        """Whether an object to which a reference refers fulfils a term."""
        outer, refers = self._outer, test.reference.place
        column, ids = self._ids(test.reference, write)
        any_id = outer.dialect.any_id
        if any_id is not None:
            if not refers.is_list:
                value = outer.stored(refers).make
                return nodes.all_of([exp.In(this=value(), query=exp.Subquery(this=ids)), nodes.is_not_null(value())])
            in_json = not outer.is_array(refers)
            return any_id(refers, outer.column(refers), lambda one: outer.element(refers, one).make(), in_json, ids)
        source = _unlike(outer.table, f"_ids{outer.depth + 1}")

        def is_one_of_ids(value: Node) -> Node:
            return nodes.exists(
                nodes.aliased(exp.Subquery(this=ids), source), nodes.equal(nodes.column(column, source), value)
            )

        if refers.is_list:
            return outer.any_element(refers, lambda one: is_one_of_ids(outer.element(refers, one).make()))
        return is_one_of_ids(outer.stored(refers).make())

    def _ids(self, reference: Reference, write: Write) -> tuple[str, exp.Select]:
        """The query of the ids of all objects that fulfil a condition, and the name of its column.

        A condition on that query cannot take a column of the other table for one outside, whether or not a host
        qualifies its own: it has one column, of another name than that of the reference.
        """
        outer, name = self._outer, _unlike(reference.place.column, "_id")
        table, alias = outer.tables[reference.entity], f"_referred{outer.depth + 1}"
        inner = outer.inside_of_table(table, alias)
        key = inner.stored(reference.key).make
        fulfilled = write(inner)
        if inner.may_be_null(reference.key):
            fulfilled = nodes.all_of([fulfilled, nodes.is_not_null(key())])
        select = exp.Select(
            expressions=[exp.Alias(this=key(), alias=nodes.name(name))],
            from_=exp.From(this=nodes.aliased(table_name(table.name), alias)),
            where=exp.Where(this=fulfilled),
        )
        return name, select


def _text(node: Node, sqlglot_dialect: str) -> str:
    return node.name if isinstance(node, exp.Var) else print_node(nodes.in_parentheses(node), sqlglot_dialect)


def _unlike(other: str | None, name: str) -> str:
    """A name that is not another one, in any letter case."""
    while other is not None and other.lower() == name:
        name += "_"
    return name
