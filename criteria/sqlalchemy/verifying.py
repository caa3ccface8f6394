"""Compares the columns of a database with those that a model assumes, by the SQL that both lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from criteria.backends.registry import load
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.fit import Unfit
from criteria.backends.sql.nodes import Binder
from criteria.backends.sql.render import print_node
from criteria.backends.sql.search import sort_expressions
from criteria.backends.sql.stored_field import StoredField
from criteria.errors import CriteriaError, Problem, listed
from criteria.messages import quoted, shown_type
from criteria.parsing.bind import ALLOWED
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey
from criteria.sqlalchemy.mapped_columns import Attribute, MappedColumns, is_native
from criteria.sqlalchemy.source import Source
from criteria.tables.column import Column
from criteria.tables.reflecting import check_utf_16, describe
from criteria.tree.nodes import MEMBERSHIP, Comparison, Not
from criteria.tree.normalize import normalize

_OPERANDS: Mapping[FieldType, Any] = {
    FieldType.STRING: "aB",
    FieldType.INTEGER: 5,
    FieldType.BOOLEAN: True,
    FieldType.DECIMAL: Decimal("5"),
    FieldType.DOUBLE: 0.5,
    FieldType.DATE: date(2026, 6, 1),
    FieldType.DATE_TIME: datetime(2026, 6, 1, 12, tzinfo=timezone.utc),
    FieldType.GUID: UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    FieldType.OBJECT_REF: 5,
}
"""An operand of each type, for conditions that are only compared."""


def verify(source: Source, mapped: MappedColumns, schema: Schema, connection: Any) -> None:
    """Raises `CriteriaError` (`unfit_column`) with a problem for each field that the database stores otherwise."""
    dialect, assumed = mapped.stored_fields(connection.dialect)
    columns = dict(_columns(source, schema, connection))
    missing = Unfit("is not in the database", "Migrate the table, or exclude the attribute.")

    def found(attribute: Attribute, column: Column | Unfit) -> Column | Unfit:
        if not attribute.is_column:
            return column
        actual = columns.get(attribute.key)
        if actual is None:
            return missing
        labels = actual.labels if attribute.labels is None or is_native(attribute.type, connection.dialect) else ()
        return replace(actual, name=attribute.key, labels=labels)

    described = mapped.described(connection.dialect)
    actual = [found(*pair) for pair in zip(mapped.attributes, described, strict=True)]
    stored = mapped.stored_in(actual, dialect)
    problems = [
        _problem(mapped.name, attribute, field, column)
        for attribute, column in zip(mapped.attributes, actual, strict=True)
        for field in attribute.fields
        if isinstance(column, Column) and attribute.is_column
        if (column.nullable is True and not attribute.nullable)
        or list(_probes(field, dialect, assumed)) != list(_probes(field, dialect, stored))
    ]
    if problems:
        raise CriteriaError(*listed(problems))


def _columns(source: Source, schema: Schema, connection: Any) -> Iterator[tuple[str, Column]]:
    """The columns of the database, by the names of the attributes. Raises `CriteriaError` as `verify` does."""
    tables: dict[Any, Mapping[str, Column]] = {}
    for one in source.described():
        if one.column is None:
            continue
        table = one.column.table
        if table not in tables:
            name = table.name if table.schema is None else f"{table.schema}.{table.name}"
            described = describe(connection.connection.dbapi_connection, name)
            check_utf_16(schema, is_utf_16=described.is_utf_16)
            tables[table] = {column.name: column for column in described.columns}
        if one.column.name in tables[table]:
            yield one.key, tables[table][one.column.name]


def _problem(name: str, attribute: Attribute, field: Field, column: Column) -> Problem:
    null = "" if column.nullable is not True or attribute.nullable else ", which may be NULL"
    message = f"Field {quoted(field.name)}: the database has a column of type {shown_type(column.type)}{null}"
    if column.collation is not None:
        message += f", with the collation {quoted(column.collation)}"
    message += f". {name}.{attribute.key} is declared as {shown_type(repr(attribute.type))}."
    return Problem("unfit_column", message, hint="Declare the column in the class as the database has it.")


def _probes(field: Field, dialect: Dialect, stored: Mapping[str, StoredField]) -> Iterator[Any]:
    """The SQL of every comparison of a field, with what it binds, and of its order."""
    operand = _OPERANDS[field.field_type] if field.values is None else field.values[0]
    allowed = [one for one in ALLOWED[field.field_type] if one in load("sql").operators]
    comparisons = [
        Comparison(field, one, (operand, operand) if one in MEMBERSHIP else operand)
        for one in sorted(allowed, key=lambda one: one.name)
        if field.values is None or one in MEMBERSHIP
    ]
    for comparison in comparisons:
        for expression in (comparison, Not(comparison)):
            binder = Binder()
            compiler = ConditionCompiler(dialect, binder, None, False, stored, total=True)
            yield print_node(compiler.condition(normalize(expression)), dialect.sqlglot)
            yield [binding.value for binding in binder.bindings]
    if not field.is_list:
        keys = sort_expressions([SortKey(field)], ConditionCompiler(dialect, Binder(), None, False, stored))
        yield [print_node(key, dialect.sqlglot) for key in keys]
