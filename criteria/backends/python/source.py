"""Source text: the condition of a query as one Python expression.

The text depends on nothing but the query's form: names are bound as `k0, k1, ...`, operands and what is made of them as
`c0, c1, ...`, careful tests as `t0, t1, ...`, so no text of a client is ever compiled.

The condition is written for the records that are usual, dicts whose values have their field's type. Wherever a value is
of another class, the leaf asks its careful test, which takes any. So

    (v0 > c0 if (v0 := row[k0]).__class__ is int else v0 is not None and t0(v0))

needs one look-up and one comparison for an integer, and no test of its own for null. Each leaf is two-valued by itself,
so NOT is `not`. A field that was read before a leaf, whatever the outcome was, is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from criteria.ast import EVERYTHING, NOTHING, ORDERING, And, Comparison, Expression, Not, Operator, Or, assert_never
from criteria.backends.python.leaves import test_maker
from criteria.form import Slots
from criteria.prefix import successor
from criteria.types import Field, FieldType
from criteria.values import Records

Make = Callable[[Sequence[Any]], Any]
"""Makes what a name is bound to, of the values of a query."""

_CLASSES: Mapping[FieldType, str] = {
    FieldType.STRING: "{value}.__class__ is str",
    FieldType.INTEGER: "{value}.__class__ is int",
    FieldType.OBJECT_REF: "{value}.__class__ is int",
    FieldType.DOUBLE: "({value}.__class__ is float or {name}.__class__ is int and {name}.bit_length() < most_bits)",
    FieldType.DECIMAL: "{value}.__class__ is decimal and {name}.is_finite()",
    FieldType.DATE_TIME: "{value}.__class__ is datetime and {name}.tzinfo is utc",
    FieldType.GUID: "{value}.__class__ is guid",
}
"""What is asked of a value before it is compared as it is. (A NaN equals nothing and is greater than nothing; an
integer beyond all doubles is none; an object that only says that it is of the class raises when it is compared.)"""

_IN_JSON = frozenset({FieldType.STRING, FieldType.INTEGER, FieldType.OBJECT_REF, FieldType.DOUBLE})
"""Types whose values JSON holds as they are."""

_FOUND_BY_EQUALITY = frozenset({FieldType.STRING, FieldType.INTEGER, FieldType.BOOLEAN})
"""Types of which a list holds a value only if Python finds one that is equal. What it finds is tested again."""

_TESTS: Mapping[Operator, str] = {
    Operator.EQ: "{name} == {operand}",
    Operator.GT: "{name} > {operand}",
    Operator.GTE: "{name} >= {operand}",
    Operator.LT: "{name} < {operand}",
    Operator.LTE: "{name} <= {operand}",
    Operator.IN: "{name} in {operand}",
    Operator.STARTS_WITH: "{operand} <= {name} < {end}",
    Operator.ENDS_WITH: "ends_with({name}, {operand})",
    Operator.CONTAINS: "{operand} in {name}",
}
"""The test of each operator of the normal form; all slots take names that this module made."""

_LOWER = {Operator.GT: "{operand} < {name}", Operator.GTE: "{operand} <= {name}"}
_UPPER = {Operator.LT: " < {operand}", Operator.LTE: " <= {operand}"}


@dataclass(slots=True)
class Bindings:
    """What the names of a source stand for: keys for good, the others as functions of a query's values."""

    keys: dict[str, str] = field(default_factory=dict)
    makes: dict[str, Make] = field(default_factory=dict)

    def key(self, segment: str) -> str:
        """The name of a key."""
        return self.keys.setdefault(segment, f"k{len(self.keys)}")

    def made(self, letter: str, make: Make) -> str:
        """A new name for what is made of the values."""
        name = f"{letter}{len(self.makes)}"
        self.makes[name] = make
        return name


