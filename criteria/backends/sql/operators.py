"""Compiles the operators of the language: the comparison of one stored value with an operand.

`condition` says which values of a record are compared, and what follows from that for the record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from functools import partial

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.decimal_text import (
    computed_decimal_order,
    decimal_order,
    is_exact_as_double,
    read_as_double,
)
from criteria.backends.sql.dialect import Dialect, StoredValue
from criteria.backends.sql.native_types import from_text, then_text
from criteria.backends.sql.nodes import MARK, Binder, Derive, Node
from criteria.backends.sql.render import print_node
from criteria.backends.sql.representation import Representation
from criteria.schema.field import FieldType, Value
from criteria.tree.comparing import COMPARE
from criteria.tree.nodes import (
    OPPOSITES,
    Comparison,
    ExactTextOperator,
    Operator,
    OrderingOperator,
    assert_never,
    is_ordering,
)
from criteria.values.canonical import json_value

ORDERINGS: Mapping[OrderingOperator, type[exp.Binary]] = {
    Operator.GT: exp.GT,
    Operator.GTE: exp.GTE,
    Operator.LT: exp.LT,
    Operator.LTE: exp.LTE,
}

_FULFILLED_BY_NAN = frozenset({Operator.GT, Operator.GTE})
"""The operators that NaN fulfils on engines that sort it above all numbers."""

_WHOLE_NUMBERS = frozenset({FieldType.INTEGER, FieldType.OBJECT_REF})
"""Types whose values all drivers take as they are, where the column has their own type."""

_BELOW_ALL_SPELLINGS = frozenset({Operator.LT, Operator.GTE})
"""The operators whose bound is the first spelling of the operand; that of the others is the last one."""


class Label(str):
    """A label of an enumerated column, as an operand that is not a value of the query."""

    __slots__ = ()


class OperatorCompiler:
    """Compiles the comparisons of one statement and binds their operands.

    `arrays` binds each list of values as one parameter.
    """

    def __init__(self, dialect: Dialect, binder: Binder, arrays: bool = False) -> None:
        self.dialect = dialect
        self.binder = binder
        self.arrays = arrays
        self._casts: dict[Hashable, str] = {}

    def compare(self, stored: StoredValue, leaf: Comparison) -> Node:
        """Compares a scalar with an operand that is not null. NULL if there is no value."""
        operator, value = leaf.operator, leaf.value
        if stored.codec is not None and stored.codec.labels is not None:
            return self.any_label(stored, leaf, stored.codec.labels)
        if isinstance(value, tuple):
            assert operator is Operator.IN
            return self.any_of(stored, value)
        assert value is not None
        match operator:
            case Operator.EQ:
                return self.equal(stored, value)
            case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE:
                return self.ordering(stored, operator, value)
            case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS:
                return self.text_match(stored, operator, value)
            case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS:
                assert isinstance(value, str)
                assert self.dialect.text.folded is not None
                return self.dialect.text.folded(operator, stored, value, partial(self.binder.bind, value))
            case Operator.NE | Operator.NIN | Operator.IN:
                raise AssertionError(f"not in normal form: {leaf!r}")
            case _:
                assert_never(operator)

    def opposite(self, stored: StoredValue, leaf: Comparison) -> Node:
        """TRUE for the values that do not fulfil a comparison; in a form that uses an index if possible."""
        is_enumerated = stored.codec is not None and stored.codec.labels is not None
        if is_ordering(leaf.operator) and self.has_opposite(stored, leaf.operator) and not is_enumerated:
            assert leaf.value is not None
            assert not isinstance(leaf.value, tuple)
            return self.ordering(stored, OPPOSITES[leaf.operator], leaf.value, excludes_nan=False)
        positive = self.compare(stored, leaf)
        # The opposite of x = ANY(array) is not x <> ANY(array).
        if isinstance(positive, exp.EQ) and leaf.operator is not Operator.IN:
            return exp.NEQ(this=positive.this, expression=positive.expression)
        return nodes.negated(positive)

    def has_opposite(self, stored: StoredValue, operator: OrderingOperator) -> bool:
        """Whether the opposite of an ordering is TRUE for all values that do not fulfil it. NaN fulfils no ordering."""
        is_above_all = self.dialect.nan_is_largest and OPPOSITES[operator] in _FULFILLED_BY_NAN
        return is_above_all or not self.has_nan(stored)

    def has_nan(self, stored: StoredValue) -> bool:
        """Whether the stored value may be NaN, for which all orderings are false."""
        return self.above_nan(stored) is not None

    def above_nan(self, stored: StoredValue) -> Callable[[Node], Node] | None:
        """The test that excludes NaN, on engines that sort it above all numbers; None where there is no NaN."""
        if stored.codec is not None and stored.codec.above_nan is not None:
            return stored.codec.above_nan
        return self.dialect.above_nan if stored.field.field_type is FieldType.DOUBLE else None

    def any_label(self, stored: StoredValue, leaf: Comparison, labels: Sequence[str]) -> Node:
        """A comparison with an enumerated column: which labels fulfil it is known here, so the engine's order and
        collation do not matter."""
        compare = COMPARE[leaf.operator]
        found = [Label(label) for label in labels if compare(label, leaf.value)]
        if not found:
            return nodes.false()
        return nodes.is_in(stored.make(), self.with_cast(stored, *(self.binder.bind(label, str) for label in found)))

    def equal(self, stored: StoredValue, value: Value) -> Node:
        if len(self.encoders(stored)) > 1:
            return self.any_of(stored, (value,))
        if stored.representation is Representation.NATIVE:
            return nodes.equal(stored.make(), *self.with_cast(stored, self.bind(stored, value)))
        return self.dialect.text.equal(stored, self.bind(stored, value))

    def text_match(self, stored: StoredValue, operator: ExactTextOperator, value: Value) -> Node:
        assert isinstance(value, str)
        if not value:
            return nodes.is_not_null(stored.make())
        return self.dialect.text.match(operator, stored, value, partial(self.binder.bind, value))

    def ordering(
        self, stored: StoredValue, operator: OrderingOperator, value: Value, *, excludes_nan: bool = True
    ) -> Node:
        """An ordering. Without `excludes_nan` it places NaN where the engine sorts it."""
        match stored.representation:
            case Representation.TEXT:
                bound = self.binder.bind(value, self.bound_spelling(stored, operator))
                operand = self.dialect.text.operand(stored, bound)
                return nodes.compare(ORDERINGS[operator], self.dialect.text.ordered(stored), operand)
            case Representation.DECIMAL_TEXT:
                return self.decimal_ordering(stored, operator, value)
            case Representation.NATIVE:
                bound = self.binder.bind(value, self.bound_spelling(stored, operator))
                compared = nodes.compare(ORDERINGS[operator], stored.make(), *self.with_cast(stored, bound))
                is_number = self.above_nan(stored)
                if excludes_nan and operator in _FULFILLED_BY_NAN and is_number is not None:
                    return nodes.all_of([compared, is_number(stored.make())])
                return compared
            case _:
                assert_never(stored.representation)

    def decimal_ordering(self, stored: StoredValue, operator: OrderingOperator, value: Value) -> Node:
        encode = self.encoder(stored)

        def bind(derive: Derive) -> Node:
            return self.binder.bind(value, lambda one: derive(encode(one)))

        assert isinstance(value, Decimal)
        if is_exact_as_double(stored.field):
            return nodes.compare(
                ORDERINGS[operator], read_as_double(stored.make()), read_as_double(bind(nodes.unchanged))
            )
        order = computed_decimal_order if stored.in_json else decimal_order
        return order(stored.make, ORDERINGS[operator], value < 0, bind)

    def any_of(self, stored: StoredValue, values: tuple[Value, ...]) -> Node:
        if self.arrays and self.dialect.in_array is not None and (stored.codec is None or stored.codec.binds_arrays):
            encode = self.encoder(stored)

            def bind_array(convert: Derive = nodes.unchanged) -> Node:
                array = self.binder.bind(values, lambda operands: convert([encode(one) for one in operands]))
                return from_text(array, is_list=True) if self.dialect.is_sent_as_text(stored.field) else array

            bound = self.dialect.in_array(stored, bind_array)
            if bound is not None:
                return exp.Coalesce(this=bound, expressions=[exp.Null()]) if self.binder.are_apart else bound
        longest = self.dialect.max_in_values
        if longest is not None and len(values) > longest:
            pieces = [values[at : at + longest] for at in range(0, len(values), longest)]
            return nodes.any_of([self.any_of(stored, piece) for piece in pieces])
        bind = partial(self.binder.bind_each, values, self.encoders(stored))
        if stored.representation is Representation.NATIVE:
            return nodes.is_in(stored.make(), nodes.each(*self.with_cast(stored, bind())))
        return self.dialect.text.any_of(stored, bind)

    def with_cast(self, stored: StoredValue, *placeholders: Node) -> list[Node]:
        """Placeholders with the cast that they need beside a NATIVE value. It is printed once."""
        own = None if stored.codec is None else stored.codec.operand
        key = (stored.field, stored.in_json, stored.representation, own)
        if key not in self._casts:
            mark: Node = exp.Var(this=MARK)
            if self.dialect.is_sent_as_text(stored.field):
                mark = from_text(mark)
            self._casts[key] = print_node(
                self.dialect.operand(stored, mark) if own is None else own(mark), self.dialect.sqlglot
            )
        text = self._casts[key]
        return [exp.Var(this=text.replace(MARK, placeholder.name)) for placeholder in placeholders]

    def bind(self, stored: StoredValue, value: Value) -> Node:
        return self.binder.bind(value, self.encoder(stored))

    def encoder(self, stored: StoredValue) -> Derive:
        """The function that converts an operand to the driver's value."""
        return self.encoders(stored)[0]

    def encoders(self, stored: StoredValue) -> tuple[Derive, ...]:
        """The functions that convert an operand to the driver's value, one for each way to spell it."""
        if stored.representation is Representation.NATIVE and self.dialect.is_sent_as_text(stored.field):
            spellings = None if stored.codec is None else stored.codec.spellings
            return tuple(map(then_text, spellings or (nodes.unchanged,)))
        if stored.codec is not None and stored.codec.spellings is not None:
            return stored.codec.spellings
        if stored.field.field_type is FieldType.STRING:
            return (nodes.unchanged,)
        if stored.representation is Representation.NATIVE:
            return (nodes.unchanged if stored.field.field_type in _WHOLE_NUMBERS else self.dialect.encode,)
        return (partial(json_value, stored.field),)

    def bound_spelling(self, stored: StoredValue, operator: OrderingOperator) -> Derive:
        """The spelling of a bound: all spellings of a value are on the same side of it as the value."""
        return self.encoders(stored)[0 if operator in _BELOW_ALL_SPELLINGS else -1]
