"""Operators and connectives of other query languages, and what to write instead of them.

SQL, MongoDB, OData, JsonLogic, Elasticsearch and ORMs have words for the same things. A word that is known here gets an
exact rewriting, with the name and the operand of the user; only other words get the nearest operator as a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from criteria.messages import quoted
from criteria.parsing.foreign_patterns import Pattern, glob, like, regex
from criteria.tree.nodes import Operator

MAX_SHOWN = 200
"""Characters of an operand that a hint repeats. A longer one is shown as `...`."""


def operator_hint(
    name: str, word: str, operand: object, beside: Mapping[Any, Any] = MappingProxyType({})
) -> str | None:
    """What to write instead of a comparison with an operator of another language; None when the word is not known.

    `beside` are the operators of the same object: MongoDB's `$options` say how its `$regex` compares.
    """
    plain = _plain(word)
    if plain in _SYNONYMS:
        return f"Did you mean {quoted(_SYNONYMS[plain].value)}?"
    if plain == "regex" and "i" in str(beside.get("$options", "")):
        plain = "iregex"
    rewrite = _REWRITINGS.get(plain)
    return None if rewrite is None else rewrite(name, operand)


def list_hint(name: str, operand: Sequence[object], *, is_list: bool) -> str:
    """What to write instead of equality with a list: one of its values, or all of them where a field has several."""
    values = [value for value in operand if value is not None]
    are_values = values and all(isinstance(value, (str, int, float, Decimal)) for value in values)
    shown = _cut(values) if are_values else None
    if shown is None:
        return f'Write {{{quoted(name)}: {{"$in": [...]}}}}.'
    one = f'{{{quoted(name)}: {{"$in": {shown}}}}}'
    if len(values) < len(operand):
        return f'Write {{"OR": [{one}, {{{quoted(name)}: null}}]}}.'
    if not is_list or len(values) == 1:
        return f"Write {one}."
    return f"Write {one} for one of the values. For all of them: {_every(name, values).removeprefix('Write ')}"


def comparison_hint(name: str, word: str, operand: object) -> str | None:
    """What to write instead of a comparison of another language; None when its operator is not known."""
    operator = _SYNONYMS.get(_plain(word))
    if operator is None:
        is_equality = _REWRITINGS.get(_plain(word)) is _equality
        return f"Write {{{quoted(name)}: {_value(operand)}}}." if is_equality else operator_hint(name, word, operand)
    return f"Write {{{quoted(name)}: {{{quoted(operator.value)}: {_cut(operand) or '...'}}}}}."


def spelled(hint: str) -> str | None:
    """The criteria that a hint spells."""
    return hint[hint.index("{") : hint.rindex("}") + 1] if hint.startswith("Write {") else None


def opposite(hint: str | None) -> str | None:
    """The hint with the opposite of its criteria."""
    found = None if hint is None else spelled(hint)
    return None if found is None else f'Write {{"NOT": {found}}}.'


def connective(word: str) -> str | None:
    """AND, OR or NOT, when a key of criteria is a word for one of them in another language."""
    return _CONNECTIVES.get(_plain(word))


def _plain(word: str) -> str:
    """A word without its prefix, and without what only separates its parts: `$not_in` is `notin`."""
    return word.removeprefix("$").translate(_SEPARATORS).lower() if len(word) <= MAX_SHOWN else word


_SEPARATORS = str.maketrans("", "", " _-")


def _groups(groups: Mapping[Operator, str]) -> Mapping[str, Operator]:
    return {word: operator for operator, words in groups.items() for word in words.split()}


_SYNONYMS = _groups(
    {
        Operator.NE: "ne neq noteq notequal notequals isnot != !== <>",
        Operator.GT: "gt > greater greaterthan morethan after",
        Operator.GTE: "gte >= ge greaterthanorequal greaterthanorequals greaterorequal atleast min minimum",
        Operator.LT: "lt < less lessthan before",
        Operator.LTE: "lte <= le lessthanorequal lessthanorequals lessorequal atmost max maximum",
        Operator.IN: "in isin oneof anyof any some containsany hasany hassome overlaps arraycontainsany",
        Operator.NIN: "nin notin isnotin noneof none",
        Operator.STARTS_WITH: "startswith startwith starts beginswith begins prefix",
        Operator.ENDS_WITH: "endswith endwith ends suffix",
        Operator.CONTAINS: "contains includes include substring substringof",
        Operator.IEQ: "ieq iexact equalsi eqi equalsignorecase equalsci",
        Operator.ICONTAINS: "icontains containsi containsci containsignorecase",
        Operator.ISTARTS_WITH: "istartswith startswithi startswithci startswithignorecase",
        Operator.IENDS_WITH: "iendswith endswithi endswithci endswithignorecase",
    }
)
"""Words with the meaning, and the operand, of an operator."""


def _write(criteria: Mapping[str, Any]) -> str:
    return f"Write {quoted(criteria, None)}."


def _cut(operand: object) -> str | None:
    """The operand as JSON text; None when it is too long for a hint."""
    text = quoted(operand, MAX_SHOWN)
    return None if len(text) >= MAX_SHOWN else text


def _value(operand: object) -> str:
    is_value = operand is None or isinstance(operand, (str, int, float))
    return (_cut(operand) if is_value else None) or "value"


def _equality(name: str, operand: object) -> str:
    if isinstance(operand, (list, tuple)):
        return list_hint(name, operand, is_list=False)
    return f"Equality has no operator: write {{{quoted(name)}: {_value(operand)}}}."


def _negation(name: str, operand: object) -> str:
    if isinstance(operand, dict) and operand.keys() == {"$eq"}:
        operand = operand["$eq"]
    return f'Write {{"NOT": {{{quoted(name)}: {_cut(operand) or "..."}}}}}.'


def _negated(operator: Operator) -> Callable[[str, object], str]:
    """The rewriting of a negated operator, such as `$notContains`."""

    def rewrite(name: str, operand: object) -> str:
        shown = _cut(operand) or "..."
        return f'Write {{"NOT": {{{quoted(name)}: {{{quoted(operator.value)}: {shown}}}}}}}.'

    return rewrite


def _between(name: str, operand: object) -> str:
    return f"Write {_range(name, operand)}."


def _not_between(name: str, operand: object) -> str:
    return f'Write {{"NOT": {_range(name, operand)}}}.'


def _range(name: str, operand: object) -> str:
    is_pair = isinstance(operand, (list, tuple)) and len(operand) == 2
    low, high = (_cut(end) or "..." for end in operand) if is_pair else ("...", "...")  # type: ignore[attr-defined]
    return f'{{{quoted(name)}: {{"$gte": {low}, "$lte": {high}}}}}'


def _every(name: str, operand: object) -> str:
    values = operand if isinstance(operand, (list, tuple)) and _cut(operand) else None
    if not values:
        return f'Write {{"AND": [{{{quoted(name)}: ...}}, {{{quoted(name)}: ...}}]}}.'
    return _write({"AND": [{name: value} for value in values]} if len(values) > 1 else {name: values[0]})


def _empty(name: str, operand: object) -> str:
    return _write({name: {"$ne": None}} if operand is False else {name: None})


def _present(name: str, operand: object) -> str:
    return _write({name: None} if operand is False else {name: {"$ne": None}})


_NO_PATTERNS = "There are no patterns: use $startsWith, $endsWith or $contains."
_NO_FOLDED = "There are no patterns: use $istartsWith, $iendsWith, $icontains or $ieq."


def _patterns(name: str, operand: object) -> str:
    return _NO_PATTERNS


def _pattern(read: Callable[[str], Pattern | None], *, ignores_case: bool = False) -> Callable[[str, object], str]:
    """The rewriting of an operator whose operand is a pattern, which `read` reads."""

    def rewrite(name: str, operand: object) -> str:
        found = read(operand) if isinstance(operand, str) and _cut(operand) else None
        is_folded = ignores_case or (found is not None and found.ignores_case)
        if found is None or not found.letters:
            return _NO_FOLDED if is_folded else _NO_PATTERNS
        operator = (_FOLDED if is_folded else _EXACT)[found.is_open]
        return _write({name: {operator.value: found.letters} if operator.value else found.letters})

    return rewrite


_EXACT: Mapping[tuple[bool, bool], Operator] = {
    (True, True): Operator.CONTAINS,
    (True, False): Operator.ENDS_WITH,
    (False, True): Operator.STARTS_WITH,
    (False, False): Operator.EQ,
}
"""What a pattern says that is open at its beginning, at its end, at both or at neither."""

_FOLDED: Mapping[tuple[bool, bool], Operator] = {
    (True, True): Operator.ICONTAINS,
    (True, False): Operator.IENDS_WITH,
    (False, True): Operator.ISTARTS_WITH,
    (False, False): Operator.IEQ,
}


def _not(rewrite: Callable[[str, object], str]) -> Callable[[str, object], str]:
    """The rewriting of an operator that is the opposite of another one."""

    def rewrite_opposite(name: str, operand: object) -> str:
        found = rewrite(name, operand)
        return opposite(found) or found

    return rewrite_opposite


def _options(name: str, operand: object) -> str:
    return "Leave it out: $istartsWith, $iendsWith, $icontains and $ieq ignore letter case."


def _lengths(name: str, operand: object) -> str:
    return "There is no operator for the length of a list or a text."


def _types(name: str, operand: object) -> str:
    return "There is no operator for types: the schema gives each field one type."


def _arithmetic(name: str, operand: object) -> str:
    return "There is no arithmetic: a field is compared as it is."


def _search(name: str, operand: object) -> str:
    shown = _cut(operand) if isinstance(operand, str) else None
    return (
        f'There is no full-text search. For a substring write {{{quoted(name)}: {{"$icontains": {shown or "..."}}}}}.'
    )


def _places(name: str, operand: object) -> str:
    return "There are no geographic operators: compare latitude and longitude as numbers."


def _wrapped(name: str, operand: object) -> str:
    """The rewriting of a value of MongoDB's Extended JSON, such as `{"$date": "2026-01-01T00:00:00Z"}`."""
    return f"Values have no wrapper: write {{{quoted(name)}: {_value(_unwrapped(operand))}}}."