class Condition:
    """Writes the condition of one expression.

    `reads` is how a dict is asked: `row[{key}]` or `row.get({key})`.
    """

    def __init__(self, leaves: Mapping[int, Leaf], bindings: Bindings, reads: str) -> None:
        self.leaves, self.bindings, self.reads = leaves, bindings, reads
        self.fields: dict[Field, int] = {}
        self.inner = 0

    def text(self, normal: Expression) -> str:
        """The condition as an expression in `row`."""
        return self._condition(normal, set())

    def _condition(self, normal: Expression, seen: set[Field]) -> str:
        """The text; adds to `seen` what is read whatever the outcome is."""
        match normal:
            case And(terms):
                return "True" if normal == EVERYTHING else self._all(terms, seen)
            case Or(terms):
                return "False" if normal == NOTHING else self._group(" or ", terms, seen)
            case Not(Comparison() as leaf):
                return f"not {self._leaf(leaf, seen)}"
            case Comparison():
                return self._leaf(normal, seen)
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def _all(self, terms: tuple[Expression, ...], seen: set[Field]) -> str:
        return self._group(" and ", tuple(_ranges(terms)), seen)

    def _group(self, connective: str, terms: Sequence[Expression | _Range], seen: set[Field]) -> str:
        """A term is reached when all before it were read; of the group itself only the first is read for certain."""
        texts = []
        inside = set(seen)
        for index, term in enumerate(terms):
            texts.append(self._range(term, inside) if isinstance(term, _Range) else self._condition(term, inside))
            if index == 0:
                seen |= inside
        return "(" + connective.join(texts) + ")"

    def _leaf(self, comparison: Comparison, seen: set[Field]) -> str:
        field, leaf = comparison.field, self.leaves[id(comparison)]
        value, name = self._value(field, seen)
        if comparison.value is None:
            return f"(is_empty({value}))" if field.is_list else f"({value} is None)"
        if leaf.is_identity:
            return f"({value} is {leaf.operand})"
        careful = f"{name} is not None and {leaf.test}({name})"
        if leaf.quick is None:
            return f"(({value}) is not None and {leaf.test}({name}))"
        if field.is_list:
            return f"({leaf.quick.format(name=name)} if {value}.__class__ is list else {careful})"
        is_plain = _CLASSES[field.field_type].format(value=value, name=name)
        return f"({leaf.quick.format(name=name)} if {is_plain} else {careful})"

    def _range(self, pair: _Range, seen: set[Field]) -> str:
        """A lower and an upper bound of one field, as one comparison."""
        lower, upper = self.leaves[id(pair.lower)], self.leaves[id(pair.upper)]
        if lower.quick is None:
            return self._group(" and ", (pair.lower, pair.upper), seen)
        value, name = self._value(pair.lower.field, seen)
        is_plain = _CLASSES[pair.lower.field.field_type].format(value=value, name=name)
        quick = _LOWER[pair.lower.operator].format(operand=lower.operand, name=name)
        quick += _UPPER[pair.upper.operator].format(operand=upper.operand)
        careful = f"{name} is not None and {lower.test}({name}) and {upper.test}({name})"
        return f"({quick} if {is_plain} else {careful})"

    def _value(self, field: Field, seen: set[Field]) -> tuple[str, str]:
        """The expression of a field's value, and the name that holds it from then on."""
        name = f"v{self.fields.setdefault(field, len(self.fields))}"
        if field in seen:
            return name, name
        seen.add(field)
        first, *rest = [self.bindings.key(segment) for segment in field.path]
        source = self.reads.format(key=first)
        for key in rest:
            self.inner += 1
            inner = f"w{self.inner}"
            other = f"None if {inner} is None else member({inner}, {key})"
            source = f"({inner}.get({key}) if ({inner} := {source}).__class__ is dict else {other})"
        return f"({name} := {source})", name


@dataclass(frozen=True, slots=True)
class Leaf:
    """The names of one comparison's operand and careful test, and its quick test: None where there is none."""

    operand: str
    test: str
    quick: str | None
    is_identity: bool


@dataclass(frozen=True, slots=True)
class _Range:
    lower: Comparison
    upper: Comparison


def _ranges(terms: Sequence[Expression]) -> Iterator[Expression | _Range]:
    """The terms of an AND, with the first two bounds of a field as one where one is below and one above."""
    bounds: dict[tuple[Field, bool], Comparison] = {}
    for term in terms:
        if isinstance(term, Comparison) and term.operator in ORDERING and not term.field.is_list:
            bounds.setdefault((term.field, term.operator in _LOWER), term)
    for term in terms:
        if isinstance(term, Comparison) and term.operator in ORDERING and not term.field.is_list:
            is_lower = term.operator in _LOWER
            other = bounds.get((term.field, not is_lower))
            if other is not None and bounds[term.field, is_lower] is term:
                if is_lower:
                    yield _Range(term, other)
                continue
        yield term


def bind_leaves(normal: Expression, slots: Slots, records: Records, bindings: Bindings) -> dict[int, Leaf]:
    """Binds the operands of all comparisons, found by their identity."""
    leaves: dict[int, Leaf] = {}
    for comparison in comparisons(normal):
        if comparison.value is not None and id(comparison) not in leaves:
            leaves[id(comparison)] = _bound(comparison, slots, records, bindings)
        elif comparison.value is None:
            leaves[id(comparison)] = Leaf("", "", None, is_identity=False)
    return leaves


def comparisons(normal: Expression) -> Iterator[Comparison]:
    """The leaves of an expression, in their order."""
    match normal:
        case And(terms) | Or(terms):
            for term in terms:
                yield from comparisons(term)
        case Not(term):
            yield from comparisons(term)
        case Comparison():
            yield normal
        case _:
            assert_never(normal)


def _bound(comparison: Comparison, slots: Slots, records: Records, bindings: Bindings) -> Leaf:
    field, value = comparison.field, comparison.value
    make = _operand(value, slots)
    operand = bindings.made("c", make)
    new_test = test_maker(comparison, records)
    test = bindings.made("t", lambda values: new_test(make(values)))
    is_identity = field.field_type is FieldType.BOOLEAN and comparison.operator is Operator.EQ and not field.is_list
    return Leaf(operand, test, _quick(comparison, operand, test, make, records, bindings), is_identity)


def _operand(value: Any, slots: Slots) -> Make:
    if isinstance(value, tuple):
        places = [slots[item] for item in value]
        return lambda values: frozenset([values[place] for place in places])
    place = slots[value]
    return lambda values: values[place]


def _quick(
    comparison: Comparison, operand: str, test: str, make: Make, records: Records, bindings: Bindings
) -> str | None:
    """The test of a value of the usual class, with a slot for the value's name."""
    field, operator = comparison.field, comparison.operator
    if field.is_list:
        is_found = operator is Operator.EQ and field.field_type in _FOUND_BY_EQUALITY
        return f"{operand} in {{name}} and {test}({{name}})" if is_found else None
    if field.field_type not in _CLASSES or (records == "json" and field.field_type not in _IN_JSON):
        return None
    if operator is not Operator.STARTS_WITH:
        return _TESTS[operator].format(name="{name}", operand=operand)
    if successor(str(comparison.value)) is None:  # the form says of each operand whether it has one
        return f"{{name}} >= {operand}"
    end = bindings.made("c", lambda values: successor(make(values)))
    return _TESTS[operator].format(name="{name}", operand=operand, end=end)
