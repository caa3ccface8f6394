"""From normal form to a WHERE condition.

A leaf is spelled so that it is TRUE exactly when the language says true. Positive leaves stay plain (NULL does not pass
WHERE); a negated leaf is its opposite `OR f IS NULL`. Both keep their indexes, which a form that is never NULL itself
(CASE, COALESCE, IS TRUE) would not. This page knows the language, `Dialect` the words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.decimal_text import decimal_order
from criteria.backends.sql.dialect import Dialect, Element, Maker, Place, Representation
from criteria.backends.sql.nodes import Binder, Derive, Node
from criteria.backends.sql.refusals import check_comparisons, check_table
from criteria.schema.field import Field, FieldType, Value
from criteria.tree.nodes import EVERYTHING, NOTHING, TEXT, And, Comparison, Expression, Not, Operator, Or, assert_never
from criteria.values.canonical import json_value

ORDERINGS: Mapping[Operator, type[exp.Binary]] = {
    Operator.GT: exp.GT,
    Operator.GTE: exp.GTE,
    Operator.LT: exp.LT,
    Operator.LTE: exp.LTE,
}

OPPOSITES: Mapping[Operator, Operator] = {
    Operator.GT: Operator.LTE,
    Operator.GTE: Operator.LT,
    Operator.LT: Operator.GTE,
    Operator.LTE: Operator.GT,
}

_IN_JSON = {
    FieldType.STRING: Representation.TEXT,
    FieldType.DATE_TIME: Representation.TEXT,
    FieldType.GUID: Representation.TEXT,
}


def representation(dialect: Dialect, field: Field, in_json: bool) -> Representation:
    """How a field's values lie on the engine: in a column, or inside JSON."""
    table = {**_in_column(dialect), **_IN_JSON} if in_json else _in_column(dialect)
    return table.get(field.field_type, Representation.NATIVE)


def _in_column(dialect: Dialect) -> Mapping[FieldType, Representation]:
    return {FieldType.STRING: Representation.TEXT, **dialect.representations}


