"""Searches: a query with an order and a page (docs/language.md#paging), and references to resolve.

What reads and signs cursors is imported by the first search that has one: most programs never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.limits import MAX_RECORDS
from criteria.messages import Hints, quoted
from criteria.schema.field import Field
from criteria.search.json_columns import JsonColumns, check_json_columns
from criteria.search.keyset import Position, after, reverse
from criteria.search.order_by import SortKey, many_keys, total_order
from criteria.search.page import Page, check_unique_key
from criteria.tree.nodes import EVERYTHING, Expression, element_tests, leaves, reference_tests
from criteria.tree.query import Query

DEFAULT_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Search:
    """A query with an order and a page (docs/language.md#paging).

    - `query`: selects the records.
    - `order_by`: the sort keys, in order.
    - `limit`: the most records of the page, 0 to 2^31-1, default 10. None means all records.
    - `skip`: the number of records before the page, 0 to 2^31-1.
    - `get_total_count`: whether to count all records that the query selects.
    - `resolve`: objectRef fields whose references the server replaces by objects (docs/language.md#resolve).
    - `after`, `before`: the values of all `sort_keys` of a record, None where it is empty: the page follows that
      record, or precedes it (docs/paging.md). At most one of them is given, and then `skip` is 0.
    - `cursor_query`: the query that cursors belong to; None: `query`. `parse_search` keeps the client's query here, so
      that a server may add conditions of its own to `query`.
    - `cursor_key`: signs the cursors of the page, at least 16 bytes.

    Raises `CriteriaError`: `invalid_parameter` for arguments of another class or outside their range, `too_long` for
    more than 32 sort keys, with those of the schema's key.
    """

    query: Query
    order_by: tuple[SortKey, ...] = ()
    limit: int | None = DEFAULT_LIMIT
    skip: int = 0
    get_total_count: bool = False
    resolve: tuple[Field, ...] = ()
    after: Position | None = None
    before: Position | None = None
    cursor_query: Query | None = field(default=None, repr=False, compare=False)
    cursor_key: bytes | None = field(default=None, repr=False, compare=False)
    _sort_keys: tuple[SortKey, ...] | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Backends write `limit` and `skip` into statements, so nothing but whole numbers may get there."""
        problems = list(_faults(self)) or [*_order_faults(self), *_keyset_faults(self)]
        if problems:
            raise CriteriaError(*problems)
        for name, position in (("after", self.after), ("before", self.before)):
            if position is not None:
                from criteria.search.page_cursors import checked_position

                object.__setattr__(self, name, checked_position(position, self.query.schema, self.sort_keys, name))

    @property
    def sort_keys(self) -> tuple[SortKey, ...]:
        """`order_by`, and then the schema's unique key, so that pages never overlap (docs/language.md#orderby)."""
        if self._sort_keys is None:
            schema = self.query.schema
            keys = self.order_by if schema is None else total_order(self.order_by, schema)
            object.__setattr__(self, "_sort_keys", keys)
            return keys
        return self._sort_keys

    @property
    def position(self) -> Position | None:
        """The position after which the page begins, in the direction in which it is fetched; None: at the beginning."""
        return self.after if self.before is None else self.before

    @property
    def beyond(self) -> Expression:
        """The condition that a record comes after the position, in the direction in which records are fetched."""
        position = self.position
        return EVERYTHING if position is None else after(self.fetched_keys, position)

    @property
    def fetched_keys(self) -> tuple[SortKey, ...]:
        """The sort keys of the order in which records are fetched: with `before`, the opposite order."""
        return self.sort_keys if self.before is None else reverse(self.sort_keys)

    @property
    def asked(self) -> tuple[Query, ...]:
        """What a client asks: the query without the conditions that the server has added."""
        return self.query.asked if self.cursor_query is None else (self.cursor_query,)

    @property
    def named_fields(self) -> tuple[Field, ...]:
        """The fields and the lists of objects that the query and `order_by` name, each once."""
        expression = self.query.expression
        queried = [leaf.field for leaf in leaves(expression)]
        queried += (test.objects.place for test in element_tests(expression))
        queried += (test.reference.place for test in reference_tests(expression))
        return tuple(dict.fromkeys((*queried, *(key.field for key in self.order_by))))

    @property
    def fetch(self) -> int | None:
        """How many records to fetch: one more than `limit`, which shows whether more follow. None: all."""
        return None if self.limit is None else self.limit + 1

    def page(
        self,
        records: Sequence[Any],
        total_count: int | None = None,
        *,
        position_of: Callable[[Any], Sequence[Any]] | None = None,
        json_columns: JsonColumns | None = None,
    ) -> Page:
        """The page of the fetched records: at most `fetch` records after the first `skip`, none when `limit` is 0.

        With `before` the records are in the opposite order, as compiled searches fetch them. `position_of` loads the
        values of the `sort_keys` of a record, for the cursors; by default it is looked for under the names of the
        fields or columns, or by the positions of the columns (docs/paging.md#records).

        `json_columns` says whether the driver returns JSON columns as "text" or has "decoded" them. By default a column
        is decoded if some record has an object or a list in it.

        Raises `CriteriaError` (`unknown_option`) for another value of `json_columns`.
        """
        check_json_columns(json_columns)
        if self.limit == 0:  # nothing was fetched: only the count shows whether there are records
            return Page((), (total_count or 0) > self.skip, total_count)
        data = tuple(records if self.limit is None else records[: self.limit])
        has_more = len(records) > len(data)
        if self.before is not None:
            data = data[::-1]
        schema = self.query.schema
        if not data or schema is None or not schema.key:
            return Page(data, has_more, total_count)
        from criteria.search.page_cursors import page_cursors

        cursors = page_cursors(self, data, records, has_more, position_of, json_columns)
        return Page(data, has_more, total_count, cursors=cursors)

    def cursor(self, record: Any, *, json_columns: JsonColumns | None = None) -> str:
        """The cursor of a record that this search has found: the position to continue `after` or `before`.

        `json_columns` is as in `page`. A string in a JSON column is taken for text by default.

        Raises `CriteriaError`: `invalid_record` if the record lacks a field of the order or has a value there that the
        field cannot have, `unsupported` for values that are too long, and without a unique key.
        """
        check_json_columns(json_columns)
        check_unique_key(self.query.schema)
        from criteria.search.page_cursors import cursor_of

        return cursor_of(self, record, json_columns)


def check_unique_order(search: Search) -> None:
    """Raises `CriteriaError` (`unsupported`) for a page whose order has no unique key at its end.

    Records with equal sort keys could change their order from page to page (docs/language.md#paging).
    """
    if search.limit is not None or search.skip:
        check_unique_key(search.query.schema)


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


def _order_faults(search: Search) -> Iterator[Problem]:
    """The problem of an order of too many sort keys, where the other arguments are right."""
    refused = many_keys(search.order_by, search.query.schema)
    if refused is not None:
        yield refused.at(("orderBy",), Hints())


def _keyset_faults(search: Search) -> Iterator[Problem]:
    """The problems of the arguments of keyset paging, where the others are right."""
    query: object = search.cursor_query
    if query is not None and not isinstance(query, Query):
        yield Problem("invalid_parameter", f"{quoted(query)} is not a Query.", "/cursorQuery")
    if search.cursor_key is not None:
        from criteria.search.cursor import check_cursor_key

        try:
            check_cursor_key(search.cursor_key)
        except CriteriaError as error:
            yield from error.problems
    if search.after is not None or search.before is not None:
        if search.skip:
            yield SKIPPED
        if search.after is not None and search.before is not None:
            yield BOTH


SKIPPED = Problem(
    "invalid_parameter", "skip counts from the first record, so it cannot be combined with a cursor.", "/skip",
    hint="Leave skip out.",
)  # fmt: skip
BOTH = Problem("invalid_parameter", "after and before cannot be combined.", "/before", hint="Leave one of them out.")
