"""Texts of other query languages, such as `year ge 1990` of OData, and what to write instead of them.

They are not parsed: the first comparison of a text is read, and what joins it with the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from criteria.parsing.foreign_words import comparison_hint, opposite, spelled


def expression(text: str) -> str | None:
    """What to write for a text such as `year ge 1990`, `year>=1990` or `contains(title,'x')`, if it begins like one."""
    begin = text[:_MAX_READ].strip()
    clause = _WHERE.match(begin)
    if clause is not None:  # of SQL, in which a semicolon joins nothing
        begin = begin[clause.end() :].rstrip("; \n")
    suffixed = _SUFFIXED.match(begin)
    if suffixed is not None:  # of a URL: `year__gte=1990`, `year[gte]=1990`
        name, word = suffixed["name"].replace("__", "."), suffixed["word"] or suffixed["inner"]
        return comparison_hint(name, word, _literal(begin[suffixed.end() :].split("&")[0].strip()))
    negation = _NOT.match(begin)
    if negation is not None:
        return _negated(begin[negation.end() :].lstrip(), is_whole=begin[negation.end() - 1] == "(")
    return _positive(begin)


def _positive(text: str) -> str | None:
    """The hint for a text without a negation."""
    anything = _ANY.match(text.lstrip("("))
    return _comparison(text) if anything is None else _of_elements(anything)


def _comparison(text: str) -> str | None:
    """The hint for the first comparison of a text."""
    begin = text.lstrip("(")
    plain = _FOLDING.sub(lambda found: found[1].strip(), begin)
    if plain == begin and _FUNCTION.match(begin):
        return _NO_FUNCTIONS
    found = next((found for pattern in _COMPARISONS if (found := pattern.match(plain)) is not None), None)
    if found is None:
        return None
    word = found["word"].strip("=") or "="
    if plain != begin:
        folded = _FOLDED.get(word.lower())
        if folded is None:
            return None
        word = folded
    value = _literal(found["value"])
    operand = [value, _literal(found["end"])] if "end" in found.re.groupindex else value
    hint = comparison_hint(found["name"].replace("/", "."), word, operand)
    if "truth" in found.re.groupindex and found["truth"]:
        hint = opposite(hint)
    return _joined(hint, plain, found.end())


_NO_FUNCTIONS = "Fields are compared as they are, without functions. Write a condition on the field itself."


def _joined(hint: str | None, text: str, end: int) -> str | None:
    """The hint for the first comparison of a text, among those that a connective joins with it."""
    joined = _JOIN.match(text, end)
    if hint is None or joined is None:
        return hint
    return f'Write {{"{_JOINS[joined[1].lower()]}": [{spelled(hint) or "{...}"}, ...]}}.'


def _negated(rest: str, *, is_whole: bool) -> str | None:
    """The hint for a text after `not`, which negates what is in the brackets, or else the first comparison."""
    end = _end_of_brackets(rest) if is_whole else len(rest)
    hint = _positive(rest[:end])
    criteria = None if hint is None else spelled(hint)
    if criteria is None:
        return hint
    first = _FIRST_OF_JOINED.fullmatch(criteria)
    if not is_whole and first is not None:
        return f'Write {{"{first[1]}": [{{"NOT": {first[2]}}}, ...]}}.'
    return _joined(opposite(hint), rest, end)


_FIRST_OF_JOINED = re.compile(r'\{"(AND|OR)": \[(.*), \.\.\.\]\}', re.DOTALL)


def _end_of_brackets(text: str) -> int:
    """Where the bracket closes that is open before a text. Brackets in quotes do not count."""
    depth, is_quoted = 1, False
    for place, letter in enumerate(text):
        if letter == "'":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (letter == "(") - (letter == ")")
        if not depth:
            return place
    return len(text)


def _of_elements(found: re.Match[str]) -> str | None:
    """The hint for OData's `tags/any(t: t eq 'a')`."""
    name, variable = found["name"], re.escape(found["variable"])
    inner = found["test"][: _end_of_brackets(found["test"])]
    hint = _comparison(re.sub(rf"\b{variable}\b(/)?", lambda one: f"{name}{one[1] or ''}", inner))
    is_joined = hint is not None and '": [{' in hint
    return f'Write {{"{name.replace("/", ".")}": {{"$elemMatch": {{...}}}}}}.' if is_joined else hint


_MAX_READ = 1000
_WHERE = re.compile(r"(?:select\b.*?\b)?where\s+", re.IGNORECASE | re.DOTALL)
_SUFFIXED = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(?:__(?P<word>[A-Za-z]+)|\[\$?(?P<inner>[A-Za-z]+)\])=(?=\s*[^=&\s])")
_NAME = r"(?P<name>[A-Za-z_][\w./]*)"
_VALUE = r"""(?P<value>'(?:[^']|'')*'|"[^"]*"|\([^()]*\)|[^\s'"&;,()|]+)"""
_TRUTH = r"(?:\s+eq\s+(?:true|(?P<truth>false))\b)?"
_COMPARISONS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NAME}\s+(?P<word>(?:not\s+)?between)\s+{_VALUE}\s+and\s+(?P<end>[^\s;,()]+)",
        rf"{_NAME}\s*(?P<word>=[a-z]+=|<>|[<>!=]=*(?!~)|[!=]?~\*?|:)\s*{_VALUE}",
        rf"(?P<word>[A-Za-z]+)\(\s*{_NAME}\s*,\s*{_VALUE}\s*\){_TRUTH}",
        rf"(?P<word>substringof)\(\s*{_VALUE}\s*,\s*{_NAME}\s*\){_TRUTH}",
        rf"{_NAME}\s+(?P<word>(?:not\s+|is\s+)?[A-Za-z]+)(?:\s+|(?=\()){_VALUE}",
    )
]
_NOT = re.compile(r"\(*\s*(?:not\b|!(?=\())\s*\(?", re.IGNORECASE)
_ANY = re.compile(r"(?P<name>[A-Za-z_][\w./]*)/any\(\s*(?P<variable>\w+)\s*:\s*(?P<test>.*)", re.DOTALL)
_FUNCTION = re.compile(r"[A-Za-z]+\(\s*[A-Za-z_][\w./]*\s*\)\s*(?:[<>!=]|[A-Za-z])")
_FOLDING = re.compile(r"\b(?:tolower|toupper|lower|upper)\(([^()]*)\)", re.IGNORECASE)
_FOLDED: Mapping[str, str] = {
    **dict.fromkeys(("eq", "=", "=="), "ieq"),
    **{word: f"i{word}" for word in ("contains", "startswith", "endswith", "like")},
    "substringof": "icontains",
}
"""Comparisons in any letter case, which other languages write with a function around the field."""
_JOINS = {"and": "AND", "&&": "AND", "&": "AND", ";": "AND", "or": "OR", "||": "OR", "|": "OR", ",": "OR"}
_JOIN = re.compile(r"[\s)]*(and\b|or\b|&&?|\|\|?|;|,)", re.IGNORECASE)


def _literal(text: str) -> object:
    """The value that a literal spells: a list in brackets, a number, a truth value, null, or else a string."""
    if text.startswith("("):
        return [_literal(item.strip()) for item in text[1:-1].split(",") if item.strip()]
    if text[:1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:1] == '"':
        return text[1:-1]
    try:
        return json.loads(text.lower())
    except ValueError:
        return text
