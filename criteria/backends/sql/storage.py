"""SQL tables for schemas: CREATE TABLE, INSERT and UPDATE, and the conversion of records to rows and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from criteria.backends.compiling import fill_template
from criteria.backends.sql import nodes
from criteria.backends.sql.condition import ConditionCompiler, representation
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import STORED, check_schema, find_dialect
from criteria.backends.sql.native_types import date_text, from_date_text, from_text
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import Parameters, Sql, is_known, known_paramstyle, render
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.statement import template
from criteria.backends.sql.table_name import table_name
from criteria.backends.template import Template
from criteria.errors import CriteriaError, Listing, Problem, Refusal
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType, Value
from criteria.schema.schema import Schema
from criteria.search.json_columns import JsonColumns, check_json_columns
from criteria.tree.nodes import Expression, leaves
from criteria.tree.parameters import Slots
from criteria.tree.query import Query
from criteria.values.canonical import json_value
from criteria.values.records import conforming, typed_values
from criteria.values.stored_records import (
    aware,
    columns_of,
    each,
    from_json,
    json_text,
    plain,
    put_nested,
    read_json,
    record_of,
    stored_objects,
    stored_value,
)
from criteria.values.usual_values import (
    UNUSUAL,
    Reader,
    canonical_reader,
    json_list_reader,
    list_reader,
    native_reader,
)


@dataclass(frozen=True, slots=True)
class SqlStorage:
    """The table of a schema.

    `create_table` and `insert` are SQL; `encode` returns the parameters of `insert`. `columns` are in the order of
    both, and of the rows of a compiled search, which `decode` reads.
    """

    schema: Schema
    dialect: Dialect
    columns: tuple[str, ...]
    create_table: str
    insert: str
    table: str
    paramstyle: str
    _readers: tuple[tuple[Field, str | None, int, Reader | None, bool], ...] = field(
        init=False, repr=False, compare=False
    )
    """Each field, its name unless it is nested, the place of its column in a row, the quick reader of its values, and
    whether it is nullable."""

    def __post_init__(self) -> None:
        readers = tuple(
            (one, None if one.is_nested else one.name, self.columns.index(one.column), self._reader(one), one.nullable)
            for one in self.schema.fields
        )
        object.__setattr__(self, "_readers", readers)

    def __reduce__(self) -> tuple[Any, ...]:
        """A dialect is pickled by its name: it is made of functions."""
        values = (self.schema, self.dialect.name, self.columns, self.create_table, self.insert, self.table)
        return _restored, (*values, self.paramstyle)

    def __repr__(self) -> str:
        return f"SqlStorage({self.schema.name!r}, {self.dialect.name}, {len(self.columns)} columns)"

    def encode(self, record: Any) -> tuple[Any, ...]:
        """The row of a typed record, in the values that the driver gets.

        Raises `CriteriaError` with an `invalid_record` problem for each value that does not conform, or that the table
        cannot store.
        """
        values = typed_values(
            self.schema, record, lambda field, value: self._checked_length(field, conforming(field, value))
        )
        row = columns_of(self.schema, values, self._encoded)
        for column in self._lists:
            if row[column] is not None:
                row[column] = json_text(row[column])
        return tuple(json_text(value) if isinstance(value, dict) else value for value in row.values())

    def update(self, record: Any, query: Query) -> Sql:
        """The UPDATE that sets every row that matches a query to `record`.

        For optimistic locking, let the query compare what other writers change, and check the number of updated rows.
        Raises `CriteriaError` as `encode` and `criteria.compile` do, and `invalid_schema` for a query of other fields.
        """
        _check_query(query, self.schema)
        cells = self.encode(record)
        key = ("update", self.schema, self.dialect.name, self.table, self.paramstyle)
        of_row: Callable[[Sequence[Any]], Sql] = fill_template(key, query, self._update_template)
        return of_row(cells)

    def _update_template(self, normal: Expression, slots: Slots) -> Template:
        """Filled with the values of the query, it is a function from the row to the statement."""
        row = [object() for _ in self.columns]  # stands for the values of the row

        def statement(binder: Binder, arrays: bool) -> Node:
            assigned = [
                exp.EQ(this=nodes.name(column), expression=_cell(self.dialect, self.schema, column, binder.bind(cell)))
                for column, cell in zip(self.columns, row, strict=True)
            ]
            where = exp.Where(this=ConditionCompiler(self.dialect, binder, None, arrays).condition(normal))
            return exp.Update(this=table_name(self.table), expressions=assigned, where=where)

        found = template(self.dialect, Parameters(self.paramstyle), statement)
        with_row = slots.with_values(row)
        checks_values = any(leaf.field.field_type in self.dialect.value_checked_types for leaf in leaves(normal))
        are_known = not found.with_arrays and all(is_known(binding, with_row) for binding in found.bindings)
        filler = found.filler(with_row)

        def fill(values: Sequence[Any]) -> Callable[[Sequence[Any]], Sql]:
            return lambda cells: filler([*values, *cells])

        is_reusable = are_known and not checks_values
        return Template(fill, is_reusable, found.size, found.is_beyond(slots) if is_reusable else None)

    def decode(
        self, row: Sequence[Any] | Mapping[str, Any], *, json_columns: JsonColumns | None = None
    ) -> dict[str, Any]:
        """The typed record of a row: a sequence in the order of `columns`, or a mapping from column names.

        - `json_columns`: `"decoded"` if the driver decodes JSON columns, as asyncpg does with a codec of your own: a
          string is then JSON that was encoded twice, and refused. `"text"` if it returns their text. None: as the
          usual driver of the paramstyle does.

        Raises `CriteriaError` with an `invalid_record` problem for each value that `encode` would not have stored, and
        `unknown_option`.
        """
        check_json_columns(json_columns)
        if type(row) is tuple and len(row) == len(self.columns):
            return self._record(row, json_columns)
        return record_of(self.schema, self._column(self._cells(row), json_columns), self._decoded)

    def _record(self, row: tuple[Any, ...], json_columns: JsonColumns | None) -> dict[str, Any]:
        """The record of a row as most drivers return it. Only values that are not usual take the long way."""
        problems = Listing()
        record: dict[str, Any] = {}
        column: Callable[[Field], Any] | None = None
        for one, name, at, reader, is_nullable in self._readers:
            value = row[at]
            if value is not None or not is_nullable:
                found = UNUSUAL if reader is None else reader(value)
                if found is UNUSUAL:
                    column = column or self._column(dict(zip(self.columns, row, strict=True)), json_columns)
                    found = stored_value(one, column, self._decoded, problems)
                value = found
            if name is None:
                put_nested(record, one.path, value)
            else:
                record[name] = value
        if self.schema.object_lists:
            column = column or self._column(dict(zip(self.columns, row, strict=True)), json_columns)
            for objects in self.schema.object_lists:
                put_nested(record, objects.place.path, stored_objects(objects, column, self._decoded, problems))
        problems.refuse()
        return record

    def _column(self, cells: Mapping[str, Any], json_columns: JsonColumns | None) -> Callable[[Field], Any]:
        """A function that returns the content of a field's column. JSON is decoded once."""
        read: dict[str, Any] = {}

        def column(one: Field) -> Any:
            name = one.column
            if name not in cells:
                raise Refusal("invalid_record", f"The row has no column {quoted(name)}.")
            if name not in read:
                is_json = self._is_json(one) or name in self._lists
                read[name] = self._document(name, cells[name], json_columns) if is_json else cells[name]
            return read[name]

        return column

    def _document(self, column: str, cell: Any, json_columns: JsonColumns | None) -> Any:
        """The decoded content of a JSON column. Raises `Refusal`.

        A string that psycopg returns has been decoded, and may hold the text of an object, which conditions do not look
        into. asyncpg returns text.
        """
        checks = self.dialect.json.checks
        may_be_decoded = checks is not None and checks.is_encoded_once is not None and self.paramstyle != _TEXT_STYLE
        if json_columns is not None:
            may_be_decoded = json_columns == "decoded"
        if may_be_decoded and issubclass(type(cell), str):
            message = f"{quoted(cell)} in column {quoted(column)} is a string, and the driver may have decoded it."
            raise Refusal("invalid_record", message, _DECODE_TEXT)
        return read_json(cell)

    @property
    def _lists(self) -> list[str]:
        """The columns of lists of objects, which are JSON."""
        return [one.place.column for one in self.schema.object_lists if not one.place.is_nested]

    def _reader(self, one: Field) -> Reader | None:
        is_bounded = self.dialect.max_key_characters is not None and one in self.schema.key
        if one.is_nested or is_bounded:
            return None
        if one.is_list and self._is_json(one):
            return json_list_reader(one)
        reader = native_reader(one) if self._is_native(one) else canonical_reader(one)
        return list_reader(reader) if one.is_list else reader

    def _cells(self, row: Any) -> dict[str, Any]:
        try:
            if issubclass(type(row), Mapping):
                return {name: row[name] for name in self.columns if name in row}
            if not issubclass(type(row), _NOT_ROWS) and len(row) == len(self.columns):
                return dict(zip(self.columns, row, strict=True))
        except Exception:  # noqa: S110  no length, no elements, or a class that raises
            pass
        message = f"Expected a row of {len(self.columns)} values, one for each column, found {quoted(row)}."
        raise CriteriaError(Problem("invalid_record", message))

    def _is_json(self, field: Field) -> bool:
        return field.is_nested or (field.is_list and not self.dialect.native_lists)

    def _checked_length(self, field: Field, value: Value) -> Value:
        most = self.dialect.max_key_characters
        if most is not None and isinstance(value, str) and len(value) > most and field in self.schema.key:
            raise Refusal(
                "out_of_range",
                f"{quoted(field.name)} is in the key and has {len(value)} characters; "
                f"{self.dialect.name} accepts at most {most}.",
            )
        return value

    def _encoded(self, field: Field, value: Any) -> Any:
        if value is None or not self._is_json(field):
            return each(field, value, self._scalar)
        stored = each(field, value, json_value)
        return stored if field.is_nested else json_text(stored)

    def _scalar(self, field: Field, value: Any) -> Any:
        if self.dialect.is_sent_as_text(field):
            return date_text(value)
        return self.dialect.encode(value) if self._is_native(field) else json_value(field, value)

    def _decoded(self, field: Field, value: Any) -> Value:
        if self._is_json(field) or not self._is_native(field):
            return self._checked_length(field, from_json(field, value))
        if isinstance(value, str) and self.dialect.is_sent_as_text(field):
            value = from_date_text(field, value)
        return _FROM_DRIVER[field.field_type](field, value)

    def _is_native(self, field: Field) -> bool:
        return representation(self.dialect, field, in_json=False) is Representation.NATIVE


