"""Binding: typed comparisons from a field name, an operator and a JSON operand (docs/language.md#operators)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from criteria.errors import Refusal
from criteria.limits import MAX_FOLDED_OPERAND, Limits
from criteria.messages import quoted
from criteria.parsing.operand_hints import ordering_hint
from criteria.schema.field import Field, FieldType, UndeclaredField, Value, invalid_name
from criteria.schema.schema import ObjectList, Reference, Schema
from criteria.schema.unknown_names import unknown_field
from criteria.tree.comparing import COMPARE
from criteria.tree.nodes import (
    ELEM_MATCH,
    EQUALITY,
    FOLDED,
    MEMBERSHIP,
    ORDERING,
    TEXT,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Operator,
    Or,
    PositiveOperator,
    is_ordering,
)
from criteria.values.coerce import MAX_INT64, MIN_INT64, coerce_operand, is_number, is_whole_double, listed

ALLOWED: Mapping[FieldType, frozenset[Operator]] = {
    FieldType.STRING: EQUALITY | MEMBERSHIP | ORDERING | TEXT,
    FieldType.INTEGER: EQUALITY | MEMBERSHIP | ORDERING,
    FieldType.BOOLEAN: EQUALITY | MEMBERSHIP,
    FieldType.DECIMAL: EQUALITY | MEMBERSHIP | ORDERING,
    FieldType.DOUBLE: EQUALITY | MEMBERSHIP | ORDERING,
    FieldType.DATE: EQUALITY | MEMBERSHIP | ORDERING,
    FieldType.DATE_TIME: EQUALITY | MEMBERSHIP | ORDERING,
    FieldType.GUID: EQUALITY | MEMBERSHIP,
    FieldType.OBJECT_REF: EQUALITY | MEMBERSHIP,
}
"""The operators that apply to each type (docs/language.md#types)."""


def bind_literals(name: str, operator: Operator, operand: object) -> Expression:
    """The comparison of a query without a schema (docs/language.md#without-a-schema). Raises `Refusal`.

    The JSON type of the operand takes the place of the field's type. A list of several types becomes one comparison per
    type.
    """
    if operator not in MEMBERSHIP or not isinstance(operand, Sequence):
        return bind_comparison(literal_field(name, literal_type([operand])), operator, operand)
    by_kind: dict[str, list[object]] = {}
    for value in operand:
        by_kind.setdefault(_literal_kind(value), []).append(value)
    if len(by_kind) <= 1:
        return bind_comparison(literal_field(name, literal_type(operand)), operator, operand)
    terms = tuple(
        bind_comparison(literal_field(name, literal_type(values)), operator, values) for values in by_kind.values()
    )
    return Or(terms) if operator is Operator.IN else And(terms)


def literal_type_of(terminals: Sequence[str]) -> FieldType | None:
    """The field type of literals with these terminals; None when it depends on their values."""
    kinds = set(terminals)
    if kinds <= {"TRUE", "FALSE"} and kinds:
        return FieldType.BOOLEAN
    return FieldType.STRING if kinds <= {"STRING"} or kinds == {"NULL"} else None


@lru_cache(1024)
def literal_field(name: str, field_type: FieldType) -> Field:
    """The field of a name in a query without a schema."""
    return UndeclaredField(name, field_type)


def find_field(schema: Schema, name: str) -> Field:
    """The declared field of a name. Raises `Refusal` (`unknown_field`)."""
    found = schema.find(name)
    if found is None:
        raise unknown_field(schema, name)
    return found


def check_objects(schema: Schema | None, name: str) -> tuple[ObjectList | Reference, ...]:
    """The lists of objects and the references that a name leads through, the last one of which it names. Raises
    `Refusal`."""
    if schema is None:
        message = f"{ELEM_MATCH} needs a schema that declares the list of objects."
        hint = f"Without one, a path such as {quoted(f'{name}.field')} leads to the values of all elements."
        raise Refusal("operator_not_allowed", message, hint)
    found = schema.find_objects(name)
    if found is None and schema.find(name) is None and schema.find_through(name) is None:
        raise unknown_field(schema, name)
    if found is None:
        applies = "to lists of objects" if not schema.entities else "to lists of objects and references"
        message = f"{ELEM_MATCH} applies {applies}, and field {quoted(name)} is not one."

        hint = "A comparison of a list of values needs no operator: it is true if it is true of one element."
        raise Refusal("operator_not_allowed", message, hint)
    check_name(name)
    return found


def check_objects_operator(name: str, operator: Operator) -> None:
    """Raises `Refusal` (`operator_not_allowed`) when an operator does not apply to a list of objects."""
    if operator not in EQUALITY:
        message = f"{operator.value} does not apply to {quoted(name)}, which is a list of objects."
        raise Refusal("operator_not_allowed", message, _OBJECTS_HINT.format(name=quoted(name)))


def check_is_null(name: str, is_null: bool) -> None:
    """Raises `Refusal` (`operator_not_allowed`) when a list of objects is compared with a value."""
    if not is_null:
        message = f"{quoted(name)} is a list of objects, which is compared with null only."
        raise Refusal("operator_not_allowed", message, _OBJECTS_HINT.format(name=quoted(name)))


_OBJECTS_HINT = 'Write {{{name}: {{"$elemMatch": {{...}}}}}}, or name a field of the objects by its path.'


def in_objects(through: Sequence[ObjectList | Reference], term: Expression | None) -> Expression:
    """The test whether some object behind lists of objects and references, the outermost first, fulfils a term."""
    found = term
    for one in reversed(through):
        if isinstance(one, ObjectList):
            found = AnyElement(one, found)
        else:
            assert found is not None
            found = AnyReferred(one, found)
    assert found is not None
    return found


def check_name(name: str) -> None:
    """Raises `Refusal` (`invalid_field_name`) when a name cannot be a field name (docs/language.md#names)."""
    wrong = invalid_name(name)
    if wrong:
        raise Refusal("invalid_field_name", f"{quoted(name)} cannot be a field name. {wrong}")


def bind_comparison(field: Field, operator: Operator, operand: object) -> Comparison:
    """A comparison whose operand has the field's type. Raises `Refusal`."""
    check_operator(field, operator)
    if operator in MEMBERSHIP:
        assert isinstance(operand, Sequence)
        return Comparison(field, operator, tuple(_typed(field, operator, value) for value in operand))
    if operand is None and operator in EQUALITY:
        return Comparison(field, operator, None)
    return Comparison(field, operator, _typed(field, operator, operand))


def _typed(field: Field, operator: Operator, operand: object) -> Value:
    """One operand as a value of the field's type. Raises `Refusal`."""
    if operator in EQUALITY or operator in MEMBERSHIP:
        return coerce_operand(field, operand) if field.values is None else listed(field, operand)
    try:
        return coerce_operand(field, operand)
    except Refusal as refusal:
        hint = ordering_hint(field, operator, operand) if is_ordering(operator) else None
        raise Refusal(refusal.code, refusal.message, hint or refusal.hint) from None


def among_listed(field: Field, operator: PositiveOperator, operand: Value) -> tuple[Value, ...]:
    """The values of an `$in` that is an ordering or a text operator of a field that lists its values: those that fulfil
    it."""
    compare = COMPARE[operator]
    return tuple(value for value in field.values or () if compare(value, operand))


def check_listed(count: int, limits: Limits) -> None:
    """Raises `Refusal` (`too_many_values`) when the comparisons up to one have more listed values than the limit."""
    if count > limits.listed_values:
        message = (
            "The orderings and text comparisons up to this one compare with "
            f"{count} listed values; {limits.listed_values} are allowed."
        )
        hint = "Name the values, with $in, or ask in several requests."
        raise Refusal("too_many_values", message, hint)


def check_operator(field: Field, operator: Operator) -> None:
    """Raises `Refusal` (`operator_not_allowed`) when the operator does not apply to the field's type."""
    if operator not in ALLOWED[field.field_type]:
        allowed = [known.value for known in Operator if known in ALLOWED[field.field_type] and known.value]
        message = f"{operator.value} does not apply to field {quoted(field.name)} of type {field.field_type.value}."
        raise Refusal("operator_not_allowed", message, f"A plain value and {', '.join(allowed)} do.")


def check_count(operand: Sequence[object], limits: Limits) -> None:
    """Raises `Refusal` (`too_many_values`) when a list has more values than the limit."""
    if len(operand) > limits.values:
        raise Refusal("too_many_values", f"The list has {len(operand)} values; {limits.values} are allowed.")


def bind_value(field: Field, operator: Operator, operand: object, limits: Limits) -> Value:
    """One operand as a value of the field's type, within the limits. Raises `Refusal`."""
    value = _typed(field, operator, operand)
    most = max_operand(operator, limits)
    if operator in TEXT and isinstance(value, str) and len(value) > most:
        message = f"The operand has {len(value)} characters; {most} are allowed."
        raise Refusal("too_long", message)
    return value


def max_operand(operator: Operator, limits: Limits) -> int:
    """The maximum length of the operand of a text operator, in code points."""
    return min(MAX_FOLDED_OPERAND, limits.text_operand) if operator in FOLDED else limits.text_operand


def literal_type(values: Iterable[object]) -> FieldType:
    """The field type of JSON literals of one kind (docs/language.md#without-a-schema)."""
    kinds = {_literal_kind(value) for value in values}
    if kinds == {"number"}:
        return FieldType.INTEGER if all(map(_is_int64, values)) else FieldType.DOUBLE
    return FieldType.BOOLEAN if kinds == {"boolean"} else FieldType.STRING


def _literal_kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if is_number(value) else "string"


def _is_int64(value: object) -> bool:
    """Whether a number is an integer of 64 bits (docs/language.md#without-a-schema).

    Up to 2^53 it is an integer if the nearest double is whole. Beyond, a number with a fraction or an exponent is a
    double if a double has exactly its shortest spelling: a decoded float does not show how it was written.
    """
    if isinstance(value, Decimal):
        if is_whole_double(value):
            return True
        if value.adjusted() > 19 or int(value) != value or not MIN_INT64 <= int(value) <= MAX_INT64:
            return False
        return Decimal(repr(float(value))) != value
    if isinstance(value, float):
        return is_whole_double(value)
    return isinstance(value, int)
