"""Parsing: from criteria JSON to a query, in three steps.

1. Text is decoded (`json_text`); decoded criteria come in by the second door, and both go on together.
2. The grammar decides on the shape (`shape`, `grammar`).
3. The typed tree is built (`build`, `bind`).

Only when a step refuses does `diagnose` look for the problems and their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from criteria.ast import Query
from criteria.build import build
from criteria.errors import CriteriaError, Problem, Refusal, first_hundred, quoted
from criteria.limits import DEFAULT_LIMITS, Limits
from criteria.shape import TooLarge, shape

if TYPE_CHECKING:
    from criteria.grammar import CriteriaGrammar
    from criteria.schema import Schema


def parse(
    source: str | bytes | Mapping[str, Any],
    schema: Schema | None = None,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    grammar: CriteriaGrammar | None = None,
) -> Query:
    """The query that criteria JSON says.

    `source` is JSON text (bytes are UTF-8) or decoded JSON. Without a `schema` the JSON type of each literal stands for
    its field's type. `strict` keeps to the documents' formal definition (section 6d): one member in an object, one
    operator on a field. Raises `CriteriaError` with every problem, and nothing else.
    """
    is_text = _is_text(source)
    given: Any = source
    try:
        if is_text:
            return _parse_text(given, schema, strict, limits, grammar)
        return _parse_decoded(source, schema, strict, limits, grammar)
    except CriteriaError:
        raise
    except RecursionError:  # limits that were set wider than the interpreter's stack
        raise CriteriaError(Problem("too_deep", "The criteria are nested too deep to read.")) from None
    except Exception:
        if is_text or _is_plain(source, limits.nesting):
            raise
        # what raised is the caller's own class
        raise CriteriaError(Problem("not_json", "The criteria hold an object that cannot be read.")) from None


def _is_text(source: Any) -> bool:
    """isinstance, for objects that may say of themselves what they are not."""
    return issubclass(type(source), (str, bytes))


def _is_plain(value: object, levels: int) -> bool:
    """Whether decoded criteria are made of plain Python objects alone, which run no code of anybody's."""
    if type(value) is dict:
        return levels > 0 and all(type(key) is str and _is_plain(item, levels - 1) for key, item in value.items())
    if type(value) in (list, tuple):
        return levels > 0 and all(_is_plain(item, levels - 1) for item in value)  # type: ignore[attr-defined]
    return type(value) in (str, int, float, bool, Decimal, type(None))


def _parse_text(source: str | bytes, schema: Schema | None, strict: bool, limits: Limits,
                grammar: CriteriaGrammar | None) -> Query:  # fmt: skip
    from criteria.json_text import decode, located, read_text

    if _longer(source, limits.text):
        raise CriteriaError(Problem("too_long", f"The criteria are longer than {limits.text} bytes."))
    text = read_text(source)
    criteria, repeated = decode(text)
    try:
        query = _parse_decoded(criteria, schema, strict, limits, grammar)
        if repeated:
            raise CriteriaError()
    except CriteriaError as error:
        raise CriteriaError(*first_hundred(located((*repeated, *error.problems), text))) from None
    return query


def _longer(source: str | bytes, most: int) -> bool:
    if len(source) > most:
        return True
    return isinstance(source, str) and len(source) * 4 > most and len(source.encode("utf-8", "surrogatepass")) > most


def _parse_decoded(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
                   grammar: CriteriaGrammar | None) -> Query:  # fmt: skip
    from criteria.grammar import criteria_grammar

    grammar = grammar or criteria_grammar()
    try:
        if grammar.accepts(shape(criteria, grammar.key_terminal, limits)) and not (strict and _has_several(criteria)):
            return Query(build(criteria, schema, limits), schema)
        reason = Refusal("invalid_structure", f"{quoted(criteria)} is not a query of the grammar.")
    except Refusal as refusal:
        reason = refusal
    except TooLarge:
        reason = Refusal("too_long", f"The criteria are longer than {limits.text} bytes.")
    from criteria.diagnose import diagnose

    raise CriteriaError(*(diagnose(criteria, schema, limits, strict) or [reason.at(())]))


def _has_several(criteria: Any) -> bool:
    """Whether some object of well-formed criteria has more than one member."""
    if isinstance(criteria, Mapping):
        return len(criteria) > 1 or any(map(_has_several, criteria.values()))
    return isinstance(criteria, (list, tuple)) and any(map(_has_several, criteria))
