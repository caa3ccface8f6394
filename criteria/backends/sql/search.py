"""Compiles searches to SELECT statements: the page's rows, and the total count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.decimal_text import (
    computed_decimal_sort_key,
    decimal_sort_keys,
    is_exact_as_double,
    read_as_double,
)
from criteria.backends.sql.dialect import Dialect, StoredValue
from criteria.backends.sql.json_numbers import as_double
from criteria.backends.sql.nodes import AnyBinding, Binder, Node
from criteria.backends.sql.positions import Part, Range, any_range, part_condition, parts, ranges
from criteria.backends.sql.refusals import check_asked, check_comparisons, check_table
from criteria.backends.sql.render import Parameters, Sql, SqlTemplate
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.seek import Seek
from criteria.backends.sql.statement import template
from criteria.backends.sql.table_name import table_name
from criteria.backends.sql.target import Target
from criteria.errors import CriteriaError, Problem
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.search.order_by import SortKey
from criteria.search.search import Search, check_unique_order
from criteria.tables.name import table_parts
from criteria.tree.nodes import Expression, assert_never
from criteria.tree.parameters import Drawn, Slots


@dataclass(frozen=True, slots=True)
class SqlSearch:
    """The statements of a search.

    `rows` selects one record more than the limit, also if the limit is 0. It selects the schema's columns, or all
    columns without a schema. `count` is None unless the search asks for the total. `Search.page` builds the page of
    the results.

    `pages` selects what `rows` does, in parts that use an index over the sort keys: run one after the other until they
    have returned `Search.fetch` rows (docs/paging.md#sql). Where one statement does, such as without a cursor, that is
    `rows`.
    """

    rows: Sql
    count: Sql | None
    pages: tuple[Sql, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlSearchTemplates:
    """The templates of a search's statements."""

    rows: SqlTemplate
    count: SqlTemplate | None
    pages: tuple[SqlTemplate, ...]

    @property
    def bindings(self) -> tuple[AnyBinding, ...]:
        """The sources of the parameters of all statements."""
        return tuple(binding for one in self._all for binding in one.bindings)

    @property
    def with_arrays(self) -> bool:
        """Whether a statement binds lists as one value."""
        return any(one.with_arrays for one in self._all)

    def is_beyond(self, slots: Slots) -> Drawn | None:
        """Takes the values of a query: which statements have more values than their limits. None: none ever has."""
        found = [beyond for beyond in (one.is_beyond(slots) for one in self._all) if beyond is not None]
        return (lambda values: tuple([beyond(values) for beyond in found])) if found else None

    @property
    def size(self) -> int:
        """About how many bytes the templates take in a cache."""
        return sum(one.size for one in self._all)

    @property
    def _all(self) -> list[SqlTemplate]:
        return [one for one in (self.rows, self.count, *self.pages) if one is not None]

    def sql(self) -> SqlSearch:
        """The statements with the operands that they were compiled with."""
        return self._filled(lambda one: one.sql())

    def filler(self, slots: Slots) -> Callable[[Sequence[Any]], SqlSearch]:
        """A function from the values of a query of the same form, and of its position, to its statements."""
        fillers = {id(one): one.filler(slots) for one in self._all}
        return lambda values: self._filled(lambda one: fillers[id(one)](values))

    def _filled(self, fill: Callable[[SqlTemplate], Sql]) -> SqlSearch:
        rows = fill(self.rows)
        pages = tuple(rows if one is self.rows else fill(one) for one in self.pages)
        return SqlSearch(rows, None if self.count is None else fill(self.count), pages)


MAX_RANGED = 50_000
"""Characters of a statement, without its values, up to which the parts of a page have their own. Each has all of the
criteria."""


def search_templates(search: Search, normal: Expression, target: Target, parameters: Parameters) -> SqlSearchTemplates:
    """The statements of a search. Raises `CriteriaError` (`unsupported`)."""
    dialect, table = target.dialect, target.table
    assert table is not None
    check_unique_order(search)
    _check_page(search, dialect)
    for part in table_parts(table):
        check_table(dialect, part)
    check_asked(dialect, (key.field for key in search.sort_keys))
    try:
        check_comparisons(dialect, search.beyond)
    except CriteriaError as refused:  # the keys are supported, so that it is the cursor that has such values
        raise CriteriaError(*(replace(one, asked_fields=()) for one in refused.problems)) from None
    statements = Statements(search, normal, target, table)
    rows = template(dialect, parameters, statements.rows, has_next=search.position is None)
    # No deeper than the rows, whose condition has that of the count in it.
    count = template(dialect, parameters, statements.count, is_fitting=True) if search.get_total_count else None
    found = parts(statements.ranges(), search.fetched_keys, dialect)
    is_together = dialect.seek is Seek.TOGETHER or rows.length > MAX_RANGED
    if search.position is None or len(found) == 1 or (found and is_together):
        return SqlSearchTemplates(rows, count, (rows,))
    pages = [template(dialect, parameters, partial(statements.part, one)) for one in found]
    return SqlSearchTemplates(rows, count, tuple(pages))


@dataclass(frozen=True, slots=True)
class Statements:
    """Builds the statements of a search, each with its own binder."""

    search: Search
    normal: Expression
    target: Target
    table: str

    def ranges(self) -> tuple[Range, ...]:
        """The ranges of rows after the position of the search, in the order in which they are fetched."""
        position = self.search.position
        if position is None:
            return ()
        return ranges(self.search.fetched_keys, position, self.target.compiler(Binder(None), False))

    def rows(self, binder: Binder, arrays: bool) -> Node:
        """The rows of the page."""
        compiler = self.target.compiler(binder, arrays)
        condition = compiler.condition(self.normal)
        if self.search.position is not None:
            condition = nodes.all_of([condition, any_range(self.ranges(), compiler)])
        return self._select(compiler, condition, self.search.fetched_keys)

    def part(self, one: Part, binder: Binder, arrays: bool) -> Node:
        """The rows of one part of the page, in an order that an index serves."""
        compiler = self.target.compiler(binder, arrays)
        condition = nodes.all_of([compiler.condition(self.normal), part_condition(one, compiler)])
        return self._select(compiler, condition, one.keys)

    def count(self, binder: Binder, arrays: bool) -> Node:
        """The number of all rows that the query selects, on every page."""
        condition = self.target.compiler(binder, arrays).condition(self.normal)
        return exp.Select(
            expressions=[exp.Count(this=exp.Star())],
            from_=exp.From(this=table_name(self.table)),
            where=exp.Where(this=condition),
        )

    def _select(self, compiler: ConditionCompiler, condition: Node, keys: Sequence[SortKey]) -> Node:
        return exp.Select(
            expressions=select_list(self.search.query.schema, self.target),
            from_=exp.From(this=table_name(self.table)),
            where=exp.Where(this=condition),
            order=_order(keys, compiler),
            **_limit_and_offset(self.search, self.target.dialect),
        )


def select_list(schema: Schema | None, target: Target) -> list[Node]:
    """The selected columns: those of the schema, or all without a schema."""
    if schema is None:
        return [exp.Star()]
    by_column = {field.column: field for field in schema.fields}
    return [_selected(field, target) for field in by_column.values()]


def _selected(field: Field, target: Target) -> Node:
    """A column, or what its codec selects of it under the column's name."""
    name = target.column_name(field)
    column = nodes.column(name, target.qualifier)
    codec = None if target.stored_fields is None or field.is_list else target.stored_fields[field.name].codec
    if codec is None or codec.selected is None:
        return column
    return exp.Alias(this=codec.selected(column), alias=nodes.name(name))


def _check_page(search: Search, dialect: Dialect) -> None:
    if dialect.last_row is not None and search.skip + (search.fetch or 0) > dialect.last_row:
        message = f"The page ends after row {dialect.last_row}, the last row that {dialect.name} can return."
        hint = "Request an earlier or a smaller page."
        raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=()))


