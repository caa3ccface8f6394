"""Decimals that are numbers inside JSON, which engines read as doubles (docs/language.md#inside-json).

A number is the decimal of its shortest spelling as a double, and is compared with an operand as that decimal. Here both
are doubles: the operand becomes the double on the right side of which all doubles are whose decimals are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from criteria.backends.sql.codec import Codec
from criteria.backends.sql.dialect import Maker, StoredValue
from criteria.backends.sql.nodes import Derive
from criteria.backends.sql.representation import Representation
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Comparison, Operator, PositiveOperator
from criteria.values.json_decimals import above, below, nearest


@lru_cache(maxsize=1024)
def as_double(field: Field) -> Field:
    """The field of the numbers at the place of a decimal."""
    return type(field)(field.name, FieldType.DOUBLE, is_list=field.is_list, column=field.column)


_BOUNDS: Mapping[PositiveOperator, Derive] = {
    Operator.EQ: nearest,
    Operator.IN: nearest,
    Operator.GT: below,
    Operator.GTE: above,
    Operator.LT: above,
    Operator.LTE: below,
    Operator.STARTS_WITH: nearest,
    Operator.ENDS_WITH: nearest,
    Operator.CONTAINS: nearest,
    Operator.IEQ: nearest,
    Operator.ISTARTS_WITH: nearest,
    Operator.IENDS_WITH: nearest,
    Operator.ICONTAINS: nearest,
}
"""The double that each operator compares a number with. (Decimals have no text operators.)"""


def number(double: Field, make: Maker, leaf: Comparison) -> StoredValue:
    """The number at the place of a decimal, and how the operand of a comparison becomes a double."""
    codec = Codec(Representation.NATIVE, spellings=(_BOUNDS[leaf.operator],), binds_arrays=True)
    return StoredValue(double, make, Representation.NATIVE, in_json=True, codec=codec)
