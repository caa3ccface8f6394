"""Operators and connectives of other query languages, and what to write instead of them.

SQL, MongoDB, OData, JsonLogic, Elasticsearch and ORMs have words for the same things. A word that is known here gets an
exact rewriting, with the name and the operand of the user; only other words get the nearest operator as a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from criteria.errors import quoted
from criteria.tree.nodes import Operator

_MAX_SHOWN = 200
"""Characters of an operand that a hint repeats. A longer one is shown as `...`."""


def operator_hint(name: str, word: str, operand: object) -> str | None:
    """What to write instead of a comparison with an operator of another language; None when the word is not known."""
    plain = _plain(word)
    if plain in _SYNONYMS:
        return f"Did you mean {quoted(_SYNONYMS[plain].value)}?"
    rewrite = _REWRITINGS.get(plain)
    return None if rewrite is None else rewrite(name, operand)


def comparison_hint(name: str, word: str, operand: object) -> str | None:
    """What to write instead of a comparison of another language; None when its operator is not known."""
    operator = _SYNONYMS.get(_plain(word))
    if operator is None:
        is_equality = _REWRITINGS.get(_plain(word)) is _equality
        return f"Write {{{quoted(name)}: {_value(operand)}}}." if is_equality else operator_hint(name, word, operand)
    return f"Write {{{quoted(name)}: {{{quoted(operator.value)}: {_cut(operand) or '...'}}}}}."


def connective(word: str) -> str | None:
    """AND, OR or NOT, when a key of criteria is a word for one of them in another language."""
    return _CONNECTIVES.get(_plain(word))


def _plain(word: str) -> str:
    """A word without its prefix, and without what only separates its parts: `$not_in` is `notin`."""
    return word.removeprefix("$").translate(_SEPARATORS).lower() if len(word) <= _MAX_SHOWN else word


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
    text = quoted(operand, _MAX_SHOWN)
    return None if len(text) >= _MAX_SHOWN else text


def _value(operand: object) -> str:
    is_value = operand is None or isinstance(operand, (str, int, float))
    return (_cut(operand) if is_value else None) or "value"


def _equality(name: str, operand: object) -> str:
    return f"Equality has no operator: write {{{quoted(name)}: {_value(operand)}}}."


def _negation(name: str, operand: object) -> str:
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


_LIKE = {
    (True, True): Operator.CONTAINS,
    (True, False): Operator.ENDS_WITH,
    (False, True): Operator.STARTS_WITH,
    (False, False): Operator.EQ,
}
"""What a pattern says that is open at its beginning, at its end, at both or at neither."""

_ILIKE = {
    (True, True): Operator.ICONTAINS,
    (True, False): Operator.IENDS_WITH,
    (False, True): Operator.ISTARTS_WITH,
    (False, False): Operator.IEQ,
}


def _like(name: str, operand: object) -> str:
    return _pattern(name, operand, _LIKE) or _NO_PATTERNS


def _ilike(name: str, operand: object) -> str:
    return _pattern(name, operand, _ILIKE) or _NO_FOLDED


def _pattern(name: str, operand: object, operators: Mapping[tuple[bool, bool], Operator]) -> str | None:
    """The operator that a pattern of LIKE spells, if its only wildcards are `%` at its ends."""
    text = operand if isinstance(operand, str) else ""
    letters = text.removeprefix("%").removesuffix("%")
    if not letters or any(wildcard in letters for wildcard in "%_\\") or not _cut(text):
        return None
    operator = operators[text.startswith("%"), text.endswith("%")]
    return _write({name: letters if operator is Operator.EQ else {operator.value: letters}})


def _not(rewrite: Callable[[str, object], str]) -> Callable[[str, object], str]:
    """The rewriting of an operator that is the opposite of another one."""

    def rewrite_opposite(name: str, operand: object) -> str:
        found = rewrite(name, operand)
        criteria = found.removeprefix("Write ").removesuffix(".")
        return found if criteria == found.removesuffix(".") else f'Write {{"NOT": {criteria}}}.'

    return rewrite_opposite


def _lengths(name: str, operand: object) -> str:
    return "There is no operator for the length of a list or a text."


def _types(name: str, operand: object) -> str:
    return "There is no operator for types: the schema gives each field one type."


def _element(name: str, operand: object) -> str:
    if isinstance(operand, dict) and len(operand) == 1 and _cut(operand):
        meant = operand.get("$eq", operand)
        return f"A comparison of a list is true if it is true of one element: write {quoted({name: meant}, None)}."
    return "There are no conditions that one element of a list has to fulfil together."


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
        ("like", _like),
        ("notlike nlike", _not(_like)),
        ("ilike", _ilike),
        ("notilike nilike", _not(_ilike)),
        ("regex regexp rlike match matches pattern glob similar similarto options", _patterns),
        ("size length len count", _lengths),
        ("type", _types),
        ("elemmatch", _element),
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