_TEXT_STYLE = "numeric_dollar"
"""The style of asyncpg, the driver of PostgreSQL that returns JSON as text."""
_DECODE_TEXT = (
    'If the driver returns JSON as text, make the storage with its paramstyle ("numeric_dollar" of asyncpg), or '
    'pass json_columns="text". If not, JSON is encoded twice: store the object.'
)


def _restored(
    schema: Schema, dialect: str, columns: tuple[str, ...], create_table: str, insert: str, table: str, style: str
) -> SqlStorage:
    found = find_dialect(dialect, None).for_style(style)
    return SqlStorage(schema, found, columns, create_table, insert, table, style)


_NOT_ROWS = (str, bytes, bytearray, memoryview, set, frozenset)
"""Classes that have a length and elements, but are not rows."""


def _plain(field: Field, value: Any) -> Value:
    return plain(field, aware(value))


def _boolean(field: Field, value: Any) -> Value:
    if type(value) is int and value in (0, 1):
        return bool(value)  # SQLite and MariaDB have no booleans
    return _plain(field, value)


def _guid(field: Field, value: Any) -> Value:
    if issubclass(type(value), str):
        return from_json(field, value)  # some drivers return text
    return _plain(field, value)


_FROM_DRIVER: Mapping[FieldType, Callable[[Field, Any], Value]] = {
    FieldType.STRING: _plain,
    FieldType.INTEGER: _plain,
    FieldType.BOOLEAN: _boolean,
    FieldType.DECIMAL: _plain,
    FieldType.DOUBLE: _plain,
    FieldType.DATE: _plain,
    FieldType.DATE_TIME: _plain,
    FieldType.GUID: _guid,
    FieldType.OBJECT_REF: _plain,
}
"""The typed value of a NATIVE column, from the class that the driver returns."""


