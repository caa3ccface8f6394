"""Fetches the rows of a page, with the values of the sort keys of which its cursors are made."""

from __future__ import annotations

from collections.abc import Container, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from criteria.errors import CriteriaError, Problem, Refusal
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.search.key_values import position_in
from criteria.search.keyset import Position
from criteria.search.page import Page
from criteria.search.search import Search


def check_search(search: object) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for anything but a search."""
    if not isinstance(search, Search):
        message = f"Expected a search, found {quoted(search)}."
        hint = "criteria.parse_search(params, model.schema) makes one."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def check_session(session: Any, *, is_async: bool) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a session of the other kind, or something else."""
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_scoped_session

    if not hasattr(session, "execute"):
        message = f"Expected a session, found {quoted(session)}."
        raise CriteriaError(Problem("invalid_parameter", message, hint="Pass a Session, or for a table a Connection."))
    if isinstance(session, (AsyncConnection, AsyncSession, async_scoped_session)) is is_async:
        return
    wanted, method = ("an AsyncSession", "page") if is_async else ("a Session", "page_async")
    message = f"Expected {wanted}, found {quoted(type(session).__name__)}."
    raise CriteriaError(Problem("invalid_parameter", message, hint=f"For {type(session).__name__}, call {method}."))


class Fetched:
    """The rows of a page as its statements return them.

    `sort_values` has the SQL expressions of sort keys that records may hold otherwise, by their attributes. The
    statements select them too, because a cursor has to hold the values that the engine sorts by.
    `decoded` has the attributes that hold decoded JSON, in which a string is not the text of a document.
    """

    def __init__(
        self, search: Search, sort_values: Mapping[str, Any], decoded: Container[str], *, are_objects: bool
    ) -> None:
        self.search, self.sort_values, self.decoded, self.are_objects = search, sort_values, decoded, are_objects
        self.rows: list[Any] = []
        self.values: dict[int, dict[str, Any]] = {}

    @property
    def is_full(self) -> bool:
        """Whether the statements have returned what the page takes."""
        return self.search.fetch is not None and len(self.rows) >= self.search.fetch

    def selecting(self, statement: Any) -> Any:
        """A statement of the page that selects the values of the sort keys too."""
        added = (element.label(f"criteria_key_{at}") for at, element in enumerate(self.sort_values.values()))
        return statement.add_columns(*added) if self.sort_values else statement

    def add(self, result: Any) -> None:
        """Adds the rows of a statement. Objects with collections that are joined come more than once."""
        if not self.sort_values:
            self.rows += result.unique().scalars().all() if self.are_objects else result.all()
            return
        if self.are_objects:
            found = result.unique(lambda row: id(row[0])).all()
            records = [row[0] for row in found]
        else:  # the rows of a table are given back without the added columns
            frozen = result.freeze()
            found = frozen().all()
            records = frozen().columns(*range(len(frozen.metadata.keys) - len(self.sort_values))).all()
        self.rows += records
        for record, row in zip(records, found, strict=True):
            self.values[id(record)] = dict(zip(self.sort_values, row[-len(self.sort_values) :], strict=True))

    def page(self, total: int | None, *, has_cursors: bool) -> Page:
        """The page of the rows."""
        rows = self.rows[: self.search.fetch]
        if not has_cursors:
            page = self.search.page(rows, total)
            return Page(page.data, page.has_more_records, page.total_count)
        return self.search.page(rows, total, position_of=self._position)

    def _position(self, record: Any) -> Position:
        schema, values = self.search.query.schema, self.values.get(id(record), {})
        assert schema is not None
        for field in (key.field for key in self.search.sort_keys):
            _check_digits(field, values.get(field.column))
        held = _Sorted(record, values) if values else record
        return position_in(
            held, self.search.sort_keys, schema, lambda column: column in self.decoded or None, names="columns"
        )


def _check_digits(field: Field, value: Any) -> None:
    """Refuses a double of SQLite with digits that a decimal does not have. Objects show it rounded."""
    if field.field_type is not FieldType.DECIMAL or not isinstance(value, float) or not isfinite(value):
        return
    exact = Decimal(repr(value))
    if exact != round(exact, field.scale or 0):
        message = f"The database has {exact} in field {quoted(field.name)}, more digits than its type."
        hint = f"Round it in the database: round({field.column}, {field.scale or 0}). Or order by another field."
        raise Refusal("invalid_record", message, hint)


class _Sorted:
    """A record with the values that the engine sorts it by."""

    def __init__(self, record: Any, values: Mapping[str, Any]) -> None:
        self._record, self._values = record, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._record, name)
