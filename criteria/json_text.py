"""JSON text: strict decoding, and the lines and columns of its parts.

The decoder is the standard library's, with its gaps closed: numbers stay exact, `NaN` and `Infinity` are no JSON,
and a key that stands twice in an object is a fault. Positions are looked for only when there is a fault to show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from criteria.errors import KEY_CODES, CriteriaError, Path, Problem, first_hundred, quoted, to_pointer

_TYPOGRAPHIC = re.compile("[\u2018-\u201f\u00ab\u00bb]")


class _NotJson(ValueError):
    """A token that the standard library takes and JSON does not have."""


class _DuplicateKey(ValueError):
    """An object has the same key twice."""


def read_text(source: str | bytes) -> str:
    """The text of a source: bytes are UTF-8, a leading byte order mark is dropped.

    Raises `CriteriaError` (`invalid_json`) when the bytes are not UTF-8.
    """
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        before = source[: fault.start].decode("utf-8").removeprefix("\ufeff")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise CriteriaError(Problem("invalid_json", "The text is not UTF-8.", line=line, column=column)) from None


def decode(text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The decoded value, and a `duplicate_key` problem for each repeated key (whose last value is kept).

    Numbers with a fraction or an exponent become `Decimal`. Raises `CriteriaError` (`invalid_json`, `too_deep`).
    """
    try:
        try:
            return _decoded(text), ()
        except _DuplicateKey:
            return _LENIENT.decode(text), first_hundred(_repeated(text))
    except _NotJson as fault:
        raise CriteriaError(_unreadable(text, f"{fault} is not a JSON number.")) from None
    except json.JSONDecodeError as fault:
        hint = _quote_hint(text, fault)
        message = f"This is not JSON: {fault.msg[0].lower()}{fault.msg[1:].removesuffix(' at')}."
        raise CriteriaError(
            Problem("invalid_json", message, line=fault.lineno, column=fault.colno, hint=hint)
        ) from None
    except RecursionError:
        raise CriteriaError(Problem("too_deep", "The JSON is nested too deep to read.")) from None


def located(problems: Sequence[Problem], text: str) -> tuple[Problem, ...]:
    """The problems with the line and column that their pointers have in the text."""
    wanted = {problem.pointer for problem in problems if problem.line is None}
    around = {outer for pointer in wanted for outer in _outwards(pointer)}
    found: dict[str, _Place] = {}
    for place in _places(text) if wanted else ():
        pointer = to_pointer(place.path)
        if pointer in around:
            found[pointer] = place
            wanted.discard(pointer)
            if not wanted:
                break
    placed = [_placed(problem, found) for problem in problems]
    return tuple(sorted(placed, key=lambda one: (one.code == "too_many_problems", one.line or 0, one.column or 0)))


def _outwards(pointer: str) -> Iterator[str]:
    """The pointer, and those of everything around its place."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def _placed(problem: Problem, found: Mapping[str, _Place]) -> Problem:
    """The problem with its position: that of the innermost thing around it, when what it names is missing."""
    place = next((found[pointer] for pointer in _outwards(problem.pointer) if pointer in found), None)
    if problem.line is not None or place is None:
        return problem
    line, column = place.key if place.key and problem.code in KEY_CODES else place.value
    return replace(problem, line=line, column=column)


def _decoded(text: str) -> Any:
    try:
        return _STRICT.decode(text)
    except (json.JSONDecodeError, _DuplicateKey, _NotJson):
        raise
    except ValueError:  # an integer of more digits than int() takes
        return _PATIENT.decode(text)


def _number(text: str) -> int | Decimal:
    """A JSON number by its exact value, whatever its length and exponent are."""
    try:
        return int(text)
    except ValueError:  # a fraction, an exponent, or more digits than int() takes
        pass
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_nan():  # an exponent of more than 18 digits: as good as any that is out of every range
        mantissa, exponent = re.split("[eE]", text)
        number = Decimal(f"{mantissa}E{'-' if exponent.startswith('-') else ''}999999")
    return number


def _refuse(token: str) -> NoReturn:
    raise _NotJson(token)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_constant=_refuse)
_LENIENT = json.JSONDecoder(parse_float=_number, parse_int=_number, parse_constant=_refuse)
_PATIENT = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_int=_number, parse_constant=_refuse)


def _quote_hint(text: str, fault: json.JSONDecodeError) -> str | None:
    at = text[fault.pos : fault.pos + 1]
    line = text[fault.pos :].split("\n", 1)[0]
    if _TYPOGRAPHIC.match(at) or (fault.msg.startswith("Unterminated") and _TYPOGRAPHIC.search(line)):
        return 'Typographic quotes do not delimit JSON strings: write "straight" ones.'
    return 'JSON strings stand in double quotes: write "text".' if at == "'" else None


def _unreadable(text: str, message: str) -> Problem:
    """The token at which the text stops being JSON."""
    unreadable = next((token for token in _tokens(text) if token.type == "UNREADABLE"), None)
    if unreadable is None:
        return Problem("invalid_json", message)
    return Problem("invalid_json", message, line=unreadable.line, column=unreadable.column)


@dataclass(frozen=True, slots=True)
class _Place:
    """One value of a JSON text, with the positions of its key and its first character."""

    path: Path
    key: tuple[int, int] | None
    value: tuple[int, int]
    repeated: bool


def _tokens(text: str) -> Iterator[Any]:
    from criteria.grammar import criteria_grammar

    return criteria_grammar().lex(text)


def _repeated(text: str) -> Iterator[Problem]:
    for place in _places(text):
        if place.repeated and place.key:
            line, column = place.key
            message = f"The key {quoted(place.path[-1])} stands twice in one object."
            yield Problem("duplicate_key", message, to_pointer(place.path), line, column)


class _Open:
    """An object or list whose end has not been read: what its next value is called."""

    def __init__(self, is_list: bool, path: Path) -> None:
        self.is_list, self.path = is_list, path
        self.index = 0
        self.keys: set[str] = set()
        self.key: str | None = None
        self.key_position: tuple[int, int] | None = None
        self.repeated = False

    def name(self, key: str, position: tuple[int, int]) -> None:
        self.repeated = key in self.keys
        self.keys.add(key)
        self.key, self.key_position = key, position

    def place(self, position: tuple[int, int]) -> _Place:
        step: str | int = self.index if self.is_list else self.key or ""
        return _Place((*self.path, step), self.key_position, position, self.repeated)

    def close_value(self) -> None:
        self.index += 1
        self.key, self.key_position, self.repeated = None, None, False


def _places(text: str) -> Iterator[_Place]:
    """Every value of a well-formed JSON text, in the order of the text."""
    stack: list[_Open] = []
    for token in _tokens(text):
        kind, position = token.type, (token.line, token.column)
        if kind in ("COLON", "COMMA"):
            continue
        if kind in ("RBRACE", "RBRACKET"):
            stack.pop()
            if stack:
                stack[-1].close_value()
            continue
        top = stack[-1] if stack else None
        if top is not None and not top.is_list and top.key is None:
            top.name(json.loads(token), position)
            continue
        place = top.place(position) if top is not None else _Place((), None, position, False)
        yield place
        if kind in ("LBRACE", "LBRACKET"):
            stack.append(_Open(kind == "LBRACKET", place.path))
        elif top is not None:
            top.close_value()
