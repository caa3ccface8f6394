"""The meaning of a query, written as docs/language.md says it and without regard to speed.

It shares nothing with the backends but the tree: no normal form, no loaders. Records are typed and conform.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.search.order_by import SortKey
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Operator, Or, assert_never

Objects = Mapping[str, Mapping[int, dict[str, Any]]]
"""The records of other entities by their ids, by the name of the entity."""


NO_OBJECTS: Objects = {}


def is_true(expression: Expression, record: dict[str, Any], entities: Objects = NO_OBJECTS) -> bool:
    """Whether an expression is true of a record: always one or the other (docs/language.md#negation)."""
    match expression:
        case And(terms):
            return all(is_true(term, record, entities) for term in terms)
        case Or(terms):
            return any(is_true(term, record, entities) for term in terms)
        case Not(term):
            return not is_true(term, record, entities)
        case Comparison():
            return _comparison(expression, record)
        case AnyElement(objects, term):
            items = value_of(objects.place, record) or []
            if term is None:
                return any(item is not None for item in items)
            return any(isinstance(item, dict) and is_true(term, item, entities) for item in items)
        case AnyReferred(reference, term):
            held = value_of(reference.place, record)
            ids = held if reference.place.is_list else [held]
            referred = [entities[reference.entity].get(one) for one in ids or [] if one is not None]
            return any(one is not None and is_true(term, one, entities) for one in referred)
        case _:
            assert_never(expression)


def ordered(records: Sequence[dict[str, Any]], keys: Sequence[SortKey]) -> list[dict[str, Any]]:
    """The records in order: empty values first when ascending, last when descending (docs/language.md#orderby)."""
    result = list(records)
    for key in reversed(keys):
        empty = [record for record in result if value_of(key.field, record) is None]
        full = [record for record in result if value_of(key.field, record) is not None]
        full.sort(key=lambda record: value_of(key.field, record), reverse=key.descending)
        result = full + empty if key.descending else empty + full
    return result


def value_of(field: Field, record: dict[str, Any]) -> Any:
    """The value of a field; None when it, or an object on its path, is missing or null (docs/language.md#paths)."""
    value: Any = record
    for segment in field.path:
        value = value.get(segment) if isinstance(value, dict) else None
    return value


def plain_values(value: Any, path: Sequence[str]) -> list[Any]:
    """The values of a field without a schema (docs/language.md#without-a-schema): what a record holds, below a path."""
    if isinstance(value, (list, tuple, set, frozenset)):
        if not path:
            return [one for one in value if one is not None]
        return [one for item in value if isinstance(item, dict) for one in plain_values(item, path)]
    if not path:
        return [] if value is None else [value]
    return plain_values(value.get(path[0]), path[1:]) if isinstance(value, dict) else []


def _plain_comparison(leaf: Comparison, record: dict[str, Any]) -> bool:
    values, operand = plain_values(record, leaf.field.path), leaf.value
    if operand is None:
        return (not values) is (leaf.operator is Operator.EQ)
    if leaf.operator is Operator.NE:
        return not _plain_comparison(Comparison(leaf.field, Operator.EQ, operand), record)
    if leaf.operator is Operator.NIN:
        return not _plain_comparison(Comparison(leaf.field, Operator.IN, operand), record)
    return any(_of_one_kind(leaf, value) for value in values)


def _of_one_kind(leaf: Comparison, value: Any) -> bool:
    operands = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    if leaf.field.field_type is FieldType.STRING or leaf.field.field_type is FieldType.BOOLEAN:
        expected = str if leaf.field.field_type is FieldType.STRING else bool
        alike: Any = value if type(value) is expected else None
        compared: list[Any] = list(operands)
    else:
        is_spelled = isinstance(value, Decimal)
        alike = _exact(value)
        compared = [_exact(Decimal(repr(one)) if is_spelled and isinstance(one, float) else one) for one in operands]
    if alike is None:
        return False
    if leaf.operator is Operator.EQ or leaf.operator is Operator.IN:
        return alike in compared
    return _positive(leaf.operator, alike, compared[0])


def _exact(value: Any) -> Any:
    """A number as a fraction; infinities as they are. None for NaN and for what is not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or value != value:
        return None
    return Fraction(value) if value not in (Decimal("inf"), Decimal("-inf")) else float(value)


def _comparison(leaf: Comparison, record: dict[str, Any]) -> bool:
    if isinstance(leaf.field, UndeclaredField):
        return _plain_comparison(leaf, record)
    value = value_of(leaf.field, record)
    values = [one for one in ((value or []) if leaf.field.is_list else [value]) if one is not None]
    operand: Any = leaf.value
    if leaf.operator is Operator.NE:
        return bool(values) if operand is None else not any(one == operand for one in values)
    if leaf.operator is Operator.EQ:
        return not values if operand is None else any(one == operand for one in values)
    if leaf.operator is Operator.NIN:
        return not any(one in operand for one in values)
    return any(_positive(leaf.operator, one, operand) for one in values)


def _positive(operator: Operator, value: Any, operand: Any) -> bool:
    match operator:
        case Operator.GT:
            return bool(value > operand)
        case Operator.GTE:
            return bool(value >= operand)
        case Operator.LT:
            return bool(value < operand)
        case Operator.LTE:
            return bool(value <= operand)
        case Operator.IN:
            return value in operand
        case Operator.STARTS_WITH:
            return bool(value[: len(operand)] == operand)
        case Operator.ENDS_WITH:
            return bool(value[len(value) - len(operand) :] == operand) and len(value) >= len(operand)
        case Operator.CONTAINS:
            return value.find(operand) >= 0  # type: ignore[no-any-return]
        case Operator.IEQ:
            return _folded(value) == _folded(operand)
        case Operator.ISTARTS_WITH:
            return _folded(value)[: len(operand)] == _folded(operand)
        case Operator.IENDS_WITH:
            return len(value) >= len(operand) and _folded(value)[len(value) - len(operand) :] == _folded(operand)
        case Operator.ICONTAINS:
            size = len(operand)
            return any(_folded(value)[at : at + size] == _folded(operand) for at in range(len(value) - size + 1))
        case Operator.EQ | Operator.NE | Operator.NIN:
            raise AssertionError(operator)
        case _:
            assert_never(operator)


def _folded(text: str) -> list[str]:
    """The characters of a text, each as what all with its simple case folding share: their full case folding."""
    return [character.casefold() for character in text]