def _limit_and_offset(search: Search, dialect: Dialect) -> dict[str, Node]:
    parts: dict[str, Node] = {}
    if search.fetch is not None:
        parts["limit"] = exp.Limit(expression=nodes.number(search.fetch))
    elif search.skip and dialect.no_limit is not None:
        parts["limit"] = exp.Limit(expression=dialect.no_limit())
    if search.skip:
        parts["offset"] = exp.Offset(expression=nodes.number(search.skip))
    return parts


def _order(keys: Sequence[SortKey], compiler: ConditionCompiler) -> Node | None:
    ordered = sort_expressions(keys, compiler)
    return exp.Order(expressions=ordered) if ordered else None


def sort_expressions(keys: Sequence[SortKey], compiler: ConditionCompiler) -> list[Node]:
    """What ORDER BY has for sort keys."""
    return [node for key in keys for node in _sort_expressions(key, compiler, _max_chunks(keys, compiler.dialect))]


def _max_chunks(keys: Sequence[SortKey], dialect: Dialect) -> int | None:
    """The maximum number of chunks of each text that are sorted by (None: all)."""
    texts = sum(key.field.field_type is FieldType.STRING for key in keys)
    return None if dialect.max_sort_keys is None else max(1, (dialect.max_sort_keys - len(keys)) // max(1, texts))


def _sort_expressions(key: SortKey, compiler: ConditionCompiler, max_chunks: int | None) -> Iterator[Node]:
    """The sort expressions of one key. Records without a value come first when ascending, last when descending."""
    stored = compiler.stored(key.field)
    down, dialect = key.descending, compiler.dialect
    if stored.codec is not None and stored.codec.sort_keys is not None:
        for node in stored.codec.sort_keys(stored.make):
            yield _sort_expression(node, down, dialect, never_null=not compiler.may_be_null(key.field))
        return
    is_number = compiler.may_be_number(key.field)
    if is_number:
        stored = _with_numbers(stored, compiler)
    if compiler.is_long(key.field):
        yield _sort_expression(computed_decimal_sort_key(stored.make()), down, dialect)
    elif stored.representation is Representation.DECIMAL_TEXT and is_exact_as_double(key.field):
        yield _sort_expression(read_as_double(stored.make()), down, dialect)
    elif stored.representation is Representation.DECIMAL_TEXT:
        yield _sort_expression(nodes.is_not_null(stored.make()), down, dialect)
        for node, is_opposite in decimal_sort_keys(stored.make):
            yield _sort_expression(node, down != is_opposite, dialect)
    else:
        for node in _sorted(stored, dialect, max_chunks):
            yield _sort_expression(node, down, dialect, never_null=not compiler.may_be_null(key.field))
    if is_number:
        yield _sort_expression(_rounded_off(key.field, compiler), down, dialect)


def _rounded_off(field: Field, compiler: ConditionCompiler) -> Node:
    """What the scale of a decimal cuts off a JSON number with more digits: 0 for numbers and texts that conform."""
    forms, double, column = compiler.dialect.json, as_double(field), compiler.column(field)
    rounded = nodes.cast(nodes.cast(forms.number_as_decimal(field, column), exp.DType.TEXT), exp.DType.DOUBLE)
    rest = exp.Sub(this=forms.scalar(double, column), expression=rounded)
    return nodes.call("COALESCE", rest, nodes.number(0))


def _with_numbers(stored: StoredValue, compiler: ConditionCompiler) -> StoredValue:
    """A decimal inside JSON, which may be canonical text or a number."""
    number, column = compiler.dialect.json.number_as_decimal, compiler.column(stored.field)
    return stored._replace(make=lambda: nodes.call("COALESCE", stored.make(), number(stored.field, column)))


def _sorted(stored: StoredValue, dialect: Dialect, max_chunks: int | None) -> Sequence[Node]:
    """The expressions whose values sort as a stored value does. Of texts only strings are longer than one chunk."""
    is_native = stored.representation is Representation.NATIVE
    match stored.field.field_type:
        case FieldType.STRING:
            return dialect.text.sort_keys(stored)[:max_chunks]
        case FieldType.GUID if is_native:
            return (dialect.sorted_guid(stored.make()),)
        case FieldType.GUID | FieldType.DATE | FieldType.DATE_TIME | FieldType.DECIMAL:
            return (stored.make(),) if is_native else dialect.text.sort_keys(stored)[:1]
        case FieldType.INTEGER | FieldType.OBJECT_REF | FieldType.DOUBLE | FieldType.BOOLEAN:
            return (stored.make(),)
        case _:
            assert_never(stored.field.field_type)


def _sort_expression(node: Node, descending: bool, dialect: Dialect, never_null: bool = False) -> Node:
    """A sort expression. If it is never NULL, NULLS FIRST and NULLS LAST are left out, so that indexes can be used."""
    nulls_first = descending if never_null and dialect.nulls_are_large else not descending
    return exp.Ordered(this=node, desc=descending, nulls_first=nulls_first)
