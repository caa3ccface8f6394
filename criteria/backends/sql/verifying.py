"""Verifies that the values of a table have the forms that its codecs rely on, where the engine does not see to it."""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Form
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import find_dialect
from criteria.backends.sql.fitting import StoredField
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import Parameters
from criteria.backends.sql.statement import template
from criteria.backends.sql.table_name import table_name
from criteria.errors import CriteriaError, Problem, listed, quoted, to_pointer
from criteria.tables.catalogs.catalog import Rows, Statement
from criteria.tables.table import Table

_HINT = "Correct such values, or query a view that converts them."


def verification(table: Table) -> Generator[Statement, Rows, None]:
    """Yields one statement for each column whose values need a form, and gets its rows: a value of another form.

    Raises `CriteriaError` (`unfit_column`) with a problem for each such column.
    """
    dialect = find_dialect(table.dialect, table.schema)
    problems = []
    for index, field in enumerate(table.schema.fields):
        stored: StoredField = table.fields[field.name]
        form = stored.codec.form
        if form is None:
            continue
        rows = yield Statement(_other_value(dialect, table.name, stored.column, form))
        if rows:
            message = f"Column {quoted(stored.column)} does not fit field {quoted(field.name)}: it holds "
            message += f"{quoted(rows[0][0])}, and should hold only {form.name}."
            problems.append(Problem("unfit_column", message, to_pointer(["fields", index]), hint=_HINT))
    if problems:
        raise CriteriaError(*listed(problems))


def _other_value(dialect: Dialect, table: str, column: str, form: Form) -> str:
    """SELECT of one value that is not NULL and has another form. A form may be NULL for such a value."""

    def value() -> Node:
        return nodes.column(column)

    def select(binder: Binder, arrays: bool) -> Node:
        holds = nodes.call("COALESCE", nodes.when(form.holds(value), nodes.number(1)), nodes.number(0))
        is_other = nodes.all_of([nodes.is_not_null(value()), nodes.equal(holds, nodes.number(0))])
        return exp.Select(
            expressions=[value()],
            from_=exp.From(this=table_name(table)),
            where=exp.Where(this=is_other),
            limit=exp.Limit(expression=nodes.number(1)),
        )

    return template(dialect, Parameters(dialect.paramstyle), select).sql().text