def sql_storage(
    engine: str,
    schema: Schema,
    *,
    table: str | None = None,
    paramstyle: str | None = None,
    if_not_exists: bool = False,
) -> SqlStorage:
    """The table of a schema, by default with the schema's name. `if_not_exists` adds IF NOT EXISTS.

    Raises `CriteriaError` (`unsupported`).
    """
    dialect = STORED[engine]
    check_schema(dialect, schema)
    _check_key(dialect, schema)
    style = dialect.paramstyle if paramstyle is None else known_paramstyle(paramstyle)
    dialect = dialect.for_style(style)
    name = schema.name if table is None else table
    names = columns(schema)
    definitions: list[Node] = [_definition(dialect, schema, column) for column in names]
    if len(schema.key) > 1:
        definitions.append(exp.PrimaryKey(expressions=[nodes.name(field.column) for field in schema.key]))
    created = exp.Create(
        this=exp.Schema(this=table_name(name), expressions=definitions), kind="TABLE", exists=bool(if_not_exists)
    )
    binder = Binder()
    values = [_cell(dialect, schema, column, binder.bind(None)) for column in names]
    inserted = exp.Insert(
        this=exp.Schema(this=table_name(name), expressions=[nodes.name(column) for column in names]),
        expression=exp.Values(expressions=[exp.Tuple(expressions=values)]),
    )
    return SqlStorage(
        schema,
        dialect,
        names,
        render(created, [], dialect.sqlglot, Parameters("qmark")).sql().text,
        render(inserted, binder.bindings, dialect.sqlglot, Parameters(style)).sql().text,
        name,
        style,
    )


