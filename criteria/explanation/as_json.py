"""An explanation as JSON."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from criteria.explanation.finding_words import FindingWords, findings_in_words, said
from criteria.explanation.model import ExplainedNode, Explanation, FieldUse, Finding
from criteria.explanation.query_words import selects
from criteria.messages import quoted
from criteria.tree.nodes import And, Not, Or
from criteria.tree.unparse import unparse


def to_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as JSON values. docs/explain.md documents the keys."""
    found: dict[str, Any] = {
        "words": selects(explanation.query).split("\n"),
        "fields": [_use(use) for use in explanation.uses],
        "normalForm": unparse(explanation.normal),
        "outcome": explanation.outcome.value,
        "restsOn": list(explanation.rests_on),
        "fullyJudged": explanation.is_fully_judged,
        "findings": [
            _finding(finding, words)
            for finding, words in zip(explanation.findings, findings_in_words(explanation), strict=True)
        ],
    }
    if explanation.matches is not None:
        found |= {"matches": explanation.matches, "tree": _Judged().node(explanation.root)}
    return found


def _use(use: FieldUse) -> dict[str, Any]:
    field = use.field
    return {
        "name": field.name,
        "fieldType": "object" if use.is_object_list else field.field_type.value,
        "isList": field.is_list,
        "nullable": field.nullable,
        "operators": list(use.operators),
    }


def _finding(finding: Finding, words: FindingWords) -> dict[str, Any]:
    return {
        "outcome": finding.outcome.value,
        "reason": finding.reason.value,
        "pointer": finding.pointer,
        "field": finding.field,
        "terms": list(finding.terms),
        "restsOn": list(finding.rests_on),
        "words": words.head,
    }


MAX_SHOWN_PARTS = 25_000
"""Elements of lists and objects in the values of an explanation's JSON, where comparisons repeat the same value."""

LETTERS_PER_PART = 100
"""Characters of a text that count as one more part."""


class _Judged:
    """A judged tree as JSON. Elements have one comparison in common, and tests one list: each is converted once."""

    def __init__(self) -> None:
        self._words: dict[tuple[int, str], str] = {}
        self._values: dict[int, tuple[Any, int]] = {}
        self._left = MAX_SHOWN_PARTS

    def node(self, node: ExplainedNode) -> dict[str, Any]:
        """A node and all below it, as JSON."""
        found: dict[str, Any] = {"kind": node.name, "pointer": node.pointer, "verdict": node.verdict}
        if not isinstance(node.expression, (And, Or, Not)) or node.emptiness is not None:
            found["words"] = self._said(node)
        if node.name != "comparison":
            found["terms"] = [self.node(term) for term in node.terms]
        if node.is_cut:
            found["cut"] = True
        if node.element is not None:
            found["element"] = node.element
        value = node.found or (node.emptiness or node).found
        if value is not None:
            found["found"] = value.kind.value
            if self._is_shown(value.value):
                found["value"] = self._value(value.value)
            else:
                found["valueCut"] = True
        return found

    def _is_shown(self, value: Any) -> bool:
        """Whether a value is part of the text: each is once, and again as long as all of them are not too many."""
        known = self._values.get(id(value))
        if known is None:
            return True
        _, size = known
        self._left -= size
        return self._left >= 0

    def _said(self, node: ExplainedNode) -> str:
        key = id(node.expression), node.pointer
        if key not in self._words:
            self._words[key] = said(node)
        return self._words[key]

    def _value(self, value: Any) -> Any:
        if type(value) not in (str, list, tuple, dict):
            return _json(value)
        key = id(value)
        if key not in self._values:
            found = _json(value)
            self._values[key] = found, _parts(found)
        return self._values[key][0]


def _parts(value: Any) -> int:
    """The elements and members of a value, and of those in it. Long texts count, too."""
    if type(value) is str:
        return len(value) // LETTERS_PER_PART
    if type(value) is dict:
        return len(value) + sum(map(_parts, value)) + sum(map(_parts, value.values()))
    return len(value) + sum(map(_parts, value)) if type(value) is list else 0


_MAX_BITS = 1024
_MAX_LEVELS = 16
_MAX_DIGITS = 300


def _json(value: Any, levels: int = _MAX_LEVELS) -> Any:
    """A record's value as JSON; as text where JSON has no such value."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return value.encode("utf-8", "replace").decode("utf-8") if kind is str else value
    if (kind is int and value.bit_length() <= _MAX_BITS) or (kind is float and math.isfinite(value)):
        return value
    if kind is Decimal and _is_double(value):
        return float(value)
    if levels and kind in (list, tuple):
        return [_json(item, levels - 1) for item in value]
    if levels and kind is dict and all(type(key) is str for key in value):
        return {_json(key): _json(item, levels - 1) for key, item in value.items()}
    return _text(value)


def _is_double(number: Decimal) -> bool:
    """Whether a double holds the number exactly, so that every JSON reader gets it unchanged."""
    return number.is_finite() and abs(number.adjusted()) < _MAX_DIGITS and Decimal(repr(float(number))) == number


def _text(value: Any) -> str:
    try:
        return str(value).encode("utf-8", "replace").decode("utf-8")
    except Exception:  # objects that raise in __str__, and integers of thousands of digits
        return quoted(value)
