"""Which types of columns hold the values of which field types, and the condition of a comparison on each.

A column must hold a field's values exactly. A float is not a decimal, a date and time without a zone is not an instant
unless the field declares that it is in UTC, and an instant is not a day: comparing them answers something, and not what
was asked. A 32-bit float is the double of the same value.

| field type | fits | literal without a schema |
|---|---|---|
| string | String, Categorical, Enum | String, Categorical, Enum |
| integer, objectRef | Int8 to Int128, UInt8 to UInt128, Decimal of scale 0 | integers, Decimal, Float64, Float32 |
| boolean | Boolean | Boolean |
| decimal | Decimal of any precision and scale, integers | |
| double | Float64, Float32, integers, Decimal | integers, Decimal, Float64, Float32 |
| date | Date (Arrow's date32, and date64 of whole days; of pandas, Arrow's) | |
| dateTime | Datetime with a time zone, in s, ms, us or ns; without one where the field declares UTC | |
| guid | String, Categorical, Enum (canonical text: lower case, with dashes); DuckDB's UUID | |
| list | List or Array of what fits its elements | |

A column of nothing but nulls fits every field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from narwhals import dtypes as nw
from narwhals.dtypes import DType

from criteria.backends.frame.conditions import Compare, Condition, several
from criteria.backends.frame.domains import DOUBLES, GREATER, SINGLES, Domain, decimals, fitted, instants, integers
from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.tree.nodes import ORDERING, TEXT, Comparison, Operator, assert_never


class NothingButNulls(DType):
    """The type of a column that can only hold nulls."""


class PartialDays(DType):
    """The type of a column of Arrow's date64 with values that are not whole days. Arrow forbids them, and compares them
    as milliseconds."""

    def __repr__(self) -> str:
        return "date64 with values that are not whole days"


class PrunedFloat(DType):
    """The type of a column of floats from which an engine leaves rows out by statistics that do not count NaN."""


class Nanoseconds(DType):
    """The type of a column of DuckDB's instants in nanoseconds, which are not compared."""

    def __repr__(self) -> str:
        return "TIMESTAMPTZ_NS"


class Guid(DType):
    """The type of a column of UUIDs. Cast to a string, they are in canonical form."""


_BITS: Mapping[type[DType], tuple[int, bool]] = {
    nw.Int8: (8, True), nw.Int16: (16, True), nw.Int32: (32, True), nw.Int64: (64, True), nw.Int128: (128, True),
    nw.UInt8: (8, False), nw.UInt16: (16, False), nw.UInt32: (32, False), nw.UInt64: (64, False),
    nw.UInt128: (128, False),
}  # fmt: skip

_FLOATS: tuple[type[DType], ...] = (nw.Float64, nw.Float32)
_NUMBERS: tuple[type[DType], ...] = (*_BITS, nw.Decimal, *_FLOATS)
_LABELS: tuple[type[DType], ...] = (nw.Categorical, nw.Enum)
"""Types of strings that are stored once each. The engines' modules say of labels that are no strings that they are
`Unknown`."""

_STRINGS: tuple[type[DType], ...] = (nw.String, *_LABELS)

_LITERALS: Mapping[FieldType, tuple[type[DType], ...]] = {
    FieldType.STRING: _STRINGS,
    FieldType.INTEGER: _NUMBERS,
    FieldType.BOOLEAN: (nw.Boolean,),
    FieldType.DECIMAL: _NUMBERS,
    FieldType.DOUBLE: _NUMBERS,
    FieldType.DATE: (),
    FieldType.DATE_TIME: (),
    FieldType.GUID: (),
    FieldType.OBJECT_REF: _NUMBERS,
}
"""The types of columns that literals of a query without a schema compare with: JSON has strings, numbers, booleans."""

CASTS: Mapping[FieldType, str] = {
    FieldType.STRING: "String",
    FieldType.INTEGER: "Int64",
    FieldType.BOOLEAN: "Boolean",
    FieldType.DECIMAL: "Decimal",
    FieldType.DOUBLE: "Float64",
    FieldType.DATE: "Date",
    FieldType.DATE_TIME: "Datetime with a time zone",
    FieldType.GUID: "String (in canonical form: lower case, with dashes)",
    FieldType.OBJECT_REF: "Int64",
}
"""The type to cast an unfit column to."""

Remedy = Callable[[FieldType | None, bool, DType], str]
"""What to do with a column of another type, in the words of an engine: by the type of the values that are asked for
(None: objects), whether lists of them are, and the type of the column."""


def cast(field_type: FieldType | None, is_list: bool, dtype: DType) -> str:
    """The remedy in the words of most engines."""
    target = "Struct" if field_type is None else CASTS[field_type]
    return f"Cast it to {f'a List of {target}' if is_list else target}."


def is_fit(field: Field, dtype: DType) -> bool:
    """Whether a type can hold the values that a field of a schema declares."""
    if isinstance(dtype, NothingButNulls):
        return True
    if field.is_list:
        inner = inner_type(dtype)
        return inner is not None and (isinstance(inner, NothingButNulls) or _holds(field, inner))
    return _holds(field, dtype)


