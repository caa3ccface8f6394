"""Compiles the segments after a position in an order to conditions (docs/paging.md#sql).

The conditions have to divide the rows exactly as ORDER BY places them: what has no value where ORDER BY reads NULL, and
guids by the text that they are sorted by. A positive condition may be NULL, which WHERE rejects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.dialect import Dialect, Maker, StoredValue
from criteria.backends.sql.nodes import Node
from criteria.backends.sql.operators import ORDERINGS
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.seek import Seek
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.search.keyset import Position, Segment, segments
from criteria.search.order_by import SortKey
from criteria.tree.nodes import Comparison, Operator, OrderingOperator, is_ordering
from criteria.values.non_finite import is_nan, is_non_finite

_FEW = 3
"""Sort keys whose ranges are terms of one OR, each with all its equalities. With more, equalities are shared."""
_MOST_APART = 8
"""Ranges of a page that have a statement each. With more, those with `_FEW` equalities or more share one."""


class Range(NamedTuple):
    """Neighbouring segments that one condition selects. The last one is the widest, and has the others' limits as
    equalities."""

    segments: tuple[Segment, ...]

    @property
    def fixed(self) -> tuple[Comparison, ...]:
        """The equalities of the first sort keys that all rows of the range fulfil."""
        return self.segments[-1].fixed


class Part(NamedTuple):
    """What one statement of a page selects: some ranges, in the order of some of the sort keys."""

    ranges: tuple[Range, ...]
    keys: tuple[SortKey, ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments of all ranges, in their order."""
        return tuple(segment for one in self.ranges for segment in one.segments)


def ranges(keys: Sequence[SortKey], position: Position, compiler: ConditionCompiler) -> tuple[Range, ...]:
    """The ranges of an index over the sort keys that are after a position, in the order of the keys."""
    return joined(segments(keys, position, compiler.may_be_null), compiler)


def joined(found: Sequence[Segment], compiler: ConditionCompiler) -> tuple[Range, ...]:
    """The ranges that segments make, as the engine reads them."""
    if compiler.dialect.seek is not Seek.ROWS:
        return tuple(Range((one,)) for one in found)
    groups: list[list[Segment]] = []
    for one in found:
        if groups and _joins(groups[-1][-1], one, compiler):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(Range(tuple(group)) for group in groups)


def parts(found: Sequence[Range], keys: Sequence[SortKey], dialect: Dialect) -> tuple[Part, ...]:
    """The statements that select some ranges, one after the other, in the order of all sort keys. They are few, however
    many sort keys there are."""
    is_by_rows = dialect.seek is Seek.ROWS
    inner = [one for one in found if len(one.fixed) >= _FEW] if len(found) > _MOST_APART else []
    outer = [Part((one,), tuple(keys) if is_by_rows else one.segments[-1].keys) for one in found[len(inner) :]]
    return (Part(tuple(inner), tuple(keys if is_by_rows else keys[_FEW:])), *outer) if inner else tuple(outer)


def _range_condition(one: Range, first: int, compiler: ConditionCompiler) -> Node:
    """The condition that a row is in a range, whose first sort keys are equal to the position's."""
    limits = [_condition(segment.limits, compiler) for segment in reversed(one.segments)]
    return nodes.all_of([*(_fixed(equal, compiler) for equal in one.fixed[first:]), _row(limits)])


def part_condition(one: Part, compiler: ConditionCompiler) -> Node:
    """The condition that a row is in a part."""
    return nodes.any_of(_terms(one.ranges, 0, compiler))


def any_range(found: Sequence[Range], compiler: ConditionCompiler) -> Node:
    """The condition that a row is in one of the ranges."""
    if not found:
        return nodes.false()
    conditions = _terms(found, 0, compiler)
    innermost, outermost = found[0].segments[0], found[-1].segments[-1]
    if compiler.dialect.looks_up_equal and outermost.fixed and is_ordering(innermost.limits.operator):
        conditions.append(_never(outermost.fixed[0].field, innermost.limits, compiler))
    return nodes.any_of(conditions)


def _terms(found: Sequence[Range], first: int, compiler: ConditionCompiler) -> list[Node]:
    """The terms of an OR that a row is in one of the ranges, whose `first` sort keys are equal to the position's.

    Of many sort keys, half are compared at a time, and the other half where the first half is equal. So the text grows
    little more than the number of keys, and no parser has to nest groups as deep as there are keys.
    """
    if not found:
        return []
    numbers = [len(one.fixed) for one in found]
    least, most = min(numbers), max(numbers)
    if most - first < _FEW:
        return [_range_condition(one, first, compiler) for one in found]
    middle = least if least > first else (first + most + 1) // 2
    inner = [one for one in found if len(one.fixed) >= middle]
    equal = [_fixed(one, compiler) for one in inner[0].fixed[first:middle]]
    beyond = nodes.any_of(_terms(inner, middle, compiler))
    return [nodes.all_of([*equal, beyond]), *_terms(found[len(inner) :], first, compiler)]