class ConditionCompiler:
    """Compiles the expressions of one statement, whose values it binds.

    `table` qualifies columns; `arrays` binds lists of values as one parameter each.
    Raises `CriteriaError` (`unsupported`).
    """

    def __init__(self, dialect: Dialect, binder: Binder, table: str | None = None, arrays: bool = False) -> None:
        if table is not None:
            check_table(dialect, table)
        self.dialect = dialect
        self.binder = binder
        self.table = table
        self.arrays = arrays

    def condition(self, normal: Expression) -> Node:
        """The condition that is TRUE for the records of an expression in normal form.

        Raises `CriteriaError` (`unsupported`).
        """
        check_comparisons(self.dialect, normal)
        return self._condition(normal)

    def _condition(self, normal: Expression) -> Node:
        match normal:
            case And(terms):
                return nodes.true() if normal == EVERYTHING else nodes.all_of([self._condition(term) for term in terms])
            case Or(terms):
                return nodes.false() if normal == NOTHING else nodes.any_of([self._condition(term) for term in terms])
            case Not(Comparison() as leaf):
                return self.negated(leaf)
            case Comparison():
                return self.indexed(normal) or self.positive(normal)
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def place(self, field: Field) -> Place:
        """The scalar of a field that is no list."""
        column = self.column(field)
        if not field.is_nested:
            return Place(field, column, representation(self.dialect, field, False))
        scalar = self.dialect.json.scalar
        return Place(field, lambda: scalar(field, column), representation(self.dialect, field, True), in_json=True)

    def column(self, field: Field) -> Maker:
        return lambda: nodes.column(field.column, self.table)

    def indexed(self, leaf: Comparison) -> Node | None:
        """A positive leaf on a native list, in the form that an index serves; None where there is no such form."""
        field, holds = leaf.field, self.dialect.list_holds
        if holds is None or not field.is_list or field.is_nested or leaf.value is None:
            return None
        if leaf.operator not in (Operator.EQ, Operator.IN) or self.arrays:
            return None
        place = Place(field, self.column(field), representation(self.dialect, field, False))
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        return holds(field, place.make(), [self.bind(place, value) for value in values])

    def positive(self, leaf: Comparison) -> Node:
        field = leaf.field
        if leaf.value is None:
            return self.empty(field)
        if field.is_list:
            return self.any_element(field, lambda element: self.compare(self.element(field, element), leaf))
        return self.compare(self.place(field), leaf)

    def negated(self, leaf: Comparison) -> Node:
        """Where the comparison is not true: where its opposite is, or where there is no value."""
        field = leaf.field
        if leaf.value is None:
            return self.not_empty(field)
        if field.is_list:
            held = self.indexed(leaf)
            if held is None:
                return nodes.negated(self.positive(leaf))
            return nodes.any_of([nodes.negated(held), nodes.is_null(nodes.column(field.column, self.table))])
        place = self.place(field)
        opposite = self.opposite(place, leaf)
        if not field.nullable and not field.is_nested:
            return opposite
        return nodes.any_of([opposite, nodes.is_null(place.make())])

    def opposite(self, place: Place, leaf: Comparison) -> Node:
        """TRUE for the values that do not fulfil a comparison, in words that an index serves where there are such."""
        if leaf.operator in OPPOSITES and not self.has_nan(place):
            assert leaf.value is not None
            assert not isinstance(leaf.value, tuple)
            return self.ordering(place, OPPOSITES[leaf.operator], leaf.value)
        positive = self.compare(place, leaf)
        if isinstance(positive, exp.EQ) and leaf.operator is not Operator.IN:  # x = ANY(array) has another opposite
            return exp.NEQ(this=positive.this, expression=positive.expression)
        return nodes.negated(positive)

    def has_nan(self, place: Place) -> bool:
        """Whether the place may hold what is neither above nor below an operand."""
        return self.dialect.above_nan is not None and place.field.field_type is FieldType.DOUBLE

    def empty(self, field: Field) -> Node:
        if field.is_list:
            return self.no_element(field) or nodes.negated(self.some_element(field))
        if field.is_nested:
            return self.nothing_at(field)
        return nodes.is_null(nodes.column(field.column, self.table))

    def nothing_at(self, field: Field) -> Node:
        """Whether a path is missing or null. Then the scalar there is NULL too: that is what its index finds."""
        forms = self.dialect.json
        is_null = forms.is_null(field, self.column(field))
        if not forms.has_indexes:
            return is_null
        return nodes.all_of([is_null, nodes.is_null(forms.scalar(field, self.column(field)))])

    def not_empty(self, field: Field) -> Node:
        if field.is_list:
            no_element = self.no_element(field)
            return self.some_element(field) if no_element is None else nodes.negated(no_element)
        if field.is_nested:
            return nodes.negated(self.dialect.json.is_null(field, self.column(field)))
        return nodes.is_not_null(nodes.column(field.column, self.table))

    def no_element(self, field: Field) -> Node | None:
        """Whether a native list has no element but nulls, in a quicker form than to ask for one, if there is such."""
        test = self.dialect.list_is_empty
        return None if test is None or field.is_nested else test(nodes.column(field.column, self.table))

    def some_element(self, field: Field) -> Node:
        return self.any_element(field, lambda element: nodes.negated(element.is_null()))

    def any_element(self, field: Field, condition: Callable[[Element], Node]) -> Node:
        return self.dialect.any_element(field, self.column(field), condition)

    def element(self, field: Field, element: Element) -> Place:
        in_json = field.is_nested or not self.dialect.native_lists
        return Place(field, element.value, representation(self.dialect, field, in_json), in_json=True)

    def compare(self, place: Place, leaf: Comparison) -> Node:
        """The comparison of a scalar with what is not null: TRUE, or FALSE or NULL."""
        operator, value = leaf.operator, leaf.value
        if operator is Operator.IN:
            assert isinstance(value, tuple)
            return self.any_of(place, value)
        assert value is not None
        assert not isinstance(value, tuple)
        if operator in TEXT:
            assert isinstance(value, str)
            if not value:
                return nodes.is_not_null(place.make())
            return self.dialect.text.match(operator, place, value, partial(self.binder.bind, value))
        if operator is Operator.EQ:
            if place.representation is Representation.NATIVE:
                return nodes.equal(place.make(), self.operand(place, value))
            return self.dialect.text.equal(place, self.bind(place, value))
        return self.ordering(place, operator, value)

    def ordering(self, place: Place, operator: Operator, value: Value) -> Node:
        match place.representation:
            case Representation.TEXT:
                operand = self.dialect.text.operand(place, self.bind(place, value))
                return nodes.compare(ORDERINGS[operator], self.dialect.text.ordered(place), operand)
            case Representation.DECIMAL_TEXT:
                return self.decimal_ordering(place, operator, value)
            case Representation.NATIVE:
                compared = nodes.compare(ORDERINGS[operator], place.make(), self.operand(place, value))
                if operator in (Operator.GT, Operator.GTE) and self.has_nan(place):
                    assert self.dialect.above_nan is not None
                    return nodes.all_of([compared, self.dialect.above_nan(place.make())])
                return compared
            case _:
                assert_never(place.representation)

    def decimal_ordering(self, place: Place, operator: Operator, value: Value) -> Node:
        encode = self.encoder(place)

        def bind(derive: Derive | None) -> Node:
            return self.binder.bind(value, encode if derive is None else lambda one: derive(encode(one)))

        assert isinstance(value, Decimal)
        return decimal_order(place.make, ORDERINGS[operator], value < 0, bind)

    def any_of(self, place: Place, values: tuple[Value, ...]) -> Node:
        if self.arrays and self.dialect.in_array is not None:
            encode = self.encoder(place)
            bound = self.dialect.in_array(place, [encode(value) for value in values], self.binder.bind)
            if bound is not None:
                return bound
        longest = self.dialect.longest_in
        if longest is not None and len(values) > longest:
            pieces = [values[at : at + longest] for at in range(0, len(values), longest)]
            return nodes.any_of([self.any_of(place, piece) for piece in pieces])
        if place.representation is Representation.NATIVE:
            return nodes.is_in(place.make(), [self.operand(place, value) for value in values])

        def maker(value: Value) -> Maker:
            return lambda: self.bind(place, value)

        return self.dialect.text.any_of(place, [maker(value) for value in values])

    def operand(self, place: Place, value: Value) -> Node:
        return self.dialect.operand(place, self.bind(place, value))

    def bind(self, place: Place, value: Value) -> Node:
        return self.binder.bind(value, self.encoder(place))

    def encoder(self, place: Place) -> Derive:
        """What makes a driver's value of a value at the place."""
        if place.representation is Representation.NATIVE:
            return self.dialect.encode
        return partial(json_value, place.field)
