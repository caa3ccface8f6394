"""Compiles the segments after a position in an order to conditions (docs/paging.md#sql).

The conditions have to divide the rows exactly as ORDER BY places them: what has no value where ORDER BY reads NULL, and
guids by the text that they are sorted by. A positive condition may be NULL, which WHERE rejects.
"""

from __future__ import annotations

from criteria.backends.sql import nodes
from criteria.backends.sql.condition import ORDERINGS, ConditionCompiler
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.representation import Representation
from criteria.schema.field import FieldType, Value
from criteria.search.keyset import Segment
from criteria.tree.nodes import Comparison, Operator, OrderingOperator, is_ordering


def segment_condition(segment: Segment, compiler: ConditionCompiler) -> Node:
    """The condition that a row belongs to a segment."""
    return nodes.all_of([_condition(one, compiler) for one in (*segment.fixed, segment.limits)])


def _condition(one: Comparison, compiler: ConditionCompiler) -> Node:
    if one.value is None:
        scalars = compiler.scalars(Comparison(one.field, Operator.EQ, None))
        empty = compiler.has_none(scalars)
        if one.operator is Operator.EQ:
            return empty
        return nodes.is_not_null(scalars[0].make()) if len(scalars) == 1 else nodes.negated(empty)
    if isinstance(one.value, tuple):  # the values of an enumerated column beyond one of them
        return compiler.positive(one)
    if one.field.field_type is FieldType.GUID and is_ordering(one.operator):
        return _guid_ordering(one, one.operator, one.value, compiler)
    return compiler.positive(one)


def _guid_ordering(one: Comparison, operator: OrderingOperator, value: Value, compiler: ConditionCompiler) -> Node:
    """Compares guids as the texts that they are sorted by, which need not be how the engine compares its own type."""
    stored = compiler.stored(one.field)
    is_native = stored.representation is Representation.NATIVE
    if stored.codec is not None and stored.codec.sort_keys is not None:
        sort_keys = stored.codec.sort_keys

        def as_sorted(make: Maker) -> Node:
            [node] = sort_keys(make)
            return node
    elif is_native:

        def as_sorted(make: Maker) -> Node:
            return compiler.dialect.sorted_guid(make())
    else:
        return compiler.positive(one)

    def operand() -> Node:
        bound = compiler.bind(stored, value)
        return compiler.with_cast(stored, bound)[0] if is_native else bound

    return nodes.compare(ORDERINGS[operator], as_sorted(stored.make), as_sorted(operand))
