"""SQL as an experienced engineer writes it by hand: what the dialects share, and the differences of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.run_time.cases import Case


@dataclass(frozen=True, slots=True)
class Statement:
    """A condition and its values. (On MongoDB `text` is the filter.)"""

    text: Any
    params: tuple[Any, ...] = ()


def one(value: Any) -> tuple[Any, ...]:
    """The operand as one parameter."""
    return (value,)


def twice(value: Any) -> tuple[Any, ...]:
    """The operand as two parameters, or a tuple of operands twice."""
    return (*value, *value) if isinstance(value, tuple) else (value, value)


@dataclass(frozen=True, slots=True)
class Words:
    """A condition and its values: `{f}` is the column, `{p}` a parameter, `{ps}` the parameters of a list."""

    text: str
    params: Callable[[Any], tuple[Any, ...]] = one


_UNLESS = {"$gt": "<=", "$gte": "<", "$lt": ">=", "$lte": ">"}
_SHARED = {
    "$eq": Words("{f} = {p}"),
    "$ne": Words("({f} <> {p} OR {f} IS NULL)"),
    "$in": Words("{f} IN ({ps})", tuple),
    "$nin": Words("({f} NOT IN ({ps}) OR {f} IS NULL)", tuple),
    "null": Words("{f} IS NULL", lambda _: ()),
    "not null": Words("{f} IS NOT NULL", lambda _: ()),
    "$gt": Words("{f} > {p}"),
    "$gte": Words("{f} >= {p}"),
    "$lt": Words("{f} < {p}"),
    "$lte": Words("{f} <= {p}"),
    **{f"NOT {operator}": Words(f"({{f}} {sign} {{p}} OR {{f}} IS NULL)") for operator, sign in _UNLESS.items()},
}


@dataclass(frozen=True, slots=True)
class SqlByHand:
    """The conditions of a dialect: `words` has those that differ from the shared ones, by kind and operator."""

    parameter: str
    columns: Mapping[str, str]
    """The expressions of the nested fields."""
    words: Mapping[tuple[str, str], Words]
    typed: Callable[[Any], Any] = field(default=lambda value: value)
    """Converts a value to one that the driver accepts."""

    def statement(self, case: Case) -> Statement:
        """The condition of a case."""
        words = self._words(case)
        operand = case.operand
        typed = tuple(map(self.typed, operand)) if isinstance(operand, tuple) else self.typed(operand)
        many = ", ".join([self.parameter] * len(operand)) if isinstance(operand, tuple) else ""
        column = self.columns.get(case.field, case.field)
        return Statement(words.text.format(f=column, p=self.parameter, ps=many), words.params(typed))

    def _words(self, case: Case) -> Words:
        for kind in (case.kind, *(["string"] if "string" in case.kind and "list" not in case.kind else [])):
            if (kind, case.operator) in self.words:
                return self.words[kind, case.operator]
        if case.operator in _SHARED:
            return _SHARED[case.operator]
        plain = self._words(Case(case.field, case.operator.removeprefix("NOT "), case.operand))
        return Words(f"({{f}} IS NULL OR NOT ({plain.text}))", plain.params)
