"""The SQL backend: conditions and searches for the dialects that sqlglot prints."""

from __future__ import annotations

from functools import partial

from criteria.ast import Expression
from criteria.backends import Backend
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import STORED, find_dialect
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import Sql, known_paramstyle, render
from criteria.backends.sql.search import SqlSearch, search_statements, table_parts
from criteria.backends.sql.statement import bound
from criteria.backends.sql.storage import SqlStorage, sql_storage
from criteria.schema import Schema
from criteria.search import Search

__all__ = ["BACKEND", "Sql", "SqlSearch", "SqlStorage"]


def _compile_query(
    normal: Expression,
    schema: Schema | None,
    *,
    dialect: str,
    paramstyle: str | None = None,
    table: str | None = None,
) -> Sql:
    """A WHERE condition; `table` qualifies its columns."""
    spoken = find_dialect(dialect, schema)

    qualifier = None if table is None else table_parts(table)[-1]

    def condition(binder: Binder, arrays: bool) -> Node:
        return ConditionCompiler(spoken, binder, qualifier, arrays).condition(normal)

    node, values = bound(spoken, condition)
    return render(node, values, spoken.sqlglot, _style(spoken, paramstyle))


def _compile_search(
    search: Search, normal: Expression, *, dialect: str, table: str, paramstyle: str | None = None
) -> SqlSearch:
    spoken = find_dialect(dialect, search.query.schema)
    return search_statements(search, normal, spoken, table, _style(spoken, paramstyle))


def _style(dialect: Dialect, paramstyle: str | None) -> str:
    return dialect.paramstyle if paramstyle is None else known_paramstyle(paramstyle)


BACKEND = Backend(
    "sql",
    _compile_query,
    _compile_search,
    {name: partial(sql_storage, dialect) for name, dialect in STORED.items()},
)
