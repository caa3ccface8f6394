"""Predicates: generated Python, one function for a record and one loop for many.

The source depends on nothing but the query's structure: names are bound as `k0, k1, ...`, operands as `c0, c1, ...`,
loaders as `l0, l1, ...`, so no text of a client is ever compiled. In the source of a query `row` has a `get`, and

- `v0` is a field's value when it is of the field's type, else None, and `e0` says whether the field is empty;
- a list field's `v0` is the list of its elements that are of the field's type.

Each leaf is two-valued by itself, so NOT is `not`.
"""

from __future__ import annotations

import linecache
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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


class Row(Protocol):
    """What the generated code asks of a record."""

    def get(self, name: str, /) -> Any:
        """The value of a name, None when there is none."""


_PLAIN_CLASSES = {
    FieldType.STRING: "str",
    FieldType.INTEGER: "int",
    FieldType.BOOLEAN: "bool",
    FieldType.DOUBLE: "float",
    FieldType.OBJECT_REF: "int",
}
"""Types one of whose Python classes needs no loader: a value of exactly this class compares as it is (NaN: never)."""

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

    matches: Callable[[Row], bool]
    select: Callable[[Iterable[Any]], list[Any]]
    source: str

    def __call__(self, record: Any) -> bool:
        """Whether the query selects the record."""
        return matching(self.matches, record)

    def filter(self, records: Iterable[Any]) -> list[Any]:
        """The records that the query selects, in their order."""
        return self.select(records)

    def __repr__(self) -> str:
        return f"Predicate({self.source.count(chr(10))} lines)"


def predicate(normal: Expression, records: Records) -> Predicate:
    """The predicate of an expression in normal form, over typed or JSON records."""
    writer = _Writer(records)
    condition = writer.condition(normal)
    source = _source(writer.loads(), condition)
    filename = _filed(source)
    exec(compile(source, filename, "exec"), writer.names)
    return Predicate(writer.names["matches"], writer.names["select"], source)


_FILED: deque[str] = deque()
_MOST_FILED = 256


def _filed(source: str) -> str:
    """A file name under which tracebacks find the source; the oldest sources are forgotten."""
    filename = f"<criteria predicate {hash(source) & 0xFFFFFFFFFFFF:012x}>"
    if filename not in linecache.cache:
        _FILED.append(filename)
        if len(_FILED) > _MOST_FILED:
            linecache.cache.pop(_FILED.popleft(), None)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


def _source(loads: list[str], condition: str) -> str:
    one = ["def matches(row):", *("    " + line for line in loads), f"    return {condition}"]
    many = [
        "def select(records):",
        "    selected = []",
        "    for record in records:",
        "        try:",
        "            row = record if type(record) is dict else view(record)",
        *("            " + line for line in loads),
        f"            is_selected = {condition}",
        "        except Exception:",
        "            is_selected = matches(view(record))",
        "        if is_selected:",
        "            selected.append(record)",
        "    return selected",
    ]
    return "\n".join([*one, "", *many, ""])


def matching(matches: Callable[[Row], bool], record: Any) -> bool:
    """Whether a record matches. A dict whose keys raise when they are compared is asked like a foreign object."""
    try:
        return matches(record if type(record) is dict else View(record))
    except Exception:
        return matches(View(record))


class View:
    """Any record, asked as a dict is."""

    __slots__ = ("record",)

    def __init__(self, record: Any) -> None:
        self.record = record

    def get(self, name: str) -> Any:
        """The value of a name, None when there is none."""
        return member(self.record, name)


class _Writer:
    """Writes the condition, and collects everything that the source refers to by name."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.names: _Names = {"member": member, "elements": elements, "view": View}
        self.fields: dict[Field, int] = {}
        self.tested: set[int] = set()
        self.keys = 0
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
        index = self.fields.setdefault(comparison.field, len(self.fields))
        if comparison.value is None:
            self.tested.add(index)
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

    def loads(self) -> list[str]:
        """The lines that load the fields of the condition."""
        return [line for field, index in self.fields.items() for line in self.load(field, index)]

    def load(self, field: Field, index: int) -> Iterator[str]:
        value, empty, load = f"v{index}", f"e{index}", f"l{index}"
        first, *rest = [self.key(segment) for segment in field.path]
        source = f"row.get({first})"
        for key in rest:
            source = f"member({source}, {key})"
        self.names[load] = loader(field, self.records)
        if field.is_list:
            yield f"{value} = elements({source})"
            if index in self.tested:
                yield f"{empty} = not {value}"
            yield f"{value} = [v for v in map({load}, {value}) if v is not None]"
            return
        yield f"{value} = {source}"
        if index in self.tested:
            yield f"{empty} = {value} is None"
        plain = _PLAIN_CLASSES.get(field.field_type)
        guard = f"if type({value}) is not {plain}: " if plain else ""
        yield f"{guard}{value} = {load}({value})"

    def key(self, segment: str) -> str:
        name = f"k{self.keys}"
        self.keys += 1
        self.names[name] = segment
        return name
