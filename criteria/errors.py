"""`CriteriaError`, the one exception of the library, and its problems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

from criteria.messages import Hint, Hints, encodable, in_a_line

CODES = {
    # text and structure
    "invalid_json": "the text is not JSON",
    "invalid_yaml": "the text is not YAML, or not a single document",
    "not_json": "the decoded value, or the YAML text, holds something that JSON cannot hold",
    "duplicate_key": "an object has the same key twice",
    "invalid_structure": "an object, list or value is where the grammar does not allow it",
    "empty_list": "AND or OR has an empty list",
    "null_in_list": "null is in the list of $in or $nin",
    "null_operand": "an ordering or text operator compares with null",
    "unknown_operator": "the operator does not exist",
    "invalid_field_name": "the key cannot be a field name",
    "not_strict": "several members or operators in one object, with strict=True",
    # bounds
    "too_long": "the criteria, an order, a text operand, a record or a request is longer than the limit",
    "too_deep": "the criteria are nested deeper than the limit",
    "too_many_leaves": "the criteria have more comparisons than the limit",
    "too_many_values": "a list of $in or $nin, a query, a record or a request has more values than the limit",
    "too_many_problems": "more problems were found than are listed",
    # meaning
    "unknown_field": "the schema has no such field",
    "operator_not_allowed": "the operator does not apply to the field's type",
    "type_mismatch": "the value is not of the field's type, or not spelled as one",
    "out_of_range": "the value is outside what the field's type can hold",
    "unknown_value": "the field lists its values, and this is not one of them",
    "invalid_text": "the string holds U+0000 or a lone surrogate",
    # search requests
    "invalid_order_by": "orderBy is not a list of names with asc or desc",
    "not_sortable": "orderBy names a list",
    "duplicate_sort_key": "orderBy names a field twice",
    "invalid_parameter": "a parameter of the search request has a wrong value",
    "unknown_parameter": "the search request has no such parameter",
    "not_resolvable": "resolve names a field that is not an objectRef",
    "invalid_cursor": "after or before is not a cursor, or it has been changed",
    "cursor_mismatch": "the cursor belongs to another query, order or schema",
    # schemas, records, backends
    "invalid_schema": "the schema is wrong",
    "invalid_config": "the configuration of the command line is wrong",
    "invalid_record": "a record does not conform to the schema",
    "read_only": "a client writes a field that only the system sets, or that can no longer change",
    "not_unique": "another object already has this value, which must be unique",
    "unknown_object": "a reference names an object that does not exist",
    "unknown_backend": "no backend has this name",
    "unknown_dialect": "no SQL dialect or storage has this name",
    "unknown_option": "the backend has no such option, or not with this value",
    "unfit_column": "a table or a frame has no column for a field, or its type cannot hold the field's values",
    "database_error": "the database did not answer while a table or a collection was read",
    "invalid_ddl": "the text is not CREATE TABLE, or it cannot be read",
    "unreadable_file": "a file is damaged, or not of its format",
    "no_common_type": "the values of a column that is to be written have no type in common",
    "missing_package": "the backend needs a package that is not installed",
    "unsupported": "the engine cannot give the right answer",
}
"""Every code of `Problem.code`, with its meaning. Codes are stable: programs may branch on them."""

KEY_CODES = frozenset({
    "duplicate_key", "unknown_operator", "invalid_field_name", "unknown_field", "operator_not_allowed", "not_strict",
    "unknown_parameter",
})  # fmt: skip
"""Codes of problems with the key at the pointer, not with its value: line and column are those of the key."""

MAX_PROBLEMS = 100
MAX_TEXT = 100_000
"""Once the listed problems have more characters, no further one is listed: a long key is in the pointer of each problem
below it."""

MAX_POINTER = 1000
"""Characters of a pointer that is shown. A client chooses how long its keys are."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an input (docs/language.md#refusals; docs/errors.md lists the codes).

    - `code`: a key of `CODES`.
    - `message`: what is wrong, in one line.
    - `pointer`: a JSON Pointer (RFC 6901) into the input; empty for the whole input.
    - `line`, `column`: the place in the input's text, both from 1; None when the input was not text.
    - `hint`: what to write instead, or None.
    - `is_key`: the fault is in the key at the pointer, not in its value. Problems whose code is in `KEY_CODES` do not
      need it.
    - `asked_fields`: of `unsupported`, the names of the fields in the query or the order that the engine cannot answer;
      none if the page, its position or the size of the query is at fault. None: the schema, the table, the backend or
      its options are, whatever a query asks (docs/errors.md#unsupported).

    All texts can be encoded as UTF-8: a lone surrogate is written as an escape.
    """

    code: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    is_key: bool = field(default=False, kw_only=True, repr=False, compare=False)
    asked_fields: tuple[str, ...] | None = field(default=None, kw_only=True, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, text in (("message", self.message), ("pointer", self.pointer), ("hint", self.hint)):
            if text is not None and not text.isascii():
                object.__setattr__(self, name, encodable(text))

    @property
    def shown_pointer(self) -> str:
        """The pointer as messages and responses have it: one of more than 1000 characters, as a long key makes it, is
        replaced by that of the nearest object or list around it that is short enough (docs/language.md#refusals)."""
        if len(self.pointer) <= MAX_POINTER:
            return self.pointer
        return self.pointer[: MAX_POINTER + 1].rpartition("/")[0]

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}, column {self.column}: "
        shown = self.shown_pointer
        pointer = f" (at {in_a_line(shown)})" if shown else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{pointer} [{self.code}]{hint}"


class CriteriaError(ValueError):
    """The input was refused (docs/language.md#refusals).

    `problems` holds every fault that was found, in the order of the input. There are at most 100, and then
    `too_many_problems`.
    """

    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    @property
    def is_asked(self) -> bool:
        """Whether each problem is `unsupported` because of what a query, an order or a page asks for.

        Otherwise a client that sent it is not at fault, and must not see it: a message may name fields that are hidden
        from clients (docs/errors.md#unsupported).
        """
        found = [one for one in self.problems if one.code != "too_many_problems"]
        return bool(found) and all(one.code == "unsupported" and one.asked_fields is not None for one in found)


class Refusal(Exception):
    """Why a value was refused, without its place in the input. It becomes a `Problem` and never leaves the library.

    A hint that takes time is looked for only when the refusal becomes a problem: an input may have thousands of
    refusals, and has `MAX_HINTS` hints.
    """

    def __init__(self, code: str, message: str, hint: Hint = None) -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def hinted(self, hints: Hints) -> str | None:
        """The hint. `hints` is the count of the input: once it is used up, no further hint is looked for."""
        return self.hint(hints) if callable(self.hint) else self.hint

    def at(self, path: Sequence[str | int], hints: Hints) -> Problem:
        """The refusal as a problem at a path, of an input with this count of hints."""
        return Problem(self.code, self.message, to_pointer(path), hint=self.hinted(hints), asked_fields=())


def to_pointer(path: Sequence[str | int]) -> str:
    """A path of keys and indexes as a JSON Pointer (RFC 6901).

    A lone surrogate in a key is written as its JSON escape (`\\ud800`), because UTF-8 cannot encode it. So its pointer
    is the same as that of a key with the letters of the escape.
    """
    return "".join("/" + encodable(str(step)).replace("~", "~0").replace("/", "~1") for step in path)


LONE_SURROGATE = "The string holds a lone surrogate, which is not a character."


def check_encodable(text: str) -> None:
    """Raises `Refusal` (`invalid_text`) when the text holds a lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal("invalid_text", LONE_SURROGATE) from None


class Listing:
    """The problems that one error lists: at most `MAX_PROBLEMS`, fewer when their texts exceed `MAX_TEXT`.

    `hints` is the count of the input, if the list is of a part of it.
    """

    def __init__(self, hints: Hints | None = None) -> None:
        self.problems: list[Problem] = []
        self.hints = Hints() if hints is None else hints
        self._size = 0

    def report(self, problem: Problem) -> None:
        """Lists a problem, unless it is in the list. Raises `CriteriaError` with the whole list when it is full.

        So the check of an input stops at the bound, however many problems the input has.
        """
        if problem not in self.problems and not self.add(problem):
            self.refuse()

    def refuse(self) -> None:
        """Raises `CriteriaError` with the problems, if there are any."""
        if self.problems:
            raise CriteriaError(*self.problems)

    def add(self, problem: Problem) -> bool:
        """Lists a problem. When the list is full, `too_many_problems` is listed instead, and the result is False."""
        if len(self.problems) == MAX_PROBLEMS or self._size > MAX_TEXT or problem.code == "too_many_problems":
            count = len(self.problems)
            more = f"Only the first {count} problems are listed." if count > 1 else "Only the first problem is listed."
            self.problems.append(Problem("too_many_problems", more))
            return False
        self.problems.append(problem)
        self._size += len(problem.message) + len(problem.pointer) + len(problem.hint or "")
        return True


def listed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that an error lists. The last one is `too_many_problems` when there are more."""
    listing = Listing()
    for problem in problems:
        if not listing.add(problem):
            break
    return tuple(listing.problems)


def below(prefix: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a part of an input as problems of the whole input: `prefix` comes before each pointer."""
    return tuple(replace(problem, pointer=prefix + problem.pointer) for problem in problems)


def assert_never(unknown: NoReturn) -> NoReturn:
    """The last case of every match over nodes, types or classes. mypy reports a forgotten case; at run time it
    raises."""
    raise AssertionError(f"no rule for {unknown!r}")
