"""The one exception of the library, and the facts that it carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from functools import lru_cache

CODES = {
    # text and structure
    "invalid_json": "the text is not JSON",
    "invalid_yaml": "the text is not YAML, or not one document of it",
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
    "invalid_config": "the configuration of the command line is wrong",
    "invalid_record": "a record does not conform to the schema",
    "read_only": "a client writes what the system sets, or what cannot be changed any more",
    "not_unique": "another object has this value already, and it has to be unique",
    "unknown_object": "a reference names an object that there is not",
    "unknown_backend": "no backend has this name",
    "unknown_dialect": "no SQL dialect or storage has this name",
    "unknown_option": "the backend has no such option, or not with this value",
    "unfit_column": "a frame has no column for a field, or one whose type does not hold the field's values",
    "unreadable_file": "a file is damaged, or not of its format",
    "no_common_type": "a column of what is to be written has values of types that none holds together",
    "missing_package": "the backend needs a package that is not installed",
    "unsupported": "the engine cannot give the right answer",
}
"""Every code of `Problem.code`, with what it says. Codes are stable: programs may branch on them."""

KEY_CODES = frozenset({
    "duplicate_key", "unknown_operator", "invalid_field_name", "unknown_field", "operator_not_allowed", "not_strict",
    "unknown_parameter",
})  # fmt: skip
"""Codes that blame the key at the pointer rather than the value: line and column are the key's."""

MAX_PROBLEMS = 100
MAX_TEXT = 100_000
"""Characters of problems behind which no further one is listed: a long key stands in the pointer of each of them."""

MAX_HINTS = 10
"""How many unknown names of one input are compared with the known ones."""

LONE_SURROGATE = "The string holds a lone surrogate, which is not a character."

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an input.

    `code` is a key of `CODES`; `pointer` is a JSON Pointer (RFC 6901) into the input; `line` and `column`
    count from 1 and are there when the input was text; `hint` says what to write instead. All texts can be encoded
    as UTF-8: a lone surrogate in them is written as an escape.

    `is_key` says that the key at the pointer is to blame, not its value (what `KEY_CODES` says of a whole code).
    """

    code: str
    message: str
    pointer: str = ""
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    is_key: bool = field(default=False, kw_only=True, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, text in (("message", self.message), ("pointer", self.pointer), ("hint", self.hint)):
            if text is not None and not text.isascii():
                object.__setattr__(self, name, encodable(text))

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}, column {self.column}: "
        pointer = f" (at {in_a_line(self.pointer)})" if self.pointer else ""
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
    """A path of keys and indexes as a JSON Pointer (RFC 6901).

    A lone surrogate of a key is written as the escape that JSON has for it (`\\ud800`): no pointer could be encoded
    otherwise. It reads like a key with that backslash in it, which is the one thing that such a pointer leaves open.
    """
    return "".join("/" + encodable(str(step)).replace("~", "~0").replace("/", "~1") for step in path)


def in_a_line(pointer: str) -> str:
    """A pointer as it is shown: a key may hold line feeds and the sequences that terminals obey, which are escaped."""
    return pointer if pointer.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in pointer)


def encodable(text: str) -> str:
    """The text with an escape for each lone surrogate, which UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


class Listing:
    """The problems that one error lists: a hundred, or fewer where their text is very long."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._size = 0

    def add(self, problem: Problem) -> bool:
        """Lists a problem. False when there is no room for it: the list then ends with a word on that."""
        if len(self.problems) == MAX_PROBLEMS or self._size > MAX_TEXT or problem.code == "too_many_problems":
            count = len(self.problems)
            more = f"Only the first {count} problems are listed." if count > 1 else "Only the first problem is listed."
            self.problems.append(Problem("too_many_problems", more))
            return False
        self.problems.append(problem)
        self._size += len(problem.message) + len(problem.pointer) + len(problem.hint or "")
        return True


def listed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems as far as an error lists them, with `too_many_problems` as the last when there are more."""
    listing = Listing()
    for problem in problems:
        if not listing.add(problem):
            break
    return tuple(listing.problems)


def below(prefix: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of a part of an input, as problems of the whole: pointers begin with `prefix`."""
    return tuple(replace(problem, pointer=prefix + problem.pointer) for problem in problems)


_MAX_WORD_LENGTH = 100
_MAX_COMPARED = 24
"""How many of the known names are compared letter by letter with a misspelt one: those that share the most pairs."""


def install_hint(extra: str) -> str:
    """What to do about a package that is not installed: the extra that brings it."""
    return f'Install it with: pip install "criteria-engine[{extra}]"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A "did you mean" sentence for a misspelt name, or None when nothing is near."""
    from difflib import get_close_matches
    from heapq import nlargest

    if len(word) > _MAX_WORD_LENGTH:
        return None
    by_folded = _by_folded(tuple(known))
    folded = word.casefold()
    names: Iterable[str] = by_folded
    if folded in by_folded:
        names = [folded]
    elif len(by_folded) > _MAX_COMPARED:
        pairs = _pairs(folded)
        shared = {name: len(pairs & other) / (len(pairs) + len(other)) for name, (_, other) in by_folded.items()}
        names = nlargest(_MAX_COMPARED, shared, key=shared.__getitem__)
    close = get_close_matches(folded, names, n=1, cutoff=0.6)
    return f"Did you mean {quoted(by_folded[close[0]][0])}?" if close else None


@lru_cache(maxsize=4)
def _by_folded(known: tuple[str, ...]) -> Mapping[str, tuple[str, frozenset[str]]]:
    """Names by what they are without regard to case, each with the pairs of letters in it."""
    return {folded: (name, _pairs(folded)) for name in known for folded in (name.casefold(),)}


def _pairs(folded: str) -> frozenset[str]:
    """The letters of a word, and the pairs of them that stand side by side."""
    return frozenset(folded).union(map("".join, zip(f" {folded}", f"{folded} ", strict=True)))


def quoted(value: object, most: int | None = 60) -> str:
    """A value as it reads in JSON, shortened so that a message stays a line; of a long one only the start is read."""
    text = ""
    try:
        for part in _spelled(value, most):
            text += part
            if most is not None and len(text) > most:
                break  # lists that hold each other may unfold to any length
    except Exception:  # cycles, numbers of thousands of digits, and objects that raise when shown
        text = f"a value of class {type(value).__name__}"
    text = encodable(text)
    return text if most is None or len(text) <= most else text[: most - 3] + "..."


def _spelled(value: object, most: int | None) -> Iterator[str]:
    """The JSON text of a value in parts, each hardly longer than `most`."""
    from decimal import Decimal
    from json import dumps

    if isinstance(value, str):
        yield dumps(str.__getitem__(value, slice(most)), ensure_ascii=False)
    elif value is None or isinstance(value, (bool, int, float)):
        yield dumps(value)
    elif isinstance(value, Decimal):
        yield str(value)
    elif isinstance(value, dict):
        yield "{"
        for index, (key, item) in enumerate(value.items()):
            yield ", " if index else ""
            yield from _spelled(key, most)
            yield ": "
            yield from _spelled(item, most)
        yield "}"
    elif isinstance(value, (list, tuple)):
        yield "["
        for index, item in enumerate(value):
            yield ", " if index else ""
            yield from _spelled(item, most)
        yield "]"
    elif most is not None and isinstance(value, Sized) and len(value) > most:
        yield f"a value of class {type(value).__name__}"
    else:
        yield dumps(repr(value), ensure_ascii=False)
