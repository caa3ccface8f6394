"""JSON text: strict decoding, and the lines and columns of its parts.

Uses the standard library's decoder, but keeps numbers exact and refuses `NaN`, `Infinity` and duplicate keys. Positions
are looked up only when there is a problem to show.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from criteria.errors import KEY_CODES, MAX_PROBLEMS, CriteriaError, Path, Problem, listed, quoted, to_pointer
from criteria.text.json_decoders import NotJson, Pairs, decoder_of_texts, exact_decoders, msgspec_decoder
from criteria.text.json_faults import json_fault
from criteria.text.json_levels import check_levels
from criteria.text.json_positions import Lines, Position, SearchTree, places, search_tree, search_tree_of_paths


class _DuplicateKey(ValueError):
    """An object has the same key twice."""


_SAVE = "It looks like UTF-16: save it as UTF-8."


def read_text(source: str | bytes, code: str = "invalid_json") -> str:
    """The text of a source: bytes are UTF-8, a leading byte order mark is dropped.

    Raises `CriteriaError` with the `code` when the bytes are not UTF-8.
    """
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        before = source[: fault.start].decode("utf-8").removeprefix("\ufeff")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        hint = _SAVE if source.startswith((b"\xff\xfe", b"\xfe\xff")) else None
        raise CriteriaError(Problem(code, "The text is not UTF-8.", line=line, column=column, hint=hint)) from None


def decode(text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The decoded value, and a `duplicate_key` problem for each repeated key (whose last value is kept).

    Numbers with a fraction or an exponent become `Decimal`. Raises `CriteriaError` (`invalid_json`, `too_deep`).
    """
    check_levels(text)
    try:
        return _read(text, _UNIQUE, _UNIQUE_LONG), ()
    except _DuplicateKey:
        return _with_repeats(text)


def decode_quickly(text: str) -> Any:
    """The decoded value, without a check for repeated keys: the last value is kept. Raises what `decode` raises."""
    check_levels(text)
    decode = _MSGSPEC.decoder()
    if decode is not None:
        try:
            return decode(text)
        except Exception:  # noqa: S110  # the standard library's decoder takes some texts of these, and words the faults of others
            pass
    return _read(text, _QUICK, _QUICK_LONG)


def has_one_colon_a_member(text: str, members: int, operands: Sequence[Any]) -> bool:
    """Proves cheaply, by counting colons, that no key is repeated.

    In JSON text a colon follows each key, and all other colons are inside strings. If their number equals that of the
    decoded value's members and of the colons in its strings, no member was lost. A string with escapes may contain more
    characters than its text shows; then, and when a key contains a colon, the result is False.
    """
    colons = text.count(":")
    if colons == members:
        return True
    for operand in operands:
        for value in operand if type(operand) is list else (operand,):
            if type(value) is str:
                colons -= value.count(":")
    return colons == members and "\\" not in text


def _read(text: str, decoder: json.JSONDecoder, decoder_of_long: json.JSONDecoder) -> Any:
    try:
        try:
            return decoder.decode(text)
        except (json.JSONDecodeError, _DuplicateKey, NotJson):
            raise
        except (ValueError, ArithmeticError):  # an integer or an exponent with more digits than int() takes
            return decoder_of_long.decode(text)
    except NotJson as fault:
        raise CriteriaError(_constant(text, f"{fault} is not a JSON number.")) from None
    except json.JSONDecodeError as fault:
        words, hint, at = json_fault(text, fault)
        line, column = Lines(text).at(at)
        message = f"This is not JSON: {words}."
        raise CriteriaError(Problem("invalid_json", message, line=line, column=column, hint=hint)) from None
    except RecursionError:  # the caller's stack is deep
        raise CriteriaError(Problem("too_deep", "The JSON is nested too deep to read.")) from None


def located(
    problems: Sequence[Problem], text: str, find: Callable[[SearchTree], Iterator[Position]] | None = None
) -> tuple[Problem, ...]:
    """The problems with lines and columns in the text, in text order.

    For a duplicate key, the last value counts. `find` locates values in a text that is not JSON.
    """
    missing = {one.pointer for one in problems if one.line is None and one.code != "too_many_problems"}
    repeated = {one.pointer for one in problems if one.code == "duplicate_key"}
    last_counts = any(pointer in repeated for one in missing for pointer in _outwards(one))
    found: dict[str, _LineColumns] = {}
    if missing:
        lines = Lines(text)
        searched = search_tree(missing)
        for place in find(searched) if find else places(text, searched):
            key = None if place.key is None else lines.at(place.key)
            found[place.pointer] = (key, lines.at(place.value))
            missing.discard(place.pointer)
            if not missing and not last_counts:
                break
    placed = [_placed(problem, found) for problem in problems]
    return tuple(sorted(placed, key=lambda one: (one.code == "too_many_problems", one.line or 0, one.column or 0)))


