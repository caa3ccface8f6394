"""Predicates: generated Python, one function for a record and one loop for many.

The source depends on nothing but the query's structure: names are bound as `k0, k1, ...`, operands as `c0, c1, ...`,
loaders as `l0, l1, ...`, so no text of a client is ever compiled. In the source of a query

- `v0` is a field's value when it is of the field's type, else None, and `e0` says whether the field is empty;
- a list field's `v0` is the list of its elements that are of the field's type.

Each leaf is two-valued by itself, so NOT is `not`.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from criteria.ast import (
    EVERYTHING,
    NOTHING,
    And,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
)
from criteria.types import Field, FieldType
from criteria.values import Records, elements, loader, member

_Names = dict[str, Any]

_PLAIN_CLASSES = {
    FieldType.STRING: "str",
    FieldType.INTEGER: "int",
    FieldType.BOOLEAN: "bool",
    FieldType.DOUBLE: "float",
    FieldType.OBJECT_REF: "int",
}
"""Types one of whose Python classes needs no loader: a value of exactly this class is what it is."""

_TESTS: Mapping[Operator, str] = {
    Operator.EQ: "{value} == {operand}",
    Operator.GT: "{value} > {operand}",
    Operator.GTE: "{value} >= {operand}",
    Operator.LT: "{value} < {operand}",
    Operator.LTE: "{value} <= {operand}",
    Operator.IN: "{value} in {operand}",
    Operator.STARTS_WITH: "{value}.startswith({operand})",
    Operator.ENDS_WITH: "{value}.endswith({operand})",
    Operator.CONTAINS: "{operand} in {value}",
}
"""The test of each operator of the normal form; both slots take names that this module made."""


@dataclass(frozen=True, slots=True, repr=False)
class Predicate:
    """Says of a record whether the query selects it.

    Records are mappings or objects with attributes. Neither way in ever raises, whatever a record holds.
    """

    matches: Callable[[Any], bool]
    select: Callable[[Iterable[Any]], list[Any]]
    source: str

    def __call__(self, record: Any) -> bool:
        """Whether the query selects the record."""
        return self.matches(record)

    def filter(self, records: Iterable[Any]) -> list[Any]:
        """The records that the query selects, in their order."""
        return self.select(records)

    def __repr__(self) -> str:
        return f"Predicate({self.source.count(chr(10))} lines)"


def predicate(normal: Expression, records: Records) -> Predicate:
    """The predicate of an expression in normal form, over typed or JSON records."""
    writer = _Writer(records)
    condition = writer.condition(normal)
    source = _source(writer.loads, condition)
    filename = f"<criteria predicate {hash(source) & 0xFFFFFFFF:08x}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), writer.names)
    return Predicate(writer.names["matches"], writer.names["select"], source)


def _source(loads: list[str], condition: str) -> str:
    one = ["def matches(record):", *("    " + line for line in loads), f"    return {condition}"]
    many = [
        "def select(records):",
        "    selected = []",
        "    for record in records:",
        *("        " + line for line in loads),
        f"        if {condition}:",
        "            selected.append(record)",
        "    return selected",
    ]
    return "\n".join([*one, "", *many, ""])


class _Writer:
    """Collects the lines that load fields, and everything that the source refers to by name."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.loads: list[str] = []
        self.names: _Names = {"member": member, "elements": elements}
        self.loaded: dict[Field, int] = {}
        self.tested: set[int] = set()
        self.constants = 0

    def condition(self, normal: Expression) -> str:
        match normal:
            case And(terms):
                return "True" if normal == EVERYTHING else self.group(" and ", terms)
            case Or(terms):
                return "False" if normal == NOTHING else self.group(" or ", terms)
            case Not(Comparison() as leaf):
                return f"not ({self.leaf(leaf)})"
            case Comparison():
                return self.leaf(normal)
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def group(self, connective: str, terms: tuple[Expression, ...]) -> str:
        return connective.join(f"({self.condition(term)})" for term in terms)

    def leaf(self, comparison: Comparison) -> str:
        index = self.field(comparison.field)
        if comparison.value is None:
            return f"e{index}"
        test = _TESTS[comparison.operator]
        operand = self.constant(comparison)
        if comparison.field.is_list:
            return f"any([{test.format(value='v', operand=operand)} for v in v{index}])"
        compares = test.format(value=f"v{index}", operand=operand)
        if comparison.operator in (Operator.EQ, Operator.IN):
            return compares  # None equals no operand
        return f"v{index} is not None and {compares}"

    def constant(self, comparison: Comparison) -> str:
        name = f"c{self.constants}"
        self.constants += 1
        value = comparison.value
        self.names[name] = frozenset(value) if isinstance(value, tuple) else value
        return name

    def field(self, field: Field) -> int:
        """The number of a field's names, with the lines that load it."""
        if field in self.loaded:
            return self.loaded[field]
        index = self.loaded[field] = len(self.loaded)
        source = "record"
        for segment in field.path:
            key = f"k{len([name for name in self.names if name.startswith('k')])}"
            self.names[key] = segment
            source = f"member({source}, {key})"
        self.names[f"l{index}"] = loader(field, self.records)
        self.loads.append(f"v{index} = {source}")
        if field.is_list:
            self.loads.append(f"v{index} = elements(v{index})")
            self.loads.append(f"e{index} = not v{index}")
            self.loads.append(f"v{index} = [v for v in map(l{index}, v{index}) if v is not None]")
        else:
            self.loads.append(f"e{index} = v{index} is None")
            self.loads.append(f"{self._guard(field, index)}v{index} = l{index}(v{index})")
        return index

    def _guard(self, field: Field, index: int) -> str:
        plain = _PLAIN_CLASSES.get(field.field_type)
        if plain is None or plain == "float":
            return ""
        return f"if v{index}.__class__ is not {plain}: "
