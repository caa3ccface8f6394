"""Expressions of Django whose SQL is that of the library: conditions, and terms of an order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any

from django.core.exceptions import SynchronousOnlyOperation
from django.db.models import BooleanField, Exists, Expression, ExpressionWrapper, F, OrderBy, OuterRef, Q, TextField
from django.db.models.constants import LOOKUP_SEP

from criteria.backends.sql.dialects import DIALECTS
from criteria.backends.sql.embedding import (
    HostColumn,
    Parameter,
    Piece,
    embedded_condition,
    embedded_order,
    embedded_ranges,
    in_groups,
)
from criteria.backends.sql.statement import check_depth, most_criteria_binds, too_many
from criteria.django.arguments import check_is_of
from criteria.django.encoding import check_database
from criteria.django.relations import Hop
from criteria.django.source import Source, dialect_of
from criteria.errors import CriteriaError, Problem
from criteria.search.keyset import Position
from criteria.search.order_by import SortKey
from criteria.tree.nodes import Expression as CriteriaExpression
from criteria.tree.nodes import assert_never, leaves
from criteria.tree.query import Query
from criteria.tree.related_rows import barrier


class Embedded(Expression):  # type: ignore[misc]
    """An expression in pieces. Django resolves its columns, with aliases and joins, and writes them."""

    def __init__(self, source: Source, names: Sequence[str], path: str, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.source, self.path = source, path
        self.names = tuple(names)
        self.columns = [F(f"{path}{name}") for name in names]

    def resolve_expression(self, query: Any = None, *args: Any, **options: Any) -> Any:
        """Raises `CriteriaError` (`invalid_parameter`) in a queryset of another model, which may have the same names.

        In a subquery Django resolves it again with the outer query, and its columns are no names then.
        """
        is_unresolved = any(isinstance(one, F) for one in self.columns)
        if is_unresolved and not self.path and getattr(query, "model", None) is not None:
            check_is_of(query.model, self.source.model)
        return super().resolve_expression(query, *args, **options)

    def get_source_expressions(self) -> list[Any]:
        return list(self.columns)

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.columns = list(exprs)

    def pieces(self, connection: Any) -> Sequence[Piece]:
        """The pieces for a database."""
        raise NotImplementedError

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        self._check(connection)
        return self._written(self.pieces(connection), self._columns_of(compiler))

    def _check(self, connection: Any) -> None:
        with suppress(SynchronousOnlyOperation):  # in an event loop Django writes statements, and runs none
            check_database(connection, self.source.schema)

    def _columns_of(self, compiler: Any) -> dict[str, tuple[str, Sequence[Any]]]:
        """The SQL of each column."""
        return {name: compiler.compile(one) for name, one in zip(self.names, self.columns, strict=True)}

    def _written(
        self, pieces: Sequence[Piece], columns: Mapping[str, tuple[str, Sequence[Any]]]
    ) -> tuple[str, list[Any]]:
        texts: list[str] = []
        params: list[Any] = []
        for piece in pieces:
            if isinstance(piece, str):
                texts.append(piece.replace("%", "%%"))
            elif isinstance(piece, Parameter):
                texts.append("%s")
                params.append(piece.value)
            elif isinstance(piece, HostColumn):
                text, values = columns[piece.name]
                texts.append(text)
                params.extend(values)
            else:
                assert_never(piece)
        return "".join(texts), params


_BOOLEAN = BooleanField()
_ANY = TextField()
"""What an order sorts by is never read."""


class Condition(Embedded):
    """Whether a row matches a query. It is true or false, never NULL."""

    def __init__(self, source: Source, query: Query, *, of_many: bool = False) -> None:
        names = dict.fromkeys(leaf.field.column for leaf in leaves(query.expression))
        super().__init__(source, list(names), "", _BOOLEAN)
        self.query, self.of_many = query, of_many

    def pieces(self, connection: Any) -> Sequence[Piece]:
        return embedded_condition(self.query, self.source.table(connection), of_many=self.of_many)


class Bounded(ExpressionWrapper):  # type: ignore[misc]
    """A condition with very many values, or with subqueries inside each other, which an engine may not take."""

    def __init__(self, condition: Q) -> None:
        super().__init__(condition, _BOOLEAN)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Raises `CriteriaError` (`unsupported`) for more parameters or deeper subqueries than the engine takes."""
        text, params = super().as_sql(compiler, connection)
        dialect = DIALECTS[dialect_of(connection)]
        most = most_criteria_binds(dialect)
        if most is not None and len(params) > most:
            raise too_many(dialect)
        check_depth(dialect, text)
        return text, params


def grouped(*terms: Q, _connector: str) -> Q:
    """Terms of AND or OR in parentheses, which Django would leave out."""
    return Q(ExpressionWrapper(Q(*terms, _connector=_connector), _BOOLEAN))


class Prepared(Embedded):
    """An expression whose pieces were made for one dialect: what an order sorts by, or what is after a position."""

    def __init__(self, source: Source, prepared: Sequence[Piece], path: str, dialect: str, output_field: Any) -> None:
        names = dict.fromkeys(piece.name for piece in prepared if isinstance(piece, HostColumn))
        super().__init__(source, list(names), path, output_field)
        self.prepared, self.dialect = tuple(prepared), dialect

    def pieces(self, connection: Any) -> Sequence[Piece]:
        if dialect_of(connection) != self.dialect:
            message = f"The order was made for {self.dialect}, and the query runs on {dialect_of(connection)}."
            hint = "Name the database: order_by(search, using=queryset.db)."
            raise CriteriaError(Problem("unknown_option", message, hint=hint))
        return self.prepared


