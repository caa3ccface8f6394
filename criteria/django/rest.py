"""Searches in Django REST framework: a filter backend, and a pagination with the envelope of searches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from inspect import getattr_static
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

from django.core.exceptions import ImproperlyConfigured
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import BasePagination, CursorPagination
from rest_framework.response import Response

from criteria.backends.asked import asking
from criteria.django.adapter import Model, likeness, model
from criteria.django.arguments import check_answerable, check_filterable, check_queryset, in_order, is_of_client
from criteria.django.requests import check_encoding, query_params
from criteria.errors import CriteriaError, Problem, listed, to_pointer
from criteria.messages import quoted
from criteria.schema.schema import Schema
from criteria.search.page import Page
from criteria.search.parameters import parse_search
from criteria.search.search import Search
from criteria.text.ascii_case import ascii_lower
from criteria.tree.nodes import EVERYTHING
from criteria.tree.query import Query
from criteria.web.openapi import component, criteria_json_schemas, search_parameters
from criteria.web.response_schemas import cursor_json_schema

_FILTER = frozenset({"query", "orderBy"})
_PAGE = frozenset({"limit", "skip", "getTotalCount", "after", "before"})
"""The parameters of a search that the filter backend reads, and those that the pagination reads."""

_SPELLINGS = {name.lower(): name for name in sorted(_FILTER | _PAGE)}
_LETTERS = re.compile("[_-]")
"""Other parameters are the view's. Those that are spelled almost as these, such as `order_by`, would be ignored."""

_OPTIONS = ("naive", "include", "exclude", "json", "types", "relations", "max_limit")
"""The options of `criteria.django.model` that a view may have as attributes, with `criteria_` in front."""