def _unwrapped(operand: object) -> object:
    """The value inside a value of MongoDB's Extended JSON, such as `{"$numberLong": "5"}`; others as they are."""
    while isinstance(operand, dict) and len(operand) == 1:
        ((word, inner),) = operand.items()
        if not isinstance(word, str) or _REWRITINGS.get(_plain(word)) is not _wrapped:
            break
        operand = (
            int(inner) if _plain(word) in _WHOLE and isinstance(inner, str) and _DIGITS.fullmatch(inner) else inner
        )
    return operand


_WHOLE = ("numberint", "numberlong")
_DIGITS = re.compile("-?[0-9]{1,19}")


def wrapped_hint(name: str, operator: str, operand: object) -> str | None:
    """What to write instead of `{"year": {"$gte": {"$numberInt": "5"}}}`; None for an operand that has no wrapper."""
    value = _unwrapped(operand)
    if value is operand or isinstance(value, (dict, list, tuple)):
        return None
    shown = f"[{_value(value)}]" if operator in (Operator.IN.value, Operator.NIN.value) else _value(value)
    return f"Values have no wrapper: write {{{quoted(name)}: {{{quoted(operator)}: {shown}}}}}."


def _element(name: str, operand: object) -> str:
    if isinstance(operand, dict) and len(operand) == 1 and _cut(operand):
        meant = operand.get("$eq", operand)
        return f"A comparison of a list is true if it is true of one element: write {quoted({name: meant}, None)}."
    return "One element of a list cannot be required to meet several conditions."


