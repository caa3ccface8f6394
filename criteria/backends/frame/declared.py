"""Comparisons compiled without a frame: a column has the type that its field declares.

Without a schema, it has the type of the literal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import narwhals as nw
from narwhals.dtypes import DType

from criteria.backends.frame.columns import Column
from criteria.backends.frame.conditions import Condition
from criteria.backends.frame.dtypes import condition_on
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import Comparison

_TYPES: Mapping[FieldType, Callable[[Field], DType]] = {
    FieldType.STRING: lambda field: nw.String(),
    FieldType.INTEGER: lambda field: nw.Int64(),
    FieldType.BOOLEAN: lambda field: nw.Boolean(),
    FieldType.DECIMAL: lambda field: nw.Decimal(field.precision or 38, field.scale or 0),
    FieldType.DOUBLE: lambda field: nw.Float64(),
    FieldType.DATE: lambda field: nw.Date(),
    FieldType.DATE_TIME: lambda field: nw.Datetime("us", "UTC"),
    FieldType.GUID: lambda field: nw.String(),
    FieldType.OBJECT_REF: lambda field: nw.Int64(),
}
"""The type of a column that holds the values of a field."""


def declared_condition(leaf: Comparison) -> Condition:
    """The condition of a comparison on a value of the declared type."""
    if leaf.value is None:
        return True
    return condition_on(_TYPES[leaf.field.field_type](leaf.field), leaf)


def declared_place(field: Field) -> nw.Expr:
    """The column expression of a field. Raises `CriteriaError` (`unsupported`)."""
    name = field.column
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        message = f"{quoted(name)} is a pattern of column names in some engines."
        raise CriteriaError(Problem("unsupported", message, hint="Use criteria.backends.frame.filter(frame, query)."))
    return Column(0, (name, *field.path[1:]), nw.Unknown()).expression()
