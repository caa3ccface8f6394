"""The checks of one engine: answers beside the reference's, and the laws (docs/language.md#laws)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from operator import index
from typing import Any

import criteria
from criteria import Page, Query, Schema, Search
from criteria.conformance.reference import NO_OBJECTS, Objects, is_true, ordered
from criteria.messages import quoted
from criteria.tree.nodes import And, Expression, Not, Or

Record = dict[str, Any]
Select = Callable[[Query], Collection[Any]]
"""Gives the ids of the records that a query selects."""


def expected_page(
    search: Search,
    records: Sequence[Record],
    typed: Sequence[Record] | None = None,
    entities: Objects = NO_OBJECTS,
) -> Page:
    """The page of a search by the reference, with the ids of its records. `typed` are the records, decoded before,
    `entities` those to which they refer."""
    if typed is None:
        assert search.query.schema is not None
        typed = [search.query.schema.decode(record) for record in records]
    selected = [record for record in typed if is_true(search.query.expression, record, entities)]
    ids = [record["id"] for record in ordered(selected, search.sort_keys)]
    end = None if search.fetch is None else search.skip + search.fetch
    return search.page(ids[search.skip : end], len(ids) if search.get_total_count else None)


def not_ids(answer: Any) -> str | None:
    """What an adapter gives instead of a page of the ids of records, in words; None if it is such a page."""
    missing = [name for name in ("data", "has_more_records", "total_count") if not hasattr(answer, name)]
    if missing:
        return f"run gives {quoted(answer)}, expected a Page of the ids of records."
    data = answer.data
    if not isinstance(data, (list, tuple)):
        return f"The data of the page are {quoted(data)}, expected a tuple of the ids of records."
    for one in data:
        if not _is_integer(one):
            return f"The page has {quoted(one)} of class {type(one).__name__} as an id, expected an integer."
    follow, total = answer.has_more_records, answer.total_count
    if not isinstance(follow, bool):
        return f"has_more_records is {quoted(follow)} of class {type(follow).__name__}, expected True or False."
    if total is not None and not _is_integer(total):
        return f"total_count is {quoted(total)} of class {type(total).__name__}, expected an integer or None."
    return None


def _is_integer(value: Any) -> bool:
    """Whether a value is an integer, also one of NumPy. 1.0 and True equal 1 in Python, and are other JSON."""
    try:
        index(value)
        hash(value)
    except Exception:  # of whatever class it is
        return False
    return not isinstance(value, bool)


def wrong_answer(
    search: Search, answer: Page, records: Sequence[Record], *, in_order: bool, typed: Sequence[Record] | None = None
) -> str | None:
    """What is wrong with an engine's answer, in words; None if it is right."""
    right = expected_page(search, records, typed)
    found, wanted = list(answer.data), list(right.data)
    if not in_order:
        found, wanted = sorted(found), sorted(wanted)
    if found != wanted:
        return f"{_worded(search)} gives {found}, expected {wanted}.{_first_difference(found, wanted, records)}"
    if answer.has_more_records != right.has_more_records:
        return f"{_worded(search)}: has_more_records is {answer.has_more_records}, expected {right.has_more_records}."
    if answer.total_count != right.total_count:
        return f"{_worded(search)}: total_count is {answer.total_count}, expected {right.total_count}."
    return None


def _worded(search: Search) -> str:
    order = ", ".join(f"{key.field.name}{' desc' if key.descending else ''}" for key in search.order_by)
    page = "" if search.limit is None and not search.skip else f" limit {search.limit} skip {search.skip}"
    return f"{search.query.to_json()}{f' ordered by {order}' if order else ''}{page}"


def _first_difference(found: list[Any], wanted: list[Any], records: Sequence[Record]) -> str:
    """The first record that is missing, too many, or given twice."""
    by_id = {record["id"]: record for record in records}
    for one in wanted:
        if one not in found:
            return f" Missing: {by_id[one]}"
    for one in found:
        if one not in wanted:
            return f" Not to be selected: {by_id.get(one, one)}"
    return " Some record is given twice." if len(found) != len({*found}) else " The order is wrong."