_LineColumns = tuple[tuple[int, int] | None, tuple[int, int]]
"""Line and column of a key, if there is one, and of its value."""


def _outwards(pointer: str) -> Iterator[str]:
    """The pointer, and the pointers of all values around it, from the inside out."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""


def _placed(problem: Problem, found: Mapping[str, _LineColumns]) -> Problem:
    """The problem with its position. If the value is missing, that of the innermost value around it."""
    pointer = next((pointer for pointer in _outwards(problem.pointer) if pointer in found), None)
    if problem.line is not None or pointer is None:
        return problem
    key, value = found[pointer]
    is_key = (problem.is_key or problem.code in KEY_CODES) and pointer == problem.pointer
    line, column = key if key and is_key else value
    return replace(problem, line=line, column=column)


def _unique(pairs: Pairs) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


class _Msgspec:
    """msgspec's decoder, which is twice as fast, once there have been many texts: importing it takes as long as the
    standard library takes for thousands."""

    _MANY = 1000

    def __init__(self) -> None:
        self._decode: Callable[[str], Any] | None = None
        self._left = self._MANY

    def decoder(self) -> Callable[[str], Any] | None:
        """The decoder; None for the first texts, and where msgspec is not installed."""
        if self._left:
            self._left -= 1
            if not self._left:
                self._decode = msgspec_decoder()
        return self._decode


_MSGSPEC = _Msgspec()
_UNIQUE, _UNIQUE_LONG = exact_decoders(_unique)
_QUICK, _QUICK_LONG = exact_decoders()
_TEXTS = decoder_of_texts()


def _with_repeats(text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The value of a text with duplicate keys, and a problem for each of them.

    Raises `CriteriaError` (`invalid_json`, `too_deep`).
    """
    repeating: dict[int, Pairs] = {}
    kept: list[dict[str, Any]] = []  # so that no id is given away twice

    def members(pairs: Pairs) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            repeating[id(found)] = pairs
            kept.append(found)
        return found

    value = _read(text, *exact_decoders(members))  # behind the first repeated key the text may be no JSON
    return value, listed(_repeated(text, _repeated_paths(value, repeating)))


def _repeated_paths(value: Any, repeating: Mapping[int, Pairs]) -> Iterator[Path]:
    """The paths of the duplicate keys."""
    pending: list[tuple[Any, Any]] = [(value, None)]  # each with its last step, linked to those before it
    while pending:
        container, link = pending.pop()
        pairs: Any = enumerate(container) if type(container) is list else container.items()
        if id(container) in repeating:
            pairs = repeating[id(container)]
            around = _path(link)
            for key in _repeated_keys(pairs):
                yield (*around, key)
        inner = [(item, (step, link)) for step, item in pairs if type(item) is dict or type(item) is list]
        inner.reverse()
        pending += inner


def _repeated_keys(pairs: Pairs) -> Iterator[str]:
    once: set[str] = set()
    twice: set[str] = set()
    for key, _ in pairs:
        if key in once and key not in twice:
            twice.add(key)
            yield key
        once.add(key)


def _path(link: Any) -> Path:
    steps = []
    while link is not None:
        step, link = link
        steps.append(step)
    return tuple(reversed(steps))


def _repeated(text: str, paths: Iterator[Path]) -> Iterator[Problem]:
    """A problem for each duplicate key."""
    lines = Lines(text)
    keys = list(islice(paths, MAX_PROBLEMS + 1))
    ends = {to_pointer(path): quoted(path[-1]) for path in keys}
    seen: set[tuple[str, int | None]] = set()
    for place in places(text, search_tree_of_paths(keys)):
        if (place.pointer, place.around) in seen and place.pointer in ends and place.key is not None:
            line, column = lines.at(place.key)
            message = f"The key {ends[place.pointer]} appears twice in one object."
            yield Problem("duplicate_key", message, place.pointer, line, column)
        seen.add((place.pointer, place.around))


def _constant(text: str, message: str) -> Problem:
    """The problem of the first NaN or Infinity outside strings: the place where a decoder stops that knows neither."""
    try:
        _TEXTS.decode(text.replace("NaN", "!aN").replace("Infinity", "!nfinity"))
    except json.JSONDecodeError as fault:
        return Problem("invalid_json", message, line=fault.lineno, column=fault.colno)
    return Problem("invalid_json", message)
