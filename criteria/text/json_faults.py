"""Why a text is not JSON, in words, and what to write instead."""

from __future__ import annotations

import re
from json import JSONDecodeError
from typing import NamedTuple

from criteria.text.json_levels import STRING_OR_BRACKET


class JsonFault(NamedTuple):
    """What is wrong, as the end of a sentence; what to write instead; where, as an offset into the text."""

    words: str
    hint: str | None
    at: int


_WORDS = {
    "Expecting property name enclosed in double quotes": "expected a key in double quotes",
    "Expecting ',' delimiter": "expected a comma",
    "Expecting ':' delimiter": "expected a colon",
    "Expecting value": "expected a value",
    "Extra data": "expected the end of the text",
    "Invalid \\escape": "there is no such escape",
    "Invalid \\uXXXX escape": "\\u takes four hexadecimal digits",
    "Unterminated string starting at": "the string that starts here is not closed",
    "Invalid control character at": "control characters must be escaped",
    "Illegal trailing comma before end of object": "expected a key in double quotes",
    "Illegal trailing comma before end of array": "expected a value",
}

_TYPOGRAPHIC = re.compile("[\u2018-\u201f\u00ab\u00bb]")
_BLANK = " \t\r\n"
_COMMENTS = ("//", "/*", "#", "--")
_WORD = re.compile(r"[A-Za-z_$][\w$.-]*")
_CONSTANTS = {
    "true": "true",
    "false": "false",
    "null": "null",
    "none": "null",
    "nil": "null",
    "undefined": "null",
}


def fault_words(fault: JSONDecodeError) -> str:
    """What is wrong, as the end of a sentence."""
    return _WORDS.get(fault.msg) or (fault.msg[0].lower() + fault.msg[1:]).removesuffix(" at")


def json_fault(text: str, fault: JSONDecodeError) -> JsonFault:
    """The first fault of a text, which the standard library's decoder found."""
    words = fault_words(fault)
    at = fault.pos
    rest = text[at:].lstrip(_BLANK)[:100]
    before = text[:at].rstrip(_BLANK)
    if not text.strip(_BLANK):
        return JsonFault("the text is empty", None, 0)
    if not rest:
        return _unclosed(text, words)
    is_at_comma = rest[0] == "," and "trailing comma" in fault.msg  # Python 3.13 stops there, older versions behind it
    if is_at_comma or (rest[0] in "}]" and before.endswith(",")):
        comma = at if is_at_comma else len(before) - 1
        return JsonFault("no comma is allowed before the end of an object or a list", "Remove the comma.", comma)
    return JsonFault(words, _hint(rest, words) or _number_hint(before, rest, words), at)


def _unclosed(text: str, words: str) -> JsonFault:
    """The fault of a text that ends too early: the innermost object or list that is not closed."""
    opened: list[tuple[str, int]] = []
    for found in STRING_OR_BRACKET.finditer(text):
        if found[0] in "{[":
            opened.append((found[0], found.start()))
        elif found[0] in "}]" and opened:
            opened.pop()
    if not opened:
        return JsonFault(words, None, len(text))
    bracket, start = opened[-1]
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    noun = "object" if bracket == "{" else "list"
    closing = "}" if bracket == "{" else "]"
    return JsonFault(f"the {noun} that starts at {line}:{column} is not closed", f'Add "{closing}".', len(text))


NO_COMMENTS = "JSON has no comments. Delete it."


def _hint(rest: str, words: str) -> str | None:
    line = rest.split("\n", 1)[0]
    if _TYPOGRAPHIC.match(rest) or (words.startswith("the string") and _TYPOGRAPHIC.search(line)):
        return 'Typographic quotes do not delimit JSON strings: write "straight" ones.'
    if rest[0] == "'":
        return 'JSON strings need double quotes: write "text".'
    if rest.startswith(_COMMENTS):
        return NO_COMMENTS
    fixed = _FIXED.get(words)
    if fixed is not None:
        return fixed
    word = _WORD.match(rest)
    if word is None:
        return None
    if words == _WORDS["Expecting value"]:
        constant = _CONSTANTS.get(word[0].lower())
        return f"Write {constant}." if constant else 'JSON strings need double quotes: write "text".'
    if words == _WORDS["Expecting property name enclosed in double quotes"]:
        return f'Write "{word[0]}". In a shell, put the JSON in single quotes.'
    return None


_FIXED = {
    _WORDS["Expecting ':' delimiter"]: "Write a colon between a key and its value.",
    _WORDS["Invalid \\escape"]: "A backslash is written \\\\.",
    _WORDS["Unterminated string starting at"]: "Close it with a double quote.",
}
"""What to write where the text does not matter."""

_DIGITS = re.compile(r"[+]?(\.?[0-9][0-9.]*)")


def _number_hint(before: str, rest: str, words: str) -> str | None:
    """What to write instead of a number that JSON spells otherwise: +1, .5, 1. and 01; or after a whole query."""
    if words == _WORDS["Expecting value"] and rest[0] in "+.":
        found = _DIGITS.match(rest)
        return found and f"Write {'0' if found[1][0] == '.' else ''}{found[1]}."
    if words == _WORDS["Expecting ',' delimiter"] and before[-1:].isdigit():
        if rest[0] == ".":
            return "A JSON number needs digits after the point: write 1.0 or 1."
        if rest[0].isdigit() or rest[0] in "xX":
            return "A JSON number is decimal and has no leading zeros."
    if words == _WORDS["Extra data"] and rest[0] in "{,":
        return 'To join queries, write {"AND": [{...}, {...}]}.'
    return None
