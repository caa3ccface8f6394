"""Parsing: from criteria JSON to a query, in three steps.

1. Text is decoded (`text.json_decoding`). Criteria that are decoded already start at step 2.
2. Their shape is read (`shape`). The grammar accepts the shape or not (`grammar`), and its tree builder is cached.
3. The tree builder makes the typed tree from the operands (`tree_builder`).

Only when a step refuses does `diagnose` look for every problem and its position.
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
    from criteria.parsing.tree_builder import TreeBuilder, TreeBuilders


def parse(
    source: str | bytes | dict[str, Any],
    schema: Schema | None = None,
    *,
    strict: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    grammar: Grammar | None = None,
) -> Query:
    """Parse criteria JSON into a query.

    `source` is JSON text (bytes are UTF-8) or decoded JSON. Without a `schema`, the JSON type of each literal is taken
    as its field's type (docs/language.md, "Without a schema"). `strict` allows one member per object and one operator
    per field, as the formal grammar of the reference API does. Raises `CriteriaError` with every problem, and no other
    exception.
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
    """Whether decoded criteria consist of plain Python objects only, which run no foreign code."""
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
        builder, operands = _builder_and_operands(criteria, schema, strict, limits, grammar)
        query = Query(builder.build(operands, limits), schema)
        if json_text.has_one_colon_a_member(text, builder.members, operands):
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


def _longer(source: str | bytes, limit: int) -> bool:
    if len(source) > limit:
        return True
    return isinstance(source, str) and len(source) * 4 > limit and len(source.encode("utf-8", "surrogatepass")) > limit


def _parse_decoded(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
                   grammar: Grammar | None) -> Query:  # fmt: skip
    try:
        builder, operands = _builder_and_operands(criteria, schema, strict, limits, grammar)
        return Query(builder.build(operands, limits), schema)
    except (Refusal, TooLarge) as reason:
        problems = _problems(criteria, schema, strict, limits, reason)
    raise CriteriaError(*problems)


def _builder_and_operands(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
             grammar: Grammar | None) -> tuple[TreeBuilder, list[Any]]:  # fmt: skip
    """What builds the tree of criteria, and from which operands. Raises `Refusal` and `TooLarge`."""
    parts, operands = shape(criteria, limits)
    builder = _builders(grammar).get(parts, schema)
    if builder is None or (strict and builder.has_several):
        raise Refusal("invalid_structure", f"{quoted(criteria)} is not a query of the grammar.")
    return builder, operands


def _problems(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
              reason: Refusal | TooLarge) -> list[Problem]:  # fmt: skip
    """All problems of criteria that were refused; the reason alone, where no other is found."""
    from criteria.parsing.diagnose import diagnose

    if isinstance(reason, TooLarge):
        reason = Refusal("too_long", "The criteria unfold to more objects and lists than they may have.")
    return list(diagnose(criteria, schema, limits, strict)) or [reason.at(())]


@lru_cache(8)
def _builders(grammar: Grammar | None) -> TreeBuilders:
    """The tree builders of a grammar; None is the grammar that ships with the library."""
    from criteria.parsing.grammar import criteria_grammar
    from criteria.parsing.tree_builder import TreeBuilders

    return TreeBuilders(grammar or criteria_grammar())


@cache
def _json_text() -> ModuleType:
    """The module that reads text, loaded at the first text: an import statement takes its time at every call."""
    from criteria.text import json_decoding as json_text

    return json_text
