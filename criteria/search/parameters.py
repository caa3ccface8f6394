"""Reads the parameters of a search request (docs/language.md#paging)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from criteria.errors import CriteriaError, Problem, Refusal, below, listed, to_pointer
from criteria.limits import DEFAULT_LIMITS, MAX_RECORDS, Limits
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.parsing.parser import parse
from criteria.schema.field import Field, FieldType
from criteria.schema.plain import plain_dict, without_subclass
from criteria.schema.schema import Schema
from criteria.search.cursor import check_cursor_key, decode_cursor
from criteria.search.order_by import parse_order_by
from criteria.search.search import BOTH, DEFAULT_LIMIT, SKIPPED, Search
from criteria.tree.nodes import EVERYTHING
from criteria.tree.query import Query

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_MAX_LENGTH = 65_536


def parse_search(params: Mapping[str, Any], schema: Schema, *, strict: bool = False,
                 entities: Mapping[str, Schema] | None = None, limits: Limits = DEFAULT_LIMITS,
                 cursor_key: bytes | None = None) -> Search:  # fmt: skip
    """The search of a request's parameters (docs/language.md#paging).

    The parameters are `query`, `orderBy`, `limit`, `skip`, `getTotalCount`, `resolve`, `after` and `before`, each as a
    string, as in a URL, or as decoded JSON. None counts as missing. `strict`, `entities` and `limits` are those of
    `parse`. `cursor_key` signs the cursors of pages, and refuses cursors that it has not signed
    (docs/paging.md#cursors).

    Raises `CriteriaError` with every problem. Pointers begin with the name of the parameter; lines and columns count
    inside its text. A problem of `schema`, `entities` or `cursor_key`, which are the server's own, comes alone.
    """
    check_cursor_key(cursor_key)
    given = plain_dict(params)
    if given is None:
        raise CriteriaError(Problem("invalid_parameter", f"The parameters are a mapping, not {quoted(params)}."))
    if not isinstance(schema, Schema):
        raise CriteriaError(Problem("invalid_schema", f"A search needs a Schema, not {quoted(schema)}."))
    if entities is not None:
        schema = schema.with_entities(entities)
    unknown = [name for name in given if name not in _ATTRIBUTES]
    hints = Hints()
    problems = list(listed(_unknown(name, hints) for name in unknown)) if unknown else []
    found: dict[str, Any] = {"query": Query(EVERYTHING, schema), "cursor_key": cursor_key}
    if schema.max_limit is not None:
        found["limit"] = min(DEFAULT_LIMIT, schema.max_limit)
    for name in _PLAIN_PARAMETERS:
        if given.get(name) is not None:
            value = without_subclass(given[name])
            try:
                if name == "query":
                    found["query"] = parse(value, schema, strict=strict, limits=limits)
                else:
                    found[_ATTRIBUTES[name]] = _READERS[name](value, schema)
            except CriteriaError as error:
                problems += below(f"/{name}", error.problems)
            except Refusal as refusal:
                problems.append(refusal.at((name,), hints))
    tokens = {name: given[name] for name in ("after", "before") if given.get(name) is not None}
    problems += _combined(tokens, found.get("skip", 0))
    if problems:
        raise CriteriaError(*listed(problems))
    search = Search(cursor_query=found["query"], **found)
    for name, token in tokens.items():
        search = continued(search, name, token)
    return search


def _combined(tokens: Mapping[str, Any], skip: int) -> list[Problem]:
    """The problems of parameters that exclude each other."""
    found = [SKIPPED] if tokens and skip else []
    return [*found, BOTH] if len(tokens) > 1 else found


WITHOUT_KEY = Refusal(
    "unsupported", "Pages without a unique key to end their order have no cursors.", "Leave the cursor out."
)


def continued(search: Search, name: str, token: object) -> Search:
    """The search `after` the position of a cursor, or `before` it.

    Raises `CriteriaError` (`invalid_cursor`, `cursor_mismatch`, `too_long`, `unsupported`) with the name as pointer.
    """
    if search.query.schema is None or not search.query.schema.key:
        raise CriteriaError(WITHOUT_KEY.at((name,), Hints()))
    try:
        position = decode_cursor(without_subclass(token), search.query, search.sort_keys, search.cursor_key)
    except Refusal as refusal:
        raise CriteriaError(refusal.at((name,), Hints())) from None
    return replace(search, **{name: position})  # type: ignore[arg-type]


_ATTRIBUTES = {
    "query": "query",
    "orderBy": "order_by",
    "limit": "limit",
    "skip": "skip",
    "getTotalCount": "get_total_count",
    "resolve": "resolve",
    "after": "after",
    "before": "before",
}
"""The parameters of a search request, with the attribute of `Search` that each one sets."""


_READERS: Mapping[str, Callable[[Any, Schema], Any]] = {
    "orderBy": lambda value, schema: parse_order_by(value, schema),
    "limit": lambda value, schema: _limit(value, schema),
    "skip": lambda value, schema: _whole_number(value, MAX_RECORDS),
    "getTotalCount": lambda value, schema: _flag(value),
    "resolve": lambda value, schema: _references(value, schema),
}
"""What reads each parameter but the criteria and cursors."""

_PLAIN_PARAMETERS = ("query", *_READERS)


def _unknown(name: object, hints: Hints) -> Problem:
    pointer = to_pointer([name if isinstance(name, str) else quoted(name)])
    hint = parameter_hint(name, _ATTRIBUTES, hints)
    return Problem("unknown_parameter", f"A search has no parameter {quoted(name)}.", pointer, hint=hint)


def parameter_hint(name: object, known: Iterable[str], hints: Hints) -> str | None:
    """The hint for an unknown parameter: the one that another API calls so, or the nearest of the known ones."""
    known = tuple(known)
    written = _FOREIGN_NAMES.get(name.lower()) if isinstance(name, str) else None
    if isinstance(name, str) and name.lower() in _PAGE_NUMBERS and "skip" in known:
        return 'Write "skip", the number of records before the page, or "after" with a cursor.'
    return f"Did you mean {quoted(written)}?" if written in known else nearest_or_all(name, known, "parameters", hints)


_PAGE_NUMBERS = ("page", "pagenumber", "page_number", "pageindex", "page[number]")

_FOREIGN_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("filter", "$filter", "where", "q", "criteria", "search"), "query"),
    **dict.fromkeys(("sort", "sortby", "sort_by", "order", "ordering", "order_by", "$orderby"), "orderBy"),
    **dict.fromkeys(("size", "pagesize", "page_size", "per_page", "perpage", "first", "take", "top", "$top"), "limit"),
    **dict.fromkeys(("offset", "start", "$skip"), "skip"),
    **dict.fromkeys(("count", "$count", "total", "totalcount", "withcount", "includetotal"), "getTotalCount"),
    **dict.fromkeys(("expand", "$expand", "include", "populate"), "resolve"),
    **dict.fromkeys(("cursor", "next", "page_token", "pagetoken"), "after"),
}
"""The parameters of other APIs, in lower case, and the one of the same meaning."""


def _limit(value: Any, schema: Schema) -> int:
    return _whole_number(value, MAX_RECORDS if schema.max_limit is None else schema.max_limit)


def _whole_number(value: Any, maximum: int) -> int:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        hint = f"Write a number from 0 to {maximum}."
        raise Refusal("invalid_parameter", f"{quoted(value)} is not a whole number.", hint)
    if not 0 <= value <= maximum:
        raise Refusal("invalid_parameter", f"{quoted(value)} is not between 0 and {maximum}.")
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise Refusal("invalid_parameter", f"{quoted(value)} is neither true nor false.", "Write true or false.")


def _references(value: Any, schema: Schema) -> tuple[Field, ...]:
    if not isinstance(value, str):
        raise Refusal("invalid_parameter", f"Expected resolve to be a string, found {quoted(value)}.")
    if len(value) > _MAX_LENGTH:
        raise Refusal("too_long", f"resolve is longer than {_MAX_LENGTH} characters.")
    references: dict[Field, None] = {}
    problems = listed(_resolved(value, schema, references))
    if problems:
        raise CriteriaError(*problems)
    return tuple(references)


def _resolved(text: str, schema: Schema, references: dict[Field, None]) -> Iterator[Problem]:
    """Adds the references of the text; yields the problems of names that are not references."""
    known = [one.name for one in schema.fields if one.field_type is FieldType.OBJECT_REF]
    hints = Hints()
    for name in text.split(","):
        try:
            one = _reference(name.strip(" \t"), known, schema, hints)
            if one in references:
                raise Refusal("invalid_parameter", f"{quoted(one.name)} is in resolve twice.")
            references[one] = None
        except Refusal as refusal:
            yield refusal.at((), hints)


def _reference(name: str, known: Sequence[str], schema: Schema, hints: Hints) -> Field:
    one = schema.find(name)
    if one is None or one.field_type is not FieldType.OBJECT_REF:
        hint = nearest_or_all(name, known, "references", hints)
        code = "unknown_field" if one is None else "not_resolvable"
        raise Refusal(code, f"{quoted(name)} is not an objectRef of {quoted(schema.name)}.", hint)
    return one
