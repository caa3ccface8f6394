"""The one exception of the library, and the facts that it carries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

CODES = {
    # text and structure
    "invalid_json": "the text is not JSON",
    "not_json": "the decoded value holds something that JSON cannot hold",
    "duplicate_key": "an object has the same key twice",
    "invalid_structure": "an object, list or value stands where the grammar allows none",
    "empty_list": "AND or OR has an empty list",
    "null_in_list": "null stands in the list of $in or $nin",
    "null_operand": "an ordering or text operator compares with null",
    "unknown_operator": "the operator does not exist",
    "invalid_field_name": "the key cannot be a field name",
    "not_strict": "several members or operators in one object, with strict=True",
    # bounds
    "too_long": "the criteria, or the operand of a text operator, are longer than the limit",
    "too_deep": "the criteria are nested deeper than the limit",
    "too_many_leaves": "the criteria have more comparisons than the limit",
    "too_many_values": "a list of $in or $nin has more values than the limit",
    "too_many_problems": "more problems were found than are listed",
    # meaning
    "unknown_field": "the schema has no such field",
    "operator_not_allowed": "the operator does not apply to the field's type",
    "type_mismatch": "the value is not of the field's type, or not spelled as one",
    "out_of_range": "the value is outside what the field's type can hold",
    "invalid_text": "the string holds U+0000 or a lone surrogate",
    # search requests
    "invalid_order_by": "orderBy is not a list of names with asc or desc",
    "not_sortable": "orderBy names a list or a guid",
    "duplicate_sort_key": "orderBy names a field twice",
    "invalid_parameter": "a parameter of the search request has a wrong value",
    "unknown_parameter": "the search request has no such parameter",
    "not_resolvable": "resolve names a field that is not an objectRef",
    # schemas, records, backends
    "invalid_schema": "the schema is wrong",
    "invalid_record": "a record does not conform to the schema",
    "unknown_backend": "no backend has this name",
    "unknown_dialect": "no SQL dialect or storage has this name",
    "unknown_option": "the backend has no such option, or not with this value",
    "missing_package": "the backend needs a package that is not installed",
    "unsupported": "the engine cannot give the right answer",
}
"""Every code of `Problem.code`, with what it says. Codes are stable: programs may branch on them."""

KEY_CODES = frozenset({
    "duplicate_key", "unknown_operator", "invalid_field_name", "unknown_field", "operator_not_allowed", "not_strict",
    "unknown_parameter",
})  # fmt: skip
"""Codes that blame the key at the pointer rather than the value: line and column are the key's."""

MOST_PROBLEMS = 100

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an input.

    `code` is a key of `CODES`; `pointer` is a JSON Pointer (RFC 6901) into the input; `line` and `column`
    count from 1 and are there when the input was text; `hint` says what to write instead.
    """

    code: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}, column {self.column}: "
        pointer = f" (at {self.pointer})" if self.pointer else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{pointer} [{self.code}]{hint}"


class CriteriaError(ValueError):
    """The input was refused. `problems` holds every fault that was found, in the order of the input."""

    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Refusal(Exception):
    """Why one value was refused, before anybody knows where it stands. Never leaves the library."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def at(self, path: Sequence[str | int]) -> Problem:
        """The same refusal as a problem at a place."""
        return Problem(self.code, self.message, to_pointer(path), hint=self.hint)


def to_pointer(path: Sequence[str | int]) -> str:
    """A path of keys and indexes as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def first_hundred(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """No more problems than are listed, and a word on it when there are more."""
    found: list[Problem] = []
    for problem in problems:
        if len(found) == MOST_PROBLEMS:
            more = f"Only the first {MOST_PROBLEMS} problems are listed."
            return (*found, Problem("too_many_problems", more))
        found.append(problem)
    return tuple(found)


def below(prefix: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a part of an input, as problems of the whole: pointers begin with `prefix`."""
    return tuple(replace(problem, pointer=prefix + problem.pointer) for problem in problems)


_LONGEST_WORD = 100


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A "did you mean" sentence for a misspelt name, or None when nothing is near."""
    import difflib

    if len(word) > _LONGEST_WORD:
        return None
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"Did you mean {quoted(by_folded[close[0]])}?" if close else None


def quoted(value: object, most: int | None = 60) -> str:
    """A value as it reads in JSON, shortened so that a message stays a line."""
    from decimal import Decimal
    from json import JSONEncoder

    text = ""
    try:
        encoder = JSONEncoder(ensure_ascii=False, default=repr)
        for part in [str(value)] if isinstance(value, Decimal) else encoder.iterencode(value):
            text += part
            if most is not None and len(text) > most:
                break  # lists that hold each other may unfold to any length
        text.encode("utf-8")
    except Exception:  # lone surrogates, cycles, numbers of thousands of digits, and objects that raise when shown
        text = ascii(value) if type(value) is str else f"a value of class {type(value).__name__}"
    return text if most is None or len(text) <= most else text[: most - 3] + "..."
