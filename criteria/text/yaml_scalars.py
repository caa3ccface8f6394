"""The JSON value of a YAML scalar, if every YAML reader agrees on it.

YAML 1.2 (section 10.3, the core schema) and YAML 1.1 read many unquoted words differently: `no`, `010`, `12:30`,
`2024-01-01`. A query must not depend on that, so a word is accepted only if both read the same value and JSON has it.
"""

from __future__ import annotations

import re
from typing import Any

from criteria.errors import Refusal
from criteria.messages import quoted
from criteria.text.json_decoders import NUMBER, number

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_BOOLEAN = re.compile("yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9].*)?")
_OTHER_NUMBER = re.compile(
    r"[-+]?(?:\.(?:inf|Inf|INF)|0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)|\.(?:nan|NaN|NAN)"
)
"""The numbers of YAML 1.1 or 1.2 that JSON does not have."""


def plain_value(word: str) -> Any:
    """The value of an unquoted word. Raises `Refusal` (`not_json`) if YAML readers disagree on it."""
    if word in _WORDS:
        return _WORDS[word]
    if NUMBER.fullmatch(word):
        return number(word)
    if not word:
        raise Refusal("not_json", "The value is missing.", 'Write null where "no value" is meant.')
    if word in ("<<", "="):
        raise Refusal("not_json", f"{quoted(word)} has a meaning of its own in YAML, and none in JSON.", _quote(word))
    if _BOOLEAN.fullmatch(word):
        hint = f"Write true or false, or the text in quotes: {quoted(word)}."
        raise Refusal("not_json", f"Some readers of YAML take {word} for true or false, others for text.", hint)
    if _DATE.fullmatch(word):
        raise Refusal("not_json", f"Some readers of YAML take {word} for a date, and JSON has none.", _quote(word))
    if _OTHER_NUMBER.fullmatch(word):
        message = f"Some readers of YAML take {_short(word)} for a number, but it is not a number in JSON."
        raise Refusal("not_json", message, f"Write the number as in JSON, or the text in quotes: {quoted(word)}.")
    return word


def quoted_value(text: str) -> str:
    """The text between quotes. Two escapes that form a surrogate pair, as in JSON, become one character."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _quote(word: str) -> str:
    return f"Write the text in quotes: {quoted(word)}."


def _short(word: str) -> str:
    return word if len(word) <= 60 else word[:57] + "..."