_BOUNDARY = "\0"
"""What is before, between and after the conditions of rows that one EXISTS is around. No SQL has it."""


class _Mark(Enum):
    """What is at the same places among the parameters."""

    BOUNDARY = 0


class EachWithin(Embedded):
    """The conditions that one EXISTS after another contains."""

    def __init__(self, source: Source, conditions: Sequence[Query], *, of_many: bool = False) -> None:
        names = dict.fromkeys(leaf.field.column for one in conditions for leaf in leaves(one.expression))
        super().__init__(source, list(names), "", _BOOLEAN)
        self.conditions, self.of_many = tuple(conditions), of_many

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        self._check(connection)
        table, columns = self.source.table(connection), self._columns_of(compiler)
        text = _BOUNDARY
        params: list[Any] = [_Mark.BOUNDARY]
        for one in self.conditions:
            written, values = self._written(embedded_condition(one, table, of_many=self.of_many), columns)
            text += f"{written}{_BOUNDARY}"
            params += [*values, _Mark.BOUNDARY]
        return text, params


class Related(Exists):  # type: ignore[misc]
    """AND or OR of tests of related rows, which are EXISTS that differ only in the condition of the rows. Django
    compiles one, and its SQL is around each of the conditions: to compile each takes it milliseconds.

    - `hops`: the steps to the rows. Nothing is joined, so that no row is found twice.
    - `conditions`: the conditions of the rows, and for each whether no row may fulfil it.
    - `connector`: `Q.AND` or `Q.OR`.
    - `is_apart`: whether the engine makes no join of them.
    """

    def __init__(
        self,
        hops: Sequence[Hop],
        source: Source,
        conditions: Sequence[tuple[CriteriaExpression, bool]],
        connector: str,
        *,
        is_apart: bool,
        of_many: bool,
    ) -> None:
        queries = [Query(condition, source.schema) for condition, _ in conditions]
        super().__init__(_related_rows(hops, Q(EachWithin(source, queries, of_many=of_many))))
        self.are_negated = [is_negated for _, is_negated in conditions]
        self.connector, self.is_apart = connector, is_apart

    def as_sql(self, compiler: Any, *args: Any, **options: Any) -> tuple[str, list[Any]]:
        text, params = super().as_sql(compiler, *args, **options)
        tests = [
            (self._test(found, is_negated), values)
            for (found, values), is_negated in zip(
                _each(text, list(params), len(self.are_negated)), self.are_negated, strict=True
            )
        ]
        joined = in_groups(lambda *some: f"({f' {self.connector} '.join(some)})", [test for test, _ in tests])
        return joined, [value for _, values in tests for value in values]

    def _test(self, exists: str, is_negated: bool) -> str:
        found = barrier(exists) if self.is_apart else exists
        return f"NOT ({found})" if is_negated else found


def _each(text: str, params: list[Any], count: int) -> Iterator[tuple[str, list[Any]]]:
    """The SQL of each EXISTS with its parameters. Where no row is looked for, as the manager of a model has none, they
    are all alike."""
    before, *texts = text.split(_BOUNDARY)
    if not texts:
        yield from [(text, params)] * count
        return
    marks = [at for at, value in enumerate(params) if value is _Mark.BOUNDARY]
    first, last = params[: marks[0]], params[marks[-1] + 1 :]
    for inner, start, end in zip(texts, marks, marks[1:], strict=False):
        yield f"{before}{inner}{texts[-1]}", [*first, *params[start + 1 : end], *last]


def _related_rows(hops: Sequence[Hop], condition: Q) -> Any:
    """The related rows that fulfil a condition."""
    hop, *rest = hops
    related = hop.model._base_manager.filter(**{hop.inner: OuterRef(hop.outer)})
    return related.filter(Exists(_related_rows(rest, condition)) if rest else condition)


def order_of(source: Source, keys: Sequence[SortKey], path: Sequence[str], connection: Any) -> list[Any]:
    """The terms of an order by columns of a source, which a path of relations leads to."""
    prefix = "".join(f"{step}{LOOKUP_SEP}" for step in path)
    dialect = dialect_of(connection)
    return [
        OrderBy(
            Prepared(source, term.pieces, prefix, dialect, _ANY),
            descending=term.descending,
            nulls_first=True if term.nulls == "first" else None,
            nulls_last=True if term.nulls == "last" else None,
        )
        for term in embedded_order(keys, source.table(connection))
    ]


def ranges_of(
    source: Source, keys: Sequence[SortKey], position: Position, connection: Any
) -> list[tuple[Q, tuple[SortKey, ...]]]:
    """The parts of the rows after a position in an order by a source's own columns: conditions, and their orders."""
    dialect = dialect_of(connection)
    return [
        (Q(Prepared(source, pieces, "", dialect, _BOOLEAN)), rest)
        for pieces, rest in embedded_ranges(keys, position, source.table(connection))
    ]
