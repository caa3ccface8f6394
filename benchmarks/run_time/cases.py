"""The conditions: each operator on each type, with operands that select few records if the operator can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import criteria
from benchmarks.run_time.records import KINDS, SCHEMA, VALUES

ORDERINGS = ("$gt", "$gte", "$lt", "$lte")
TEXT = ("$startsWith", "$endsWith", "$contains")
EQUALITY = ("$eq", "$in", "$ne", "$nin", "null", "not null")
OPERATORS = (*EQUALITY, *ORDERINGS, *TEXT, *(f"NOT {one}" for one in (*ORDERINGS, *TEXT)))
"""The operators in the order of the tables. `$eq` is a plain value, `null` a plain null."""

_OF_KIND = {
    "boolean": EQUALITY,
    "guid": EQUALITY,
    "objectRef": EQUALITY,
    "string": OPERATORS,
    "string, binary": OPERATORS,
    "list of strings": (*EQUALITY, "$gt", "$startsWith", "$contains"),
    "nested string": (*EQUALITY, "$gt", "$lt", "$startsWith", "$contains", "NOT $gt"),
}
_NUMBERS = (*EQUALITY, *ORDERINGS, *(f"NOT {one}" for one in ORDERINGS))

_PIECES = {"$startsWith": "Signe B", "$endsWith": "ja Berg", "$contains": "it Vik"}
_TAG_PIECES = {"$startsWith": "tag012", "$contains": "ag012"}
_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class Case:
    """An operator on a field, with a typed operand (a tuple for `$in` and `$nin`)."""

    field: str
    operator: str
    operand: Any

    @property
    def kind(self) -> str:
        return KINDS[self.field]

    @property
    def is_scalar_column(self) -> bool:
        """Whether the field is a scalar column, for which no condition on the type is needed."""
        return not self.kind.startswith(("list", "nested"))

    @property
    def is_negated(self) -> bool:
        return self.operator.startswith("NOT ")

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.operator}"

    def query(self, schema: criteria.Schema = SCHEMA, field: str = "") -> criteria.Query:
        """The condition as a query of this library, on another field if one is given."""
        return criteria.parse(self.criteria(field or self.field), schema)

    def criteria(self, field: str) -> dict[str, Any]:
        """The condition as criteria JSON."""
        match self.operator:
            case "null":
                return {field: None}
            case "not null":
                return {field: {"$ne": None}}
            case "$eq":
                return {field: _json(self.operand)}
            case "$in" | "$nin":
                return {field: {self.operator: [_json(one) for one in self.operand]}}
            case _:
                leaf = {field: {self.operator.removeprefix("NOT "): _json(self.operand)}}
                return {"NOT": leaf} if self.is_negated else leaf


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value) if isinstance(value, (Decimal, UUID)) else value


def cases() -> Iterator[Case]:
    """All conditions."""
    for field, kind in KINDS.items():
        for operator in _OF_KIND.get(kind, _NUMBERS):
            yield Case(field, operator, _operand(field, kind, operator))


def _operand(field: str, kind: str, operator: str) -> Any:
    """An operand that selects some thousandths of the records. NOT of an ordering gets the bound at the other end."""
    if operator in ("null", "not null"):
        return None
    if kind == "boolean":  # few are true
        value = operator in ("$eq", "$in")
        return (value,) if operator in ("$in", "$nin") else value
    plain = operator.removeprefix("NOT ")
    if plain in TEXT:
        return (_TAG_PIECES if kind == "list of strings" else _PIECES)[plain]
    values = VALUES[field]
    middle = len(values) // 2
    if plain in ("$in", "$nin"):
        return tuple(values[middle + 100 * at] for at in range(3))
    if plain in ORDERINGS:
        is_high = (plain in ("$gt", "$gte")) != operator.startswith("NOT ")
        return values[int(len(values) * (1 - _SHARE if is_high else _SHARE))]
    return values[middle]
