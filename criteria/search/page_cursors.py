"""The cursors of a page, which are made of its records when they are asked for, and positions that a program gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from criteria.errors import CriteriaError, Problem, Refusal
from criteria.messages import Hints, quoted
from criteria.schema.field import Field, Value
from criteria.schema.schema import Schema
from criteria.search.cursor import encode_cursor
from criteria.search.json_columns import JsonColumns
from criteria.search.key_values import checked, decoded_columns, position_in
from criteria.search.keyset import Position
from criteria.search.order_by import SortKey
from criteria.search.page import check_unique_key
from criteria.values.non_finite import non_finite
from criteria.values.records import conforming

if TYPE_CHECKING:
    from criteria.search.search import Search


def page_cursors(
    search: Search,
    data: Sequence[Any],
    records: Sequence[Any],
    has_more: bool,
    position_of: Callable[[Any], Sequence[Any]] | None,
    json_columns: JsonColumns | None,
) -> PageCursors:
    """The cursors of a page with the records `data`, of those that were fetched. The others are as in `Search.page`."""
    read = _PositionIn(search, records, json_columns) if position_of is None else partial(_loaded, search, position_of)
    return PageCursors(search, data[0], data[-1], has_more, read)


def _loaded(search: Search, position_of: Callable[[Any], Sequence[Any]], record: Any) -> Position:
    values = position_of(record)
    return tuple(checked(key.field, value) for key, value in zip(search.sort_keys, values, strict=True))


def cursor_of(search: Search, record: Any, json_columns: JsonColumns | None) -> str:
    """The cursor of a record. Raises `CriteriaError` as `Search.cursor` does."""
    return _cursor(search, record, _PositionIn(search, (record,), json_columns))


def _cursor(search: Search, record: Any, read: Callable[[Any], Position]) -> str:
    try:
        return encode_cursor(read(record), search.cursor_query or search.query, search.sort_keys, search.cursor_key)
    except Refusal as refusal:
        raise CriteriaError(refusal.at((), Hints())) from None


@dataclass(frozen=True, slots=True)
class _PositionIn:
    """Reads the values of the sort keys of a record of a page."""

    search: Search
    records: Sequence[Any]
    json_columns: JsonColumns | None

    def __call__(self, record: Any) -> Position:
        search, json_columns = self.search, self.json_columns
        schema = search.query.schema
        assert schema is not None
        if json_columns is not None:
            return position_in(record, search.sort_keys, schema, lambda column: json_columns == "decoded")
        decoded = decoded_columns(self.records, search.sort_keys, schema)
        return position_in(record, search.sort_keys, schema, lambda column: True if column in decoded else None)


@dataclass(frozen=True, slots=True)
class PageCursors:
    """Makes the cursors of a page, whose schema has a unique key, of its first and last record."""

    search: Search
    first: Any
    last: Any
    has_more: bool
    read: Callable[[Any], Position]
    _offered: Mapping[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    def next(self) -> str | None:
        """The cursor of the last record, if there may be records after it."""
        return self._of(self.last) if self.has_more or self.search.before is not None else None

    def previous(self) -> str | None:
        """The cursor of the first record, if there may be records before it."""
        search = self.search
        is_known = self.has_more if search.before is not None else search.after is not None or search.skip > 0
        return self._of(self.first) if is_known else None

    def offered(self) -> Mapping[str, str]:
        """The cursors by their names in the envelope. They are made once: the envelope and `Link` have the same ones.

        Values may be too long for a cursor. A client that skips records goes on without one, so it is left out.
        A client that follows cursors would take it for the last page, so the error is raised.
        """
        if self._offered is not None:
            return self._offered
        found: dict[str, str] = {}
        for name, made in (("nextCursor", self.next), ("previousCursor", self.previous)):
            try:
                cursor = made()
            except CriteriaError as error:
                if self.search.position is not None or {one.code for one in error.problems} != {"unsupported"}:
                    raise
            else:
                found |= {} if cursor is None else {name: cursor}
        object.__setattr__(self, "_offered", found)
        return found

    def _of(self, record: Any) -> str:
        return _cursor(self.search, record, self.read)


def checked_position(given: object, schema: Schema | None, keys: Sequence[SortKey], name: str) -> Position:
    """The values of a search's argument `after` or `before`, of plain classes.

    Raises `CriteriaError` (`invalid_parameter`, `unsupported`).
    """
    check_unique_key(schema, f"/{name}")
    if not isinstance(given, tuple) or len(given) != len(keys):
        names = ", ".join(key.field.name for key in keys)
        message = f"{name} is a tuple of the values of the sort keys: {names}."
        raise CriteriaError(Problem("invalid_parameter", message, f"/{name}"))
    try:
        return tuple(_position_value(key.field, value) for key, value in zip(keys, given, strict=True))
    except Refusal as refusal:
        hint = refusal.hinted(Hints())
        raise CriteriaError(Problem("invalid_parameter", refusal.message, f"/{name}", hint=hint)) from None


def _position_value(field: Field, value: object) -> Value | None:
    if value is None and not (field.nullable or field.is_nested):
        raise Refusal("invalid_parameter", f"Field {quoted(field.name)} is not nullable.")
    if value is None:
        return None
    special = None if isinstance(value, str) else non_finite(field, value)
    return conforming(field, value) if special is None else special
