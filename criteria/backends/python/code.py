"""Source text: the condition of a query as one Python expression.

The text depends on nothing but the query's form: names are bound as `k0, k1, ...`, operands and what is made of them as
`c0, c1, ...`, careful tests as `t0, t1, ...`, so no text of a client is ever compiled.

There are two ways of writing. The patient one asks a value for its class before it orders it:

    (v0 > c0 if (v0 := row.get(k0)).__class__ is int else v0 is not None and t0(v0))

needs one look-up and one comparison for an integer, and no test of its own for null; a value of another class, which
may be anything, goes to the leaf's careful test. The quick one compares first, and asks only of values that match:

    ((v0 := row[k0]) > c0 and (v0.__class__ is int or t0(v0)))

That raises for a null or a missing key, and then the records are gone through again, patiently. Both give the same
answers: a value that matches as it is but not by rule (true is not 1) is found out by its class. Where there are some
the other way round (`_MISSED`), the class is asked first. That leaves subclasses whose comparisons
say no where those of their base would say yes: of such a value, its own word is taken.

Each leaf is two-valued by itself, so NOT is `not`. A field that was read before a leaf, whatever the outcome was, is
not read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from criteria.backends.python.operands import Bindings, BoundComparison
from criteria.backends.python.reading import Reading
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    ORDERING,
    And,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    assert_never,
)

_CLASSES: Mapping[FieldType, str] = {
    FieldType.STRING: "{value}.__class__ is str",
    FieldType.INTEGER: "{value}.__class__ is int",
    FieldType.BOOLEAN: "{value}.__class__ is bool",
    FieldType.DECIMAL: "{value}.__class__ is decimal and {name}.is_finite()",
    FieldType.DOUBLE: "({value}.__class__ is float or {name}.__class__ is int and {name}.bit_length() <= exact_bits)",
    FieldType.DATE: "{value}.__class__ is date",
    FieldType.DATE_TIME: "{value}.__class__ is datetime and {name}.tzinfo is utc",
    FieldType.GUID: "{value}.__class__ is guid",
    FieldType.OBJECT_REF: "{value}.__class__ is int",
}
"""What is asked of a value before it is compared as it is. (A NaN equals nothing and is greater than nothing; a
long integer is rounded first; an object that only says that it is of the class raises when it is compared.)"""

_CANONICAL = "{{value}}.__class__ is str and len({{name}}) == length_{digits} and {{name}}[marks_{digits}] == tz"
"""What is asked of a dateTime in JSON before it is compared as text. Instants that are spelled so are in the order of
their texts. What else is spelled so is none, and is found out when it matches."""

_SAME = frozenset({Operator.EQ, Operator.IN})

_MISSED: Mapping[FieldType, frozenset[Operator]] = {
    FieldType.STRING: frozenset(),
    FieldType.INTEGER: frozenset(),
    FieldType.BOOLEAN: frozenset(),
    FieldType.DECIMAL: frozenset(),
    FieldType.DOUBLE: _SAME | ORDERING,
    FieldType.DATE: _SAME | ORDERING,
    FieldType.DATE_TIME: _SAME,
    FieldType.GUID: frozenset(),
    FieldType.OBJECT_REF: _SAME,
}
"""The operators that a value of another class may fulfil by rule, and not as it is: the decimal 0.1 is the double 0.1,
and less than it; a subclass of date may compare as it likes; instants near a clock change, and references that are
objects, are equal by rule."""

_IS_LOWER = frozenset({Operator.GT, Operator.GTE})


class SourceWriter:
    """Writes the condition of one expression, quickly or patiently."""

    def __init__(
        self, leaves: Mapping[int, BoundComparison], bindings: Bindings, reading: Reading, *, is_quick: bool
    ) -> None:
        self.leaves, self.bindings, self.reading, self.is_quick = leaves, bindings, reading, is_quick
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
        """Comparisons first, which may spare the groups. A term is reached when all before it were read; of the group
        itself only the first is read for certain."""
        texts = []
        inside = set(seen)
        for index, term in enumerate(sorted(terms, key=lambda term: isinstance(term, (And, Or)))):
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
        if leaf.quick is None:
            return f"(({value}) is not None and {leaf.test}({name}))"
        if field.is_list:
            return self._list(leaf, value, name)
        test = f"{leaf.test}({name})"
        quick = f"{leaf.quick} and {test}" if leaf.is_text else leaf.quick
        return self._compared(comparison, leaf, quick, test, value, name)

    def _list(self, leaf: BoundComparison, value: str, name: str) -> str:
        """Another value than a list may be an iterator, which the test must not use up."""
        assert leaf.quick is not None
        quick = leaf.quick.format(value=name, name=name)
        return f"({quick} if {value}.__class__ is list else {name} is not None and {leaf.test}({name}))"

    def _range(self, pair: _Range, seen: set[Field]) -> str:
        """A lower and an upper bound of one field, as one comparison."""
        lower, upper = self.leaves[id(pair.lower)], self.leaves[id(pair.upper)]
        if lower.quick is None:
            return self._group(" and ", (pair.lower, pair.upper), seen)
        value, name = self._value(pair.lower.field, seen)
        assert upper.quick is not None
        quick = lower.quick + " and " + upper.quick.replace("{value}", "{name}")
        if lower.is_text:
            quick += f" and {lower.test}({name})"
        return self._compared(pair.lower, lower, quick, f"{lower.test}({name}) and {upper.test}({name})", value, name)

    def _compared(
        self, comparison: Comparison, leaf: BoundComparison, quick: str, test: str, value: str, name: str
    ) -> str:
        """A scalar's comparison, and what its class has to be for that."""
        kind, operator = comparison.field.field_type, comparison.operator
        is_plain = _spelling(comparison.field) if leaf.is_text else _CLASSES[kind]
        if not leaf.is_text and self._compares_first(comparison.field, operator):
            compared, is_plain = quick.format(value=value, name=name), is_plain.format(value=name, name=name)
            return f"({compared} and ({is_plain} or {test}))"
        compared, is_plain = quick.format(value=name, name=name), is_plain.format(value=value, name=name)
        return f"({compared} if {is_plain} else {name} is not None and {test})"

    def _compares_first(self, field: Field, operator: Operator) -> bool:
        """Patience is for what raises, which equality does not. A set would ask a value for a hash of its own."""
        if operator in _MISSED[field.field_type] or field.values is not None:  # a member of an Enum is its value
            return False
        return operator is Operator.EQ or (self.is_quick and operator is not Operator.IN)

    def _value(self, field: Field, seen: set[Field]) -> tuple[str, str]:
        """The expression of a field's value, and the name that holds it from then on."""
        name = f"v{self.fields.setdefault(field, len(self.fields))}"
        if field in seen:
            return name, name
        seen.add(field)
        first, *rest = [self.bindings.key(segment) for segment in self.reading.path(field)]
        source = f"row[{first}]" if self.is_quick else f"row.get({first})"
        for key in rest:
            self.inner += 1
            inner = f"w{self.inner}"
            otherwise = f"None if {inner} is None else member({inner}, {key})"
            source = f"({inner}.get({key}) if ({inner} := {source}).__class__ is dict else {otherwise})"
        return f"({name} := {source})", name