_REWRITINGS: Mapping[str, Callable[[str, object], str]] = {
    word: rewrite
    for words, rewrite in (
        ("eq = == === : equal equals is", _equality),
        ("not", _negation),
        ("between range", _between),
        ("notbetween", _not_between),
        ("all allof containsall hasall hasevery", _every),
        ("notcontains ncontains doesnotcontain notincludes", _negated(Operator.CONTAINS)),
        ("notstartswith doesnotstartwith", _negated(Operator.STARTS_WITH)),
        ("notendswith doesnotendwith", _negated(Operator.ENDS_WITH)),
        ("isnull null isempty empty missing isundefined notset", _empty),
        ("isnotnull notnull isnotempty notempty exists ispresent present isset", _present),
        ("like", _pattern(like)),
        ("notlike nlike", _not(_pattern(like))),
        ("ilike", _pattern(like, ignores_case=True)),
        ("notilike nilike", _not(_pattern(like, ignores_case=True))),
        ("regex regexp rlike =~ ~", _pattern(regex)),
        ("notregex notregexp notrlike !~", _not(_pattern(regex))),
        ("iregex ~*", _pattern(regex, ignores_case=True)),
        ("notiregex !~*", _not(_pattern(regex, ignores_case=True))),
        ("glob wildcard", _pattern(glob)),
        ("match matches pattern similar similarto", _patterns),
        ("options", _options),
        ("size length len count", _lengths),
        ("type", _types),
        ("elemmatch", _element),
        ("mod", _arithmetic),
        ("search text fulltext", _search),
        ("near nearsphere geowithin geointersects", _places),
        ("date oid uuid numberdecimal numberdouble numberint numberlong", _wrapped),
    )
    for word in words.split()
}
"""Words with another operand, or without an operator of the same meaning, and what to write instead."""

_CONNECTIVES = {
    "and": "AND",
    "&&": "AND",
    "allof": "AND",
    "must": "AND",
    "filter": "AND",
    "or": "OR",
    "||": "OR",
    "anyof": "OR",
    "should": "OR",
    "not": "NOT",
    "!": "NOT",
    "mustnot": "NOT",
}

KEYWORDS = {
    "$where": "There are no expressions: a field is compared with a value.",
    "$expr": "There are no expressions: a field is compared with a value.",
    "$text": "There is no full-text search: use $icontains on a field.",
    "$comment": "Criteria have no comments. Delete it.",
    "$schema": "Criteria name no JSON Schema. Delete it, and name it in the settings of the editor.",
}
"""Keys of an object that other languages have, and that mean no field."""