class CriteriaFilterBackend(BaseFilterBackend):  # type: ignore[misc]
    """Filters and orders the rows of a view by the parameters `query` and `orderBy`.

    The view names what may be asked: `criteria_model = criteria.django.model(User)`, or the options of that function as
    `criteria_exclude` and so on. Without `orderBy` rows keep the order of the view's queryset; without that too, they
    are ordered by the primary key. Criteria that are wrong are refused with HTTP 400, and each problem in the body.
    """

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """The rows that the request asks for, in its order."""
        asked = model_of(view, queryset.model)
        search = _search(request, asked, _FILTER)
        request.is_filtered_by_criteria = True
        has_query = _has_query(request)
        if search.order_by or has_query:
            check_filterable(queryset)  # a fault of the view, not of the client
        pagination = getattr(view, "pagination_class", None)
        try:
            with asking(search):
                if search.order_by and isinstance(pagination, type) and issubclass(pagination, CursorPagination):
                    message = "The pagination of this view has an order of its own."
                    hint = "Leave orderBy out. A view with CriteriaPagination takes it."
                    raise CriteriaError(Problem("unsupported", message, "/orderBy", hint=hint, asked_fields=()))
                found = queryset.filter(asked.q(search.query)) if has_query else queryset
                if search.order_by or not found.ordered:
                    found = in_order(found, asked.order_by(search, found.db))
                if has_query:
                    check_answerable(found)
        except CriteriaError as error:
            if not is_of_client(error):
                raise
            raise refused(error) from None
        return found

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters, for the OpenAPI document of drf-spectacular."""
        asked = model_of(view)
        reference = {"type": "object"}
        if _has_hook():
            reference = {"$ref": f"#/components/schemas/{_component_of(asked.schema)}"}
        return [
            {"required": False, **one}
            for one in search_parameters(asked.schema, query=reference)
            if one["name"] in _FILTER
        ]


class CriteriaPagination(BasePagination):  # type: ignore[misc]
    """Pages by the parameters `limit`, `skip`, `getTotalCount`, `after` and `before`, in the envelope of searches.

    `{"data": [...], "hasMoreRecords": true, "totalCount": 123}`: the last one if the request asks for it. To know
    whether more records follow, one record more is fetched, and nothing is counted. If the request has an `orderBy`,
    the envelope also has the cursors `nextCursor` and `previousCursor`, for `after` and `before`.
    """

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        """The rows of the page. Raises `ImproperlyConfigured` for a `query` that the view does not filter by."""
        asked = model_of(view, queryset.model)
        _check_filters(request, view)
        search = _search(request, asked, _PAGE | _FILTER)
        check_queryset(queryset, asked.django_model)  # a fault of the view, not of the client
        try:
            with asking(search):
                self.page = self._page(asked, search, queryset)
                self.cursors: Mapping[str, str] = {}
                if search.order_by and self.page.cursors is not None:
                    self.cursors = self.page.cursors.offered()
        except CriteriaError as error:
            if not is_of_client(error):
                raise
            raise refused(error) from None
        return list(self.page.data)

    def _page(self, asked: Model, search: Search, queryset: Any) -> Page:
        """The page of rows that a filter backend has selected and ordered, unless they are ordered by `orderBy`."""
        if search.order_by:  # cursors belong to the query of the client, which is applied already
            return asked.page(replace(search, query=Query(EVERYTHING, asked.schema)), queryset)
        if search.position is not None:
            message = "A cursor belongs to an order."
            hint = "Send the orderBy of the page that it is from."
            raise refused(CriteriaError(Problem("invalid_parameter", message, "/orderBy", hint=hint)))
        total = queryset.count() if search.get_total_count else None
        end = None if search.fetch is None else search.skip + search.fetch
        return search.page([] if search.limit == 0 else list(queryset[search.skip : end]), total)

    def get_paginated_response(self, data: Any) -> Any:
        """The envelope of the serialized rows."""
        found = {"hasMoreRecords": self.page.has_more_records, **self.cursors, "data": data}
        return Response(found if self.page.total_count is None else {"totalCount": self.page.total_count, **found})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for the OpenAPI document."""
        cursors = dict.fromkeys(("nextCursor", "previousCursor"), cursor_json_schema())
        properties = {
            "totalCount": {"type": "integer"}, "hasMoreRecords": {"type": "boolean"}, **cursors, "data": schema,
        }  # fmt: skip
        return {"type": "object", "required": ["hasMoreRecords", "data"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters, for the OpenAPI document of drf-spectacular."""
        found = search_parameters(model_of(view).schema)
        return [{"required": False, **one} for one in found if one["name"] in _PAGE]


def _check_filters(request: Any, view: Any) -> None:
    """Raises `ImproperlyConfigured` if the request has criteria that the view has not applied: the page would have all
    rows. A view may lack the filter, or paginate rows that it has not filtered."""
    backends = getattr(view, "filter_backends", None)
    if backends is None or getattr(request, "is_filtered_by_criteria", False) or not _has_query(request):
        return
    name = type(view).__name__
    if any(isinstance(one, type) and issubclass(one, CriteriaFilterBackend) for one in backends):
        raise ImproperlyConfigured(f"{name} paginates rows that it has not filtered. Call filter_queryset before.")
    raise ImproperlyConfigured(f"{name} has CriteriaPagination without CriteriaFilterBackend in its filter_backends.")


_MOST_MODELS = 64
"""Models that are kept for a class of views: a property may have new options for each request."""

_MODELS: WeakKeyDictionary[type, list[tuple[Any, Any, Model]]] = WeakKeyDictionary()
"""For each class of views the models, the last used first, with the class of Django and the options that made them.

Instances of one class may have different options, by `as_view(criteria_exclude=...)`, `@action` or a property.
"""

_MISSING = object()


def model_of(view: Any, django_model: Any = None) -> Model:
    """What may be asked in a view."""
    declared = _attribute(view, "criteria_model")
    if isinstance(declared, Model):
        return declared
    if django_model is None:
        queryset = getattr(view, "queryset", None)
        django_model = (view.get_queryset() if queryset is None else queryset).model
    given = {one: found for one in _OPTIONS if (found := _attribute(view, f"criteria_{one}")) is not _MISSING}
    options = {one: _kept(f"criteria_{one}", value) for one, value in given.items()}
    compared, known = _compared(options), _MODELS.get(type(view), [])
    for index, one in enumerate(known):
        if one[0] is django_model and one[1] == compared:
            if index:
                _MODELS[type(view)] = [one, *known[:index], *known[index + 1 :]]
            return one[2]
    made = model(django_model, **options)
    _MODELS[type(view)] = [(django_model, compared, made), *known[: _MOST_MODELS - 1]]
    return made


def _attribute(view: Any, name: str) -> Any:
    """An attribute of a view, or `_MISSING`. Raises what a property raises: an `AttributeError` inside it would look as
    if the view had no such option, and its fields would be searched."""
    if getattr_static(view, name, _MISSING) is _MISSING:
        return getattr(view, name, _MISSING)  # of `__getattr__`
    try:
        return getattr(view, name)
    except AttributeError as error:
        raise ImproperlyConfigured(f"{type(view).__name__}.{name} cannot be read: {error}") from error


def _kept(name: str, value: Any) -> Any:
    """The value of an option as it is now: a view may change a list that it has."""
    if isinstance(value, Mapping):
        return {key: _kept(name, one) for key, one in value.items()}
    if isinstance(value, Iterator):
        raise ImproperlyConfigured(f"{name} can be read only once: make a list of it.")
    if isinstance(value, Set):
        return frozenset(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return tuple(value)
    return value


def _compared(value: Any) -> Any:
    """What is compared of options with later ones: a property may make the models of its relations anew."""
    if isinstance(value, Model):
        return likeness(value)
    return {key: _compared(one) for key, one in value.items()} if isinstance(value, Mapping) else value


def _search(request: Any, asked: Model, names: frozenset[str]) -> Search:
    """The search of a request, with some of its parameters. Raises `ValidationError`."""
    try:
        params = query_params(request, request.query_params)
        given = {name: params.getlist(name) for name in names if name in params}
        repeated = (
            Problem("invalid_parameter", f"{name} is given twice.", to_pointer([name]))
            for name, values in given.items()
            if len(values) > 1
        )
        misspelt = (
            Problem("unknown_parameter", f"There is no parameter {quoted(name)}.", to_pointer([name]),
                    hint=f"Did you mean {quoted(meant)}?")
            for name in params
            if (meant := _SPELLINGS.get(_LETTERS.sub("", ascii_lower(name)), name)) != name
        )  # fmt: skip
        problems = listed(chain(repeated, misspelt))
        if problems:
            raise CriteriaError(*problems)
        _check_body(request)
        check_encoding(request, names)
        return parse_search({name: values[0] for name, values in given.items()}, asked.schema)
    except CriteriaError as error:
        raise refused(error) from None


def _has_query(request: Any) -> bool:
    """Whether a request has criteria. Raises `ValidationError`."""
    try:
        return "query" in query_params(request, request.query_params)
    except CriteriaError as error:
        raise refused(error) from None


def _check_body(request: Any) -> None:
    """Raises `CriteriaError` for a GET request with a body: nobody would read the criteria in it."""
    meta: Mapping[str, Any] = getattr(request, "META", {})
    has_body = str(meta.get("CONTENT_LENGTH") or "0") != "0" or "HTTP_TRANSFER_ENCODING" in meta
    if has_body and getattr(request, "method", None) in ("GET", "HEAD"):
        hint = 'Write the criteria in the parameter "query".'
        raise CriteriaError(Problem("invalid_structure", "A GET request takes no body.", hint=hint))


def refused(error: CriteriaError) -> ValidationError:
    """The exception of HTTP 400 with the problems of an error, by parameter."""
    found: dict[str, list[dict[str, Any]]] = {}
    for problem in error.problems:
        parameter, _, rest = problem.shown_pointer.removeprefix("/").partition("/")
        shown: dict[str, Any] = {
            "code": problem.code,
            "message": problem.message,
            "pointer": f"/{rest}" if rest else "",
        }
        optional = {"line": problem.line, "column": problem.column, "hint": problem.hint}
        shown |= {name: value for name, value in optional.items() if value is not None}
        found.setdefault(parameter or "query", []).append(shown)
    raised = ValidationError()
    raised.detail = found  # its constructor would make texts of the numbers
    return raised


def _has_hook() -> bool:
    """Whether the schemas of criteria will be in the document."""
    from drf_spectacular.settings import spectacular_settings

    return add_criteria_schemas in spectacular_settings.POSTPROCESSING_HOOKS


def add_criteria_schemas(result: Any, generator: Any, request: Any, public: Any) -> Any:
    """A hook for drf-spectacular, `SPECTACULAR_SETTINGS["POSTPROCESSING_HOOKS"]`: adds the schemas of criteria.

    The parameter `query` of each view with `CriteriaFilterBackend` refers to them.
    """
    components = result.setdefault("components", {}).setdefault("schemas", {})
    for path, _pattern, method, callback in generator.endpoints or ():
        if not hasattr(callback, "cls"):
            continue
        view = _documented(generator, path, method, callback, request)
        if any(issubclass(one, CriteriaFilterBackend) for one in getattr(view, "filter_backends", ())):
            schema = model_of(view).schema
            _add(components, criteria_json_schemas(schema, _component_of(schema)), component(schema.name))
    return result


def _documented(generator: Any, path: str, method: str, callback: Any, request: Any) -> Any:
    """A view as drf-spectacular makes it for the document, with the options and the action of its address."""
    from drf_spectacular.settings import spectacular_settings

    view = generator.create_view(callback, method, request)
    view.request = spectacular_settings.GET_MOCK_REQUEST(method, path, view, request)
    return view


_MOST_COMPONENTS = 1_000
"""Names that are kept: a property may have other fields for each document."""

_COMPONENTS: dict[Schema, str] = {}


def _component_of(schema: Schema) -> str:
    """The name of the component with the queries over a schema. Views of one model may have different schemas."""
    if schema not in _COMPONENTS:
        first, number = f"{component(schema.name)}Criteria", 2
        name, taken = first, set(_COMPONENTS.values())
        while name in taken:
            name, number = f"{first}{number}", number + 1
        if len(taken) >= _MOST_COMPONENTS:
            del _COMPONENTS[next(iter(_COMPONENTS))]
        _COMPONENTS[schema] = name
    return _COMPONENTS[schema]


def _add(components: dict[str, Any], added: dict[str, Any], prefix: str) -> None:
    """Adds schemas to those of the document. Where one of another content has the name, the prefix is part of it."""
    taken = [name for name, found in added.items() if components.get(name, found) != found]
    text = json.dumps(added)
    for name in taken:
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{prefix}-{name}"')
    renamed = {f"{prefix}-{name}" if name in taken else name: found for name, found in json.loads(text).items()}
    components.update(renamed)
