"""`model`: what may be asked of a model of Django, and the conditions and orders of its queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

from django.db import connections, router

from criteria.django.columns import Declared
from criteria.django.declaring import Declaration, declared_places
from criteria.errors import CriteriaError, Problem, quoted
from criteria.schema.field import Field
from criteria.search.page import Page
from criteria.search.search import Search, check_unique_order
from criteria.tree.nodes import Query
from criteria.tree.normalize import normalize


def model(
    django_model: Any,
    *,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    related: Iterable[str] = (),
    json: Mapping[str, Sequence[Field]] | None = None,
    types: Declared | None = None,
    naive: str | None = None,
    max_limit: int | None = None,
) -> Model:
    """What may be asked of a model of Django: a schema, and for its queries the conditions of the database.

    - `include`: the names of the fields; None: all that fit a type, but `password`. What does not fit is in `left_out`.
    - `exclude`: the names of fields to leave out.
    - `related`: paths over relations, such as `"owner.email"` or `"orders.total"`. Over many rows they are lists.
    - `json`: for a JSONField, the fields inside it by their paths. `related` paths may lead to one: `"owner.settings"`.
    - `types`: the types of fields that Django's classes do not tell: `{"tags": Field("tags", "string", is_list=True)}`.
    - `naive`: `"utc"` says that instants are in UTC, where USE_TZ is False.
    - `max_limit`: the greatest `limit` of a search.

    The primary key is always among the fields, because it ends every order; `exclude` leaves it out.
    Raises `CriteriaError`: `unfit_column` for a field that is named and does not fit; `unknown_option` for names that
    do not exist; `unsupported` for relations that cannot be queried; `invalid_schema`.
    """
    if naive not in (None, "utc"):
        hint = "Local times repeat when clocks change. Set USE_TZ = True, or store instants in UTC."
        raise CriteriaError(Problem("unknown_option", f'naive is None or "utc", not {quoted(naive)}.', hint=hint))
    names = None if include is None else tuple(include)
    return Model(
        Declaration(django_model, names, tuple(exclude), tuple(related), dict(json or {}), dict(types or {}), naive),
        max_limit,
    )


MODELS: WeakSet[Model] = WeakSet()
"""All models, for Django's system checks."""


class Model:
    """What may be asked of a model of Django. `criteria.django.model` makes one.

    - `schema`: the fields that queries may use. Their columns are named as instances name their values, so that
      `criteria.compile(query, "python", by="column")` reads instances.
    - `left_out`: a problem for each field of the model that is not in the schema because it does not fit a type.
    """

    def __init__(self, declaration: Declaration, max_limit: int | None = None) -> None:
        self._declaration, self._max_limit = declaration, max_limit
        self.django_model = declaration.model
        self.schema, self._places, self.left_out = declared_places(declaration, max_limit)
        MODELS.add(self)

    def q(self, query: Query) -> Any:
        """The condition of a query, as a `Q` for `filter`, `exclude`, `When`, `annotate` and their like.

        It is true or false for every row, never NULL, so that `exclude` selects exactly the other rows. It joins no
        tables, so that no row is found twice. Its SQL is made when the database is known.

        Raises `CriteriaError` (`invalid_schema`) for a query that was parsed with another schema.
        """
        if query.schema is None or not self.schema.covers(query.schema):
            message = f"The query was not parsed with the schema of {self.django_model.__name__}."
            raise CriteriaError(Problem("invalid_schema", message, hint="Parse it with the schema of this model."))
        return self._places.condition(normalize(query.expression))

    def order_by(self, search: Search, using: str | None = None) -> list[Any]:
        """The terms of a search's order, for `QuerySet.order_by`: the sort keys, and then the primary key.

        `using` is the name of the database on which the query runs; None: that of the router.
        Raises `CriteriaError` (`unfit_column`, `unsupported`).
        """
        connection = connections[using or router.db_for_read(self.django_model)]
        return self._places.order(search.sort_keys, connection)

    def page(self, search: Search, queryset: Any = None) -> Page:
        """The page of a search, with instances as its records; of a queryset, or of all rows.

        Raises `CriteriaError` (`unfit_column`, `unsupported`).
        """
        check_unique_order(search)
        rows = self.django_model._default_manager.all() if queryset is None else queryset
        found = rows.filter(self.q(search.query))
        total = found.count() if search.get_total_count else None
        if search.limit == 0:
            return search.page((), total)
        ordered = found.order_by(*self.order_by(search, found.db))
        end = None if search.fetch is None else search.skip + search.fetch
        return search.page(list(ordered[search.skip : end]), total)

    def check(self, using: str | None = None) -> None:
        """Checks that the columns fit their fields on a database, without asking it for rows.

        Queries check the same when they run first. Raises `CriteriaError` (`unfit_column`, `unknown_dialect`).
        """
        connection = connections[using or router.db_for_read(self.django_model)]
        for source in self._places.sources():
            source.table(connection)

    def reflect(self, using: str | None = None) -> None:
        """Reads from a database how its columns are stored, for tables that Django's migrations have not created.

        Without it they are as Django's classes say. On SQLite it also looks for values that a column should not hold,
        as `criteria.tables.reflect` does. Raises `CriteriaError` (`unfit_column`, `unknown_option`).
        """
        connection = connections[using or router.db_for_read(self.django_model)]
        for source in self._places.sources():
            source.reflect(connection)

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self._declaration, self._max_limit)

    def __repr__(self) -> str:
        return f"Model({self.django_model.__name__}, {len(self.schema.fields)} fields)"
