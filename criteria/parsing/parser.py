"""Parsing: from criteria JSON to a query, in three steps.

1. Text is decoded (`json_text`); decoded criteria come in by the second door, and both go on together.
2. Their shape is taken (`shape`), on which the grammar decides (`grammar`). Its plan is remembered (`plan`).
3. The plan builds the typed tree from the operands.

Only when a step refuses does `diagnose` look for the problems and their places.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from criteria.errors import CriteriaError, Problem, Refusal, listed, quoted
from criteria.limits import DEFAULT_LIMITS, Limits
from criteria.parsing.shape import Grammar, TooLarge, shape
from criteria.schema.schema import Schema
from criteria.tree.nodes import Query

if TYPE_CHECKING:
    from criteria.parsing.tree_builder import Plan, Planner


def parse(
    source: str | bytes | dict[str, Any],
    schema: Schema | None = None,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    grammar: Grammar | None = None,
) -> Query:
    """The query that criteria JSON says.

    `source` is JSON text (bytes are UTF-8) or decoded JSON. Without a `schema` the JSON type of each literal stands for
    its field's type. `strict` keeps to the documents' formal definition (section 6d): one member in an object, one
    operator on a field. Raises `CriteriaError` with every problem, and nothing else.
    """
    given: Any = source
    is_text = False
    try:
        if type(source) is dict:
            return _parse_decoded(source, schema, strict, limits, grammar)
        is_text = issubclass(type(source), (str, bytes))  # isinstance would believe what an object says of itself
        if is_text:
            return _parse_text(given, schema, strict, limits, grammar)
        return _parse_decoded(source, schema, strict, limits, grammar)
    except CriteriaError:
        raise
    except RecursionError:  # limits that were set wider than the interpreter's stack
        raise CriteriaError(Problem("too_deep", "The criteria are nested too deep to read.")) from None
    except Exception:
        if not isinstance(schema, Schema | None):
            raise CriteriaError(Problem("invalid_schema", f"Criteria need a Schema, not {quoted(schema)}.")) from None
        if is_text or _is_plain(source, limits.nesting):
            raise
        # what raised is the caller's own class
        raise CriteriaError(Problem("not_json", "The criteria hold an object that cannot be read.")) from None


def _is_plain(value: object, levels: int) -> bool:
    """Whether decoded criteria are made of plain Python objects alone, which run no code of anybody's."""
    if type(value) is dict:
        return levels > 0 and all(type(key) is str and _is_plain(item, levels - 1) for key, item in value.items())
    if type(value) in (list, tuple):
        return levels > 0 and all(_is_plain(item, levels - 1) for item in value)  # type: ignore[attr-defined]
    return type(value) in (str, int, float, bool, Decimal, type(None))


def _parse_text(source: str | bytes, schema: Schema | None, strict: bool, limits: Limits,
                grammar: Grammar | None) -> Query:  # fmt: skip
    check_length(source, limits)
    json_text = _json_text()
    text = json_text.read_text(source)
    criteria, problems, repeated = json_text.decode_quickly(text), [], ()
    try:
        plan, operands = _planned(criteria, schema, strict, limits, grammar)
        query = Query(plan.build(operands, limits), schema)
        if json_text.has_one_colon_a_member(text, plan.members, operands):
            return query
    except (Refusal, TooLarge) as reason:
        problems = _problems(criteria, schema, strict, limits, reason)
        if not isinstance(reason, TooLarge):
            repeated = json_text.decode(text)[1]
    else:
        repeated = json_text.decode(text)[1]
        if not repeated:
            return query
    raise CriteriaError(*listed(json_text.located((*repeated, *problems), text)))


def check_length(source: str | bytes, limits: Limits) -> None:
    """Raises `CriteriaError` (`too_long`) for a text that is longer than the limit."""
    if _longer(source, limits.text):
        raise CriteriaError(Problem("too_long", f"The criteria are longer than {limits.text} bytes."))


def _longer(source: str | bytes, most: int) -> bool:
    if len(source) > most:
        return True
    return isinstance(source, str) and len(source) * 4 > most and len(source.encode("utf-8", "surrogatepass")) > most


def _parse_decoded(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
                   grammar: Grammar | None) -> Query:  # fmt: skip
    try:
        plan, operands = _planned(criteria, schema, strict, limits, grammar)
        return Query(plan.build(operands, limits), schema)
    except (Refusal, TooLarge) as reason:
        problems = _problems(criteria, schema, strict, limits, reason)
    raise CriteriaError(*problems)


def _planned(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
             grammar: Grammar | None) -> tuple[Plan, list[Any]]:  # fmt: skip
    """How the tree of criteria is made, and of which operands. Raises `Refusal` and `TooLarge`."""
    form, operands = shape(criteria, limits)
    plan = _planner(grammar).plan(form, schema)
    if plan is None or (strict and plan.has_several):
        raise Refusal("invalid_structure", f"{quoted(criteria)} is not a query of the grammar.")
    return plan, operands


def _problems(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
              reason: Refusal | TooLarge) -> list[Problem]:  # fmt: skip
    """All problems of criteria that were refused; the reason alone, where no other is found."""
    from criteria.parsing.diagnose import diagnose

    if isinstance(reason, TooLarge):
        reason = Refusal("too_long", "The criteria unfold to more objects and lists than they may have.")
    return list(diagnose(criteria, schema, limits, strict)) or [reason.at(())]


@lru_cache(8)
def _planner(grammar: Grammar | None) -> Planner:
    """The planner of a grammar, by default of the one that ships with the library."""
    from criteria.parsing.grammar import criteria_grammar
    from criteria.parsing.tree_builder import Planner

    return Planner(grammar or criteria_grammar())


@cache
def _json_text() -> ModuleType:
    """The module that reads text, loaded at the first text: an import statement takes its time at every call."""
    from criteria.text import json_decoding as json_text

    return json_text
