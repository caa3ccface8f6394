"""The SQL backend: compiles queries and searches to SQL, printed by sqlglot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from criteria.backends.backend import FIRST_OPERATORS, FIRST_TYPES
from criteria.backends.compiling import template_backend
from criteria.backends.sql.dialect import Dialect
from criteria.backends.sql.dialects import STORED
from criteria.backends.sql.labels import variant
from criteria.backends.sql.nodes import AnyBinding, Binder, Node
from criteria.backends.sql.operators import Label
from criteria.backends.sql.render import Parameters, Sql, SqlTemplate, is_known
from criteria.backends.sql.statement import template
from criteria.backends.sql.target import AnyTable, Target, find_target, with_tables
from criteria.backends.template import Template
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import FieldType
from criteria.schema.schema import Schema
from criteria.tree.nodes import FOLDED, And, Expression
from criteria.tree.parameters import MAX_VALUES, Drawn, Slots

if TYPE_CHECKING:
    from criteria.backends.sql.search import SqlSearchTemplates
    from criteria.backends.sql.storage import SqlStorage
    from criteria.search.search import Search

__all__ = ["BACKEND", "Sql"]

# What compiles searches, and what stores records, is imported when it is used: a program's first condition does not
# wait for it.


def _query_template(
    normal: Expression,
    schema: Schema | None,
    slots: Slots,
    *,
    dialect: str | None = None,
    paramstyle: str | None = None,
    table: AnyTable | None = None,
    tables: Mapping[str, AnyTable] | None = None,
    total: bool = False,
    prefix: str = "p",
    start: int = 1,
) -> Template:
    """A WHERE condition. The name of a table qualifies its columns; a `Table` says which columns they are."""
    if not isinstance(total, bool):
        raise CriteriaError(Problem("unknown_option", f"total is True or False, not {quoted(total)}."))
    target = with_tables(find_target(dialect, table, schema), tables, normal)
    if not isinstance(table, str):
        target = target._replace(table=None)

    def condition(binder: Binder, arrays: bool) -> Node:
        return _in_parentheses(target.compiler(binder, arrays, total).condition(normal), total)

    parameters = _parameters(target.dialect, paramstyle, prefix, start)
    target = target.for_style(parameters.style)
    return _to_template(template(target.dialect, parameters, condition), target, normal, slots)


def _search_template(
    search: Search,
    normal: Expression,
    slots: Slots,
    *,
    table: AnyTable,
    dialect: str | None = None,
    paramstyle: str | None = None,
    tables: Mapping[str, AnyTable] | None = None,
) -> Template:
    from criteria.backends.sql.search import search_templates

    if table is None:
        raise CriteriaError(Problem("unknown_option", "A search needs a table."))
    target = with_tables(find_target(dialect, table, search.query.schema), tables, normal)
    parameters = _parameters(target.dialect, paramstyle)
    target = target.for_style(parameters.style)
    templates = search_templates(search, normal, target, parameters)
    return _to_template(templates, target, And((normal, search.beyond)), slots)


def _in_parentheses(condition: Node, total: bool) -> Node:
    """The condition in parentheses where a host that adds AND or NOT would take it apart."""
    return exp.Paren(this=condition) if total or isinstance(condition, exp.Or) else condition


def _to_template(
    templates: SqlTemplate | SqlSearchTemplates, target: Target, compared: Expression, slots: Slots
) -> Template:
    """Not reusable if the dialect checks the values, if there are too many for a form, or if a list is bound as one
    parameter. What is compared with labels is reused where the same labels fulfil it."""
    if (
        len(slots) > MAX_VALUES
        or templates.with_arrays
        or target.checks_values(compared)
        or target.has_labels_elsewhere(compared)
        or not _are_known(templates.bindings, slots)
    ):
        return Template(lambda values: templates.sql(), is_reusable=False)
    try:
        found = None if target.stored_fields is None else variant(compared, target.stored_fields, slots)
    except LookupError:
        return Template(lambda values: templates.sql(), is_reusable=False)
    variants = [one for one in (found, templates.is_beyond(slots)) if one is not None]
    return Template(templates.filler(slots), size=templates.size, variant=_of_all(variants) if variants else None)


def _of_all(variants: Sequence[Drawn]) -> Drawn:
    return lambda values: tuple([one(values) for one in variants])


def _are_known(bindings: Sequence[AnyBinding], slots: Slots) -> bool:
    return all(isinstance(one.operand, Label) or is_known(one, slots) for one in bindings)


def _parameters(dialect: Dialect, style: str | None, prefix: str = "p", start: int = 1) -> Parameters:
    return Parameters(dialect.paramstyle if style is None else style, prefix, start)


class _Storages(Mapping[str, Callable[..., "SqlStorage"]]):
    """The function `storage` of each dialect that has one."""

    def __getitem__(self, engine: str) -> Callable[..., SqlStorage]:
        from criteria.backends.sql.storage import sql_storage

        if engine not in STORED:
            raise KeyError(engine)
        return partial(sql_storage, engine)

    def __iter__(self) -> Iterator[str]:
        return iter(STORED)

    def __len__(self) -> int:
        return len(STORED)


BACKEND = template_backend(
    "sql",
    _query_template,
    _search_template,
    _Storages(),
    FIRST_OPERATORS | FOLDED,
    FIRST_TYPES | {FieldType.DATE},
    pages_by_cursor=True,
    object_lists=True,
    references=True,
)
