"""What an explanation holds: plain values, and nothing that words or prints them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from criteria.schema.field import Field
from criteria.tree.nodes import And, Comparison, Expression, Not, Or, Query


class Outcome(Enum):
    """What is known of an expression before any record is seen."""

    NEVER = "never"
    ALWAYS = "always"
    SOMETIMES = "sometimes"
    """Nothing is known. It may still be never or always true, in a way that is not seen (see `explain`)."""


class Reason(Enum):
    """Why an expression is never true, always true, or changes nothing. The values are stable codes."""

    CONTRADICTION = "contradiction"
    """The terms leave no value of the field."""
    TAUTOLOGY = "tautology"
    """The terms leave out no value of the field."""
    EMPTY_LIST = "empty_list"
    """Nothing is in an empty list, and everything is not in it."""
    NOT_NULLABLE = "not_nullable"
    """The field has a value in every record."""
    RANGE = "range"
    """No value of the field's type lies there, or all of them do."""
    REDUNDANT = "redundant"
    """The expression changes nothing beside the terms: they decide what it says."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is true of an expression of the query, whatever the record holds.

    `pointer` is a JSON Pointer to the expression, `terms` are pointers to the comparisons that make it so: none of them
    can be left out. `rests_on` names what is taken for granted: `types`, that stored values conform to their fields'
    types; `not_nullable`, that a field that the schema declares so has a value. Where it is empty, nothing is.
    """

    outcome: Outcome
    reason: Reason
    pointer: str
    field: str
    terms: tuple[str, ...]
    rests_on: tuple[str, ...] = ()


class Kind(Enum):
    """What a record has where a comparison looks."""

    VALUE = "value"
    NONE = "none"
    """No value: null, missing, or a list without elements."""
    OTHER = "other"
    """A value that is none of the field's type: it is not empty, and matches nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a comparison found in the record: the value as it stands there, and what it is for the field."""

    value: Any
    kind: Kind


@dataclass(frozen=True, slots=True)
class Node:
    """An expression of the query as it was written, with its place, its terms and, of a record, its verdict."""

    expression: Expression
    pointer: str
    terms: tuple[Node, ...] = ()
    verdict: bool | None = None
    found: Found | None = None

    @property
    def name(self) -> str:
        """AND, OR, NOT, or comparison."""
        match self.expression:
            case And():
                return "AND"
            case Or():
                return "OR"
            case Not():
                return "NOT"
            case _:
                return "comparison"

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the query."""
        yield self
        for term in self.terms:
            yield from term.walk()

    def comparisons(self) -> Iterator[tuple[Node, Comparison]]:
        """The comparisons in it, in the order of the query."""
        for node in self.walk():
            if isinstance(node.expression, Comparison):
                yield node, node.expression


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field that the query names, and the operators that it is compared with, in the order of the query.

    The operators are called as in criteria JSON; `equals`, `empty` and `notEmpty` are what has no name there.
    """

    field: Field
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query explained: what it uses, what is known of it, and what it says of a record when one was given.

    `root` is the query as it was written, `normal` its normal form. `outcome` is what is
    known of the whole query, as far as `rests_on` holds; `findings` say why, and what else is found.
    """

    query: Query
    root: Node
    uses: tuple[FieldUse, ...]
    normal: Expression
    outcome: Outcome
    rests_on: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def matches(self) -> bool | None:
        """Whether the query selects the record; None when there was none."""
        return self.root.verdict

    def to_json(self) -> dict[str, Any]:
        """The explanation as values that JSON has; docs/explain.md says what each key holds."""
        from criteria.explanation.as_json import to_json

        return to_json(self)

    def __repr__(self) -> str:
        verdict = "" if self.matches is None else f", matches={self.matches}"
        return f"Explanation({self.query!r}, {self.outcome.value}, {len(self.findings)} findings{verdict})"
