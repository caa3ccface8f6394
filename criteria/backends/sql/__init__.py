"""The SQL backend: compiles queries and searches to SQL, printed by sqlglot."""

from __future__ import annotations

from functools import partial

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES
from criteria.backends.compiling import template_backend
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import STORED, find_dialect
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import Sql, SqlTemplate, known_paramstyle
from criteria.backends.sql.search import SqlSearch, SqlSearchTemplates, search_templates, table_parts
from criteria.backends.sql.statement import template
from criteria.backends.sql.storage import SqlStorage, sql_storage
from criteria.backends.template import Template
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import Expression, leaves
from criteria.tree.parameters import Slots

__all__ = ["BACKEND", "Sql", "SqlSearch", "SqlStorage"]


def _query_template(
    normal: Expression,
    schema: Schema | None,
    slots: Slots,
    *,
    dialect: str,
    paramstyle: str | None = None,
    table: str | None = None,
) -> Template:
    """A WHERE condition; `table` qualifies its columns."""
    target = find_dialect(dialect, schema)
    qualifier = None if table is None else table_parts(table)[-1]

    def condition(binder: Binder, arrays: bool) -> Node:
        return ConditionCompiler(target, binder, qualifier, arrays).condition(normal)

    return _to_template(template(target, _style(target, paramstyle), condition), target, normal, slots)


def _search_template(
    search: Search, normal: Expression, slots: Slots, *, dialect: str, table: str, paramstyle: str | None = None
) -> Template:
    target = find_dialect(dialect, search.query.schema)
    return _to_template(
        search_templates(search, normal, target, table, _style(target, paramstyle)), target, normal, slots
    )


def _to_template(
    templates: SqlTemplate | SqlSearchTemplates, dialect: Dialect, normal: Expression, slots: Slots
) -> Template:
    """Not reusable if its values have to be checked, or if a list is bound as one parameter."""
    checks_values = any(leaf.field.field_type in dialect.value_checked_types for leaf in leaves(normal))
    if not checks_values and all(binding.operand in slots for binding in templates.bindings):
        return Template(templates.filler(slots), size=templates.size)
    return Template(lambda values: templates.sql(), is_reusable=False)


def _style(dialect: Dialect, paramstyle: str | None) -> str:
    return dialect.paramstyle if paramstyle is None else known_paramstyle(paramstyle)


BACKEND = template_backend(
    "sql",
    _query_template,
    _search_template,
    {name: partial(sql_storage, dialect) for name, dialect in STORED.items()},
    FIRST_OPERATORS,
    FIRST_TYPES | {FieldType.DATE},
)