def _holds(field: Field, dtype: DType) -> bool:
    match field.field_type:
        case FieldType.STRING:
            return isinstance(dtype, _STRINGS)
        case FieldType.GUID:
            return is_text(dtype)
        case FieldType.BOOLEAN:
            return isinstance(dtype, nw.Boolean)
        case FieldType.DATE:
            return isinstance(dtype, nw.Date)
        case FieldType.DATE_TIME:
            return isinstance(dtype, nw.Datetime) and (dtype.time_zone or field.time_zone) is not None
        case FieldType.DOUBLE:
            return isinstance(dtype, _NUMBERS)
        case FieldType.DECIMAL:
            return isinstance(dtype, (nw.Decimal, *_BITS))
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return isinstance(dtype, tuple(_BITS)) or (isinstance(dtype, nw.Decimal) and dtype.scale == 0)
        case _:
            assert_never(field.field_type)


def is_fit_for_literal(field_type: FieldType, dtype: DType) -> bool:
    """Whether literals of a type can be compared with a column of a query without a schema."""
    return isinstance(dtype, (*_LITERALS[field_type], NothingButNulls))


def is_text(dtype: DType) -> bool:
    """Whether the values compare as strings."""
    return isinstance(dtype, (*_STRINGS, Guid))


def is_cast(dtype: DType) -> bool:
    """Whether the values are strings once they are cast to strings, and not before."""
    return isinstance(dtype, (*_LABELS, Guid))


def is_number(dtype: DType) -> bool:
    """Whether the values are numbers."""
    return isinstance(dtype, _NUMBERS)


def is_float(dtype: DType) -> bool:
    """Whether NaN may be among the values."""
    return isinstance(dtype, _FLOATS)


def inner_type(dtype: DType) -> DType | None:
    """The element type of a list type; None for any other type."""
    if not isinstance(dtype, (nw.List, nw.Array)):
        return None
    inner = dtype.inner
    return inner if isinstance(inner, DType) else inner()


def element_type(dtype: DType) -> DType:
    """The type of a list's elements, or the type itself."""
    return inner_type(dtype) or dtype


def members_of(dtype: DType) -> Mapping[str, DType]:
    """The members of a struct type with their types; empty for any other type."""
    fields = dtype.fields if isinstance(dtype, nw.Struct) else ()
    return {one.name: one.dtype if isinstance(one.dtype, DType) else one.dtype() for one in fields}


def condition_on(dtype: DType, leaf: Comparison) -> Condition:
    """The condition of a comparison, whose operand is not null, on a value of a type that fits."""
    operator = leaf.operator
    operand: Any = _exact(leaf.value, dtype) if isinstance(leaf.field, UndeclaredField) else leaf.value
    if isinstance(dtype, NothingButNulls):
        return False
    if operator in TEXT:
        return Compare(operator, operand) if operand else True
    if is_text(dtype):
        values = operand if isinstance(operand, tuple) else (operand,)
        texts = tuple(map(str, values))
        return Compare(operator, texts if operator is Operator.IN else texts[0])
    if isinstance(dtype, (nw.Boolean, nw.Date)):
        return Compare(operator, operand)
    condition = fitted(domain_of(dtype), operator, operand)
    if is_float(dtype) and operator in ORDERING:
        return several("all", [condition, _IS_NUMBER]) if operator in GREATER else condition
    return condition


def _exact(operand: Any, dtype: DType) -> Any:
    """A double of a query without a schema, as decimals take it, and integers: as it is spelled, and as it is."""
    if isinstance(operand, tuple):
        return tuple(_exact(one, dtype) for one in operand)
    if isinstance(operand, float) and isinstance(dtype, nw.Decimal):
        return Decimal(repr(operand))
    return Fraction(operand) if isinstance(operand, float) and type(dtype) in _BITS else operand


_IS_NUMBER = Compare(Operator.LTE, float("inf"))
"""False only for NaN on engines that sort NaN above all numbers. Unlike a test for NaN, scans can use it to skip
data."""


def domain_of(dtype: DType) -> Domain:
    """The numbers or instants of a type."""
    if isinstance(dtype, nw.Float64):
        return DOUBLES
    if isinstance(dtype, nw.Float32):
        return SINGLES
    if isinstance(dtype, nw.Decimal):
        return decimals(dtype.precision, dtype.scale)
    if isinstance(dtype, nw.Datetime):
        return instants(dtype.time_unit, dtype.time_zone is not None)
    return integers(*_BITS[type(dtype)])


def with_types(known: Mapping[str, DType], natives: Mapping[str, Any],
               own: Callable[[Any], DType | None]) -> Mapping[str, DType]:  # fmt: skip
    """The types of the columns, with the types that `own` gives for some native ones."""
    return {name: own(natives[name]) or dtype for name, dtype in known.items()}
