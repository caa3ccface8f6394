"""`Model`: the fields of a mapped class or a table, and what SQLAlchemy gets for queries on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import and_, func, not_, or_, select

from criteria.backends.asked import asking
from criteria.backends.compiling import compile_for
from criteria.backends.registry import load
from criteria.backends.sql.embedding import are_too_many_to_join, parts_of_page
from criteria.backends.support import check_support, refuse_tests
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.field import Field
from criteria.schema.schema import Reference, Schema
from criteria.search.keyset import Position, Segment, segments
from criteria.search.order_by import SortKey
from criteria.search.page import Page
from criteria.search.search import Search
from criteria.sqlalchemy.clauses import (
    Condition,
    Deep,
    EachWithin,
    Order,
    Related,
    Uncached,
    Whole,
    beyond,
    condition,
    joined,
    may_be_cached,
    whole_of,
)
from criteria.sqlalchemy.fetching import Fetched, check_search, check_session
from criteria.sqlalchemy.listed_values import among_values, looked_up
from criteria.sqlalchemy.mapped_columns import Attribute, MappedColumns
from criteria.sqlalchemy.relations import Relation
from criteria.sqlalchemy.source import Source
from criteria.sqlalchemy.statements import check_distinct, check_objects, check_rows, check_statement, with_options_of
from criteria.sqlalchemy.verifying import verify
from criteria.tree.nodes import (
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    Expression,
    Not,
    Or,
    assert_never,
    leaves,
    reference_tests,
)
from criteria.tree.normalize import normalize
from criteria.tree.query import Query
from criteria.tree.related_rows import RelatedField, path_of, with_tests

_RELATIONS = "Name the relation when the model is made: criteria.sqlalchemy.model(..., relations={...})."

_FEW_STEPS = 1
"""The relations one after the other whose subqueries every parser takes, whatever groups are around them."""


class Model:
    """A mapped class or a table whose rows queries select. `criteria.sqlalchemy.model` makes it.

    - `schema`: the fields that queries may name.
    - `left_out`: a problem for each attribute that cannot be a field, with the reason.

    A model is immutable. Make it once, when the program starts.
    """

    def __init__(
        self,
        source: Source,
        schema: Schema,
        attributes: Sequence[Attribute],
        left_out: Sequence[Problem],
        relations: Mapping[str, Relation],
    ) -> None:
        self.schema = schema
        self.left_out: tuple[Problem, ...] = tuple(left_out)
        self._source = source
        self._mapped = MappedColumns(source.name, attributes)
        self._related = {
            f"{key}.{field.name}": (relation, field)
            for key, relation in relations.items()
            for field in relation.model.schema.fields
        }
        self._relations = dict(relations)

    def __repr__(self) -> str:
        return f"Model({self._source.name}, {len(self.schema.fields)} fields)"

    def where(self, query: Query | Search, entity: Any = None) -> Any:
        """The condition that a query sets on a row, for `where` of any statement. It is TRUE or FALSE, never NULL.

        - `query`: a query with the model's schema, or a search: of one with a cursor, what comes after the cursor.
        - `entity`: an alias of the class or the table; None for itself.

        Raises `CriteriaError`: `invalid_schema` for a query with other fields, `invalid_parameter` for another entity.
        What the engine cannot answer correctly is refused when SQLAlchemy compiles the statement (`unfit_column`,
        `unsupported`).
        """
        found = query.query if isinstance(query, Search) else query
        if not isinstance(found, Query):
            raise CriteriaError(Problem("invalid_parameter", f"Expected a query, found {quoted(query)}."))
        with asking(query):
            refuse_tests(found, "SQLAlchemy", _RELATIONS)
            self._check(found.schema)
            check_support(load("sql"), found)
        target = self._source.target(entity)
        normal = looked_up(normalize(found.expression))
        selected = self._condition(with_tests(normal, self._end), target, whole_of(normal))
        if not may_be_cached(normal):
            selected = Uncached(selected)
        if any(self._steps(leaf.field.name) > _FEW_STEPS for leaf in leaves(normal)):
            selected = Deep(selected, self._mapped)
        if not isinstance(query, Search) or query.position is None:
            return selected
        return and_(selected, self._beyond(self._segments(query.fetched_keys, query.position), target))

    def order_by(self, search: Search | Iterable[SortKey], entity: Any = None) -> tuple[Any, ...]:
        """What `order_by` of a statement gets for a search, the primary key at its end, or for sort keys.

        `entity` is as in `where`. Raises `CriteriaError` (`invalid_schema`) for fields of another schema.
        """
        target = self._source.target(entity)
        if not isinstance(search, Search):
            return self._orders(self._sort_keys(search), target)
        self._check(search.query.schema)
        orders = self._orders(search.fetched_keys, target)
        if self.schema.key:
            return orders
        keys = [self._source.element(target, key) for key in self._source.primary_key()]
        descending = bool(search.sort_keys) and search.sort_keys[-1].descending
        return (*orders, *(key.desc() if descending else key.asc() for key in keys))

    def select(self, search: Search, statement: Any = None) -> Any:
        """The statement of a search's page: one row more than the page has, which `Search.page` takes.

        `statement` is a SELECT of the class or the table with conditions, options, and joins with single rows of your
        own; None selects everything. Raises `CriteriaError`: `unsupported` for a page of rows without a key,
        `invalid_parameter` for a statement of anything else, one that may repeat rows, or has an order or a limit.
        """
        self._check_page(search)
        check_statement(statement, self._source)
        selected = select(self._source.entity) if statement is None else statement
        selected = selected.where(self.where(search)).order_by(*self.order_by(search))
        if search.fetch is not None:
            selected = selected.limit(search.fetch if search.limit else 0)
        return selected.offset(search.skip) if search.skip else selected

    def pages(self, session: Any, search: Search, statement: Any = None) -> tuple[Any, ...]:
        """What `select` selects, in statements that an index over the sort keys serves (docs/paging.md#sql).

        Run one after the other until they have returned `search.fetch` rows. Without a cursor it is one statement.
        `session` is one of those that `page` and `page_async` take, whose engine decides what a statement selects.
        `statement` is as in `select`, and so are the errors.
        """
        self._check_page(search)
        check_statement(statement, self._source)
        check_distinct(statement, self._source, self._source.dialect(session))
        position, keys, entity = search.position, search.fetched_keys, self._source.entity
        if position is None or search.limit == 0:
            return (self.select(search, statement),)
        found = parts_of_page(self._segments(keys, position), keys, self._mapped.target(self._source.dialect(session)))
        if len(found) == 1:
            return (self.select(search, statement),)
        selected = (select(entity) if statement is None else statement).where(self.where(search.query))
        return tuple(
            selected.where(self._beyond(part, entity)).order_by(*self._orders(order, entity)).limit(search.fetch)
            for part, order in found
        )

    def count(self, query: Query | Search, statement: Any = None) -> Any:
        """The statement that counts the rows of a query. `statement` is as in `select`."""
        counted = query.query if isinstance(query, Search) else query
        if statement is None:
            return select(func.count()).select_from(self._source.entity).where(self.where(counted))
        check_rows(statement, self._source)
        rows = statement.where(self.where(counted)).order_by(None)
        return with_options_of(rows, select(func.count()).select_from(rows.subquery()))

    def page(self, session: Any, search: Search, statement: Any = None) -> Page:
        """The page of a search: its objects, or of a table its rows; and the total count if the search asks for it.

        `session` is a Session, for a table also a Connection. `statement` is as in `select`, and so are the errors. In
        an order by fields of related rows the page has no cursors.
        """
        check_session(session, is_async=False)
        check_objects(statement, self._source)
        fetched = self._fetched(session, search)
        with asking(search, self._answer(session), adds_conditions=statement is not None):
            for selected in self.pages(session, search, statement) if search.limit != 0 else ():
                fetched.add(session.execute(fetched.selecting(selected)))
                if fetched.is_full:
                    break
            total = session.scalar(self.count(search, statement)) if search.get_total_count else None
        return fetched.page(total, has_cursors=not self._has_related(search.sort_keys))

    def in_python(self, subject: Query | Search, session: Any) -> Any:
        """What `criteria.compile(subject, "python")` makes, for objects of the class that a session has loaded.

        It selects the objects that the database does: floats of 32 bits are compared by the value that is stored, and
        not as the driver spells it. `session` is a Session, or a connection or an engine for the same database.

        Raises `CriteriaError`: `invalid_schema` for a query with other fields, `unsupported` for fields of which the
        driver returns other values than those that are stored, as of a FLOAT of MySQL, or that are of related rows.
        """
        query = subject.query if isinstance(subject, Search) else subject
        self._check(query.schema)
        keys = subject.sort_keys if isinstance(subject, Search) else ()
        used = {leaf.field.name for leaf in leaves(query.expression)} | {key.field.name for key in keys}
        related = sorted(used & self._related.keys())
        if related:
            message = f"Field {quoted(related[0])} is of related rows, which Python does not load."
            hint = "Compile it for SQL: where(query)."
            raise CriteriaError(Problem("unsupported", message, hint=hint, asked_fields=(related[0],)))
        return compile_for(load("python"), subject, {"table": self._mapped.rows(self._source.dialect(session))})

    def verify(self, connection: Any) -> None:
        """Compares the columns of the database with the types of the class.

        `connection` is a Connection of SQLAlchemy to a synchronous driver. Only the engine's catalog is read. Call it
        when the program starts, if another program or a migration creates the tables.

        Raises `CriteriaError` (`unfit_column`) with a problem for each field whose column is missing, or stored
        otherwise than the class says, so that conditions would not be correct.
        """
        verify(self._source, self._mapped, self.schema, connection)

    async def page_async(self, session: Any, search: Search, statement: Any = None) -> Page:
        """As `page`, for an AsyncSession or an AsyncConnection."""
        check_session(session, is_async=True)
        check_objects(statement, self._source)
        fetched = self._fetched(session, search)
        with asking(search, self._answer(session), adds_conditions=statement is not None):
            for selected in self.pages(session, search, statement) if search.limit != 0 else ():
                fetched.add(await session.execute(fetched.selecting(selected)))
                if fetched.is_full:
                    break
            total = await session.scalar(self.count(search, statement)) if search.get_total_count else None
        return fetched.page(total, has_cursors=not self._has_related(search.sort_keys))

    def _answer(self, session: Any) -> Callable[[Search], Any]:
        """Compiles a search without a statement of the caller's, whose conditions no client has asked for."""
        return lambda search: self.select(search).compile(dialect=self._source.dialect(session))

    def _fetched(self, session: Any, search: Search) -> Fetched:
        """Collects the rows of a page. Raises `CriteriaError` as `select` does."""
        self._check_page(search)
        keys = [key.field.column for key in search.sort_keys if key.field.name not in self._related]
        is_paged = search.limit is not None and bool(self.schema.key) and not self._has_related(search.sort_keys)
        dialect = self._source.dialect(session)
        selected = self._sort_values(keys, dialect) if is_paged else {}
        return Fetched(search, selected, self._mapped.decoded(dialect), are_objects=self._source.mapper is not None)

    def _sort_values(self, keys: Iterable[str], sa_dialect: Any) -> dict[str, Any]:
        _, stored = self._mapped.stored_fields(sa_dialect)
        shortened = {
            field.column: field.field_type
            for field in self.schema.fields
            if field.name in stored and stored[field.name].codec.selected is not None and not field.is_list
        }
        return self._source.sort_values(keys, sa_dialect.name, shortened)

    def _has_related(self, keys: Iterable[SortKey]) -> bool:
        return any(key.field.name in self._related for key in keys)

    def _check(self, schema: Schema | None) -> None:
        if schema is None or not self.schema.covers(schema):
            message = f"The query's schema has fields that {self!r} does not have."
            if schema is None:
                message = "A query without a schema cannot be compiled for a model."
            raise CriteriaError(Problem("invalid_schema", message, hint="Parse the query with the model's schema."))

    def _sort_keys(self, given: object) -> tuple[SortKey, ...]:
        """The sort keys, if they are of this schema. Raises `CriteriaError`."""
        keys = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
        if not all(isinstance(key, SortKey) for key in keys):
            message = f"Expected a search or sort keys, found {quoted(given)}."
            hint = "criteria.parse_order_by(text, model.schema) makes sort keys."
            raise CriteriaError(Problem("invalid_parameter", message, hint=hint))
        if any(self.schema.find(key.field.name) != key.field for key in keys):
            message = f"The order has fields that {self!r} does not have."
            raise CriteriaError(Problem("invalid_schema", message, hint="Parse the order with the model's schema."))
        return keys

    def _check_page(self, search: Search) -> None:
        check_search(search)
        is_page = search.limit is not None or search.skip
        if is_page and not self.schema.key and not self._source.primary_key():
            message = f"Pages need a unique key to end their order, and {self._source.name} has none."
            raise CriteriaError(Problem("unsupported", message, hint="Declare a primary key."))

    def _condition(self, normal: Expression, entity: Any, whole: Whole | None, *, is_part: bool = False) -> Any:
        """The condition of an expression in normal form. What relates to other rows are conditions of their own.

        `whole` is there if the statement has very many values, and `is_part` says that it has other conditions, too.
        """
        if not reference_tests(normal):
            columns = self._columns([leaf.field for leaf in leaves(normal)], entity)
            return condition(self._mapped, normal, columns, whole if is_part else None)
        match normal:
            case And(terms):
                return joined(and_, self._conditions(terms, entity, whole, is_or=False))
            case Or(terms):
                return joined(or_, self._conditions(terms, entity, whole, is_or=True))
            case AnyReferred() | Not(AnyReferred()):
                return self._conditions([normal], entity, whole, is_or=False)[0]
            case AnyElement() | Comparison() | Not():
                raise AssertionError(f"refused before, or not in normal form: {normal!r}")
            case _:
                assert_never(normal)

    def _steps(self, name: str) -> int:
        """How many relations lead to a field."""
        found = self._related.get(name)
        return 0 if found is None else 1 + found[0].model._steps(found[1].name)

    def _end(self, field: Field) -> RelatedField | None:
        """A field of related rows at the end of its path. None for a field of the row itself."""
        model, found, keys = self, field, []
        is_many = False
        while found.name in model._related:
            relation, found = model._related[found.name]
            keys.append(relation.key)
            is_many = is_many or relation.may_be_many
            model = relation.model
        return RelatedField(path_of(".".join(keys), model.schema, is_many=is_many), found) if keys else None

    def _path(self, reference: Reference) -> list[Relation]:
        """The relations of a path."""
        model, path = self, []
        for key in reference.name.split("."):
            path.append(model._relations[key])
            model = path[-1].model
        return path

    def _conditions(self, terms: Sequence[Expression], entity: Any, whole: Whole | None, *, is_or: bool) -> list[Any]:
        """The conditions of a group's terms. Those on the row itself are one, and so are the tests of one path."""
        own: list[Expression] = []
        found: list[Any] = []
        through: dict[Reference, list[Expression]] = {}
        for term in terms:
            test = term.term if isinstance(term, Not) else term
            if isinstance(test, AnyReferred):
                through.setdefault(test.reference, []).append(term)
            elif reference_tests(term):
                found.append(self._condition(term, entity, whole, is_part=True))
            else:
                own.append(term)
        if own:
            on_the_row = own[0] if len(own) == 1 else Or(tuple(own)) if is_or else And(tuple(own))
            found.insert(0, self._condition(on_the_row, entity, whole, is_part=True))
        paths = {reference: self._path(reference) for reference in through}
        tables = sum(len(through[one]) * relation.tables for one, path in paths.items() for relation in path)
        is_apart = are_too_many_to_join(tables)
        for reference, some in through.items():
            are_negated = [isinstance(term, Not) for term in some]
            if len(some) > 1 or is_apart:
                exists = self._exists(paths[reference], some, entity, whole, EachWithin)
                found.append(Related(exists, are_negated, is_or=is_or, is_apart=is_apart))
            else:
                exists = self._exists(paths[reference], some, entity, whole, lambda conditions: conditions[0])
                found.append(not_(exists) if are_negated[0] else exists)
        return found

    def _exists(
        self,
        path: Sequence[Relation],
        some: Sequence[Expression],
        entity: Any,
        whole: Whole | None,
        together: Callable[[list[Condition]], Any],
    ) -> Any:
        """EXISTS of the rows at the end of a path, around the terms of tests of them, or of their negations, put
        `together`."""
        last = path[-1]
        terms = [test.term for test in reference_tests(And(tuple(some)))]
        conditions: list[Condition] = [last.model._condition(term, last.alias, whole, is_part=True) for term in terms]
        found: Any = together(conditions)
        for relation, at in reversed(list(zip(path, [entity, *(one.alias for one in path)], strict=False))):
            found = relation.exists(at, found)
        return found

    def _segments(self, keys: Sequence[SortKey], position: Position) -> list[Segment]:
        """The parts of the rows after a position. Raises `CriteriaError` (`unsupported`) for keys of related rows."""
        if self._has_related(keys):
            message = "A page after a cursor cannot be sorted by fields of related rows."
            raise CriteriaError(Problem("unsupported", message, "/orderBy", hint="Page with skip.", asked_fields=()))
        found = []
        for segment in segments(keys, position):
            limits = among_values(segment.limits)
            if isinstance(limits, Comparison):  # otherwise no value is beyond this one
                found.append(segment._replace(limits=limits))
        return found

    def _beyond(self, found: Sequence[Segment], entity: Any) -> Any:
        """The condition that a row is in one of the segments."""
        fields = [leaf.field for one in found for leaf in (*one.fixed, one.limits)]
        return beyond(self._mapped, found, self._columns(fields, entity))

    def _columns(self, fields: Iterable[Field], entity: Any) -> dict[str, Any]:
        """The SQL expressions of fields' attributes, by the names of the attributes."""
        return {key: self._source.element(entity, key) for key in dict.fromkeys(field.column for field in fields)}

    def _orders(self, keys: Sequence[SortKey], entity: Any) -> tuple[Any, ...]:
        """The orders of sort keys: one for all neighbours that are attributes of the row itself."""
        found: list[Any] = []
        for is_related, group in groupby(keys, lambda key: key.field.name in self._related):
            if is_related:
                found += [self._related_order(key, entity) for key in group]
            else:
                own = list(group)
                found.append(Order(self._mapped, own, self._columns([key.field for key in own], entity)))
        return tuple(found)

    def _related_order(self, key: SortKey, entity: Any) -> Order:
        """The order of a field of the one related row."""
        model, field, path = self, key.field, []
        at = entity
        while field.name in model._related:
            relation, field = model._related[field.name]
            path.append(relation.joined(at))
            model, at = relation.model, relation.alias
        aliases = [alias for alias, _ in path]
        element = model._source.element(at, field.column)
        value = select(element).where(*(joined for _, joined in path)).correlate_except(*aliases).scalar_subquery()
        return Order(model._mapped, [SortKey(field, key.descending)], {field.column: value}, may_be_missing=True)