def _never(field: Field, limits: Comparison, compiler: ConditionCompiler) -> Node:
    """A condition that no row fulfils, which the engine finds out only when it computes the ranges of an index.

    Where all ranges have the same value of the first sort key, the engine does not look up that value alone then.
    """
    beyond = [Comparison(limits.field, sign, limits.value) for sign in (Operator.LT, Operator.GT)]
    none = [Comparison(field, Operator.NE, None), *beyond]
    return nodes.all_of([_condition(one, compiler) for one in none])


def _row(limits: Sequence[Node]) -> Node:
    """One comparison of the rows of what some comparisons compare."""
    if len(limits) == 1:
        return limits[0]
    left = exp.Tuple(expressions=[one.this for one in limits])
    right = exp.Tuple(expressions=[one.expression for one in limits])
    return nodes.compare(type(limits[0]), left, right)  # type: ignore[arg-type]


def _joins(inner: Segment, outer: Segment, compiler: ConditionCompiler) -> bool:
    """Whether one comparison of rows selects two segments: `a = 1 AND b > 2`, and `a > 1`.

    Rows without a value for `b` are in neither: where they come after the position, a segment of their own is between.
    """
    return (
        len(inner.fixed) == len(outer.fixed) + 1
        and inner.limits.operator is outer.limits.operator
        and is_ordering(inner.limits.operator)
        and _compares_values(inner.limits, compiler)
        and _compares_values(outer.limits, compiler)
    )


def _compares_values(one: Comparison, compiler: ConditionCompiler) -> bool:
    """Whether =, < and > compare the same two expressions for a field, so that they agree on which values are equal.

    Otherwise several spellings may be one value, or the condition is more than one comparison.
    """
    if len(compiler.scalars(one)) > 1 or len(compiler.operators.encoders(compiler.stored(one.field))) > 1:
        return False
    equal, below, above = (_sides(one, operator, compiler) for operator in (Operator.EQ, Operator.LT, Operator.GT))
    return equal is not None and equal == below == above


def _sides(one: Comparison, operator: Operator, compiler: ConditionCompiler) -> tuple[Node, Node] | None:
    """What an operator compares for a field, without collations; None if the condition is not one comparison."""
    node = _condition(Comparison(one.field, operator, one.value), compiler.apart())
    if type(node) not in (exp.EQ, exp.LT, exp.GT):
        return None
    return _without_collation(node.this), _without_collation(node.expression)


def _without_collation(node: Node) -> Node:
    return node.this if isinstance(node, exp.Collate) else node


def _fixed(one: Comparison, compiler: ConditionCompiler) -> Node:
    """A sort key that is equal to the position's."""
    if compiler.dialect.seek is not Seek.ROWS or one.value is None or not _compares_values(one, compiler):
        return _condition(one, compiler)
    bounds = (Comparison(one.field, operator, one.value) for operator in (Operator.GTE, Operator.LTE))
    return nodes.all_of([_condition(bound, compiler) for bound in bounds])


def _condition(one: Comparison, compiler: ConditionCompiler) -> Node:
    _check_non_finite(one, compiler)
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
    stored = compiler.stored(one.field)
    if is_ordering(one.operator) and compiler.dialect.nan_is_largest and compiler.operators.has_nan(stored):
        return compiler.operators.ordering(stored, one.operator, one.value, excludes_nan=False)
    return compiler.positive(one)


def _check_non_finite(one: Comparison, compiler: ConditionCompiler) -> None:
    """Refuses NaN and infinities where the engine has none: no row of it has this position."""
    if not is_non_finite(one.value):
        return
    stored, dialect = compiler.stored(one.field), compiler.dialect
    is_placed = one.field.field_type in dialect.non_finite and stored.representation is Representation.NATIVE
    if one.field.field_type is FieldType.DECIMAL and one.field.is_nested:
        is_placed = False  # JSON has no such numbers, but some engines read 1e999 as an infinite double
    has_it = dialect.nan_is_largest if is_nan(one.value) else not _is_sized(stored)
    if not (is_placed and has_it):
        message = f"Field {quoted(one.field.name)} is never NaN or infinite on {dialect.name}, and the cursor says so."
        hint = "Request the first page again, without a cursor."
        raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=()))


def _is_sized(stored: StoredValue) -> bool:
    """Whether the column is a decimal of so many digits, as those of the library's own tables are: none is infinite."""
    return stored.field.field_type is FieldType.DECIMAL and stored.codec is None


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
        bound = compiler.operators.bind(stored, value)
        return compiler.operators.with_cast(stored, bound)[0] if is_native else bound

    return nodes.compare(ORDERINGS[operator], as_sorted(stored.make), as_sorted(operand))
