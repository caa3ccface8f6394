"""A backend of thirty lines, and the proof that it answers as the criteria language says.

pip install "criteria-engine[conformance]"
pytest examples/conformance
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any, ClassVar

import criteria
from criteria.conformance import Adapter, Suite
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Operator, Or
from criteria.values.case_folding import fold

TESTS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.GT: gt, Operator.GTE: ge, Operator.LT: lt, Operator.LTE: le,
    Operator.STARTS_WITH: str.startswith, Operator.ENDS_WITH: str.endswith, Operator.CONTAINS: str.__contains__,
    Operator.IEQ: lambda value, operand: fold(value) == fold(operand),
    Operator.ISTARTS_WITH: lambda value, operand: fold(value).startswith(fold(operand)),
    Operator.IENDS_WITH: lambda value, operand: fold(value).endswith(fold(operand)),
    Operator.ICONTAINS: lambda value, operand: fold(operand) in fold(value),
    Operator.IN: lambda value, operands: value in operands, Operator.EQ: lambda value, operand: value == operand,
}  # fmt: skip
OPPOSITES = {Operator.NE: Operator.EQ, Operator.NIN: Operator.IN}


class Rows(Adapter):
    """Records in a list. Every comparison is true or false, so that NOT is Python's `not`."""

    name = "rows"
    unsupported: ClassVar = {"other_kinds": "records are decoded, and conform to their schema"}

    def insert(self, schema: criteria.Schema, records: Sequence[Mapping[str, Any]]) -> None:
        if schema.entities:
            raise criteria.CriteriaError(criteria.Problem("unsupported", "This engine has no other entities."))
        self.records = [schema.decode(record) for record in records]

    def run(self, search: criteria.Search) -> criteria.Page:
        found = [record for record in self.records if matches(search.query.expression, record)]
        for key in reversed(search.sort_keys):  # empty values come first when ascending
            found.sort(
                key=lambda record: [(True, value) for value in values(key.field, record)], reverse=key.descending
            )
        end = None if search.fetch is None else search.skip + search.fetch
        ids = [record["id"] for record in found[search.skip : end]]
        return search.page(ids, len(found) if search.get_total_count else None)


def matches(expression: Expression, record: Mapping[str, Any]) -> bool:
    match expression:
        case And(terms):
            return all(matches(term, record) for term in terms)
        case Or(terms):
            return any(matches(term, record) for term in terms)
        case Not(term):
            return not matches(term, record)
        case Comparison(field, operator, operand) if operator in OPPOSITES:
            return not matches(Comparison(field, OPPOSITES[operator], operand), record)
        case Comparison(field, operator, operand):
            found = values(field, record)
            return not found if operand is None else any(TESTS[operator](value, operand) for value in found)
        case AnyElement(objects, term):
            found = values(objects.place, record)
            return any(term is None or (isinstance(one, Mapping) and matches(term, one)) for one in found)
        case AnyReferred():
            raise AssertionError("insert refuses references")


def values(field: criteria.Field, record: Any) -> list[Any]:
    """The values of a field that are not null: of a list its elements, else one or none."""
    for name in field.path:
        record = record.get(name) if record else None
    return [value for value in (record or [] if field.is_list else [record]) if value is not None]


class TestRows(Suite):
    adapter = Rows
