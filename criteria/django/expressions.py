"""Expressions of Django whose SQL is that of the library: conditions, and terms of an order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, NamedTuple

from django.core.exceptions import SynchronousOnlyOperation
from django.db.models import BooleanField, Exists, Expression, ExpressionWrapper, F, OrderBy, OuterRef, Q, TextField
from django.db.models.constants import LOOKUP_SEP

from criteria.backends.sql.dialects import DIALECTS
from criteria.backends.sql.embedding import (
    HostColumn,
    Parameter,
    Piece,
    barrier,
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
from criteria.tree.nodes import assert_never, leaves
from criteria.tree.query import Query

Written = tuple[str, list[Any]]
"""SQL, and its parameters."""


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

    def __init__(self, source: Source, query: Query) -> None:
        names = dict.fromkeys(leaf.field.column for leaf in leaves(query.expression))
        super().__init__(source, list(names), "", _BOOLEAN)
        self.query = query

    def pieces(self, connection: Any) -> Sequence[Piece]:
        return embedded_condition(self.query, self.source.table(connection))


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


class Each(Embedded):
    """Several conditions on the columns of one model, of which the SQL is put together elsewhere."""

    def __init__(self, source: Source, conditions: Sequence[Query], *, of_many: bool) -> None:
        names = dict.fromkeys(leaf.field.column for one in conditions for leaf in leaves(one.expression))
        super().__init__(source, list(names), "", _BOOLEAN)
        self.conditions, self.of_many = tuple(conditions), of_many

    def each(self, compiler: Any, connection: Any) -> Iterator[Written]:
        """The SQL of each condition, and its parameters."""
        self._check(connection)
        table, columns = self.source.table(connection), self._columns_of(compiler)
        for one in self.conditions:
            yield self._written(embedded_condition(one, table, of_many=self.of_many), columns)

    def as_sql(self, compiler: Any, connection: Any) -> Written:
        """All of them in one EXISTS, between boundaries."""
        text = _BOUNDARY
        params: list[Any] = [_Mark.BOUNDARY]
        for written, values in self.each(compiler, connection):
            text += f"{written}{_BOUNDARY}"
            params += [*values, _Mark.BOUNDARY]
        return text, params


class EachExists(Exists):  # type: ignore[misc]
    """EXISTS of related rows, once for each condition of them. Django compiles one, and its SQL is around each
    condition: to compile each takes it milliseconds. Nothing is joined, so that no row is found twice."""

    def __init__(self, hops: Sequence[Hop], conditions: Each) -> None:
        super().__init__(_related_rows(hops, Q(conditions)))
        self.count = len(conditions.conditions)

    def each(self, compiler: Any, connection: Any) -> Iterator[Written]:
        """The SQL of each EXISTS, and its parameters. Where no row is looked for, as the manager of a model has none,
        they are all alike."""
        text, params = compiler.compile(self)
        before, *texts = text.split(_BOUNDARY)
        if not texts:
            yield from [(text, list(params))] * self.count
            return
        marks = [at for at, value in enumerate(params) if value is _Mark.BOUNDARY]
        first, last = params[: marks[0]], params[marks[-1] + 1 :]
        for inner, start, end in zip(texts, marks, marks[1:], strict=False):
            yield f"{before}{inner}{texts[-1]}", [*first, *params[start + 1 : end], *last]


class OwnPart(NamedTuple):
    """A condition on the row itself, by its place among all of them."""

    at: int


class RelatedPart(NamedTuple):
    """A test of related rows: which path leads to them, which of its conditions some row fulfils, or none, and whether
    the engine makes no join of it."""

    path: str
    at: int
    is_negated: bool
    is_apart: bool


class GroupPart(NamedTuple):
    """AND or OR of parts."""

    is_or: bool
    parts: Sequence[Part]


Part = OwnPart | RelatedPart | GroupPart


class Combined(Expression):  # type: ignore[misc]
    """A condition that is put together of conditions on the row and on related rows.

    - `whole`: how.
    - `own`: the conditions on the row, if there are some.
    - `related`: by their paths, the EXISTS of related rows.
    """

    def __init__(self, whole: Part, own: Each | None, related: Mapping[str, EachExists]) -> None:
        super().__init__(output_field=_BOOLEAN)
        self.whole, self.own = whole, own
        self.paths, self.related = tuple(related), list(related.values())

    def get_source_expressions(self) -> list[Any]:
        return [self.own, *self.related]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.own, *self.related = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Written:
        own = [] if self.own is None else list(self.own.each(compiler, connection))
        tests = {path: list(one.each(compiler, connection)) for path, one in zip(self.paths, self.related, strict=True)}
        params: list[Any] = []

        def written(part: Part) -> str:
            match part:
                case OwnPart(at):
                    text, values = own[at]
                    params.extend(values)
                    return text
                case RelatedPart(path, at, is_negated, is_apart):
                    text, values = tests[path][at]
                    params.extend(values)
                    found = barrier(text) if is_apart else text
                    return f"NOT ({found})" if is_negated else found
                case GroupPart(is_or, parts):
                    word = " OR " if is_or else " AND "
                    return in_groups(lambda *some: f"({word.join(some)})", [written(one) for one in parts])
                case _:
                    assert_never(part)

        return written(self.whole), params


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
