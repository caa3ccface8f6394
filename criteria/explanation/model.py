"""The parts of an explanation, as plain values. Other modules put them into words or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from criteria.schema.field import Field
from criteria.tree.nodes import ELEM_MATCH, And, AnyElement, AnyReferred, Comparison, Expression, Not, Or, assert_never
from criteria.tree.query import Query


class Outcome(Enum):
    """What is known of an expression before any record is seen."""

    NEVER = "never"
    ALWAYS = "always"
    SOMETIMES = "sometimes"
    """Nothing is known: it may still be never or always true in a way that `explain` does not find."""


class Reason(Enum):
    """Why an expression is never true, always true, or changes nothing. The values are stable codes."""

    CONTRADICTION = "contradiction"
    """No value of the field fulfils all of the terms."""
    TAUTOLOGY = "tautology"
    """Every value of the field fulfils one of the terms."""
    EMPTY_LIST = "empty_list"
    """A list of operands is empty: no value is in it."""
    NOT_NULLABLE = "not_nullable"
    """The field has a value in every record."""
    RANGE = "range"
    """No value of the field's type is in that range, or all are."""
    REDUNDANT = "redundant"
    """Without the expression the query selects the same records: the terms imply it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about an expression of the query that holds for every record.

    `pointer` is a JSON Pointer to the expression, `terms` are pointers to the comparisons that are the reason, all of
    them needed. `rests_on` names the assumptions: `types`, that stored values conform to their fields' types;
    `not_nullable`, that a field that the schema declares so has a value. When it is empty, nothing is assumed.
    """

    outcome: Outcome
    reason: Reason
    pointer: str
    field: str
    terms: tuple[str, ...]
    rests_on: tuple[str, ...] = ()


class FoundKind(Enum):
    """What a record holds in the field of a comparison."""

    VALUE = "value"
    NONE = "none"
    """No value: null, missing, or a list without elements."""
    OTHER = "other"
    """A value that is not of the field's type: it is not empty, and no positive comparison matches it."""
    NO_OBJECT = "noObject"
    """An element of a list of objects that is null or no object: it fulfils nothing, and has no fields to look into."""


@dataclass(frozen=True, slots=True)
class FoundValue:
    """The value that a comparison found in the record, unchanged, and what it is for the field."""

    value: Any
    kind: FoundKind


@dataclass(frozen=True, slots=True)
class ExplainedNode:
    """An expression of the query as written: its JSON Pointer, its terms and, given a record, its verdict.

    `found` is what a comparison found in the record, and what a test of elements did. The terms of the latter, given a
    record, are its term judged on elements: on the first that fulfils it, or else on all. `element` is then the index
    of the element, and `found` is the element itself where it is not an object. With `is_cut` the test has its verdict
    but no terms: there are too many of them in the explanation.
    """

    expression: Expression
    pointer: str
    terms: tuple[ExplainedNode, ...] = ()
    verdict: bool | None = None
    found: FoundValue | None = None
    element: int | None = None
    is_cut: bool = False

    @property
    def emptiness(self) -> ExplainedNode | None:
        """The test whether a list of objects has elements, where this node is its negation: `{"items": null}`."""
        term = self.terms[0] if isinstance(self.expression, Not) and self.terms else None
        is_one = term is not None and isinstance(term.expression, AnyElement) and term.expression.term is None
        return term if is_one and term is not None and term.pointer == self.pointer else None

    @property
    def name(self) -> str:
        """AND, OR, NOT, $elemMatch, or comparison. A test whether a list of objects has elements is a comparison."""
        if self.emptiness is not None:
            return "comparison"
        match self.expression:
            case And():
                return "AND"
            case Or():
                return "OR"
            case Not():
                return "NOT"
            case Comparison() | AnyElement(term=None):
                return "comparison"
            case AnyElement() | AnyReferred():
                return ELEM_MATCH
            case _:
                assert_never(self.expression)

    def walk(self) -> Iterator[ExplainedNode]:
        """This node and all below it, in the order of the query."""
        yield self
        for term in self.terms:
            yield from term.walk()

    def comparisons(self) -> Iterator[tuple[ExplainedNode, Comparison]]:
        """The comparisons in it, in the order of the query, but not those inside lists of objects and other
        entities."""
        if isinstance(self.expression, Comparison):
            yield self, self.expression
        elif not isinstance(self.expression, (AnyElement, AnyReferred)):
            for term in self.terms:
                yield from term.comparisons()


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field of the query and the operators used on it, in the order of the query.

    Operators have their names in criteria JSON; those without one are `equals`, `empty` and `notEmpty`. Of a list of
    objects, `field` is its place. The fields of its elements have the paths through it as their names.
    """

    field: Field
    operators: tuple[str, ...]
    is_object_list: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query explained: the fields it uses, what is known of it and, given a record, why the record matches or not.

    `root` is the query as written, `normal` its normal form. `outcome` is what is known of the whole query under the
    assumptions in `rests_on`; `findings` have the reasons, and facts about parts of the query. Without
    `is_fully_judged` the query is so large that some of its parts were not judged: there may be more to find.
    `unjudged` is `root` without verdicts, with the terms of lists of which the record has no elements.
    """

    query: Query
    root: ExplainedNode
    uses: tuple[FieldUse, ...]
    normal: Expression
    outcome: Outcome
    rests_on: tuple[str, ...]
    findings: tuple[Finding, ...]
    is_fully_judged: bool
    unjudged: ExplainedNode = field(repr=False, compare=False)

    @property
    def matches(self) -> bool | None:
        """Whether the query selects the record; None when no record was given."""
        return self.root.verdict

    def to_json(self) -> dict[str, Any]:
        """The explanation as JSON values. docs/explain.md documents the keys."""
        from criteria.explanation.as_json import to_json

        return to_json(self)

    def __repr__(self) -> str:
        verdict = "" if self.matches is None else f", matches={self.matches}"
        return f"Explanation({self.query!r}, {self.outcome.value}, {len(self.findings)} findings{verdict})"

    def _repr_markdown_(self) -> str:
        from criteria.text.markdown import literal

        shown = self.to_json()
        words = []
        for line in shown["words"]:
            text = line.lstrip(" ").removeprefix("- ")  # of the list; no line begins with a name
            words.append(f"{line.removesuffix(text)}{literal(text)}")
        findings = [f"- {literal(one['words'])}" for one in shown["findings"]]
        return "\n".join([*words, *(["", "Findings:", *findings] if findings else [])])
