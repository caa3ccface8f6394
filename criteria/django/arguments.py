"""Checks what callers pass: models, searches and querysets."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import Manager, Model, QuerySet
from django.db.models.expressions import Col

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.search.search import Search


def check_model(django_model: Any) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for anything but a model with a table."""
    is_model = isinstance(django_model, type) and issubclass(django_model, Model)
    if is_model and django_model is not Model:
        if not django_model._meta.abstract:
            return
        message = f"{django_model.__name__} is abstract: it has no table."
        raise CriteriaError(Problem("invalid_parameter", message, hint="Pass a model that extends it."))
    message = f"Expected a model of Django, found {quoted(django_model)}."
    raise CriteriaError(Problem("invalid_parameter", message, hint="Pass the class: django.apps.apps.get_model(name)."))


def check_search(search: object) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for anything but a search."""
    if not isinstance(search, Search):
        message = f"Expected a search, found {quoted(search)}."
        hint = "criteria.parse_search(params, model.schema) makes one."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def check_queryset(queryset: Any, django_model: Any) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a queryset of another model, that cannot be filtered, or that
    may have a row several times."""
    name = django_model.__name__
    if not isinstance(queryset, (QuerySet, Manager)):
        message = f"Expected a queryset of {name}, found {quoted(queryset)}."
        raise CriteriaError(Problem("invalid_parameter", message, hint=f"Pass {name}.objects.all()."))
    check_is_of(queryset.model, django_model)
    check_filterable(queryset)
    if _may_repeat(queryset.all().query):
        message = f"The queryset joins several rows of another table, so a row of {name} may appear several times."
        hint = "Add .distinct(), or filter by Exists(...): a page counts each row once."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def check_filterable(queryset: Any) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a queryset that cannot be filtered, or where a condition or an
    order would change which rows it chooses."""
    query = queryset.all().query
    what = (
        "is sliced" if query.is_sliced
        else f"is a {query.combinator}" if query.combinator
        else "filters by a window function" if query.where.contains_over_clause
        else "has distinct fields" if query.distinct_fields
        else "selects groups of rows" if _may_group(query)
        else None
    )  # fmt: skip
    if what is not None:
        hint = f"Pass {query.model.__name__}.objects.filter(pk__in=...) with the keys of its rows."
        message = f"The queryset {what}, so it cannot be filtered."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def _may_group(query: Any) -> bool:
    """Whether a query makes one row of several: by columns without the key, which an order would add to them."""
    by = [query.group_by] if isinstance(query.group_by, tuple) else []
    by += [query.select] if query.distinct and not query.default_cols else []
    return any(
        not {one.target for one in columns if isinstance(one, Col) and one.alias == query.base_table}.issuperset(
            query.model._meta.pk_fields
        )
        for columns in by
    )


def has_conditions(queryset: object) -> bool:
    """Whether a queryset has conditions or values of the caller's own, which no client has asked for."""
    if not isinstance(queryset, (QuerySet, Manager)):
        return False
    query = queryset.all().query
    return bool(query.where or query.annotations or query.extra or query._filtered_relations)


def in_order(queryset: Any, terms: Iterable[Any]) -> Any:
    """A queryset in an order instead of its own: `order_by` of Django keeps the turn of `reverse`."""
    found = queryset.order_by(*terms)
    found.query.standard_ordering = True
    return found


def check_answerable(queryset: Any) -> None:
    """Raises `CriteriaError` (`unsupported`) for a condition that the engine cannot answer. Otherwise who evaluates the
    queryset would raise it, and does not know that it is the client's fault."""
    with suppress(EmptyResultSet, FullResultSet):  # by conditions of the caller's own
        queryset.query.get_compiler(queryset.db).compile(queryset.query.where)


def is_of_client(error: CriteriaError) -> bool:
    """Whether criteria that were read ask for what the engine cannot answer. That a stored row is damaged, that a
    column does not fit its field, or that a view has the model of another table, is the fault of the server."""
    return error.is_asked


def _may_repeat(query: Any) -> bool:
    """Whether a query joins rows of which one row may have several, and leaves its rows as they come."""
    if query.distinct or query.group_by is not None:
        return False
    used = (join for alias, join in query.alias_map.items() if query.alias_refcount[alias])
    joined = (join.join_field for join in used if getattr(join, "join_field", None) is not None)
    return any(field.one_to_many or field.many_to_many for field in joined)


def check_is_of(django_model: Any, wanted: Any) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for rows of a model that has not the fields of the wanted one."""
    if not issubclass(django_model._meta.concrete_model, wanted._meta.concrete_model):
        message = f"The query is on {wanted.__name__}, and the queryset on {django_model.__name__}."
        hint = f"Select its rows in a subquery: {wanted.__name__}.objects.filter(...)."
        raise CriteriaError(Problem("invalid_parameter", message, hint=hint))


def loading(queryset: Any, columns: Iterable[str]) -> Any:
    """A queryset that loads columns, whatever `only` and `defer` leave out: cursors have what rows were sorted by.

    They would be loaded later otherwise, when the rows may have changed, or where no statement can run.
    """
    names, is_deferring = queryset.query.deferred_loading
    if is_deferring and not names:
        return queryset
    sorted_by = set(columns)
    fields = [one for one in queryset.model._meta.concrete_fields if one.attname in sorted_by]
    wanted = {one.name for one in fields}
    if not is_deferring:
        return queryset.only(*names, *wanted)
    return queryset.defer(None).defer(*(set(names) - wanted - sorted_by))
