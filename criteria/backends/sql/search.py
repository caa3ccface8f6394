"""Searches as SELECT statements: the page's rows, and their count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.decimal_text import decimal_sort_keys
from criteria.backends.sql.dialect import Dialect, Representation
from criteria.backends.sql.nodes import Binder, Binding, Node
from criteria.backends.sql.refusals import check_fields, check_table
from criteria.backends.sql.render import Sql, SqlTemplate
from criteria.backends.sql.statement import template
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import CONTROL_CHARACTER, FieldType
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey
from criteria.search.search import Search, check_unique_order
from criteria.tree.nodes import Expression
from criteria.tree.parameters import Slots


@dataclass(frozen=True, slots=True)
class SqlSearch:
    """The statements of a search.

    `rows` selects the schema's columns (without a schema, all) of one record more than the limit; None when the limit
    is 0. `count` is there when the search asks for the total. `Search.page` makes the page of what they return.
    """

    rows: Sql | None
    count: Sql | None


@dataclass(frozen=True, slots=True)
class SqlSearchTemplates:
    """The templates of a search's statements."""

    rows: SqlTemplate | None
    count: SqlTemplate | None

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What stands for the parameters of both."""
        return tuple(binding for one in (self.rows, self.count) if one is not None for binding in one.bindings)

    @property
    def size(self) -> int:
        """About how many bytes both templates take in a cache."""
        return sum(one.size for one in (self.rows, self.count) if one is not None)

    def sql(self) -> SqlSearch:
        """The statements with their own operands."""
        rows, count = self.rows, self.count
        return SqlSearch(None if rows is None else rows.sql(), None if count is None else count.sql())

    def filler(self, slots: Slots) -> Callable[[Sequence[Any]], SqlSearch]:
        """The statements as a function of the values of a query of the same form."""
        rows, count = (None if one is None else one.filler(slots) for one in (self.rows, self.count))
        return lambda values: SqlSearch(
            None if rows is None else rows(values), None if count is None else count(values)
        )


def search_templates(
    search: Search, normal: Expression, dialect: Dialect, table: str, paramstyle: str
) -> SqlSearchTemplates:
    """The statements of a search. Raises `CriteriaError` (`unsupported`)."""
    check_unique_order(search)
    _check_page(search, dialect)
    for part in table_parts(table):
        check_table(dialect, part)
    check_fields(dialect, (key.field for key in search.sort_keys))

    def rows(binder: Binder, arrays: bool) -> Node:
        compiler = ConditionCompiler(dialect, binder, _qualifier(table), arrays)
        return exp.Select(
            expressions=select_list(search.query.schema, _qualifier(table)),
            from_=exp.From(this=table_name(table)),
            where=exp.Where(this=compiler.condition(normal)),
            order=_order(search.sort_keys, compiler),
            **_slice(search, dialect),
        )

    def count(binder: Binder, arrays: bool) -> Node:
        compiler = ConditionCompiler(dialect, binder, _qualifier(table), arrays)
        return exp.Select(
            expressions=[exp.Count(this=exp.Star())],
            from_=exp.From(this=table_name(table)),
            where=exp.Where(this=compiler.condition(normal)),
        )

    return SqlSearchTemplates(
        template(dialect, paramstyle, rows) if search.limit != 0 else None,
        template(dialect, paramstyle, count) if search.get_total_count else None,
    )


def table_parts(table: str) -> list[str]:
    """The parts of a table's name, which may be qualified by a schema and a catalogue: `catalogue.schema.table`.

    Raises `CriteriaError` (`unknown_option`).
    """
    parts = table.split(".") if isinstance(table, str) else []
    if not 1 <= len(parts) <= 3 or not all(parts) or CONTROL_CHARACTER.search(table):
        raise CriteriaError(Problem("unknown_option", f"{quoted(table)} is not the name of a table."))
    return parts


def table_name(table: str) -> exp.Table:
    """A table by its name."""
    parts = map(nodes.name, reversed(table_parts(table)))
    return exp.Table(**dict(zip(("this", "db", "catalog"), parts, strict=False)))


def columns(schema: Schema) -> tuple[str, ...]:
    """The columns of a schema's table, in the order of its fields; nested fields share their JSON column."""
    return tuple(dict.fromkeys(field.column for field in schema.fields))


def select_list(schema: Schema | None, qualifier: str | None) -> list[Node]:
    """What a search selects: the columns that the schema names, and no others."""
    if schema is None:
        return [exp.Star()]
    return [nodes.column(name, qualifier) for name in columns(schema)]


def _qualifier(table: str) -> str:
    return table_parts(table)[-1]


def _check_page(search: Search, dialect: Dialect) -> None:
    if dialect.last_row is not None and search.skip + (search.fetch or 0) > dialect.last_row:
        message = f"The page reaches beyond row {dialect.last_row}, the last one that {dialect.name} can skip to."
        raise CriteriaError(Problem("unsupported", message, hint="Ask for an earlier or a smaller page."))


def _slice(search: Search, dialect: Dialect) -> dict[str, Node]:
    parts: dict[str, Node] = {}
    if search.fetch is not None:
        parts["limit"] = exp.Limit(expression=nodes.number(search.fetch))
    elif search.skip and dialect.no_limit is not None:
        parts["limit"] = exp.Limit(expression=dialect.no_limit())
    if search.skip:
        parts["offset"] = exp.Offset(expression=nodes.number(search.skip))
    return parts


def _order(keys: Sequence[SortKey], compiler: ConditionCompiler) -> Node | None:
    ordered = [node for key in keys for node in _ordered(key, compiler, _pieces(keys, compiler.dialect))]
    return exp.Order(expressions=ordered) if ordered else None


def _pieces(keys: Sequence[SortKey], dialect: Dialect) -> int | None:
    """How many pieces of each text the order may look at (None: all)."""
    texts = sum(key.field.field_type is FieldType.STRING for key in keys)
    return None if dialect.max_sort_keys is None else max(1, (dialect.max_sort_keys - len(keys)) // max(1, texts))


def _ordered(key: SortKey, compiler: ConditionCompiler, pieces: int | None) -> Iterator[Node]:
    """One sort key: empty first when ascending, last when descending."""
    stored = compiler.stored(key.field)
    down, dialect = key.descending, compiler.dialect
    if stored.representation is Representation.DECIMAL_TEXT:
        yield _direction(nodes.is_not_null(stored.make()), down, dialect)
        for node, against in decimal_sort_keys(stored.make):
            yield _direction(node, down != against, dialect)
        return
    is_text = stored.representation is Representation.TEXT
    for node in dialect.text.sort_keys(stored)[:pieces] if is_text else (stored.make(),):
        yield _direction(node, down, dialect, never_null=not key.field.nullable and not key.field.is_nested)


def _direction(node: Node, descending: bool, dialect: Dialect, never_null: bool = False) -> Node:
    """A sort expression. Where no NULL can be, the engine's own rule for them is left in force, as its indexes are."""
    nulls_first = descending if never_null and dialect.nulls_are_large else not descending
    return exp.Ordered(this=node, desc=descending, nulls_first=nulls_first)
