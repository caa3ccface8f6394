"""How the Python backend reads records: what they hold, and under which names (docs/language.md#records)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, get_args

from criteria.backends.unsupported import Unsupported
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import AnyElement, AnyReferred, Expression, element_tests, leaves, reference_tests
from criteria.values.driver_values import reader
from criteria.values.loading import Lookups, Records, check_lookups, check_records, loader, member

By = Literal["name", "column"]
"""What records call a field: its name, or its column, as rows and the objects of an ORM do."""


class StoredRows(Protocol):
    """What says how the rows of a table store the fields: a `criteria.Table`."""

    @property
    def dialect(self) -> str:
        """The dialect of the table."""

    @property
    def are_from_driver(self) -> bool:
        """Whether rows hold what a driver returns, and not what an ORM makes of it."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """For each field a `criteria.backends.sql.stored_field.StoredField`."""


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
            object.__setattr__(self, "records", "typed")
        if self.by not in get_args(By):
            hint = 'Use "name" or "column".'
            raise CriteriaError(Problem("unknown_option", f"Fields are not found by {quoted(self.by)}.", hint=hint))
        check_lookups(self.lookups)

    def path(self, one: Field) -> tuple[str, ...]:
        """The keys or attributes that lead to a field's value: of a table's row, in what `decoder` returns."""
        if self.table is not None:
            return (one.name,)
        return one.path if self.by == "name" else (one.column, *one.path[1:])

    def check(self, normal: Expression, keys: Iterable[Field] = ()) -> None:
        """Raises `CriteriaError` (`unsupported`) for fields, also those to sort by, of which drivers return other
        values than those that are stored, and for lists of objects and references in rows of a table."""
        if self.table is None:
            return
        related: list[AnyElement | AnyReferred] = [*element_tests(normal), *reference_tests(normal)]
        if related:
            message = "Rows of a table are not compared by lists of objects, nor through references."
            hint = "Compare them in SQL."
            raise Unsupported([Problem("unsupported", message, hint=hint) for _ in related], related)
        refused = [(leaf, problem) for leaf in leaves(normal) if (problem := self._refused(leaf.field)) is not None]
        if refused:
            raise Unsupported([problem for _, problem in refused], [leaf for leaf, _ in refused])
        problems = [
            replace(problem, asked_fields=(key.name,)) for key in keys if (problem := self._refused(key)) is not None
        ]
        if problems:
            raise CriteriaError(*listed(problems))

    def _refused(self, one: Field) -> Problem | None:
        assert self.table is not None
        stored = self.table.fields.get(one.name)
        if stored is None:
            message = f"The table has no column for field {quoted(one.name)}."
            return Problem("unsupported", message, hint="Compile the query for a table of its own schema.")
        returned = stored.codec.returned or self._ambiguous(one, stored.codec)
        if returned is None:
            return None
        message = f"Column {quoted(stored.column)} of field {quoted(one.name)} cannot be compared in Python: drivers "
        hint = 'Compare it in SQL. For rows that a compiled search has selected, use by="column".'
        return Problem("unsupported", f"{message}return {returned}.", hint=hint)

    def _ambiguous(self, one: Field, codec: Any) -> str | None:
        """What drivers of PostgreSQL return, if that does not tell the value."""
        assert self.table is not None
        if self.table.dialect != "postgres" or not self.table.are_from_driver:
            return None
        if one.is_list and codec.labels is not None:
            return "arrays of enumerated types as text"
        if self._is_in_document(one):
            if one.field_type is FieldType.DECIMAL:
                return "numbers in JSON as doubles"
            if not one.is_nested:
                return "documents decoded or as text, and a text may be either"
        return None

    def _is_in_document(self, one: Field) -> bool:
        """Whether a field's column holds JSON."""
        assert self.table is not None
        is_document = self.table.fields[one.name].codec.is_document or self.table.dialect not in _WITH_ARRAYS
        return one.is_nested or (one.is_list and is_document)

    def reader(self, one: Field) -> Callable[[Any], Any]:
        """The function that reads a field's value from a row of the table."""
        assert self.table is not None
        stored = self.table.fields[one.name]
        may_be_text = self.table.are_from_driver
        in_document = self._is_in_document(one)
        read = reader(one, in_document=in_document, may_be_text=may_be_text, is_single=stored.codec.is_single)
        return lambda row: read(member(row, stored.column))

    def decoder(self, normal: Expression) -> Callable[[Any], dict[str, Any]]:
        """The function that makes of a row of the table a typed record, with the fields of an expression."""
        readers = {leaf.field.name: self.reader(leaf.field) for leaf in leaves(normal)}
        return lambda row: {name: read(row) for name, read in readers.items()}

    def value(self, one: Field) -> Callable[[Any], Any]:
        """The function that reads a record's value of a field: None when it is empty, or of another type."""
        if self.table is not None:
            read, load_typed = self.reader(one), loader(one, "typed")
            return lambda row: load_typed(read(row))
        path, load = self.path(one), loader(one, self.records)

        def value(record: Any) -> Any:
            for segment in path:
                record = member(record, segment)
            return load(record)

        return value


_WITH_ARRAYS = frozenset({"duckdb", "postgres"})
"""The dialects of tables whose lists may be arrays. On the others they are JSON."""
