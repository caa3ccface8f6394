"""The records after a position in an order (docs/language.md#keyset-paging).

A position holds the values of all sort keys. What comes after it falls into segments, in the order of the records: each
fixes the first sort keys and leaves a range of the next one, so that an index over the keys serves it as one range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from criteria.schema.field import Field, FieldType, Value
from criteria.search.order_by import SortKey
from criteria.tree.nodes import And, Comparison, Expression, Operator, Or

Position = tuple[Value | None, ...]
"""The values of the sort keys of one record, None where it is empty."""


class Segment(NamedTuple):
    """A part of the records after a position.

    - `fixed`: equalities of the first sort keys, with None where the field is empty.
    - `limits`: the range of the next sort key: above or below a value, equal to one, empty (`EQ` None) or not empty
      (`NE` None).
    - `keys`: the sort keys that still order the segment.
    """

    fixed: tuple[Comparison, ...]
    limits: Comparison
    keys: tuple[SortKey, ...]


def reverse(keys: Sequence[SortKey]) -> tuple[SortKey, ...]:
    """The sort keys of the opposite order."""
    return tuple(replace(key, descending=not key.descending) for key in keys)


def segments(keys: Sequence[SortKey], position: Position,
             may_be_empty: Callable[[Field], bool] = lambda field: field.nullable or field.is_nested,
             ) -> tuple[Segment, ...]:  # fmt: skip
    """The segments after a position, in the order of the keys."""
    found: list[Segment] = []
    for at in reversed(range(len(keys))):
        fixed = tuple(
            Comparison(key.field, Operator.EQ, value) for key, value in zip(keys[:at], position[:at], strict=True)
        )
        for limits in _ranges(keys[at], position[at], may_be_empty(keys[at].field)):
            is_fixed = limits.operator is Operator.EQ
            found.append(Segment(fixed, limits, tuple(keys[at + 1 :] if is_fixed else keys[at:])))
    return tuple(found)


def _ranges(key: SortKey, value: Value | None, may_be_empty: bool) -> Iterator[Comparison]:
    """The ranges of one sort key beyond a value. Empty comes first when ascending, last when descending."""
    field = key.field
    if value is None:
        if not key.descending:
            yield Comparison(field, Operator.NE, None)
        return
    if field.field_type is FieldType.BOOLEAN:
        if value is key.descending:  # the other value is beyond this one
            yield Comparison(field, Operator.EQ, not key.descending)
    else:
        yield Comparison(field, Operator.LT if key.descending else Operator.GT, value)
    if key.descending and may_be_empty:
        yield Comparison(field, Operator.EQ, None)


def after(keys: Sequence[SortKey], position: Position) -> Expression:
    """The condition that a record comes after a position, as one expression."""
    return Or(tuple(And((*one.fixed, one.limits)) for one in segments(keys, position)))
