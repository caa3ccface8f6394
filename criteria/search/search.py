"""Searches: a query with an order and a page (docs/language.md#paging), and references to resolve."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from criteria.errors import CriteriaError, Problem, Refusal, below, listed, nearest_or_all, quoted, to_pointer
from criteria.limits import DEFAULT_LIMITS, MAX_RECORDS, Limits
from criteria.parsing.parser import parse
from criteria.schema.field import Field, FieldType
from criteria.schema.plain import plain_dict, without_subclass
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey, parse_order_by, total_order
from criteria.search.page import Page
from criteria.tree.nodes import EVERYTHING, Query, leaves

DEFAULT_LIMIT = 10

_WHOLE_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_MAX_LENGTH = 65_536


@dataclass(frozen=True, slots=True)
class Search:
    """A query with an order and a page (docs/language.md#paging).

    - `query`: selects the records.
    - `order_by`: the sort keys, in order.
    - `limit`: the most records of the page, 0 to 2^31-1, default 10. None means all records.
    - `skip`: the number of records before the page, 0 to 2^31-1.
    - `get_total_count`: whether to count all records that the query selects.
    - `resolve`: objectRef fields whose references the server replaces by objects (docs/language.md#resolve).

    Raises `CriteriaError` (`invalid_parameter`) for arguments of another class or outside their range.
    """

    query: Query
    order_by: tuple[SortKey, ...] = ()
    limit: int | None = DEFAULT_LIMIT
    skip: int = 0
    get_total_count: bool = False
    resolve: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        """Backends write `limit` and `skip` into statements, so nothing but whole numbers may get there."""
        problems = list(_faults(self))
        if problems:
            raise CriteriaError(*problems)

    @property
    def sort_keys(self) -> tuple[SortKey, ...]:
        """`order_by`, and then the schema's unique key, so that pages never overlap (docs/language.md#orderby)."""
        return total_order(self.order_by, self.query.schema) if self.query.schema is not None else self.order_by

    @property
    def named_fields(self) -> tuple[Field, ...]:
        """The fields that the query and `order_by` name, each once."""
        queried = (leaf.field for leaf in leaves(self.query.expression))
        return tuple(dict.fromkeys((*queried, *(key.field for key in self.order_by))))

    @property
    def fetch(self) -> int | None:
        """How many records to fetch: one more than `limit`, which shows whether more follow. None: all."""
        return None if self.limit is None else self.limit + 1

    def page(self, records: Sequence[Any], total_count: int | None = None) -> Page:
        """The page of the fetched records: at most `fetch` records after the first `skip`, none when `limit` is 0."""
        if self.limit is None:
            return Page(tuple(records), False, total_count)
        if self.limit == 0:  # nothing was fetched: only the count shows whether there are records
            return Page((), (total_count or 0) > self.skip, total_count)
        return Page(tuple(records[: self.limit]), len(records) > self.limit, total_count)


def check_unique_order(search: Search) -> None:
    """Raises `CriteriaError` (`unsupported`) for a page whose order has no unique key at its end.

    Records with equal sort keys could change their order from page to page (docs/language.md#paging).
    """
    schema = search.query.schema
    if (search.limit is not None or search.skip) and (schema is None or not schema.key):
        message = "Pages need a unique key to end their order, and the schema has none."
        hint = "Declare a field that is isUnique and not nullable, in a column of its own, or name the schema's key."
        raise CriteriaError(Problem("unsupported", message, hint=hint))


def _faults(search: Search) -> Iterator[Problem]:
    """The problems of a search's arguments."""
    query: object = search.query
    if not isinstance(query, Query):
        yield Problem("invalid_parameter", f"{quoted(query)} is not a Query.", "/query")
    for name, numbers in (("limit", search.limit), ("skip", search.skip)):
        is_all = name == "limit" and numbers is None
        if not is_all and not (type(numbers) is int and 0 <= numbers <= MAX_RECORDS):
            message = f"{quoted(numbers)} is not a whole number between 0 and {MAX_RECORDS}."
            yield Problem("invalid_parameter", message, f"/{name}")
    flag: object = search.get_total_count
    if not isinstance(flag, bool):
        message = f"{quoted(flag)} is neither true nor false."
        yield Problem("invalid_parameter", message, "/getTotalCount")
    for name, expected, values in (("orderBy", SortKey, search.order_by), ("resolve", Field, search.resolve)):
        if not isinstance(values, tuple) or not all(isinstance(value, expected) for value in values):
            yield Problem("invalid_parameter", f"{name} is a tuple of {expected.__name__}.", f"/{name}")


def parse_search(params: Mapping[str, Any], schema: Schema, *, strict: bool = False,
                 limits: Limits = DEFAULT_LIMITS) -> Search:  # fmt: skip
    """The search of a request's parameters (docs/language.md#paging).

    The parameters are `query`, `orderBy`, `limit`, `skip`, `getTotalCount` and `resolve`, each as a string, as in a
    URL, or as decoded JSON. None counts as missing. `strict` and `limits` are those of `parse`.

    Raises `CriteriaError` with every problem. Pointers begin with the name of the parameter; lines and columns count
    inside its text.
    """
    given = plain_dict(params)
    if given is None:
        raise CriteriaError(Problem("invalid_parameter", f"The parameters are a mapping, not {quoted(params)}."))
    if not isinstance(schema, Schema):
        raise CriteriaError(Problem("invalid_schema", f"A search needs a Schema, not {quoted(schema)}."))
    problems = list(listed(_unknown(name) for name in given if name not in _ATTRIBUTES))
    readers: dict[str, Callable[[Any], Any]] = {
        "query": lambda value: parse(value, schema, strict=strict, limits=limits),
        "orderBy": lambda value: parse_order_by(value, schema),
        "limit": lambda value: _limit(value, schema),
        "skip": lambda value: _whole_number(value, MAX_RECORDS),
        "getTotalCount": _flag,
        "resolve": lambda value: _references(value, schema),
    }
    found: dict[str, Any] = {"query": Query(EVERYTHING, schema)}
    if schema.max_limit is not None:
        found["limit"] = min(DEFAULT_LIMIT, schema.max_limit)
    for name, read in readers.items():
        if given.get(name) is not None:
            try:
                found[_ATTRIBUTES[name]] = read(without_subclass(given[name]))
            except CriteriaError as error:
                problems += below(f"/{name}", error.problems)
            except Refusal as refusal:
                problems.append(refusal.at((name,)))
    if problems:
        raise CriteriaError(*listed(problems))
    return Search(**found)


_ATTRIBUTES = {
    "query": "query",
    "orderBy": "order_by",
    "limit": "limit",
    "skip": "skip",
    "getTotalCount": "get_total_count",
    "resolve": "resolve",
}
"""The parameters of a search request, with the attribute of `Search` that each one sets."""


def _unknown(name: object) -> Problem:
    pointer = to_pointer([name if isinstance(name, str) else quoted(name)])
    hint = nearest_or_all(name, _ATTRIBUTES, "parameters")
    return Problem("unknown_parameter", f"A search has no parameter {quoted(name)}.", pointer, hint=hint)


def _limit(value: Any, schema: Schema) -> int:
    return _whole_number(value, MAX_RECORDS if schema.max_limit is None else schema.max_limit)


def _whole_number(value: Any, maximum: int) -> int:
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal("invalid_parameter", f"{quoted(value)} is not a whole number.", "Write it like 20.")
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
    for name in text.split(","):
        try:
            one = _reference(name.strip(" \t"), known, schema)
            if one in references:
                raise Refusal("invalid_parameter", f"{quoted(one.name)} is in resolve twice.")
            references[one] = None
        except Refusal as refusal:
            yield refusal.at(())


def _reference(name: str, known: Sequence[str], schema: Schema) -> Field:
    one = schema.find(name)
    if one is None or one.field_type is not FieldType.OBJECT_REF:
        hint = nearest_or_all(name, known, "references")
        code = "unknown_field" if one is None else "not_resolvable"
        raise Refusal(code, f"{quoted(name)} is not an objectRef of {quoted(schema.name)}.", hint)
    return one
