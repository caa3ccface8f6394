"""`model`: what may be asked of a model of Django, and the conditions and orders of its queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial, reduce
from operator import or_
from typing import Any
from weakref import WeakSet

from asgiref.sync import sync_to_async
from django.db import connections, router
from django.db.models import Q

from criteria.backends.asked import asking
from criteria.backends.support import refuse_tests
from criteria.django.arguments import (
    check_answerable,
    check_model,
    check_queryset,
    check_search,
    has_conditions,
    in_order,
    loading,
)
from criteria.django.columns import Declared
from criteria.django.declaring import Declaration, declared_places
from criteria.django.encoding import check_database
from criteria.django.relations import hops_of
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.schema.chosen_names import chosen_names
from criteria.schema.field import Field
from criteria.schema.schema import ObjectList
from criteria.search.page import Page
from criteria.search.search import Search, check_unique_order
from criteria.tree.normalize import normalize
from criteria.tree.query import Query


def model(
    django_model: Any,
    *,
    naive: str | None = None,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    json: Mapping[str, Field | Sequence[Field]] | None = None,
    types: Declared | None = None,
    relations: Mapping[str, Model | Iterable[str]] | None = None,
    max_limit: int | None = None,
) -> Model:
    """What may be asked of a model of Django: a schema, and for its queries the conditions of the database.

    - `naive`: `"utc"` says that instants are in UTC, where USE_TZ is False.
    - `include`: the names of the fields; None: all that fit a type, but `password`. What does not fit is in `left_out`.
    - `exclude`: the names of fields to leave out.
    - `json`: for a JSONField, the fields inside it: `{"settings": [Field("theme", "string")]}`. One field that has its
      name is all of it: `{"tags": Field("tags", "string", is_list=True)}`.
    - `types`: the types of fields that Django's classes do not tell: `{"tags": Field("tags", "string", is_list=True)}`.
    - `relations`: for a relation, the model of the related rows, or the names of its fields: `{"owner": ["email"]}`
      adds `owner.email`. Those of many related rows are lists.
    - `max_limit`: the greatest `limit` of a search.

    The primary key is always among the fields, because it ends every order; `exclude` leaves it out.
    Raises `CriteriaError`: `unfit_column` for a field that is named and does not fit; `unknown_option` for names that
    do not exist; `unsupported` for relations that cannot be queried; `invalid_parameter` for anything but a model with
    a table; `invalid_schema`.
    """
    check_model(django_model)
    if naive not in (None, "utc"):
        hint = "Local times repeat when clocks change. Set USE_TZ = True, or store instants in UTC."
        raise CriteriaError(Problem("unknown_option", f'naive is None or "utc", not {quoted(naive)}.', hint=hint))
    related = {name: _related(django_model, name, given, naive) for name, given in (relations or {}).items()}
    return Model(
        Declaration(
            django_model,
            None if include is None else chosen_names("include", include),
            chosen_names("exclude", exclude),
            {
                name: (found,) if isinstance(found, (Field, ObjectList)) else found
                for name, found in (json or {}).items()
            },
            dict(types or {}),
            {name: one._places for name, one in related.items()},
            naive,
            max_limit,
        )
    )


def _related(django_model: Any, name: str, given: Model | Iterable[str], naive: str | None) -> Model:
    """The model of the rows that a relation leads to. Raises `CriteriaError` (`unknown_option`) for another one."""
    reached = hops_of(django_model, name)[-1].model
    if not isinstance(given, Model):
        return model(reached, include=given, naive=naive)
    if not issubclass(reached, given.django_model):
        message = f"The relation {quoted(name)} leads to {reached.__name__}, not to {given.django_model.__name__}."
        hint = f"Pass criteria.django.model({reached.__name__}, ...)."
        raise CriteriaError(Problem("unknown_option", message, hint=hint))
    return given


def likeness(made: Model) -> tuple[object, ...]:
    """What is equal for models of which one can be used for the other."""
    return made.django_model, made.schema, made._places.likeness()


MODELS: WeakSet[Model] = WeakSet()
"""All models, for Django's system checks."""


_RELATIONS = "Name the relation when the model is made: criteria.django.model(..., relations={...})."