def columns(schema: Schema) -> tuple[str, ...]:
    """The columns of a schema's table, in field order; nested fields share their JSON column."""
    return tuple(dict.fromkeys(field.column for field in _places(schema)))


def _places(schema: Schema) -> tuple[Field, ...]:
    """The fields, and the lists of objects as fields inside JSON, whatever the engine has for other lists."""
    lists = tuple(replace(one.place, name=f"{one.name}._", column=one.place.column) for one in schema.object_lists)
    return (*schema.fields, *lists) if lists else schema.fields


def _check_key(dialect: Dialect, schema: Schema) -> None:
    strings = sum(field.field_type is FieldType.STRING for field in schema.key)
    if dialect.max_key_strings is not None and strings > dialect.max_key_strings:
        message = (
            f"The key has {strings} strings; {dialect.name} has room for {dialect.max_key_strings} in a primary key."
        )
        raise CriteriaError(Problem("unsupported", message))


def _check_query(query: object, schema: Schema) -> None:
    if not isinstance(query, Query):
        raise CriteriaError(Problem("invalid_parameter", f"Expected a query, found {quoted(query)}."))
    if query.schema is not None and not schema.covers(query.schema):
        message = f"The query's schema has fields that {quoted(schema.name)} does not have."
        raise CriteriaError(Problem("invalid_schema", message))


def _field_of(schema: Schema, column: str) -> Field:
    return next(field for field in _places(schema) if field.column == column)


def _definition(dialect: Dialect, schema: Schema, column: str) -> exp.ColumnDef:
    field = _field_of(schema, column)
    constraints = []
    if schema.key == (field,):
        constraints.append(exp.ColumnConstraint(kind=exp.PrimaryKeyColumnConstraint()))
    elif not field.nullable and not field.is_nested:
        constraints.append(exp.ColumnConstraint(kind=exp.NotNullColumnConstraint()))
    if dialect.binary_collation is not None and _compares_by_code_point(schema, field):
        collation = exp.CollateColumnConstraint(this=dialect.binary_collation.copy())
        constraints.insert(0, exp.ColumnConstraint(kind=collation))
    kind = dialect.column_type(field, field in schema.key)
    return exp.ColumnDef(this=nodes.name(column), kind=kind, constraints=constraints)


def _compares_by_code_point(schema: Schema, field: Field) -> bool:
    """True for columns that are declared to, and for keys: "a" and "A" are two keys."""
    is_text = field.field_type is FieldType.STRING and not field.is_list and not field.is_nested
    return is_text and (field.collation == "binary" or field in schema.key)


def _cell(dialect: Dialect, schema: Schema, column: str, placeholder: Node) -> Node:
    field = _field_of(schema, column)
    if not field.is_nested and dialect.is_sent_as_text(field):
        return nodes.cast(from_text(placeholder, is_list=field.is_list), dialect.column_type(field, False))
    if dialect.casts_lists and (field.is_list or field.is_nested):
        return nodes.cast(placeholder, dialect.column_type(field, False))
    return placeholder
