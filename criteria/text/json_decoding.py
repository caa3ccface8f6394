"""JSON text: strict decoding.

Uses the standard library's decoder, but keeps numbers exact and refuses `NaN`, `Infinity` and duplicate keys. What
words a problem, and finds its place, is imported when there is one: the first query of a program does not wait for it.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable, Sequence
from typing import Any

from criteria.errors import MAX_PROBLEMS, CriteriaError, Problem, listed
from criteria.text.json_decoders import TOO_DEEP, NotJson, Pairs, exact_decoders, msgspec_decoder
from criteria.text.json_levels import check_levels


class _DuplicateKey(ValueError):
    """An object has the same key twice."""


_MARKS = (
    (BOM_UTF32_LE, "UTF-32"), (BOM_UTF32_BE, "UTF-32"), (BOM_UTF16_LE, "UTF-16"), (BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip
"""Encodings by the marks that texts begin with. One of UTF-32 begins with one of UTF-16."""


def marked_encoding(text: bytes) -> str | None:
    """`UTF-16` or `UTF-32` if the text begins with the mark of it."""
    return next((name for mark, name in _MARKS if text.startswith(mark)), None)


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
        found = marked_encoding(source)
        hint = f"It looks like {found}: save it as UTF-8." if found else None
        raise CriteriaError(Problem(code, "The text is not UTF-8.", line=line, column=column, hint=hint)) from None


def decode(text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The decoded value, and a `duplicate_key` problem for each repeated key (whose last value is kept).

    Numbers with a fraction or an exponent become `Decimal`. Raises `CriteriaError` (`invalid_json`, `too_deep`).
    """
    check_levels(text)
    try:
        return _read(text, _UNIQUE, _UNIQUE_LONG), ()
    except _DuplicateKey:
        pass  # what it holds of the text is freed before the text is read again
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
    except (NotJson, json.JSONDecodeError) as fault:
        from criteria.text.json_problems import constant, syntax

        raise CriteriaError(constant(text, fault) if isinstance(fault, NotJson) else syntax(text, fault)) from None
    except RecursionError:  # the caller's stack is deep
        raise CriteriaError(Problem("too_deep", TOO_DEEP)) from None


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


def _has_inner(pairs: Pairs) -> bool:
    """Whether some value is an object or a list. Of an object that repeats a key, others are found through these."""
    return any(type(value) is dict or type(value) is list for _, value in pairs)


def _with_repeats(text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The value of a text with duplicate keys, and a problem for each of them.

    Raises `CriteriaError` (`invalid_json`, `too_deep`).
    """
    repeating: dict[int, Pairs] = {}
    kept: list[dict[str, Any]] = []  # so that no id is given away twice

    def members(pairs: Pairs) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs) and (len(kept) <= MAX_PROBLEMS or _has_inner(pairs)):
            repeating[id(found)] = pairs
            kept.append(found)
        return found

    value = _read(text, *exact_decoders(members))  # behind the first repeated key the text may be no JSON
    from criteria.text.json_problems import repeated

    return value, listed(repeated(text, value, repeating))
