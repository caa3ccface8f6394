"""`Target`: what a statement is compiled for. The options `dialect` and `table` name it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from criteria.backends.sql.condition import ConditionCompiler, EntityTable
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import find_dialect
from criteria.backends.sql.nodes import Binder
from criteria.backends.sql.refusals import check_table
from criteria.backends.sql.stored_field import StoredField
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.tables.name import table_parts, unknown_table
from criteria.tree.nodes import Expression, all_leaves, all_reference_tests, leaves
from criteria.tree.references import check_given

if TYPE_CHECKING:
    from criteria.backends.sql.storage import SqlStorage
    from criteria.tables.table import Table

AnyTable: TypeAlias = "str | Table | SqlStorage"
"""The option `table`: a name, or a value that also says how the table stores its fields."""


class Target(NamedTuple):
    """What a statement is compiled for.

    - `table`: the table's name, or None for a condition whose columns are not qualified.
    - `stored_fields`: how the table stores its fields; None: as the library's own tables do.
    - `tables`: the tables of other entities, by name.
    """

    dialect: Dialect
    table: str | None
    stored_fields: Mapping[str, StoredField] | None = None
    tables: Mapping[str, EntityTable] = MappingProxyType({})

    def for_style(self, style: str) -> Target:
        """The target for a driver with a paramstyle."""
        dialect = self.dialect.for_style(style)
        return self if dialect is self.dialect else self._replace(dialect=dialect)

    @property
    def qualifier(self) -> str | None:
        """What qualifies the columns."""
        return None if self.table is None else table_parts(self.table)[-1]

    def compiler(self, binder: Binder, arrays: bool, total: bool = False) -> ConditionCompiler:
        """The compiler of one statement."""
        return ConditionCompiler(self.dialect, binder, self.qualifier, arrays, self.stored_fields, total, self.tables)

    def column_name(self, one: Field) -> str:
        """The name of a field's column, as the table spells it."""
        return one.column if self.stored_fields is None else self.stored_fields[one.name].column

    def checks_values(self, normal: Expression) -> bool:
        """Whether the dialect checks the values of a query, so that its statement serves no other query."""
        checked = self.dialect.value_checked_types
        return any(leaf.field.field_type in checked for leaf in all_leaves(normal))

    def has_labels_elsewhere(self, normal: Expression) -> bool:
        """Whether an expression compares enumerated columns of other entities."""
        for test in all_reference_tests(normal):
            stored = self.tables[test.reference.entity].stored_fields
            if stored and any(stored[leaf.field.name].codec.labels is not None for leaf in leaves(test.term)):
                return True
        return False

    def depends_on_values(self, normal: Expression) -> bool:
        """Whether a statement depends on the values of its query: they are checked, or compared with labels."""
        stored = self.stored_fields
        return self.checks_values(normal) or (
            stored is not None and any(stored[leaf.field.name].codec.labels is not None for leaf in leaves(normal))
        )


def find_target(dialect: str | None, table: AnyTable | None, schema: Schema | None) -> Target:
    """What the options `dialect` and `table` name.

    Raises `CriteriaError` (`unknown_dialect`, `unknown_option`, `unsupported`, `invalid_schema`).
    """
    if isinstance(table, str):
        table_parts(table)
    elif table is not None:
        return _of_table(table, dialect, schema)
    if dialect is None:
        hint = 'Pass dialect="postgres" and so on, or a Table.'
        raise CriteriaError(Problem("unknown_option", '"sql" needs the option "dialect".', hint=hint))
    return Target(find_dialect(dialect, schema), table)


def _of_table(table: object, dialect: str | None, schema: Schema | None) -> Target:
    """The target of a value that says how its table stores the fields."""
    from criteria.backends.sql.storage import SqlStorage
    from criteria.tables.table import Table

    if not isinstance(table, (Table, SqlStorage)):
        raise unknown_table(table)
    _check_fields(schema, table.schema)
    own = table.dialect if isinstance(table, Table) else table.dialect.name
    if dialect is not None and find_dialect(dialect, None) is not find_dialect(own, None):
        message = f"The table is on {own}, and the dialect is {quoted(dialect)}."
        raise CriteriaError(Problem("unknown_option", message, hint="Leave the option dialect out."))
    found = find_dialect(own, schema)
    return Target(found, table.name, table.fields) if isinstance(table, Table) else Target(found, table.table)


def with_tables(target: Target, tables: Mapping[str, AnyTable] | None, normal: Expression) -> Target:
    """The target with the tables of the entities to which an expression refers.

    Raises `CriteriaError` (`unknown_option`, `unsupported`, `invalid_schema`).
    """
    given: object = {} if tables is None else tables
    if not isinstance(given, Mapping):
        raise CriteriaError(
            Problem("unknown_option", f"tables is a mapping of entities to tables, not {quoted(given)}.")
        )
    if not target.dialect.references or not check_given("tables", given, normal):
        return target
    found: dict[str, EntityTable] = {}
    for reference in (test.reference for test in all_reference_tests(normal)):
        other = find_target(target.dialect.name, given[reference.entity], reference.element)
        if other.table is None:
            raise CriteriaError(Problem("unknown_option", f"Entity {quoted(reference.entity)} needs a table."))
        for part in table_parts(other.table):
            check_table(target.dialect, part)
        found[reference.entity] = EntityTable(other.table, other.stored_fields)
    return target._replace(tables=found)


def _check_fields(schema: Schema | None, stored: Schema) -> None:
    """Refuses a query with fields that a table does not store."""
    if schema is None or not stored.covers(schema):
        message = f"The query's schema has fields that the table of {quoted(stored.name)} does not have."
        hint = "Reflect the table with the schema that has all of them, including those of the server's own conditions."
        if schema is None:
            message = "A query without a schema cannot be compiled for a table."
            hint = "Parse the query with the table's schema."
        raise CriteriaError(Problem("invalid_schema", message, hint=hint))