class Model:
    """What may be asked of a model of Django. `criteria.django.model` makes one.

    - `schema`: the fields that queries may use. Their columns are named as instances name their values, so that
      `criteria.compile(query, "python", by="column")` reads instances.
    - `left_out`: a problem for each field of the model that is not in the schema because it does not fit a type.
    """

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration
        self.django_model = declaration.model
        self.schema, self._places, self.left_out = declared_places(declaration)
        MODELS.add(self)

    def q(self, query: Query | Search) -> Any:
        """The condition of a query, as a `Q` for `filter`, `exclude`, `When`, `annotate` and their like.

        It is true or false for every row, never NULL, so that `exclude` selects exactly the other rows. It joins no
        tables, so that no row is found twice. Its SQL is made when the database is known.

        Raises `CriteriaError`: `invalid_schema` for a query that was parsed with another schema; `unsupported` for
        tests of lists of objects, and of references that are not among the `relations`.
        """
        found: object = query.query if isinstance(query, Search) else query
        if not isinstance(found, Query):
            hint = "Parse it with criteria.parse and the schema of this model."
            raise CriteriaError(Problem("invalid_parameter", f"Expected a query, found {quoted(query)}.", hint=hint))
        with asking(query):
            refuse_tests(found, "Django", _RELATIONS)
        if found.schema is None or not self.schema.covers(found.schema):
            message = f"The query was not parsed with the schema of {self.django_model.__name__}."
            raise CriteriaError(Problem("invalid_schema", message, hint="Parse it with the schema of this model."))
        return self._places.condition(normalize(found.expression))

    def order_by(self, search: Search, using: str | None = None) -> list[Any]:
        """The terms of a search's order, for `QuerySet.order_by`: the sort keys, and then the primary key.

        `using` is the name of the database on which the query runs; None: that of the router.
        Raises `CriteriaError` (`unfit_column`, `unsupported`).
        """
        return self._places.order(search.fetched_keys, self._connection(using))

    def select(self, search: Search, queryset: Any = None) -> Any:
        """The queryset of a search's page: one row more than the page has, which `Search.page` takes.

        `queryset` is one of the model, with lookups and options of your own; None selects all rows.
        Raises `CriteriaError`: `invalid_parameter` for a queryset of another model, or one that cannot be filtered;
        `unsupported`, `unfit_column`, `invalid_schema`.
        """
        check_search(search)
        check_unique_order(search)
        found = self._rows(search, queryset)
        if search.limit == 0:
            return found.none()
        if search.position is not None:
            parts = self._places.ranges(search.fetched_keys, search.position, connections[found.db])
            beyond = reduce(or_, (condition for condition, _ in parts)) if parts else Q(pk__in=[])
            found = found.filter(beyond)
        ordered = in_order(found, self.order_by(search, found.db))
        return ordered[search.skip : None if search.fetch is None else search.skip + search.fetch]

    def page(self, search: Search, queryset: Any = None) -> Page:
        """The page of a search, with instances as its records. `queryset` is as in `select`, and so are the errors.

        A page after a cursor is fetched in parts that an index over the sort keys serves, until it is full.
        """
        check_search(search)
        answer = partial(self._check_answerable, queryset=queryset)
        with asking(search, answer, adds_conditions=has_conditions(self._given(queryset))):
            rows = list(self.select(search, queryset)) if search.position is None else self._continued(search, queryset)
            total = self._rows(search, queryset).count() if search.get_total_count else None
        if self._places.has_no_cursors(search.sort_keys):
            page = search.page(rows, total)
            return Page(page.data, page.has_more_records, page.total_count)
        return search.page(rows, total, position_of=self._places.position_of(search.sort_keys))

    def _check_answerable(self, search: Search, queryset: Any) -> None:
        """Raises `CriteriaError` for a search that the database of a queryset cannot answer, whatever rows it has."""
        using = self._given(queryset).db
        check_answerable(self.select(search, self.django_model._base_manager.using(using)))

    def _continued(self, search: Search, queryset: Any) -> list[Any]:
        """The rows of a page after a cursor, or before it."""
        check_unique_order(search)
        assert search.position is not None
        found = self._rows(search, queryset)
        rows: list[Any] = []
        for condition, order in self._places.ranges(search.fetched_keys, search.position, connections[found.db]):
            missing = None if search.fetch is None else search.fetch - len(rows)
            if search.limit == 0 or missing == 0:
                break
            rows += in_order(found.filter(condition), order)[:missing]
        return rows

    async def page_async(self, search: Search, queryset: Any = None) -> Page:
        """As `page`, for asynchronous views."""
        found: Page = await sync_to_async(self.page)(search, queryset)
        return found

    def _rows(self, search: Search, queryset: Any) -> Any:
        given = self._given(queryset)
        check_queryset(given, self.django_model)
        found = given.filter(self.q(search))
        if self._places.has_no_cursors(search.sort_keys):
            return found
        return loading(found, [key.field.column for key in search.sort_keys])

    def _given(self, queryset: Any) -> Any:
        return self.django_model._default_manager if queryset is None else queryset

    def _connection(self, using: str | None) -> Any:
        return connections[using or router.db_for_read(self.django_model)]

    def check(self, using: str | None = None) -> None:
        """Checks that the columns fit their fields on a database, and its encoding, without asking it for rows.

        Queries check the same when they run first. Raises `CriteriaError` (`unfit_column`, `unknown_dialect`).
        """
        self.check_columns(using)
        for source in self._places.sources():
            check_database(self._connection(using), source.schema)

    def check_columns(self, using: str | None = None) -> None:
        """As `check`, without the encoding: only MySQL and MariaDB are connected to, for their version."""
        connection = self._connection(using)
        for source in self._places.sources():
            source.table(connection)

    def reflect(self, using: str | None = None) -> None:
        """Reads from a database how its columns are stored, for tables that Django's migrations have not created.

        Without it they are as Django's classes say. On SQLite it also looks for values that a column should not hold,
        as `criteria.tables.reflect` does. Raises `CriteriaError` (`unfit_column`, `unknown_option`).
        """
        connection = self._connection(using)
        for source in self._places.sources():
            source.reflect(connection)

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self._declaration,)

    def __repr__(self) -> str:
        return f"Model({self.django_model.__name__}, {len(self.schema.fields)} fields)"
