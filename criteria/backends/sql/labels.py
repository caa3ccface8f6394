"""What statements depend on in the operands of enumerated columns: which of the labels fulfil a comparison."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from criteria.backends.sql.stored_field import StoredField
from criteria.tree.comparing import COMPARE
from criteria.tree.nodes import Comparison, Expression, Operator, leaves
from criteria.tree.parameters import Slots

Variant = Callable[[Sequence[Any]], Hashable]
"""Takes the values of a query, and returns what else than its form its statement depends on."""


def variant(compared: Expression, stored_fields: Mapping[str, StoredField], slots: Slots) -> Variant | None:
    """What the statement of an expression depends on; None if on nothing but its form.

    Raises `LookupError` for an operand that is not a value of the query.
    """
    parts: list[Variant] = []
    for leaf in leaves(compared):
        labels = stored_fields[leaf.field.name].codec.labels
        if labels is not None and leaf.value is not None:
            parts.append(_of_leaf(leaf, labels, slots))
    if not parts:
        return None
    return lambda values: tuple([part(values) for part in parts])


def _of_leaf(leaf: Comparison, labels: Sequence[str], slots: Slots) -> Variant:
    known, operator = frozenset(labels), leaf.operator
    if isinstance(leaf.value, tuple):
        items = slots.items(leaf.value)
        return lambda values: tuple([value for value in items(values) if value in known])
    place = slots[leaf.value]

    def of_value(values: Sequence[Any]) -> Hashable:
        value = values[place]
        return value if value in known else _beside(value, operator, labels)

    return of_value


def _beside(value: str, operator: Operator, labels: Sequence[str]) -> Hashable:
    """The place of a value that is not a label among the labels, which all orderings depend on, and the labels that
    fulfil the comparison: a few, however many values there are."""
    compare = COMPARE[operator]
    return sum(label < value for label in labels), tuple([label for label in labels if compare(label, value)])
