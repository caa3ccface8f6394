"""How the Python backend reads records: what they hold, and under which names (docs/language.md#records)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field, FieldType, SingleField
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Or, assert_never
from criteria.values.loading import Lookups, Records, check_lookups, check_records, loader, member

By = Literal["name", "column"]
"""What records call a field: its name, or its column, as rows and the objects of an ORM do."""


class StoredRows(Protocol):
    """What says how the rows of a table store the fields: a `criteria.Table`."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """For each field a `criteria.backends.sql.fitting.StoredField`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The options `records`, `by`, `lookups` and `table`. Raises `CriteriaError` (`unknown_option`)."""

    records: Records = "typed"
    by: By = "name"
    lookups: Lookups = field(default_factory=dict)
    table: StoredRows | None = None

    def __post_init__(self) -> None:
        check_records(self.records)
        if self.table is not None:
            if not isinstance(getattr(self.table, "fields", None), Mapping):
                hint = "criteria.tables.reflect(connection, name, schema) makes one."
                raise CriteriaError(
                    Problem("unknown_option", f"table is a Table, not {quoted(self.table)}.", hint=hint)
                )
            object.__setattr__(self, "by", "column")
        if self.by not in get_args(By):
            hint = 'Use "name" or "column".'
            raise CriteriaError(Problem("unknown_option", f"Fields are not found by {quoted(self.by)}.", hint=hint))
        check_lookups(self.lookups)

    def path(self, one: Field) -> tuple[str, ...]:
        """The keys or attributes that lead to a field's value."""
        return one.path if self.by == "name" else (one.column, *one.path[1:])

    def as_read(self, one: Field) -> Field:
        """The field as the rows of the table hold it."""
        stored = None if self.table is None else self.table.fields.get(one.name)
        if stored is None or not stored.codec.is_single or one.field_type is not FieldType.DOUBLE:
            return one
        return SingleField(
            one.name, one.field_type, is_list=one.is_list, nullable=one.nullable, column=one.column, values=one.values
        )

    def as_rows(self, normal: Expression, keys: Iterable[Field] = ()) -> Expression:
        """An expression whose fields are read as the rows of the table hold them.

        Raises `CriteriaError` (`unsupported`) for fields, also those to sort by, of which drivers return other values
        than those that are stored.
        """
        if self.table is None:
            return normal
        for key in keys:
            self._check(key)
        return self._as_rows(normal)

    def _as_rows(self, normal: Expression) -> Expression:
        match normal:
            case And(terms):
                return And(tuple(map(self._as_rows, terms)))
            case Or(terms):
                return Or(tuple(map(self._as_rows, terms)))
            case Not(term):
                return Not(self._as_rows(term))
            case Comparison(one, operator, value):
                self._check(one)
                return Comparison(self.as_read(one), operator, value)
            case AnyElement() | AnyReferred():
                return normal
            case _:
                assert_never(normal)

    def _check(self, one: Field) -> None:
        stored = None if self.table is None else self.table.fields.get(one.name)
        if stored is not None and stored.codec.returned is not None:
            message = (
                f"Column {quoted(stored.column)} of field {quoted(one.name)} cannot be compared in Python: drivers "
            )
            hint = 'Compare it in SQL. Of rows that a compiled search has selected use by="column".'
            raise CriteriaError(Problem("unsupported", f"{message}return {stored.codec.returned}.", hint=hint))

    def value(self, one: Field) -> Callable[[Any], Any]:
        """The function that reads a record's value of a field: None when it is empty, or of another type."""
        path, load = self.path(one), loader(self.as_read(one), self.records)

        def value(record: Any) -> Any:
            for segment in path:
                record = member(record, segment)
            return load(record)

        return value