def broken_laws(select: Select, schema: Schema, ids: set[Any], first: Record, second: Record) -> Iterator[str]:
    """The laws of AND, OR and NOT that an engine breaks, each in words. `ids` are those of all records."""
    p, q = criteria.parse(first, schema).expression, criteria.parse(second, schema).expression

    def selected(expression: Expression) -> set[Any]:
        return _once(select, Query(expression, schema))

    of_p, of_q = selected(p), selected(q)
    both, either = And((p, q)), Or((p, q))
    for law, found, wanted in (
        ("partition: NOT p selects the records that p does not", selected(Not(p)), ids - of_p),
        ("double negation: NOT NOT p selects what p does", selected(Not(Not(p))), of_p),
        ("narrowing: p AND q selects what both select", selected(both), of_p & of_q),
        ("narrowing: p OR q selects what one of them selects", selected(either), of_p | of_q),
        ("order of members: q AND p is p AND q", selected(And((q, p))), of_p & of_q),
        ("order of members: q OR p is p OR q", selected(Or((q, p))), of_p | of_q),
        ("De Morgan: NOT (p AND q) is NOT p OR NOT q", selected(Not(both)), selected(Or((Not(p), Not(q))))),
        ("De Morgan: NOT (p OR q) is NOT p AND NOT q", selected(Not(either)), selected(And((Not(p), Not(q))))),
        (
            "order of members: members in the opposite order select the same",
            _once(select, criteria.parse(turned(first), schema)),
            of_p,
        ),
    ):
        if found != wanted:
            yield f"{law} (docs/language.md#laws). With p = {first} and q = {second}: {_sets(found, wanted)}"


def broken_complements(select: Select, name: str, schema: Schema, ids: set[Any], values: list[Any]) -> Iterator[str]:
    """The laws of operators that are the complement of others, broken by an engine, each in words. `name` is that of a
    field, or a path through lists of objects."""

    def selected(comparison: Any) -> set[Any]:
        return _once(select, criteria.parse({name: comparison}, schema))

    def left_out(comparison: Any) -> set[Any]:
        return _once(select, criteria.parse({"NOT": {name: comparison}}, schema))

    of_all = selected({"$in": values})
    found = [
        ("complements: $nin is NOT $in", selected({"$nin": values}), ids - of_all),
        ("complements: $nin is NOT $in", selected({"$nin": values}), left_out({"$in": values})),
        ("double negation: NOT $nin is $in", left_out({"$nin": values}), of_all),
        (
            "narrowing: $in selects what one of its values selects",
            selected({"$in": values[:1]}) | selected({"$in": values[1:]}),
            of_all,
        ),
    ]
    for value in [None, *values[:1]]:
        equal = selected(value)
        found += [
            ("complements: $ne is NOT equals", selected({"$ne": value}), ids - equal),
            ("complements: $ne is NOT equals", left_out(value), ids - equal),
            ("double negation: NOT $ne is equals", left_out({"$ne": value}), equal),
        ]
        if value is not None:
            found.append(("complements: equals is $in of one value", selected({"$in": [value]}), equal))
    for law, got, wanted in found:
        if got != wanted:
            yield f"{law} (docs/language.md#laws). {name} beside {values}: {_sets(got, wanted)}"


def broken_pages(run: Callable[[Search], Page], query: Query, order: Any, size: int, count: int) -> Iterator[str]:
    """The laws of pages that an engine breaks, each in words. `count` is the number of all records."""
    full = list(run(Search(query, order, None)).data)
    pages = [run(Search(query, order, size, skip)) for skip in range(0, count + 1, size)]
    together = [one for page in pages for one in page.data]
    if together != full:
        yield f"pages: pages of {size} are {together}, and the ordered list is {full} (docs/language.md#laws)."
    if len(full) != len({*full}):
        yield f"pages: the ordered list has a record twice: {full} (docs/language.md#laws)."
    follow = [page.has_more_records for page in pages]
    wanted = [number * size < len(full) for number in range(1, len(pages) + 1)]
    if follow != wanted:
        yield f"pages: has_more_records of pages of {size} is {follow}, expected {wanted} (docs/language.md#paging)."


def turned(decoded: Any) -> Any:
    """Criteria JSON with the members of each object in the opposite order."""
    if isinstance(decoded, list):
        return [turned(item) for item in decoded]
    if isinstance(decoded, dict):
        return {key: turned(value) for key, value in reversed(decoded.items())}
    return decoded


def _once(select: Select, query: Query) -> set[Any]:
    keys = list(select(query))
    assert len(keys) == len({*keys}), f"{query.to_json()} gives a record twice: {keys}"
    return {*keys}


def _sets(found: set[Any], wanted: set[Any]) -> str:
    return f"selected {sorted(found)}, expected {sorted(wanted)}."
