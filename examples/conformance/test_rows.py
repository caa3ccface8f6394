"""A backend of 28 lines, an adapter of 17, and the proof that it answers as the criteria language says.

pip install "criteria-engine[conformance]"
pytest examples/conformance
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import contains, eq, ge, gt, le, lt
from typing import Any, ClassVar

import criteria
from criteria.conformance import Adapter, Suite
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Operator, Or
from criteria.tree.normalize import normalize
from criteria.values.case_folding import fold

TESTS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: eq, Operator.GT: gt, Operator.GTE: ge, Operator.LT: lt, Operator.LTE: le,
    Operator.IN: lambda value, operands: value in operands,
    Operator.STARTS_WITH: str.startswith, Operator.ENDS_WITH: str.endswith, Operator.CONTAINS: contains,
    Operator.IEQ: lambda value, operand: fold(value) == fold(operand),
    Operator.ISTARTS_WITH: lambda value, operand: fold(value).startswith(fold(operand)),
    Operator.IENDS_WITH: lambda value, operand: fold(value).endswith(fold(operand)),
    Operator.ICONTAINS: lambda value, operand: fold(operand) in fold(value),
}  # fmt: skip
"""Normal form has no other operators: it writes $ne and $nin with NOT."""


def matches(normal: Expression, record: Any) -> bool:
    """Every comparison is true or false, so that NOT is Python's `not`."""
    match normal:
        case And(terms):
            return all(matches(term, record) for term in terms)
        case Or(terms):
            return any(matches(term, record) for term in terms)
        case Not(term):
            return not matches(term, record)
        case Comparison(field, operator, operand):
            found = values(field, record)
            return not found if operand is None else any(TESTS[operator](value, operand) for value in found)
        case AnyElement(objects, term):
            return any(term is None or matches(term, one) for one in values(objects.place, record))
        case AnyReferred():
            raise AssertionError("insert refuses references")


def values(field: criteria.Field, record: Any) -> list[Any]:
    """The values of a field that are not null: of a list its elements, else one or none."""
    for name in field.path:
        record = record.get(name) if record else None
    return [value for value in (record or [] if field.is_list else [record]) if value is not None]


class Rows(Adapter):
    """Records in a list."""

    name = "rows"
    unsupported: ClassVar = {"other_kinds": "records are decoded, and conform to their schema"}

    def insert(self, schema: criteria.Schema, records: Sequence[Mapping[str, Any]]) -> None:
        if schema.entities:
            raise criteria.CriteriaError(criteria.Problem("unsupported", "This engine has no other entities."))
        self.records = [schema.decode(record) for record in records]

    def run(self, search: criteria.Search) -> criteria.Page:
        normal = normalize(search.query.expression)
        found = [record for record in self.records if matches(normal, record)]
        for key in reversed(search.sort_keys):  # empty values come first when ascending
            found.sort(key=lambda record: values(key.field, record), reverse=key.descending)
        end = None if search.fetch is None else search.skip + search.fetch
        ids = [record["id"] for record in found[search.skip : end]]
        return search.page(ids, len(found) if search.get_total_count else None)


class TestRows(Suite):
    adapter = Rows
