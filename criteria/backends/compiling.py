"""Compiling: a query's normal form is handed to a backend, or what the backend prepared for its form is filled."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from criteria.backends.backend import Backend
from criteria.backends.options import check_options
from criteria.backends.registry import load
from criteria.backends.template import Template
from criteria.cache import Cache
from criteria.errors import CriteriaError, Problem, listed, quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.search.search import Search
from criteria.tree.nodes import Expression, Operator, Query, leaves
from criteria.tree.normalize import normalize
from criteria.tree.parameters import Form, Slots, parameterize


def compile(subject: Query | Search, backend: str, **options: Any) -> Any:
    """A query or a search in the words of an engine.

    - `"python"`: a `Predicate`, or for a search a function from records to a `Page`; option `records`, `"typed"` or
      `"json"`.
    - `"sql"`: a `Sql` condition, or for a search a `SqlSearch`; options `dialect`, `paramstyle`, `table` (needed for
      searches). MariaDB and MySQL are two dialects, `mariadb` and `mysql`:
      their collations have other names, and each refuses the SQL of the other where strings are compared.
    - `"mongo"`: a filter, or for a search a `MongoSearch`; option `strict`.
    - the name of a plug-in (`criteria.backends.available()`): what it gives.

    Raises `CriteriaError` when there is no such backend, dialect or option, or when the engine cannot give the right
    answer (`unsupported`).
    """
    return compile_for(load(backend), subject, options)


def template_backend(
    name: str,
    prepare_query: Callable[..., Template],
    prepare_search: Callable[..., Template],
    storages: Mapping[str, Callable[..., Any]],
    operators: frozenset[Operator],
    types: frozenset[FieldType],
) -> Backend:
    """A backend that prepares everything: what it compiles is a template of it, filled at once."""

    def compile_query(normal: Expression, schema: Schema | None, **options: Any) -> Any:
        values = parameterize(normal)[1]
        return prepare_query(normal, schema, Slots(values), **options).fill(values)

    def compile_search(search: Search, normal: Expression, **options: Any) -> Any:
        values = parameterize(normal)[1]
        return prepare_search(search, normal, Slots(values), **options).fill(values)

    return Backend(name, compile_query, compile_search, storages, prepare_query, prepare_search, operators, types)


def compile_for(backend: Backend, subject: object, options: Mapping[str, Any]) -> Any:
    """Normalise a query, or a search's query, and hand it to a backend.

    Raises `CriteriaError` (`too_deep`; `invalid_parameter` for anything else).
    """
    try:
        if isinstance(subject, Query):
            return _compiled_query(backend, subject, options)
        if isinstance(subject, Search):
            return _compiled_search(backend, subject, options)
    except (RecursionError, MemoryError, SyntaxError):  # the interpreter's own bounds, behind limits that were widened
        raise CriteriaError(Problem("too_deep", "AND and OR are nested too deep to be compiled.")) from None
    message = f"{quoted(subject)} is neither a query nor a search."
    raise CriteriaError(Problem("invalid_parameter", message, hint="Compile what parse or parse_search gives."))


def check_support(backend: Backend, expression: Expression) -> None:
    """Raises `CriteriaError` (`unsupported`) for each operator and each field type that the backend does not name."""
    problems: list[Problem] = []
    for leaf in leaves(expression):
        kind = leaf.field.field_type
        if leaf.operator not in backend.operators:
            message = f"Backend {quoted(backend.name)} does not support {leaf.operator.value}."
            problems.append(Problem("unsupported", message))
        if kind not in backend.types:
            name = quoted(leaf.field.name)
            message = f"Backend {quoted(backend.name)} does not support type {kind.value} (field {name})."
            problems.append(Problem("unsupported", message))
    if problems:
        raise CriteriaError(*listed(dict.fromkeys(problems)))


def _compiled_query(backend: Backend, query: Query, options: Mapping[str, Any]) -> Any:
    prepare = backend.prepare_query
    if prepare is None:
        check_options(backend.name, backend.compile_query, options)
        check_support(backend, query.expression)
        return backend.compile_query(normalize(query.expression), query.schema, **options)

    def prepared(normal: Expression, slots: Slots) -> Template:
        check_options(backend.name, prepare, options)
        check_support(backend, query.expression)
        return prepare(normal, query.schema, slots, **options)

    return _filled((prepare, *_said(options)), query, prepared)


def _compiled_search(backend: Backend, search: Search, options: Mapping[str, Any]) -> Any:
    prepare = backend.prepare_search
    if prepare is None:
        check_options(backend.name, backend.compile_search, options)
        check_support(backend, search.query.expression)
        return backend.compile_search(search, normalize(search.query.expression), **options)

    def prepared(normal: Expression, slots: Slots) -> Template:
        check_options(backend.name, prepare, options)
        check_support(backend, search.query.expression)
        return prepare(search, normal, slots, **options)

    page = (search.order_by, search.limit, search.skip, search.get_total_count, search.resolve)
    return _filled((prepare, page, *_said(options)), search.query, prepared)


def _said(options: Mapping[str, Any]) -> list[tuple[str, type, Any]]:
    """Options as a part of a key: 1 and True are two options."""
    return [(name, type(value), value) for name, value in options.items()]


_TEMPLATES: Cache[Hashable, Template] = Cache(1024)
_MAX_NAMES_LENGTH = 4096
"""Characters of the names in a form that is remembered. Without a schema the names are the client's."""


def _filled(options: Hashable, query: Query, prepare: Callable[[Expression, Slots], Template]) -> Any:
    """What was prepared for the form of a query and for the options, with the query's values."""
    described, values = parameterize(query.expression)
    key: Hashable = None if described is None else (options, query.schema, described)
    try:
        prepared = None if key is None else _TEMPLATES.get(key)
    except TypeError:  # an option that has no hash: it will be refused, or is the plug-in's own
        key = prepared = None
    if prepared is None:
        slots = Slots(values)
        prepared = prepare(normalize(query.expression), slots)
        if described is not None and key is not None and _is_worth_keeping(described, prepared, slots):
            _TEMPLATES.put(key, prepared)
    return prepared.fill(values)


def _is_worth_keeping(described: Form, prepared: Template, slots: Slots) -> bool:
    names = sum(len(part.name) for part in described if isinstance(part, Field))
    return prepared.is_reusable and slots.are_certain and names <= _MAX_NAMES_LENGTH
