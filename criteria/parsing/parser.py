"""`parse`: a query from criteria JSON, in three steps.

1. `text.json_decoding` decodes the text. Decoded criteria start at step 2.
2. `shape` splits the criteria into their shape and their operands. The `grammar` accepts or refuses the shape; the tree
   builder of an accepted shape is cached.
3. The tree builder (`tree_builder`) makes the typed tree from the operands.

When a step refuses, `diagnose` finds every problem and its position.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from criteria.errors import CriteriaError, Problem, Refusal, listed
from criteria.limits import DEFAULT_LIMITS, Limits, check_limits
from criteria.messages import Hints, quoted
from criteria.parsing.shape import RUN, Grammar, TooLarge, shape
from criteria.schema.plain import without_subclass
from criteria.schema.schema import Schema
from criteria.tree.query import Query, set_source

if TYPE_CHECKING:
    from criteria.parsing.tree_builder import TreeBuilder, TreeBuilders


def parse(
    source: str | bytes | dict[str, Any],
    schema: Schema | None = None,
    *,
    strict: bool = False,
    entities: Mapping[str, Schema] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    grammar: Grammar | None = None,
) -> Query:
    """The query of criteria JSON (docs/language.md#query).

    - `source`: JSON text (bytes are UTF-8), or decoded JSON.
    - `schema`: the fields that the criteria may use. Without one, every valid name is a field, and the JSON type of
      each operand takes the place of its type (docs/language.md#without-a-schema).
    - `strict`: allows only one member per object and one operator per field (docs/language.md#strict).
    - `entities`: the schemas into which references lead (docs/language.md#references), as for `Schema.with_entities`.
    - `limits`: bounds on the criteria (docs/language.md#bounds).
    - `grammar`: decides which shapes are queries, instead of `grammar/criteria.lark`.

    Raises `CriteriaError` with every problem (docs/language.md#refusals), for text with lines and columns, and
    `TypeError` for limits that are no `Limits`. It raises no other exception.
    """
    if entities is not None and isinstance(schema, Schema):
        schema = schema.with_entities(entities)
    given: Any = source
    is_text = False
    try:
        if type(source) is dict:
            return _parse_decoded(source, schema, strict, limits, grammar)
        is_text = issubclass(type(source), (str, bytes))  # isinstance believes an object's own `__class__`
        if is_text:
            text = given if type(given) is str else without_subclass(given)
            return _parse_text(text, schema, strict, limits, grammar)
        return _parse_decoded(source, schema, strict, limits, grammar)
    except CriteriaError:
        raise
    except RecursionError:  # the caller's limits exceed the interpreter's stack
        raise CriteriaError(Problem("too_deep", "The criteria are nested too deep to read.")) from None
    except Exception:
        check_limits(limits)
        if not isinstance(schema, Schema | None):
            raise CriteriaError(Problem("invalid_schema", f"Criteria need a Schema, not {quoted(schema)}.")) from None
        if is_text or _is_plain(source, limits.nesting):
            raise
        # the caller's own class raised
        raise CriteriaError(Problem("not_json", "The criteria hold an object that cannot be read.")) from None


def _is_plain(value: object, levels: int) -> bool:
    """Whether decoded criteria consist only of plain Python objects, which run no foreign code."""
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
    try:
        criteria = json_text.decode_quickly(text)
    except CriteriaError as error:
        raise _as_expression(text, error) from None
    try:
        builder, operands = _builder_and_operands(criteria, schema, strict, limits, grammar)
        query = builder.query(operands, schema, limits)
        set_source(query, text)
        if json_text.has_one_colon_a_member(text, builder.members, operands):
            return query
    except (Refusal, TooLarge) as reason:
        problems = _problems(criteria, schema, strict, limits, reason)
        repeated = () if isinstance(reason, TooLarge) else json_text.decode(text)[1]
    else:
        problems, repeated = [], json_text.decode(text)[1]
        if not repeated:
            return query
    from criteria.text.json_problems import located

    raise CriteriaError(*listed(located((*repeated, *problems), text)))


def _as_expression(text: str, error: CriteriaError) -> CriteriaError:
    """The refusal of a text that is not JSON, with a hint if it is an expression of another language."""
    from dataclasses import replace

    from criteria.parsing.foreign_expressions import expression

    first = error.problems[0]
    hint = expression(text) if first.code == "invalid_json" else None
    return error if hint is None else CriteriaError(replace(first, hint=hint), *error.problems[1:])


def check_length(source: str | bytes, limits: Limits) -> None:
    """Raises `CriteriaError` (`too_long`) for a text that is longer than the limit."""
    if len(source) * 4 <= limits.text:  # no character has more bytes
        return
    if len(source) > limits.text or (
        isinstance(source, str) and len(source.encode("utf-8", "surrogatepass")) > limits.text
    ):
        raise CriteriaError(Problem("too_long", f"The criteria are longer than {limits.text} bytes."))


def _parse_decoded(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
                   grammar: Grammar | None) -> Query:  # fmt: skip
    try:
        builder, operands = _builder_and_operands(criteria, schema, strict, limits, grammar)
        query = builder.query(operands, schema, limits)
        set_source(query, criteria)
        return query
    except (Refusal, TooLarge) as reason:
        problems = _problems(criteria, schema, strict, limits, reason)
    raise CriteriaError(*problems)


def _builder_and_operands(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
             grammar: Grammar | None) -> tuple[TreeBuilder, list[Any]]:  # fmt: skip
    """The tree builder of criteria, and their operands. Raises `Refusal` and `TooLarge`."""
    parts, operands = shape(criteria, limits)
    builders = _builders(grammar)
    builder = builders.get(parts, schema)
    if builder is None and RUN in parts:  # refused, or the grammar counts values
        parts, operands = shape(criteria, limits, has_runs=False)
        builder = builders.get(parts, schema)
    if builder is None or (strict and not builder.is_strict):
        raise Refusal("invalid_structure", f"{quoted(criteria)} is not a query of the grammar.")
    return builder, operands


def _problems(criteria: Any, schema: Schema | None, strict: bool, limits: Limits,
              reason: Refusal | TooLarge) -> list[Problem]:  # fmt: skip
    """Every problem of refused criteria; the reason of the refusal when diagnosis finds none."""
    from criteria.parsing.diagnose import diagnose

    if isinstance(reason, TooLarge):
        reason = Refusal("too_long", "The criteria unfold to more objects and lists than they may have.")
    return list(diagnose(criteria, schema, limits, strict)) or [reason.at((), Hints())]


@lru_cache(8)
def _builders(grammar: Grammar | None) -> TreeBuilders:
    """The tree builders of a grammar. None means `grammar/criteria.lark`."""
    from criteria.parsing.grammar import criteria_grammar
    from criteria.parsing.tree_builder import TreeBuilders

    return TreeBuilders(grammar or criteria_grammar())


@cache
def _json_text() -> ModuleType:
    """`json_decoding`, imported at the first text. An import statement would take time at every call."""
    from criteria.text import json_decoding as json_text

    return json_text
