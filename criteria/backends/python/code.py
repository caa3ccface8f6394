"""Generates source text: the condition of a query as one Python expression.

The text depends only on the query's form. Keys are named `k0, k1, ...`, operands and values derived from them `c0, c1,
...`, and fallback tests `t0, t1, ...`, so no text from a client is ever compiled.

There are two kinds of code. Patient code checks the class of a value before it compares:

    (v0 > c0 if (v0 := get(row, k0)).__class__ is int else v0 is not None and t0(v0))

An integer takes one look-up and one comparison, without a separate test for null. A value of another class, which may
be anything, goes to the comparison's fallback test. Quick code compares first, and checks the class only of values that
match:

    ((v0 := get(row, k0)) > c0 and (v0.__class__ is int or t0(v0)))

It raises for most nulls and missing keys, and the records are then tested again with patient code. Both give the same
answers: a value that Python matches and the language does not (true is not 1) is found by its class. Where the language
matches a value that Python may not (`_MISSED`), the class is checked first. That leaves subclasses whose own
comparisons return False where those of their base class would not: their answer is used.

`get` is the method of dict itself. So both kinds of code raise for a record that is not a dict, and run no code of a
subclass.

Each leaf has two truth values, so NOT is `not`. A field that was certainly read before a leaf is not read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from criteria.backends.python.operands import Bindings, BoundComparison
from criteria.backends.python.reading import Reading
from criteria.schema.field import Field, FieldType, UndeclaredField
from criteria.tree.nodes import (
    EVERYTHING,
    FOLDED,
    NOTHING,
    ORDERING,
    And,
    AnyElement,
    AnyReferred,
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
"""The check before a value is compared unchanged. NaN equals nothing and is greater than nothing, a long integer would
be rounded, and an object that only claims to be of the class raises when it is compared."""

_CANONICAL = "{{value}}.__class__ is str and len({{name}}) == length_{digits} and {{name}}[marks_{digits}] == tz"
"""The check before a dateTime in JSON is compared as text. Texts of this form sort as their instants do. A text of this
form that is not an instant is rejected by the fallback test if it matches."""

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
"""The operators that may be true of a value of another class although Python says False: the decimal 0.1 equals the
double 0.1 and is less than it, a subclass of date may compare in any way, and instants near a clock change and
references that are objects are equal by the rules of the language."""

_RAISED_BY_LISTS = ORDERING | FOLDED | {Operator.STARTS_WITH, Operator.ENDS_WITH}
"""The operators that raise for a list as a value. Others are false of it, so a field without a declaration, which may
hold one, is asked for its class first."""

_IS_LOWER = frozenset({Operator.GT, Operator.GTE})


class SourceWriter:
    """Generates quick or patient code for one expression."""

    def __init__(
        self,
        leaves: Mapping[int, BoundComparison],
        bindings: Bindings,
        reading: Reading,
        *,
        is_quick: bool,
        member: str = "get(row, {key})",
        element_tests: Mapping[int, str] = {},
    ) -> None:
        """`member` is the expression that reads a member of `row`, with a slot for the name of its key.
        `element_tests` has the names of the tests of lists of objects and of references."""
        self.leaves, self.bindings, self.reading, self.is_quick = leaves, bindings, reading, is_quick
        self.member = member
        self.element_tests = element_tests
        self.fields: dict[Field, int] = {}
        self.inner = 0

    def text(self, normal: Expression) -> str:
        """The condition as an expression in `row`."""
        return self._condition(normal, set())

    def _condition(self, normal: Expression, seen: set[Field]) -> str:
        """The code. Adds to `seen` the fields that it reads in any case."""
        match normal:
            case And(terms):
                return "True" if normal == EVERYTHING else self._all(terms, seen)
            case Or(terms):
                return "False" if normal == NOTHING else self._group(" or ", terms, seen)
            case Not(Comparison() as leaf):
                return f"not {self._leaf(leaf, seen)}"
            case Not(AnyElement() | AnyReferred() as test):
                return f"not {self._element_test(test, seen)}"
            case AnyElement() | AnyReferred():
                return self._element_test(normal, seen)
            case Comparison():
                return self._leaf(normal, seen)
            case Not():
                raise AssertionError(f"not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def _all(self, terms: tuple[Expression, ...], seen: set[Field]) -> str:
        return self._group(" and ", tuple(_ranges(terms)), seen)

    def _group(self, connective: str, terms: Sequence[Expression | _Range], seen: set[Field]) -> str:
        """Puts comparisons first, because they are cheaper than groups. When a term is evaluated, all terms before it
        were; of the group as a whole, only the first term is certain to be evaluated."""
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
        is_undeclared = isinstance(field, UndeclaredField)
        if comparison.value is None and is_undeclared:
            is_plain = f"{name}.__class__ is str or {name}.__class__ is int"
            return f"({value} is None or not ({is_plain}) and has_no_value({name}))"
        if comparison.value is None:
            return f"(is_empty({value}))" if field.is_list else f"({value} is None)"
        if leaf.is_identity and is_undeclared:
            is_other = f"{name}.__class__ is not bool and {name} is not None"
            return f"({value} is {leaf.operand} or {is_other} and {leaf.test}({name}))"
        if leaf.is_identity:
            return f"({value} is {leaf.operand})"
        if leaf.quick is None:
            return f"(({value}) is not None and {leaf.test}({name}))"
        if field.is_list:
            return self._list(leaf, value, name)
        test = f"{leaf.test}({name})"
        quick = f"{leaf.quick} and {test}" if leaf.is_text else leaf.quick
        return self._compared(comparison, leaf, quick, test, value, name)

    def _element_test(self, test: AnyElement | AnyReferred, seen: set[Field]) -> str:
        one = test.objects if isinstance(test, AnyElement) else test.reference
        value, _ = self._value(one.place, seen)
        return f"{self.element_tests[id(test)]}({value})"

    def _list(self, leaf: BoundComparison, value: str, name: str) -> str:
        """A value that is not a list may be an iterator, which the test must not consume."""
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
        """A scalar's comparison with the check of its class."""
        field, operator = comparison.field, comparison.operator
        is_plain = _spelling(field) if leaf.is_text else _plain_class(field)
        if not leaf.is_text and self._compares_first(field, operator):
            compared, is_plain = quick.format(value=value, name=name), is_plain.format(value=name, name=name)
            return f"({compared} and ({is_plain} or {test}))"
        compared, is_plain = quick.format(value=name, name=name), is_plain.format(value=value, name=name)
        if leaf.in_list is not None:
            test = f"({leaf.in_list.format(name=name)} and {test} if {name}.__class__ is list else {test})"
        return f"({compared} if {is_plain} else {name} is not None and {test})"

    def _compares_first(self, field: Field, operator: Operator) -> bool:
        """Equality never raises, so it may come before the check. `$in` may not: a set would call the value's own
        hash."""
        if (
            operator in FOLDED or operator in _MISSED[field.field_type] or field.values is not None
        ):  # a member of an Enum is its value
            return False
        if isinstance(field, UndeclaredField):
            return self.is_quick and operator in _RAISED_BY_LISTS
        return operator is Operator.EQ or (self.is_quick and operator is not Operator.IN)

    def _value(self, field: Field, seen: set[Field]) -> tuple[str, str]:
        """The expression that reads a field's value, and the name that then holds it."""
        name = f"v{self.fields.setdefault(field, len(self.fields))}"
        if field in seen:
            return name, name
        seen.add(field)
        first, *rest = [self.bindings.key(segment) for segment in self.reading.path(field)]
        source = self.member.format(key=first)
        step = "member_of_each" if isinstance(field, UndeclaredField) else "member"
        for key in rest:
            self.inner += 1
            inner = f"w{self.inner}"
            otherwise = f"None if {inner} is None else {step}({inner}, {key})"
            source = f"({inner}.get({key}) if ({inner} := {source}).__class__ is dict else {otherwise})"
        return f"({name} := {source})", name


def _plain_class(field: Field) -> str:
    """What is asked of a value of the field before it is compared. Without a declaration numbers compare as they are,
    however long."""
    if isinstance(field, UndeclaredField) and field.field_type is FieldType.DOUBLE:
        return "({value}.__class__ is float or {name}.__class__ is int)"
    return _CLASSES[field.field_type]


def _spelling(field: Field) -> str:
    """The check before a text in JSON is compared as one. A date has one spelling, a dateTime several."""
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


class _Range(NamedTuple):
    lower: Comparison
    upper: Comparison


def _ranges(terms: Sequence[Expression]) -> Iterator[Expression | _Range]:
    """The terms of an AND, with a field's first lower and first upper bound joined into one range."""
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