def _spelling(field: Field) -> str:
    """What is asked of a text in JSON before it is compared as one. A date has one spelling, a dateTime has many."""
    match field.field_type:
        case FieldType.DATE:
            return _CLASSES[FieldType.STRING]
        case FieldType.DATE_TIME:
            return _CANONICAL.format(digits=field.precision or 3)
        case FieldType.STRING | FieldType.INTEGER | FieldType.BOOLEAN | FieldType.DECIMAL | FieldType.DOUBLE:
            raise AssertionError(field.field_type)
        case FieldType.GUID | FieldType.OBJECT_REF:
            raise AssertionError(field.field_type)
        case _:
            assert_never(field.field_type)


@dataclass(frozen=True, slots=True)
class _Range:
    lower: Comparison
    upper: Comparison


def _ranges(terms: Sequence[Expression]) -> Iterator[Expression | _Range]:
    """The terms of an AND, with the first two bounds of a field as one where one is below and one above."""
    bounds: dict[tuple[Field, bool], Comparison] = {}
    for term in terms:
        if isinstance(term, Comparison) and term.operator in ORDERING and not term.field.is_list:
            bounds.setdefault((term.field, term.operator in _IS_LOWER), term)
    for term in terms:
        if isinstance(term, Comparison) and term.operator in ORDERING and not term.field.is_list:
            is_lower = term.operator in _IS_LOWER
            other = bounds.get((term.field, not is_lower))
            if other is not None and bounds[term.field, is_lower] is term:
                if is_lower:
                    yield _Range(term, other)
                continue
        yield term
